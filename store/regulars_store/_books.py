"""What stands here of a shop, counted for the comparison with the shop's own word."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, false, func, literal, or_, select

from regulars_mapping import Kind, OrderStatus
from regulars_store._bulk import among
from regulars_store._tables_derived import dead_letter, observation_head, order, product, refund

_TRASHED_PRODUCT = "trash"


def landed_ids(
    connection: Connection,
    shop_id: int,
    kind: Kind,
    *,
    placed_since: datetime | None = None,
    of_trashed: bool = False,
) -> set[str]:
    """Ids of the objects of a kind that landed and are not gone.

    Trashed orders and products are left out, since shops list them apart, and refunds that their order no
    longer counts or that fell with it; ``of_trashed`` counts those whose order lies in the trash, which some
    shops list. ``placed_since`` leaves out orders that are known to be older; an order that could not be
    read has no known age and stays in.
    """
    query = select(observation_head.c.external_id).where(
        observation_head.c.shop_id == shop_id,
        observation_head.c.kind == kind.value,
        observation_head.c.gone.is_(False),
    )
    # By the key: no index leads from a shop and an external id to its row.
    key = literal(f"{shop_id}:").concat(observation_head.c.external_id)
    if kind is Kind.ORDER:
        listed = order.c.status != OrderStatus.TRASHED.value
        if placed_since is not None:
            listed = and_(listed, order.c.placed_at >= placed_since)
        query = query.outerjoin(order, order.c.id == key).where(or_(order.c.id.is_(None), listed))
    elif kind is Kind.PRODUCT:
        same = product.c.id == key
        query = query.outerjoin(product, same).where(func.coalesce(product.c.status, "") != _TRASHED_PRODUCT)
    elif kind is Kind.REFUND:
        fallen = or_(refund.c.gone, order.c.gone)
        if not of_trashed:
            fallen = or_(fallen, order.c.status == OrderStatus.TRASHED.value)
        joined = query.outerjoin(refund, refund.c.id == key).outerjoin(order, order.c.id == refund.c.order_id)
        query = joined.where(func.coalesce(fallen, false()).is_(False))
    return set(connection.scalars(query))


def trashed_ids(connection: Connection, shop_id: int, kind: Kind) -> list[str]:
    """Ids of the orders or products that stand here in the shop's trash; of nothing else there is a trash."""
    if kind is Kind.ORDER:
        table, trashed = order, order.c.status == OrderStatus.TRASHED.value
    elif kind is Kind.PRODUCT:
        table, trashed = product, product.c.status == _TRASHED_PRODUCT
    else:
        return []
    query = select(table.c.external_id).where(table.c.shop_id == shop_id, table.c.gone.is_(False), trashed)
    return sorted(connection.scalars(query))


def landed_orders_between(
    connection: Connection, shop_id: int, start: datetime | None, end: datetime | None
) -> set[str]:
    """Ids of the orders placed in ``[start, end)`` that stand here and are neither gone nor trashed.

    An order that could not be read has no known age and is not among them. None leaves a side open.
    """
    query = select(order.c.external_id).where(
        order.c.shop_id == shop_id,
        order.c.gone.is_(False),
        order.c.status != OrderStatus.TRASHED.value,
    )
    if start is not None:
        query = query.where(order.c.placed_at >= start)
    if end is not None:
        query = query.where(order.c.placed_at < end)
    return set(connection.scalars(query))


def orders_of_refunds(connection: Connection, shop_id: int, ids: Sequence[str]) -> list[str]:
    """The external ids of the orders that these refunds belong to, as far as they landed."""
    query = (
        select(order.c.external_id)
        .join_from(refund, order, order.c.id == refund.c.order_id)
        .where(among(connection, refund.c.id, [f"{shop_id}:{external_id}" for external_id in ids]))
    )
    return sorted(set(connection.scalars(query)))


def dead_count(connection: Connection, shop_id: int, kind: Kind | None = None) -> int:
    """How many objects of a shop lie in the dead letters and were not dropped by a human."""
    query = select(func.count()).where(dead_letter.c.shop_id == shop_id, dead_letter.c.dropped_at.is_(None))
    if kind is not None:
        query = query.where(dead_letter.c.kind == kind.value)
    return connection.scalar(query) or 0
