"""What buyers paid in another currency than their orders are kept in, read from what the shops sent.

It is shown on the card, and no sum counts it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, and_, select

import regulars_store as store
from regulars_connectors import Connector, connector_class
from regulars_mapping import Kind, MisconfiguredError
from regulars_store import tables

MOST: Final = 100
"""Orders that are looked at, the first that are given."""


@dataclass(frozen=True, slots=True)
class PaidOtherwise:
    """``amount`` in minor units of ``currency``."""

    amount: int
    currency: str


def paid_otherwise(
    connection: Connection, orders: Iterable[Mapping[str, Any]], shops: Mapping[int, store.Shop]
) -> dict[str, PaidOtherwise]:
    """What was paid for these orders (rows) in another currency, by the order's id."""
    made = {number: seller for number, shop in shops.items() if (seller := _seller(shop)) is not None}
    told: dict[int, list[str]] = defaultdict(list)
    for row in islice(orders, MOST):
        if row["shop_id"] in made:
            told[row["shop_id"]].append(row["external_id"])
    found: dict[str, PaidOtherwise] = {}
    for shop_id, ids in told.items():
        for external_id, payload in _payloads(connection, shop_id, ids):
            paid = made[shop_id].paid_in(store.decompress(payload))
            if paid is not None:
                found[f"{shop_id}:{external_id}"] = PaidOtherwise(*paid)
    return found


def _seller(shop: store.Shop) -> type[Connector] | None:
    """None for a platform that sells in one currency, or that is not installed any more."""
    try:
        made = connector_class(shop.platform)
    except MisconfiguredError:
        return None
    return made if made.sells_in_currencies else None


def _payloads(connection: Connection, shop_id: int, ids: list[str]) -> Iterable[tuple[str, bytes]]:
    head, seen = tables.observation_head, tables.observation
    same = and_(
        *(seen.c[name] == head.c[name] for name in ("shop_id", "kind", "external_id", "sequence")),
    )
    query = (
        select(seen.c.external_id, seen.c.payload)
        .join(head, same)
        .where(head.c.shop_id == shop_id, head.c.kind == Kind.ORDER, head.c.external_id.in_(ids))
    )
    return [(row.external_id, row.payload) for row in connection.execute(query)]
