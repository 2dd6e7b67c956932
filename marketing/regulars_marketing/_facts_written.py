"""Facts by account of persons whose facts were just written, mostly from what was written."""

from collections.abc import Collection

from sqlalchemy import Connection

from regulars_marketing._facts import NAMES, AccountFacts, fact_of, read_account_facts
from regulars_marketing._money import MoneyRules
from regulars_marketing._profile_sql import rows_of, words_of

_WRITTEN = f"""
SELECT {", ".join(f"f.{name}" for name in NAMES)},
    (SELECT CASE count(*) WHEN 1 THEN min(a.id) END FROM account AS a
        WHERE a.person_id = f.person_id AND NOT a.gone) AS only_account
FROM {{ids}} CROSS JOIN person_fact AS f WHERE f.person_id = wanted.value
ORDER BY f.person_id, f.currency
"""  # noqa: S608 - names of ours


def written_account_facts(
    connection: Connection, person_ids: Collection[str], *, money: MoneyRules
) -> AccountFacts:
    """As `read_account_facts`: what a person with one account bought is what that account did, and of nearly
    all there is one."""
    found: AccountFacts = {}
    several = set()
    for row in rows_of(connection, _WRITTEN.format(ids=words_of(connection).ids), person_ids):
        person_id, account_id, fact = row[0], row[-1], fact_of(row[:-1])
        if account_id is None:
            several.add(person_id)
        elif person_id in found:
            found[person_id][account_id] += (fact,)
        else:
            found[person_id] = {account_id: (fact,)}
    if several:
        found |= read_account_facts(connection, sorted(several), money=money)
    return found
