"""What is written about an account that its shop merged into another and that is gone is that other's."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, select

from regulars_mapping import anchor_of
from regulars_store._bulk import among
from regulars_store._identity_decisions import merged_into
from regulars_store._identity_queries import read_wanted
from regulars_store._record_left import heirs_of
from regulars_store._tables_derived import account, person

_SAID = "d.kind = 'must_link' AND substr(d.who, 1, 5) = 'shop '"
# A shop names the account that it kept first. What it merged into one that is gone is looked for in turn.
_TRAIL = f"""
    WITH RECURSIVE trail(kept, gone) AS (
        SELECT m.id, d.account_b
        FROM @ids CROSS JOIN account AS m CROSS JOIN identity_decision AS d CROSS JOIN account AS g
        WHERE m.@column = wanted.value AND d.account_a = m.id AND {_SAID} AND g.id = d.account_b AND g.gone
        UNION
        SELECT t.kept, d.account_b
        FROM trail AS t CROSS JOIN identity_decision AS d CROSS JOIN account AS g
        WHERE d.account_a = t.gone AND {_SAID} AND g.id = d.account_b AND g.gone)
    SELECT kept, gone FROM trail"""  # noqa: S608 - no values
_INTO_ACCOUNTS = _TRAIL.replace("@column", "id")
_INTO_PERSONS = _TRAIL.replace("@column", "person_id")

_KEPT = f"""
    WITH RECURSIVE trail(id) AS (
        SELECT d.account_a FROM @ids CROSS JOIN identity_decision AS d
        WHERE d.account_b = wanted.value AND {_SAID}
        UNION
        SELECT d.account_a FROM trail AS t CROSS JOIN identity_decision AS d
        WHERE d.account_b = t.id AND {_SAID})
    SELECT id FROM trail"""  # noqa: S608 - no values


def shops_kept(connection: Connection, accounts: Collection[str]) -> list[str]:
    """The accounts into which shops ever merged these, one after the other, whether that stands or not."""
    return sorted({id_ for (id_,) in read_wanted(connection, _KEPT, sorted(set(accounts)))})


def merged_from(connection: Connection, accounts: Collection[str]) -> dict[str, str]:
    """The accounts that are gone and lead to one of these (``merged_into``): gone account -> this one.

    One short statement where no shop merged anything into them.
    """
    return _leading(connection, read_wanted(connection, _INTO_ACCOUNTS, sorted(set(accounts))))


def merged_into_persons(connection: Connection, persons: Collection[str]) -> dict[str, str]:
    """``merged_from`` for all accounts of these persons."""
    return _leading(connection, read_wanted(connection, _INTO_PERSONS, sorted(set(persons))))


def with_merged(connection: Connection, accounts: Collection[str]) -> list[str]:
    """These accounts, and those that are gone and lead to them: what names one of all these is about them."""
    return [*accounts, *sorted(merged_from(connection, accounts).keys() - set(accounts))]


def named_today(connection: Connection, rows: Sequence[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    """Rows that name an ``account_id``: where its ``person_id`` is None because it is gone, with the person
    to whom it leads (``heirs_of``; of several the smallest anchor's), and these columns of the person."""
    lost = {row["account_id"] for row in rows if row["person_id"] is None}
    kept = heirs_of(connection, lost) if lost else {}
    if not kept:
        return list(rows)
    query = (
        select(account.c.id, account.c.person_id, *(person.c[name] for name in names))
        .join(person, person.c.id == account.c.person_id)
        .where(among(connection, account.c.id, set().union(*kept.values())))
    )
    known = {row["id"]: dict(row) for row in connection.execute(query).mappings()}
    heirs = {
        gone: known[min(ends & known.keys(), key=anchor_of)]
        for gone, ends in kept.items()
        if ends & known.keys()
    }
    return [
        row
        if row["person_id"] is not None or row["account_id"] not in heirs
        else row | {name: heirs[row["account_id"]][name] for name in ("person_id", *names)}
        for row in rows
    ]


def _leading(connection: Connection, trail: Iterable[tuple[Any, ...]]) -> dict[str, str]:
    """Of what shops ever said, that which stands: taken back, or come back, an account leads nowhere."""
    return {gone: kept for kept, gone in list(trail) if merged_into(connection, gone) == kept}
