"""Demands of the law: noted once each, taken up when they are due, and kept with what became of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, or_, select, update

from regulars_store._bulk import among, insert_or_update
from regulars_store._tables import demand, order

DUE: Final = "due"
WAITING: Final = "waiting"
DONE: Final = "done"
SHOP_ERASURE: Final = "shop_erasure"


@dataclass(frozen=True, slots=True)
class StoredDemand:
    """A demand. ``state`` is DUE (the agent will do it), WAITING (for the owner) or DONE."""

    id: int
    shop_id: int
    key: str
    what: str
    account_id: str
    orders: Sequence[str] = field(repr=False)
    at: datetime
    term_at: datetime
    due_at: datetime
    tries: int
    state: str
    note: str
    file: str
    who: str
    done_at: datetime | None


# Of those that wait for the owner only the shops' may become due by themselves.
_LOOKED_AT: Final = or_(demand.c.state == DUE, and_(demand.c.state == WAITING, demand.c.what == SHOP_ERASURE))
_COLUMNS: Final = [demand.c[each.name] for each in fields(StoredDemand)]


def put_demand(
    connection: Connection,
    shop_id: int,
    key: str,
    what: str,
    *,
    account_id: str,
    orders: Sequence[str],
    now: datetime,
    term: datetime,
) -> bool:
    """Note a demand; False where it is known, or where the same is open already: what that one names of
    orders is then joined by what this one does."""
    if connection.scalar(select(demand.c.id).where(demand.c.shop_id == shop_id, demand.c.key == key)):
        return False
    open_one = connection.execute(
        select(demand.c.id, demand.c.orders).where(
            demand.c.shop_id == shop_id,
            demand.c.what == what,
            demand.c.account_id == account_id,
            demand.c.state == DUE,
        )
    ).first()
    if open_one is not None and account_id:
        joined = list(dict.fromkeys([*open_one.orders, *orders]))
        connection.execute(update(demand).where(demand.c.id == open_one.id).values(orders=joined))
        return False
    row = {"shop_id": shop_id, "key": key, "what": what, "account_id": account_id, "orders": list(orders)}
    fresh = {"at": now, "due_at": now, "term_at": term, "tries": 0, "state": DUE, "note": "", "file": ""}
    statement = insert_or_update(connection, demand).values(**row, **fresh, who="", done_at=None)
    # On PostgreSQL two deliveries may come at the same moment.
    noted = connection.execute(statement.on_conflict_do_nothing(index_elements=["shop_id", "key"]))
    return noted.rowcount > 0


def owners_of(connection: Connection, orders: Collection[str]) -> set[str]:
    """The accounts under which these orders (ids) stand."""
    return set(connection.scalars(select(order.c.account_id).where(among(connection, order.c.id, orders))))


def any_due(connection: Connection, *, now: datetime) -> bool:
    """Whether anything is to be looked at now."""
    return (
        connection.scalar(select(demand.c.id).where(_LOOKED_AT, demand.c.due_at <= now).limit(1)) is not None
    )


def due_demands(connection: Connection, *, now: datetime, limit: int) -> list[StoredDemand]:
    """Those to be looked at now, the shortest term first."""
    query = select(*_COLUMNS).where(_LOOKED_AT, demand.c.due_at <= now)
    return _read(connection, query.order_by(demand.c.term_at, demand.c.id).limit(limit))


def open_demands(connection: Connection, *, limit: int) -> list[StoredDemand]:
    """Those that are not done, the shortest term first."""
    query = select(*_COLUMNS).where(demand.c.state != DONE)
    return _read(connection, query.order_by(demand.c.term_at, demand.c.id).limit(limit))


def last_demands(connection: Connection, *, limit: int) -> list[StoredDemand]:
    """The newest, done or not."""
    return _read(connection, select(*_COLUMNS).order_by(demand.c.id.desc()).limit(limit))


def demand_of(connection: Connection, demand_id: int) -> StoredDemand | None:
    """The demand of this number."""
    found = _read(connection, select(*_COLUMNS).where(demand.c.id == demand_id))
    return found[0] if found else None


def change_demand(connection: Connection, demand_id: int, **values: Any) -> None:
    """Put these values of a demand in the place of what stands there."""
    connection.execute(update(demand).where(demand.c.id == demand_id).values(**values))


def _read(connection: Connection, query: Select[Any]) -> list[StoredDemand]:
    return [StoredDemand(**row) for row in connection.execute(query).mappings()]
