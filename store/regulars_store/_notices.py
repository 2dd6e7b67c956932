"""Notices: what a shop said may have changed, a row an object, until it was read.

A burst about one object is one row. Two ids are none: ``UNKNOWN`` stands for an object that the shop could
not name any more, ``WHOLE`` for all of a kind, once more of it waited than is worth reading one by one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, delete, func, or_, select, update

from regulars_store._bulk import among, insert_or_update
from regulars_store._dirty import new_stamp
from regulars_store._tables import notice, push_state

UNKNOWN = ""
WHOLE = "*"
MOST_NOTICES = 100_000
"""Notices of a shop that wait as rows; what comes beyond makes its whole kind due."""

_CLEAR = delete(notice).where(
    notice.c.shop_id == bindparam("the_shop"),
    notice.c.kind == bindparam("the_kind"),
    notice.c.external_id == bindparam("the_id"),
    notice.c.stamp == bindparam("the_stamp"),
)


@dataclass(frozen=True, slots=True)
class Notice:
    """An object that waits to be read, how many readings of it failed, and the delivery that asked last."""

    kind: str
    external_id: str
    tries: int
    stamp: int


def put_notices(
    connection: Connection,
    shop_id: int,
    kind: str,
    due: Iterable[tuple[str, datetime]],
    *,
    now: datetime,
    most: int = MOST_NOTICES,
    new_only: bool = False,
) -> None:
    """Note that these objects (id, and when to read it) may have changed; one that waits already keeps its
    time where that is earlier, and where a reading of it failed.

    ``new_only``: one that waits already is left as it is, and nothing is noted where all of the kind waits,
    or as many objects of the shop as may wait by name.
    """
    rows = dict(due)
    if not rows:
        return
    if new_only:
        _put_new(connection, shop_id, kind, rows, now=now, most=most)
        return
    if _waits(connection, shop_id, kind, WHOLE):
        rows = {WHOLE: min(rows.values())}
    _merge(connection, shop_id, kind, rows, now=now)
    if WHOLE not in rows and notice_count(connection, shop_id) > most:
        connection.execute(delete(notice).where(_of(shop_id, kind)))
        _merge(connection, shop_id, kind, {WHOLE: now}, now=now)


def _put_new(
    connection: Connection, shop_id: int, kind: str, due: dict[str, datetime], *, now: datetime, most: int
) -> None:
    if _waits(connection, shop_id, kind, WHOLE) or notice_count(connection, shop_id) >= most:
        return
    statement = insert_or_update(connection, notice)
    statement = statement.on_conflict_do_nothing(index_elements=["shop_id", "kind", "external_id"])
    connection.execute(statement, _rows(shop_id, kind, due, now=now))


def _merge(
    connection: Connection, shop_id: int, kind: str, due: dict[str, datetime], *, now: datetime
) -> None:
    statement = insert_or_update(connection, notice)
    new = statement.excluded
    sooner = and_(notice.c.tries == 0, new.due_at < notice.c.due_at)
    statement = statement.on_conflict_do_update(
        index_elements=["shop_id", "kind", "external_id"],
        set_={"stamp": new.stamp, "due_at": case((sooner, new.due_at), else_=notice.c.due_at)},
    )
    connection.execute(statement, _rows(shop_id, kind, due, now=now))


def _rows(shop_id: int, kind: str, due: dict[str, datetime], *, now: datetime) -> list[dict[str, Any]]:
    shared = {"shop_id": shop_id, "kind": str(kind), "first_at": now, "tries": 0, "stamp": new_stamp()}
    return [{**shared, "external_id": key, "due_at": due[key]} for key in sorted(due)]


def confirmed_since(
    connection: Connection, shop_id: int, ids: Sequence[str], since: datetime
) -> dict[str, datetime]:
    """Of these customers of a shop, those in whom something of ours was confirmed after ``since``: when."""
    accounts = {f"{shop_id}:{external_id}": external_id for external_id in ids}
    query = (
        select(push_state.c.account_id, func.max(push_state.c.confirmed_at))
        .where(
            among(connection, push_state.c.account_id, accounts),
            # What hangs on the customer is keyed by the customer; a coupon, by its code, is another object.
            among(connection, push_state.c.target_key, ids),
            push_state.c.confirmed_at > since,
        )
        .group_by(push_state.c.account_id)
    )
    return {accounts[account]: confirmed for account, confirmed in connection.execute(query)}


def due_notices(
    connection: Connection, shop_id: int, kind: str, *, now: datetime, tried: bool, after: str, limit: int
) -> list[Notice]:
    """The named objects of a kind that are due, behind the id ``after``: those never tried, or the others."""
    tries = notice.c.tries > 0 if tried else notice.c.tries == 0
    named = and_(notice.c.external_id > after, notice.c.external_id.not_in((UNKNOWN, WHOLE)))
    return _select(connection, _of(shop_id, kind), named, tries, limit=limit, now=now)


def due_marker(connection: Connection, shop_id: int, kind: str, *, now: datetime) -> Notice | None:
    """The due notice that names no object of the kind: the whole of it before an unknown one."""
    nameless = notice.c.external_id.in_((UNKNOWN, WHOLE))
    found = _select(connection, _of(shop_id, kind), nameless, limit=2, now=now)
    return found[-1] if found else None


def _select(
    connection: Connection, *conditions: ColumnElement[bool], limit: int, now: datetime
) -> list[Notice]:
    columns = [notice.c[name] for name in Notice.__slots__]
    query = select(*columns).where(*conditions, notice.c.due_at <= now).order_by(notice.c.external_id)
    return [Notice(*row) for row in connection.execute(query.limit(limit))]


def postpone_notices(
    connection: Connection, shop_id: int, notices: Sequence[Notice], until: datetime, *, failed: bool
) -> None:
    """Let these wait until then; ``failed`` counts a reading that failed."""
    for kind in {each.kind for each in notices}:
        ids = [each.external_id for each in notices if each.kind == kind]
        values: dict[str, Any] = {"due_at": until}
        if failed:
            values["tries"] = notice.c.tries + 1
        named = among(connection, notice.c.external_id, ids)
        connection.execute(update(notice).where(_of(shop_id, kind), named).values(values))


def clear_notices(connection: Connection, shop_id: int, notices: Sequence[Notice]) -> None:
    """Take away what was read, but for what was noted again since it was taken up."""
    if notices:
        rows = [
            {
                "the_shop": shop_id,
                "the_kind": each.kind,
                "the_id": each.external_id,
                "the_stamp": each.stamp,
            }
            for each in notices
        ]
        connection.execute(_CLEAR, rows)


def forget_notices(connection: Connection, shop_id: int) -> None:
    """Take away all of a shop's, when it is disconnected."""
    connection.execute(delete(notice).where(notice.c.shop_id == shop_id))


def next_notice(connection: Connection, shop_id: int) -> datetime | None:
    """When the first of a shop's notices is due, None where none waits."""
    query = select(notice.c.due_at).where(notice.c.shop_id == shop_id).order_by(notice.c.due_at)
    return connection.scalar(query.limit(1))


def notice_count(connection: Connection, shop_id: int, *, due_by: datetime | None = None) -> int:
    """How many notices of a shop wait; with ``due_by`` without those that are to wait longer by intention."""
    query = select(func.count()).where(notice.c.shop_id == shop_id)
    if due_by is not None:
        query = query.where(or_(notice.c.tries > 0, notice.c.due_at <= due_by))
    return connection.scalar(query) or 0


def _waits(connection: Connection, shop_id: int, kind: str, external_id: str) -> bool:
    query = select(notice.c.stamp).where(_of(shop_id, kind), notice.c.external_id == external_id)
    return connection.scalar(query) is not None


def _of(shop_id: int, kind: str) -> ColumnElement[bool]:
    return and_(notice.c.shop_id == shop_id, notice.c.kind == str(kind))
