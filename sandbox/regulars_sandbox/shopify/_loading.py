"""Filling a shop from a neutral history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from regulars_sandbox._history import (
    OrderStatus,
    ShopAddress,
    ShopCustomer,
    ShopHistory,
    ShopOrder,
    ShopProduct,
)
from regulars_sandbox.shopify._core import Core
from regulars_sandbox.shopify._phones import e164
from regulars_sandbox.shopify._sales import Account, Applied, Goods, Sale, Variant
from regulars_sandbox.shopify._state import Row, seconds

__all__ = ["load_history"]

_CANCELLED = {OrderStatus.CANCELLED: "CUSTOMER", OrderStatus.FAILED: "DECLINED"}


def load_history(core: Core, history: ShopHistory, enter: Callable[[Row[Account]], bool]) -> None:
    """Take the history over; ``enter`` registers a customer and tells whether its phone was still free.

    An account's phone is kept in E.164 and by one account only: the first of a family has it, the others
    keep it in their addresses.
    """
    for product in history.products:
        core.add_product(_product(product))
    for customer in history.customers:
        row = _customer(customer, history.country)
        if not enter(row):
            row.state.phone = ""
            enter(row)
    for order in sorted(history.orders, key=lambda each: (each.created, each.id)):
        core.add_order(_order(order, core))
    numbers = [customer.id for customer in history.customers]
    numbers += [product.id for product in history.products]
    for order in history.orders:
        numbers += [order.id, *(refund.id for refund in order.refunds)]
    core.reserve(max(numbers, default=0))


def _product(product: ShopProduct) -> Row[Goods]:
    variant = Variant(product.id, "Default Title", product.sku, product.price)
    return Row(
        "Product",
        product.id,
        created=seconds(product.created),
        updated=seconds(product.modified),
        state=Goods(product, (variant,)),
    )


def _customer(customer: ShopCustomer, country: str) -> Row[Account]:
    addresses = [address for address in (customer.billing, customer.shipping) if _written(address)]
    account = Account(
        customer.first_name,
        customer.last_name,
        customer.email,
        e164(customer.billing.phone, country) if customer.billing.phone else "",
        state="ENABLED" if customer.modified else "DISABLED",
        addresses=[replace(address, email="") for address in addresses],
    )
    # An import leaves no change time elsewhere; here every account has one.
    return Row(
        "Customer",
        customer.id,
        created=seconds(customer.created),
        updated=seconds(customer.modified or customer.created),
        state=account,
    )


def _written(address: ShopAddress) -> bool:
    return any((address.first_name, address.last_name, address.address_1, address.city))


def _order(order: ShopOrder, core: Core) -> Row[Sale]:
    cancelled = order.status in _CANCELLED
    sale = Sale(
        order,
        tuple(_variant(line.product_id, core) for line in order.lines),
        tuple(Applied(code, 0 if at else order.discount) for at, code in enumerate(order.coupon_codes)),
        source_name="shopify_draft_order" if order.source_type == "admin" else "web",
        cancelled_at=seconds(order.modified) if cancelled else None,
        cancel_reason=_CANCELLED.get(order.status),
    )
    return Row(
        "Order",
        order.id,
        created=seconds(order.created),
        updated=_updated(order),
        state=sale,
        processed=seconds(order.created),
        owner=order.customer_id or 0,
        email=order.billing.email.lower(),
        name=core.next_name(),
    )


def _updated(order: ShopOrder) -> int:
    moments: list[datetime] = [order.modified, *(refund.created for refund in order.refunds)]
    return seconds(max(moments))


def _variant(product: int | None, core: Core) -> int | None:
    return product if product is not None and core.products.get(product) else None
