"""Rows of orders and their lines."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from regulars_mapping import (
    AccountFields,
    Order,
    OrderLine,
    account_fields,
    counts_as_bought,
    guest_external_id,
)
from regulars_store._account_rows import Row, address_row
from regulars_store._shops import Shop


class Placed(NamedTuple):
    """An order with what is worked out of it: its buyer's account and its addresses."""

    order: Order
    id: str
    account_id: str
    fields: AccountFields
    addresses: tuple[Row, ...]


def placed(shop: Shop, order: Order) -> Placed:
    """Work out an order's account and addresses."""
    fields = account_fields(order.contact, country=shop.country or "")
    buyer = order.customer_id or guest_external_id(fields, order_external_id=order.external_id)
    account_id = f"{shop.id}:{buyer}"
    return Placed(order, f"{shop.id}:{order.external_id}", account_id, fields, _addresses(account_id, order))


def _addresses(account_id: str, order: Order) -> tuple[Row, ...]:
    billing = address_row(account_id, order.billing) if order.billing is not None else {}
    if order.delivery is None:
        return (billing, {})
    if order.delivery == order.billing:
        return (billing, billing)
    return (billing, address_row(account_id, order.delivery))


def order_row(shop: Shop, found: Placed, *, gone: bool) -> dict[str, Any]:
    """The order's row."""
    order = found.order
    billing, delivery = found.addresses
    bought = counts_as_bought(order.status, paid=order.paid_at is not None) and not order.is_test
    return {
        "id": found.id,
        "shop_id": shop.id,
        "external_id": order.external_id,
        "number": order.number,
        "account_id": found.account_id,
        "status": order.status.value,
        "shop_status": order.shop_status,
        "bought": bought,
        "currency": order.currency,
        "placed_at": order.placed_at,
        "changed_at": order.changed_at,
        "paid_at": order.paid_at,
        "completed_at": order.completed_at,
        "goods": order.goods,
        "goods_tax": order.goods_tax,
        "discount": order.discount,
        "shipping": order.shipping,
        "shipping_tax": order.shipping_tax,
        "total": order.total,
        "payment_method": order.payment_method,
        "shipping_method": order.shipping_method,
        "coupon_codes": list(order.coupon_codes),
        "source": _filled(order.source),
        "contact": _filled(order.contact),
        "refund_ids": None if order.refund_ids is None else list(order.refund_ids),
        "billing_address_id": billing.get("id"),
        "delivery_address_id": delivery.get("id"),
        "gone": gone,
    }


def _filled(model: object) -> dict[str, str]:
    """A flat model without its empty fields."""
    return {} if model is None else {name: value for name, value in vars(model).items() if value}


def line_rows(shop: Shop, found: Placed) -> Iterator[dict[str, Any]]:
    """The order's lines; of lines with one id the last counts."""
    lines = {line.external_id: line for line in found.order.lines}
    for line in lines.values():
        yield _line_row(shop, found.id, line)


def _line_row(shop: Shop, order_id: str, line: OrderLine) -> dict[str, Any]:
    return {
        "id": f"{order_id}:{line.external_id}",
        "order_id": order_id,
        "product_id": f"{shop.id}:{line.product_id}" if line.product_id else "",
        "variant_id": line.variant_id,
        "sku": line.sku,
        "name": line.name,
        "quantity": line.quantity,
        "gross": line.gross,
        "net": line.net,
        "tax": line.tax,
        "options": line.options,
    }
