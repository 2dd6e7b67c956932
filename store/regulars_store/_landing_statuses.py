"""The status changes of orders: the versions, in their order, whose status differs from the one before."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, select

from regulars_store._bulk import among, insert_rows
from regulars_store._observed import EPOCH, MAPPED, Placed
from regulars_store._shops import Shop
from regulars_store._status_hooks import StatusChange, note, standing
from regulars_store._tables import order_status_change
from regulars_store._versions import Track, Version

_DELETE = delete(order_status_change).where(
    order_status_change.c.order_id == bindparam("the_order"),
    order_status_change.c.sequence == bindparam("the_sequence"),
)


class _Status(NamedTuple):
    sequence: int
    status: str
    shop_status: str
    at: datetime


Seen = Sequence[tuple[Version, Placed]]


def land_statuses(
    connection: Connection, shop: Shop, arrived: Sequence[tuple[Track, Seen]], *, news_at: datetime | None
) -> None:
    """Write the changes that the arriving versions add, and those that they make visible or undo.

    Whoever is to be told hears of what is newer than all that was known; of nothing without ``news_at``.
    """
    stored = _stored(connection, [f"{shop.id}:{track.external_id}" for track, _ in arrived if track.stored])
    hooks = standing(connection) if news_at is not None else ()
    extra, missing, news = [], [], list[StatusChange]()
    for track, seen in arrived:
        order_id = f"{shop.id}:{track.external_id}"
        before = stored.get(order_id, {})
        wanted = _changes(track, seen, before)
        extra += [(order_id, sequence) for sequence in before.keys() - wanted.keys()]
        missing += [
            {"order_id": order_id, **wanted[sequence]._asdict()} for sequence in wanted.keys() - before.keys()
        ]
        if hooks:
            news += _news(order_id, seen, before, list(wanted.values()))
    if extra:
        connection.execute(_DELETE, [{"the_order": id_, "the_sequence": number} for id_, number in extra])
    insert_rows(connection, order_status_change, missing)
    if news_at is not None:
        note(connection, shop, hooks, news, now=news_at)


def _news(
    order_id: str, seen: Seen, before: dict[int, _Status], changes: Sequence[_Status]
) -> Iterator[StatusChange]:
    """Of an order's changes those later than all that were known: a late older version is no news."""
    known = max(((each.at, each.sequence) for each in before.values()), default=None)
    placed = next((order.row["placed_at"] for _, order in seen), None)
    last: _Status | None = None
    for each in changes:
        new = known is None or (last is not None and (each.at, each.sequence) > known)
        if new and placed is not None:
            yield StatusChange(
                order_id=order_id,
                sequence=each.sequence,
                placed_at=placed,
                before=last and last.status,
                shop_before=last and last.shop_status,
                after=each.status,
                shop_after=each.shop_status,
                at=each.at,
            )
        last = each


def _stored(connection: Connection, ids: Sequence[str]) -> dict[str, dict[int, _Status]]:
    found: dict[str, dict[int, _Status]] = {}
    if ids:
        table = order_status_change.c
        query = select(table.order_id, *(table[name] for name in _Status._fields))
        for order_id, *row in connection.execute(query.where(among(connection, table.order_id, ids))):
            found.setdefault(order_id, {})[row[0]] = _Status(*row)
    return found


def _changes(track: Track, seen: Seen, before: dict[int, _Status]) -> dict[int, _Status]:
    statuses = {version.sequence: _status(version, order) for version, order in seen}
    if statuses and len(track.versions) == 1:
        return statuses
    wanted: dict[int, _Status] = {}
    known: _Status | None = None
    last: _Status | None = None
    for version in sorted(each for each in track.versions if each.outcome == MAPPED):
        status = statuses.get(version.sequence)
        if status is None:
            # A stored version without a row had the status of the stored one before it.
            known = before.get(version.sequence, known)
            if known is None:
                continue
            status = known._replace(sequence=version.sequence, at=_at(version, known.at))
        if last is None or last[1:3] != status[1:3]:
            wanted[version.sequence] = last = status
    return wanted


def _status(version: Version, order: Placed) -> _Status:
    row = order.row
    return _Status(version.sequence, row["status"], row["shop_status"], _at(version, row["placed_at"]))


def _at(version: Version, otherwise: datetime) -> datetime:
    return version.version_at if version.version_at > EPOCH else otherwise
