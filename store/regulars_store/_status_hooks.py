"""Who is told of order status changes, and the journal of what they are told: each change once a hook.

A change is noted in the transaction that lands it, so that it is neither lost nor noted twice. How a delivery
goes is written afterwards: whoever was told, but died before it was written, tells again, by the same id.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from regulars_store._bulk import insert_or_update
from regulars_store._shops import Shop
from regulars_store._tables import account, order, shop, status_delivery, status_hook

NEWS_FOR = timedelta(days=30)
"""What the shop changed earlier than that before it landed is no news, and told to nobody."""
KEPT_DELIVERIES = timedelta(days=60)
"""How long after a change its deliveries are kept; longer than it is news, so that none is noted again."""

WAITING, DELIVERED, DEAD, ENDED = "waiting", "delivered", "dead", "ended"
# Written out, since a parameter would keep the index of those that wait from being used.
_WAITS = status_delivery.c.state == literal_column("'waiting'")


@dataclass(frozen=True, slots=True)
class StatusHook:
    """Somebody who is told: at ``url``, or by the site's signal where that is empty.

    Without ``statuses`` of all, without ``shops`` (ids) in all; of nothing that was before ``added_at``.
    ``inside``: the address may be within a network. After ``failures`` in a row of the address as such it is
    left alone until ``rests_until``. The secret before the present one signs too until ``secret_until``.
    """

    id: int
    key: str
    url: str
    inside: bool
    statuses: tuple[str, ...]
    shops: tuple[int, ...]
    added_at: datetime
    failures: int
    rests_until: datetime | None
    secret_until: datetime | None
    who: str

    def hears(self, shop: Shop, change: "StatusChange", *, now: datetime) -> bool:
        """Whether this is told of that change, which lands ``now``."""
        since = max(self.added_at, shop.added_at, now - NEWS_FOR)
        # Of an order that is new here, only its placing tells that it is new in the shop.
        moment = change.at if change.before is not None else change.placed_at
        wanted = not self.statuses or change.after in self.statuses or change.shop_after in self.statuses
        return wanted and (not self.shops or shop.id in self.shops) and moment >= since


class StatusChange(NamedTuple):
    """An order's status, and the one before it: None for an order that was not known."""

    order_id: str
    sequence: int
    placed_at: datetime
    before: str | None
    shop_before: str | None
    after: str
    shop_after: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StatusDelivery:
    """A change that one hook waits to hear of. ``number``, ``account_id`` and ``person_id`` are those of the
    order now; None where it, or its person, is not known (any more)."""

    hook_id: int
    order_id: str
    sequence: int
    message: str
    shop_id: int
    before: str | None
    shop_before: str | None
    after: str
    shop_after: str
    at: datetime
    tries: int
    shop: str
    number: str | None
    account_id: str | None
    person_id: str | None


@dataclass(frozen=True, slots=True)
class HookState:
    """How the deliveries of a hook stand; those that were forgotten do not count. ``oldest`` is since when
    the first waits, by its change, ``next_at`` when the next one is due; ``problem`` is of the last try that
    failed."""

    waiting: int = 0
    delivered: int = 0
    dead: int = 0
    oldest: datetime | None = None
    next_at: datetime | None = None
    failing: int = 0
    problem: str = ""


def standing(connection: Connection) -> list[StatusHook]:
    """Those that have not ended, in the order in which they were added."""
    table = status_hook.c
    query = select(*(table[name] for name in StatusHook.__slots__))
    found = connection.execute(query.where(table.ended_at.is_(None)).order_by(table.id)).mappings()
    return [
        StatusHook(**{**row, "statuses": tuple(row["statuses"]), "shops": tuple(row["shops"])})
        for row in found
    ]


def add(
    connection: Connection,
    *,
    key: str,
    url: str,
    inside: bool,
    statuses: Sequence[str],
    shops: Sequence[int],
    who: str,
    now: datetime,
) -> StatusHook:
    """Have somebody told from now on. Whether the key is free is for the caller to see."""
    values = {"key": key, "url": url, "inside": inside, "statuses": list(statuses), "shops": list(shops)}
    connection.execute(insert(status_hook).values(values | {"added_at": now, "who": who}))
    return standing(connection)[-1]


def end(connection: Connection, hook_id: int, *, now: datetime) -> int:
    """Tell them nothing more; how many deliveries waited, which end with it."""
    connection.execute(update(status_hook).where(status_hook.c.id == hook_id).values(ended_at=now))
    waiting = status_delivery.c.hook_id == hook_id, _WAITS
    return connection.execute(update(status_delivery).where(*waiting).values(state=ENDED)).rowcount


def overlap(connection: Connection, hook_id: int, *, until: datetime | None) -> None:
    """Have the secret before the present one sign too until then; None: no more."""
    connection.execute(update(status_hook).where(status_hook.c.id == hook_id).values(secret_until=until))


def note(
    connection: Connection,
    shop: Shop,
    hooks: Sequence[StatusHook],
    changes: Iterable[StatusChange],
    *,
    now: datetime,
) -> None:
    """Note for each of these hooks the changes that it is to be told of. The same change is noted once."""
    rows = [
        _row(hook, shop, each, now) for each in changes for hook in hooks if hook.hears(shop, each, now=now)
    ]
    if rows:
        connection.execute(insert_or_update(connection, status_delivery).on_conflict_do_nothing(), rows)


def _row(hook: StatusHook, shop: Shop, change: StatusChange, now: datetime) -> dict[str, Any]:
    named = f"{hook.added_at.isoformat()} {hook.url} {change.order_id} {change.sequence}"
    told = change._asdict()
    del told["placed_at"]
    return told | {
        "hook_id": hook.id,
        "message": f"msg_{blake2b(named.encode(), digest_size=16).hexdigest()}",
        "shop_id": shop.id,
        "state": WAITING,
        "tries": 0,
        "due_at": now,
        "problem": "",
    }


def due(connection: Connection, hook_id: int, *, now: datetime, limit: int) -> list[StatusDelivery]:
    """What this hook is to be told now, longest due first. An order's later change waits for its earlier."""
    table = status_delivery.c
    own = [table[name] for name in StatusDelivery.__slots__[:11]]
    joined = (
        status_delivery.join(shop, shop.c.id == table.shop_id)
        .outerjoin(order, order.c.id == table.order_id)
        .outerjoin(account, account.c.id == order.c.account_id)
    )
    query = (
        select(*own, shop.c.name, order.c.number, order.c.account_id, account.c.person_id)
        .select_from(joined)
        .where(table.hook_id == hook_id, *_is_next(), table.due_at <= now)
        .order_by(table.due_at, table.order_id)
        .limit(limit)
    )
    rows: Sequence[Any] = connection.execute(query).all()
    return [StatusDelivery(*row) for row in rows]


def any_due(connection: Connection, *, now: datetime) -> bool:
    """Whether an address that is not left alone is to be told something now. Signals are not counted."""
    return connection.scalar(select(status_hook.c.id).where(*_is_awake(now)).limit(1)) is not None


def awake(connection: Connection, *, now: datetime) -> list[StatusHook]:
    """Those with an address that are to be told something now, and are not left alone."""
    known = set(connection.scalars(select(status_hook.c.id).where(*_is_awake(now))))
    return [hook for hook in standing(connection) if hook.id in known]


def _is_awake(now: datetime) -> Iterator[ColumnElement[bool]]:
    hook, waits = status_hook.c, status_delivery.c
    yield from (hook.ended_at.is_(None), hook.url != "")
    yield or_(hook.rests_until.is_(None), hook.rests_until <= now)
    yield exists().where(waits.hook_id == hook.id, *_is_next(), waits.due_at <= now)


def _is_next() -> Iterator[ColumnElement[bool]]:
    """Of a delivery: it waits for nothing but its time. An order's later change waits for its earlier."""
    table = status_delivery.c
    earlier = status_delivery.alias("earlier")
    blocked = exists().where(
        earlier.c.hook_id == table.hook_id,
        earlier.c.order_id == table.order_id,
        earlier.c.sequence < table.sequence,
        earlier.c.state == WAITING,
    )
    yield from (_WAITS, ~blocked)


def delivered(connection: Connection, delivery: StatusDelivery, *, now: datetime) -> None:
    """They were told, and the address answers."""
    _set(connection, delivery, state=DELIVERED, due_at=now, problem="")
    _rest(connection, delivery.hook_id, 0, None)


def undelivered(
    connection: Connection, delivery: StatusDelivery, *, problem: str, until: datetime | None, now: datetime
) -> None:
    """They would not have this: again then, or never where ``until`` is None."""
    failed = {"tries": delivery.tries + 1, "problem": problem}
    if until is None:
        _set(connection, delivery, state=DEAD, due_at=now, **failed)
    else:
        _set(connection, delivery, due_at=until, **failed)


def unreachable(
    connection: Connection, hook: StatusHook, *, problem: str, until: datetime, most: int, now: datetime
) -> int:
    """The address as such failed: it is left alone until then, and the try counts for all that was due. How
    many were given up with it, after ``most`` tries."""
    _rest(connection, hook.id, hook.failures + 1, until)
    table = status_delivery.c
    mine = table.hook_id == hook.id, _WAITS
    tried = update(status_delivery).where(*mine, table.due_at <= now)
    connection.execute(tried.values(tries=table.tries + 1, problem=problem))
    given_up = update(status_delivery).where(*mine, table.tries >= most)
    return connection.execute(given_up.values(state=DEAD, due_at=now)).rowcount


def _rest(connection: Connection, hook_id: int, failures: int, until: datetime | None) -> None:
    known = update(status_hook).where(status_hook.c.id == hook_id)
    connection.execute(known.values(failures=failures, rests_until=until))


def revive(connection: Connection, hook_id: int, *, now: datetime) -> int:
    """Have what was given up told after all, at once; how many."""
    _rest(connection, hook_id, 0, None)
    dead = status_delivery.c.hook_id == hook_id, status_delivery.c.state == DEAD
    again = update(status_delivery).where(*dead).values(state=WAITING, tries=0, due_at=now)
    return connection.execute(again).rowcount


def forget(connection: Connection, *, now: datetime) -> int:
    """Drop those of changes that are long past, told or not; how many."""
    old = status_delivery.c.at < now - KEPT_DELIVERIES
    return connection.execute(delete(status_delivery).where(old)).rowcount


def states(connection: Connection, hooks: Collection[int]) -> dict[int, HookState]:
    """How the deliveries of these hooks stand, by hook."""
    return {hook_id: _state(connection, hook_id) for hook_id in hooks}


def _state(connection: Connection, hook_id: int) -> HookState:
    table = status_delivery.c
    mine = table.hook_id == hook_id
    counts = {
        state: (count, oldest)
        for state, count, oldest in connection.execute(
            select(table.state, func.count(), func.min(table.at)).where(mine).group_by(table.state)
        )
    }
    failing = select(func.count()).where(mine, _WAITS, table.tries > 0)
    problem = select(table.problem).where(mine, table.problem != "").order_by(table.due_at.desc()).limit(1)
    return HookState(
        waiting=counts.get(WAITING, (0, None))[0],
        delivered=counts.get(DELIVERED, (0, None))[0],
        dead=counts.get(DEAD, (0, None))[0],
        oldest=counts.get(WAITING, (0, None))[1],
        next_at=connection.scalar(select(func.min(table.due_at)).where(mine, *_is_next())),
        failing=connection.scalar(failing) or 0,
        problem=connection.scalar(problem) or "",
    )


def has_shop_status(connection: Connection, word: str) -> bool:
    """Whether any order ever had this status in its shop's own word."""
    return connection.scalar(select(order.c.id).where(order.c.shop_status == word).limit(1)) is not None


def _set(connection: Connection, delivery: StatusDelivery, **values: Any) -> None:
    connection.execute(update(status_delivery).where(*_same(delivery)).values(values))


def _same(delivery: StatusDelivery) -> Iterator[ColumnElement[bool]]:
    for name in ("hook_id", "order_id", "sequence"):
        yield status_delivery.c[name] == getattr(delivery, name)
