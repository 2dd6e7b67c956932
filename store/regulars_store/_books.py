"""What stands here of a shop, counted for the comparison with the shop's own word."""

from datetime import datetime

from sqlalchemy import Connection, and_, func, literal, or_, select

from regulars_mapping import Kind, OrderStatus
from regulars_store._tables_derived import dead_letter, observation_head, order


def landed_ids(
    connection: Connection, shop_id: int, kind: Kind, *, placed_since: datetime | None = None
) -> set[str]:
    """Ids of the objects of a kind that landed and are not gone.

    Trashed orders are left out, since shops list them apart. ``placed_since`` leaves out orders that are
    known to be older; an order that could not be read has no known age and stays in.
    """
    query = select(observation_head.c.external_id).where(
        observation_head.c.shop_id == shop_id,
        observation_head.c.kind == kind.value,
        observation_head.c.gone.is_(False),
    )
    if kind is Kind.ORDER:
        # By the key: no index leads from a shop and an external id to its order.
        same = order.c.id == literal(f"{shop_id}:").concat(observation_head.c.external_id)
        listed = order.c.status != OrderStatus.TRASHED.value
        if placed_since is not None:
            listed = and_(listed, order.c.placed_at >= placed_since)
        query = query.outerjoin(order, same).where(or_(order.c.id.is_(None), listed))
    return set(connection.scalars(query))


def dead_count(connection: Connection, shop_id: int, kind: Kind | None = None) -> int:
    """How many objects of a shop lie in the dead letters and were not dropped by a human."""
    query = select(func.count()).where(dead_letter.c.shop_id == shop_id, dead_letter.c.dropped_at.is_(None))
    if kind is not None:
        query = query.where(dead_letter.c.kind == kind.value)
    return connection.scalar(query) or 0
