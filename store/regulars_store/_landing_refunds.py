"""Refunds on their way into the mapped rows."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from regulars_mapping import Kind, Refund
from regulars_store._bulk import among, delete_where, insert_rows, update_rows, upsert
from regulars_store._landing_marks import Marks
from regulars_store._shops import Shop
from regulars_store._tables import account, order, refund, refund_line
from regulars_store._versions import Track, absent, versions_of


def land_refunds(
    connection: Connection, shop: Shop, tracks: Sequence[Track], orders: Sequence[Track], marks: Marks
) -> None:
    """Write the refunds whose newest version arrived; then which refunds, of these orders too, are gone.

    A refund is gone when the shop says so, or when its order lists its refunds without it.
    """
    news = [found for track in tracks if isinstance(found := track.newest, Refund)]
    stored = [f"{shop.id}:{track.external_id}" for track in tracks if track.stored]
    marked = {f"{shop.id}:{track.external_id}" for track in tracks}
    marks.facts_of(_accounts(connection, marked))
    upsert(connection, refund, [_row(shop, found) for found in news], keeping=("gone",))
    delete_where(connection, refund_line.c.refund_id, refund_line, _stored_of(shop, news, stored))
    insert_rows(connection, refund_line, [row for found in news for row in _line_rows(shop, found)])
    changed = _settle(connection, shop, marked, {f"{shop.id}:{track.external_id}" for track in orders})
    marks.facts_of(_accounts(connection, marked | changed))


def _stored_of(shop: Shop, news: Sequence[Refund], stored: Collection[str]) -> list[str]:
    """The ids of those refunds that may have lines already."""
    return sorted({f"{shop.id}:{found.external_id}" for found in news}.intersection(stored))


def _row(shop: Shop, found: Refund) -> dict[str, Any]:
    return {
        "id": f"{shop.id}:{found.external_id}",
        "shop_id": shop.id,
        "external_id": found.external_id,
        "order_id": f"{shop.id}:{found.order_id}",
        "refunded_at": found.refunded_at,
        "amount": found.amount,
        "goods": found.goods,
        "reason": found.reason,
        "gone": False,
    }


def _line_rows(shop: Shop, found: Refund) -> Iterator[dict[str, Any]]:
    lines = {line.external_id: line for line in found.lines}
    for line in lines.values():
        order_line = f"{shop.id}:{found.order_id}:{line.order_line_id}" if line.order_line_id else ""
        yield {
            "id": f"{shop.id}:{found.external_id}:{line.external_id}",
            "refund_id": f"{shop.id}:{found.external_id}",
            "order_line_id": order_line,
            "product_id": f"{shop.id}:{line.product_id}" if line.product_id else "",
            "quantity": line.quantity,
            "net": line.net,
            "tax": line.tax,
        }


def _settle(connection: Connection, shop: Shop, ids: Collection[str], order_ids: Collection[str]) -> set[str]:
    """Bring ``gone`` up to date for these refunds and those of these orders; the ids that changed."""
    found = _candidates(connection, ids, order_ids)
    versions = versions_of(connection, shop.id, Kind.REFUND.value, [row.external_id for row in found])
    fates = []
    for row in found:
        listed = row.refund_ids is None or row.external_id in row.refund_ids
        gone = not listed or absent(versions.get(row.external_id, ()))
        if gone != row.gone:
            fates.append({"id": row.id, "gone": gone})
    update_rows(connection, refund, fates)
    return {str(fate["id"]) for fate in fates}


def _candidates(connection: Connection, ids: Collection[str], order_ids: Collection[str]) -> list[Row[Any]]:
    columns = (refund.c.id, refund.c.external_id, refund.c.gone, order.c.refund_ids)
    query = select(*columns).outerjoin_from(refund, order, order.c.id == refund.c.order_id)
    found: dict[str, Row[Any]] = {}
    for column, wanted in ((refund.c.id, ids), (refund.c.order_id, order_ids)):
        if wanted:
            rows = connection.execute(query.where(among(connection, column, sorted(wanted))))
            found |= {row.id: row for row in rows}
    return list(found.values())


def _accounts(connection: Connection, ids: Collection[str]) -> list[Any]:
    """The accounts of the orders that these refunds belong to."""
    if not ids:
        return []
    query = (
        select(account.c.id, account.c.person_id)
        .join_from(refund, order, order.c.id == refund.c.order_id)
        .join(account, account.c.id == order.c.account_id)
        .where(among(connection, refund.c.id, sorted(ids)))
    )
    return list(connection.execute(query).mappings())
