"""Rows of orders and their lines."""

from collections.abc import Mapping
from typing import Any

from regulars_mapping import (
    CanonicalObject,
    Order,
    OrderLine,
    UnmappableError,
    account_fields,
    counts_as_bought,
    guest_external_id,
)
from regulars_store._account_rows import Row, address_row, fields_of
from regulars_store._observed import Placed
from regulars_store._shops import Shop


def prepared(
    shop: Shop, mapped: CanonicalObject | UnmappableError | None
) -> CanonicalObject | Placed | UnmappableError | None:
    """A translation with its rows worked out where it is an order, for ``Observed.mapped``. Pure.

    ``land`` does the same where it was not done: this takes it out of the transaction, or into another
    process, since the answer can be pickled. It holds for ``shop`` (id and country) alone.
    """
    return placed(shop, mapped) if isinstance(mapped, Order) else mapped


def placed(shop: Shop, order: Order) -> Placed:
    """Work out an order's account, addresses and rows."""
    fields = account_fields(order.contact, country=shop.country or "")
    buyer = order.customer_id or guest_external_id(fields, order_external_id=order.external_id)
    id_, account_id = f"{shop.id}:{order.external_id}", f"{shop.id}:{buyer}"
    addresses = _addresses(account_id, order)
    # Of lines with one id the last counts.
    lines = {line.external_id: line for line in order.lines}
    return Placed(
        id=id_,
        account_id=account_id,
        at=order.changed_at or order.placed_at,
        fields=fields_of(fields),
        addresses=addresses,
        row=_order_row(shop, order, id_, account_id, addresses),
        lines=[_line_row(shop, id_, line) for line in lines.values()],
    )


def _addresses(account_id: str, order: Order) -> tuple[Row, Row]:
    billing = address_row(account_id, order.billing) if order.billing is not None else {}
    delivery = address_row(account_id, order.delivery) if order.delivery is not None else {}
    return (billing, billing) if billing == delivery else (billing, delivery)


def _order_row(
    shop: Shop, order: Order, id_: str, account_id: str, addresses: tuple[Row, Row]
) -> dict[str, Any]:
    billing, delivery = addresses
    bought = counts_as_bought(order.status, paid=order.paid_at is not None) and not order.is_test
    return {
        "id": id_,
        "shop_id": shop.id,
        "external_id": order.external_id,
        "number": order.number,
        "account_id": account_id,
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
    }


def _filled(model: object) -> Mapping[str, str]:
    """A flat model without its empty fields."""
    return {} if model is None else {name: value for name, value in vars(model).items() if value}


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
