"""Facts by account of persons whose facts were just written, mostly from what was written."""

from collections.abc import Collection

from sqlalchemy import Connection

from regulars_marketing._facts import AccountFacts, read_account_facts, stored_facts
from regulars_marketing._money import MoneyRules
from regulars_marketing._profile_sql import rows_of, words_of

_LIVING = """
SELECT a.person_id, min(a.id), count(*) FROM {ids} CROSS JOIN account AS a
WHERE a.person_id = wanted.value AND NOT a.gone GROUP BY a.person_id
"""


def written_account_facts(
    connection: Connection, person_ids: Collection[str], *, money: MoneyRules
) -> AccountFacts:
    """As `read_account_facts`: what a person with one account bought is what that account did, and of nearly
    all there is one."""
    rows = rows_of(connection, _LIVING.format(ids=words_of(connection).ids), person_ids)
    only = {person_id: account_id for person_id, account_id, count in rows if count == 1}
    several = [person_id for person_id, _, count in rows if count > 1]
    found = read_account_facts(connection, several, money=money) if several else {}
    stored = stored_facts(connection, list(only))
    return found | {person_id: {only[person_id]: facts} for person_id, facts in stored.items()}
