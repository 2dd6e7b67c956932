"""What a demo ends with, in numbers: the same for every demo of a day."""

from typing import Any

from sqlalchemy import Connection, func, select

import regulars_store as store
from regulars_agent import Workspace

_account, _offer = store.tables.account.c, store.tables.offer.c


def persons_of_several_shops(connection: Connection) -> list[str]:
    """The persons who have accounts, as guests or registered, in more than one shop."""
    query = (
        select(_account.person_id)
        .group_by(_account.person_id)
        .having(func.count(func.distinct(_account.shop_id)) > 1)
        .order_by(_account.person_id)
    )
    return list(connection.scalars(query))


def end_counts(workspace: Workspace) -> dict[str, Any]:
    """How many customers, how many of them in several shops, and the registered accounts' offers by level."""
    levels = (
        select(_offer.level, func.count().label("accounts"))
        .join_from(store.tables.offer, store.tables.account, _account.id == _offer.id)
        .where(_account.registered)
        .group_by(_offer.level)
        .order_by(_offer.level)
    )
    with workspace.store.read() as connection:
        counts = store.row_counts(connection)
        return {
            "persons": counts["person"],
            "accounts": counts["account"],
            "orders": counts["order"],
            "persons_in_both_shops": len(persons_of_several_shops(connection)),
            "offers": {row.level: row.accounts for row in connection.execute(levels)},
        }
