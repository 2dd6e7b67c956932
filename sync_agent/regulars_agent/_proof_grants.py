"""Codes held against the offers that gave them, once their shop was told."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, select

import regulars_store as store
from regulars_agent._proof_payloads import Odd
from regulars_store import Gift

dirty, operation = store.tables.dirty, store.tables.push_operation


def grant_odds(connection: Connection, row: Mapping[str, Any]) -> Iterator[Odd]:
    """Where what an account's code gives is not what its offer, this row, does.

    Nothing is said while the shop is still to be told: a plan is to be made, or its operations are under way.
    """
    offered = Gift(row["percent"], row["amount"], row["currency"])
    held = store.active_grants(connection, [row["id"]]).get(row["id"], {})
    standing = held.get("planned") or held.get("given")
    if standing is None or not offered or standing.gift == offered or _is_under_way(connection, row):
        return
    for name in Gift._fields:
        stated, due = getattr(standing.gift, name), getattr(offered, name)
        if stated != due:
            yield Odd(f"code {standing.id}", name, stated, due)


def _is_under_way(connection: Connection, row: Mapping[str, Any]) -> bool:
    stage = f"offers:{row['shop_id']}"
    marked = select(dirty.c.key).where(dirty.c.stage == stage, dirty.c.key == row["person_id"])
    planned = select(operation.c.id).where(
        operation.c.account_id == row["id"], operation.c.state.in_(("planned", "sent"))
    )
    return any(connection.execute(asked.limit(1)).first() is not None for asked in (marked, planned))
