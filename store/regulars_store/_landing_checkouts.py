"""Accounts that are known from orders only: guests, and registered customers who have not landed.

Their attributes are those of the newest order that counts, by (change or placing time, order id): a function
of the orders, whatever order they arrived in. Where no order counts any more the account is gone.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from regulars_mapping import Contact, Kind, account_fields
from regulars_store._account_rows import NO_ORDER, blank_row, checkout_row, fields_of
from regulars_store._bulk import among, upsert
from regulars_store._landing_marks import Marks
from regulars_store._shops import Shop
from regulars_store._tables import account, order
from regulars_store._versions import absent, versions_of

Row = dict[str, Any]
Known = Mapping[str, Mapping[str, Any]]


class Checkout(NamedTuple):
    """What one counting order says of its buyer; the greatest one gives the account's attributes."""

    at: datetime
    order_id: str
    fields: Mapping[str, str]


def tell_accounts(
    connection: Connection,
    shop: Shop,
    known: Known,
    ids: Collection[str],
    *,
    told: Mapping[str, Checkout],
    marks: Marks,
) -> set[str]:
    """Before the orders are written: make the accounts that are missing, and take newer words for others.

    ``told`` is the greatest arriving checkout by account. The answer is the accounts whose attributes can
    only be told from all their orders, once those are written.
    """
    unsure = _absent_customers(connection, shop, [id_ for id_ in ids if id_ not in known])
    rows = []
    for id_ in sorted(ids):
        before, checkout = known.get(id_), told.get(id_)
        if before is None:
            rows.append(blank_row(id_) if checkout is None or id_ in unsure else _told_row(id_, checkout))
        elif checkout is not None and before["version_of"] is not None:
            if before["gone"]:
                unsure.add(id_)
            elif (checkout.at, checkout.order_id) > (before["version_at"], before["version_of"]):
                rows.append(_told_row(id_, checkout))
    _write(connection, known, rows, marks)
    return unsure


def _told_row(account_id: str, checkout: Checkout) -> Row:
    return checkout_row(account_id, checkout.fields, checkout.at, checkout.order_id)


def _absent_customers(connection: Connection, shop: Shop, missing: Iterable[str]) -> set[str]:
    """Those registered customers of whom the shop has said that they are not there (any more)."""
    external_ids = [id_.split(":", 1)[1] for id_ in missing]
    registered = [id_ for id_ in external_ids if not id_.startswith("guest-")]
    found = versions_of(connection, shop.id, Kind.CUSTOMER.value, registered)
    return {f"{shop.id}:{external_id}" for external_id, versions in found.items() if absent(versions)}


def retell_accounts(
    connection: Connection, shop: Shop, known: Known, ids: Collection[str], marks: Marks
) -> None:
    """After the orders are written: tell these accounts anew from all their orders."""
    if not ids:
        return
    deciding = _deciding_orders(connection, ids)
    away = _absent_customers(connection, shop, ids)
    rows = []
    for id_ in sorted(ids):
        if id_ not in deciding:
            rows.append(blank_row(id_))
            continue
        at, order_id, contact, gone = deciding[id_]
        fields = fields_of(account_fields(Contact.model_validate(contact), country=shop.country or ""))
        row = checkout_row(id_, fields, at, order_id)
        rows.append(row | {"gone": gone or id_ in away})
    _write(connection, known, rows, marks)


def _deciding_orders(connection: Connection, ids: Collection[str]) -> dict[str, Sequence[Any]]:
    at = func.coalesce(order.c.changed_at, order.c.placed_at)
    place = (
        func.row_number()
        .over(partition_by=order.c.account_id, order_by=(order.c.gone, at.desc(), order.c.id.desc()))
        .label("place")
    )
    ranked = (
        select(order.c.account_id, at.label("at"), order.c.id, order.c.contact, order.c.gone, place)
        .where(among(connection, order.c.account_id, ids))
        .subquery()
    )
    return {row[0]: row[1:5] for row in connection.execute(select(ranked).where(ranked.c.place == 1))}


def _write(connection: Connection, known: Known, rows: Sequence[Row], marks: Marks) -> None:
    for row in rows:
        marks.account_changed(known.get(row["id"]), row)
    upsert(connection, account, rows)


def decided_by(known: Known, order_ids: Collection[str]) -> set[str]:
    """Those accounts whose attributes come from one of these orders."""
    return {
        id_
        for id_, row in known.items()
        if row["version_of"] not in {None, NO_ORDER} and row["version_of"] in order_ids
    }
