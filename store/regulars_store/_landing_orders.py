"""Orders on their way into the mapped rows: their accounts, addresses, lines and status changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from regulars_mapping import CanonicalObject, Order
from regulars_store._account_rows import known_accounts, write_addresses
from regulars_store._bulk import among, delete_where, insert_rows, update_rows, upsert
from regulars_store._grant_uses import land_uses
from regulars_store._landing_checkouts import Checkout, Known, decided_by, retell_accounts, tell_accounts
from regulars_store._landing_marks import Marks
from regulars_store._landing_statuses import land_statuses
from regulars_store._observed import Placed
from regulars_store._order_rows import placed
from regulars_store._shops import Shop
from regulars_store._tables import order, order_line
from regulars_store._versions import Track, Version


@dataclass(frozen=True, slots=True)
class _Arrived:
    """An order's track with its arriving versions worked out; ``newest`` goes into the mapped rows."""

    track: Track
    seen: Sequence[tuple[Version, Placed]]
    newest: Placed | None
    gone: bool

    @property
    def checkout(self) -> Checkout | None:
        """What the order says of its buyer, if it counts."""
        if self.newest is None or self.gone:
            return None
        return Checkout(self.newest.at, self.newest.id, self.newest.fields)


def land_orders(
    connection: Connection,
    shop: Shop,
    tracks: Sequence[Track],
    marks: Marks,
    *,
    news_at: datetime | None = None,
) -> None:
    """Write the orders whose newest version arrived, and all that hangs on them. Whoever is to be told of
    status changes hears of them where this is the moment at which they became known."""
    if not tracks:
        return
    arrived = [_arrived(shop, track) for track in tracks]
    before = _orders_before(
        connection, [f"{shop.id}:{track.external_id}" for track in tracks if track.stored]
    )
    named = {found.account_id for each in arrived for _, found in each.seen}
    known = known_accounts(connection, named | {row["account_id"] for row in before.values()})
    unsure = tell_accounts(connection, shop, known, named, told=_told(arrived), marks=marks)
    unsure |= decided_by(known, before.keys()) | _bereft(arrived, known)
    write_addresses(connection, _addresses(arrived))
    _write_orders(connection, arrived, before)
    update_rows(connection, order, list(_fates(shop, arrived, before)))
    land_uses(connection, shop, _with_codes(connection, arrived, before), before, marks)
    land_statuses(connection, shop, [(each.track, each.seen) for each in arrived], news_at=news_at)
    retell_accounts(connection, shop, known, unsure, marks)
    _mark(arrived, before, known, marks)


def _arrived(shop: Shop, track: Track) -> _Arrived:
    seen = [(version, found) for version, mapped in track.seen if (found := _placed(shop, mapped))]
    version = track.newest_version
    newest = next((found for each, found in seen if each == version), None)
    return _Arrived(track, seen, newest, track.gone)


def _placed(shop: Shop, mapped: CanonicalObject | Placed) -> Placed | None:
    if isinstance(mapped, Placed):
        return mapped
    return placed(shop, mapped) if isinstance(mapped, Order) else None


def _orders_before(connection: Connection, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    if not ids:
        return {}
    columns = (order.c.id, order.c.account_id, order.c.gone, order.c.coupon_codes)
    query = select(*columns).where(among(connection, order.c.id, ids))
    return {row.id: row._asdict() for row in connection.execute(query)}


def _with_codes(
    connection: Connection, arrived: Sequence[_Arrived], before: Mapping[str, Mapping[str, Any]]
) -> Iterator[Mapping[str, Any]]:
    """The orders that name coupons as they stand now: those written, and those that only went, stayed or came
    back."""
    written = {each.newest.id: each for each in arrived if each.newest is not None}
    for each in written.values():
        if each.newest is not None and each.newest.row["coupon_codes"]:
            yield {**each.newest.row, "gone": each.gone}
    rest = [key for key, row in before.items() if row["coupon_codes"] and key not in written]
    if rest:
        query = select(order).where(among(connection, order.c.id, rest))
        yield from (dict(row) for row in connection.execute(query).mappings())


def _told(arrived: Sequence[_Arrived]) -> dict[str, Checkout]:
    told: dict[str, Checkout] = {}
    for each in arrived:
        checkout = each.checkout
        if checkout is not None and each.newest is not None:
            other = told.setdefault(each.newest.account_id, checkout)
            if other[:2] < checkout[:2]:
                told[each.newest.account_id] = checkout
    return told


def _bereft(arrived: Sequence[_Arrived], known: Known) -> set[str]:
    """Accounts known from orders, one of whose orders goes in without counting."""
    ids = {each.newest.account_id for each in arrived if each.newest is not None and each.gone}
    return {id_ for id_ in ids if id_ not in known or known[id_]["version_of"] is not None}


def _addresses(arrived: Sequence[_Arrived]) -> Iterator[Mapping[str, Any]]:
    return (row for each in arrived for _, found in each.seen for row in found.addresses if row)


def _write_orders(
    connection: Connection, arrived: Sequence[_Arrived], before: Mapping[str, Mapping[str, Any]]
) -> None:
    news = [(each.newest, each.gone) for each in arrived if each.newest is not None]
    upsert(connection, order, [{**found.row, "gone": gone} for found, gone in news])
    delete_where(
        connection, order_line.c.order_id, order_line, [found.id for found, _ in news if found.id in before]
    )
    insert_rows(connection, order_line, [row for found, _ in news for row in found.lines])


def _fates(
    shop: Shop, arrived: Sequence[_Arrived], before: Mapping[str, Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Orders whose newest version stays and which went or came back."""
    for each in arrived:
        row = before.get(f"{shop.id}:{each.track.external_id}")
        if each.newest is None and row is not None and row["gone"] != each.gone:
            yield {"id": row["id"], "gone": each.gone}


def _mark(
    arrived: Sequence[_Arrived], before: Mapping[str, Mapping[str, Any]], known: Known, marks: Marks
) -> None:
    """The persons of every account that had one of these orders or has it now."""
    touched = {row["account_id"] for row in before.values()}
    touched |= {each.newest.account_id for each in arrived if each.newest is not None}
    marks.facts_of(known[id_] for id_ in touched if id_ in known)
