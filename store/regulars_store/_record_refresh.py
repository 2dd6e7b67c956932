"""Persons whose record follows from their orders or addresses too, made again when those change."""

from collections.abc import Collection

from sqlalchemy import Connection, exists, select

from regulars_store._bulk import among
from regulars_store._identity_queries import (
    ACCOUNTS_BY_PERSON,
    AccountRow,
    persons_of,
    read_wanted,
)
from regulars_store._identity_rows import person_row, replace_rows
from regulars_store._record_by_hand import ByHand
from regulars_store._tables_derived import account, person
from regulars_store._tables_record import record_edit, record_rule

_ANYTHING = select(
    exists().where(record_edit.c.field == "archived"), exists().where(record_rule.c.id.is_not(None))
)


def refresh_records(connection: Connection, person_ids: Collection[str]) -> None:
    """Bring status and missing fields of these persons up to date with their orders and addresses.

    Whoever is archived comes back with a newer order. Costs one short statement where nobody ever was
    archived and the owner has no rule of what is complete. Idempotent; a person that is no more is left out.
    """
    if not any(connection.execute(_ANYTHING).one()):
        return
    by_hand = ByHand.read(connection)
    everybody = by_hand.rule.asks("address")
    wanted = list(person_ids) if everybody else _archived_among(connection, person_ids)
    members: dict[str, list[AccountRow]] = {}
    for row in read_wanted(connection, ACCOUNTS_BY_PERSON, wanted):
        one = AccountRow._make(row)
        if one.person_id is not None and not one.gone:
            members.setdefault(one.person_id, []).append(one)
    said = by_hand.about(connection, [one.id for some in members.values() for one in some])
    rows = (person_row(some, vouched=by_hand.vouched, said=said) for some in members.values())
    replace_rows(connection, person, persons_of(connection, members), rows)


def _archived_among(connection: Connection, person_ids: Collection[str]) -> list[str]:
    query = (
        select(account.c.person_id)
        .join_from(record_edit, account, account.c.id == record_edit.c.account_id)
        .where(record_edit.c.field == "archived", among(connection, account.c.person_id, person_ids))
        .distinct()
    )
    return [found for found in connection.scalars(query) if found is not None]
