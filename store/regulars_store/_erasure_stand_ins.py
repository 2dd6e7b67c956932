"""Objects told from their rows, where the payload that they came from is not understood any more.

A connector learns and forgets forms of payloads. What counts stays as it landed once; so a person can be
taken out of it without reading the payload.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import Column, Connection, Table, select

from regulars_mapping import (
    CanonicalObject,
    Contact,
    Customer,
    DeclaredTotal,
    Kind,
    Refund,
    RefundLine,
    Review,
    account_fields,
    guest_external_id,
)
from regulars_store._account_rows import fields_of
from regulars_store._bulk import among
from regulars_store._observed import Placed
from regulars_store._shops import Shop
from regulars_store._tables import account, grant, order, order_line, refund, refund_line, review

Landed = CanonicalObject | Placed
_Row = Mapping[str, Any]


def landed_objects(connection: Connection, shop: Shop, kind: str, ids: Collection[str]) -> dict[str, Landed]:
    """These customers, orders, refunds or reviews as their rows tell them, by external id.

    An order has no addresses, and of its coupons those that we gave; a review no words.
    """
    told = _TOLD.get(Kind(kind)) if ids else None
    return told(connection, shop, [f"{shop.id}:{each}" for each in sorted(ids)]) if told else {}


def without_person(shop: Shop, found: Landed, email: Callable[[str], str]) -> Landed:
    """The same with nothing personal in it; ``email`` gives what stands for an address."""
    if isinstance(found, Placed):
        return _impersonal_order(shop, found, email)
    if isinstance(found, Refund):
        return found.model_copy(update={"reason": ""})
    if isinstance(found, Customer | Review):
        contact = Contact(email=email(found.contact.email), country=found.contact.country)
        words = {"tags": ()} if isinstance(found, Customer) else {}
        return found.model_copy(update={"contact": contact, **words})
    return found


def _impersonal_order(shop: Shop, found: Placed, email: Callable[[str], str]) -> Placed:
    row = found.row
    contact = {"email": email(row["contact"].get("email", "")), "country": row["contact"].get("country", "")}
    contact = {name: value for name, value in contact.items() if value}
    fields = account_fields(Contact(**contact), country=shop.country or "")
    account_id = found.account_id
    if account_id.startswith(f"{shop.id}:guest-"):
        account_id = f"{shop.id}:{guest_external_id(fields, order_external_id=row['external_id'])}"
    empty: _Row = {"source": {}, "billing_address_id": None, "delivery_address_id": None}
    return found._replace(
        account_id=account_id,
        fields=fields_of(fields),
        row={**row, **empty, "account_id": account_id, "contact": contact},
        lines=[{**line, "options": {}} for line in found.lines],
    )


def _orders(connection: Connection, shop: Shop, ids: Collection[str]) -> dict[str, Landed]:
    rows = _rows(connection, order, order.c.id, ids)
    lines = _rows(connection, order_line, order_line.c.order_id, ids)
    codes = {code for row in rows for code in row["coupon_codes"]}
    ours = set(connection.scalars(select(grant.c.code).where(among(connection, grant.c.code, sorted(codes)))))
    return {row["external_id"]: _placed(shop, row, lines, ours) for row in rows}


def _placed(shop: Shop, row: _Row, lines: Collection[_Row], ours: Collection[str]) -> Placed:
    fields = account_fields(Contact.model_validate(row["contact"]), country=shop.country or "")
    kept = {name: value for name, value in row.items() if name != "gone"}
    return Placed(
        id=row["id"],
        account_id=row["account_id"],
        at=row["changed_at"] or row["placed_at"],
        fields=fields_of(fields),
        addresses=({}, {}),
        row=kept | {"coupon_codes": [code for code in row["coupon_codes"] if code in ours]},
        lines=[line for line in lines if line["order_id"] == row["id"]],
    )


def _customers(connection: Connection, _: Shop, ids: Collection[str]) -> dict[str, Landed]:
    own = ("external_id", "registered_at", "email_verified", "role", "labels")
    return {
        row["external_id"]: Customer.of_checked(
            {name: row[name] for name in own}
            | {"contact": Contact(**{name: row[name] for name in Contact.model_fields})}
            | {"tags": tuple(row["tags"]), "declared": _declared(row)}
        )
        for row in _rows(connection, account, account.c.id, ids)
        # Others are told by their orders.
        if row["version_of"] is None
    }


def _declared(row: _Row) -> DeclaredTotal | None:
    if row["declared_spent"] is None:
        return None
    return DeclaredTotal.of_checked(
        {name: row[f"declared_{name}"] for name in ("spent", "orders", "currency")}
    )


def _refunds(connection: Connection, shop: Shop, ids: Collection[str]) -> dict[str, Landed]:
    lines = _rows(connection, refund_line, refund_line.c.refund_id, ids)
    own = ("external_id", "refunded_at", "amount", "goods", "reason")
    return {
        row["external_id"]: Refund.of_checked(
            {name: row[name] for name in own}
            | {
                "order_id": row["order_id"].removeprefix(f"{shop.id}:"),
                "lines": tuple(
                    _refund_line(shop, row, line) for line in lines if line["refund_id"] == row["id"]
                ),
            }
        )
        for row in _rows(connection, refund, refund.c.id, ids)
    }


def _refund_line(shop: Shop, of: _Row, line: _Row) -> RefundLine:
    own = {name: line[name] for name in ("quantity", "net", "tax")}
    return RefundLine.of_checked(
        own
        | {
            "external_id": line["id"].removeprefix(f"{of['id']}:"),
            "order_line_id": line["order_line_id"].removeprefix(f"{of['order_id']}:"),
            "product_id": line["product_id"].removeprefix(f"{shop.id}:"),
        }
    )


def _reviews(connection: Connection, shop: Shop, ids: Collection[str]) -> dict[str, Landed]:
    own = ("external_id", "stars", "published", "bought", "written_at")
    return {
        row["external_id"]: Review.of_checked(
            {name: row[name] for name in own}
            | {
                "product_id": row["product_id"].removeprefix(f"{shop.id}:"),
                "contact": Contact(email=row["email_folded"]),
            }
        )
        for row in _rows(connection, review, review.c.id, ids)
    }


def _rows(connection: Connection, table: Table, column: Column[Any], values: Collection[str]) -> list[_Row]:
    query = select(table).where(among(connection, column, values)).order_by(*table.primary_key)
    return [dict(row) for row in connection.execute(query).mappings()]


_TOLD: Mapping[Kind, Callable[[Connection, Shop, Collection[str]], dict[str, Landed]]] = {
    Kind.CUSTOMER: _customers,
    Kind.ORDER: _orders,
    Kind.REFUND: _refunds,
    Kind.REVIEW: _reviews,
}
