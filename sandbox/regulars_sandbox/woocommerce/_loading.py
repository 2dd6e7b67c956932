"""Filling a shop: from a neutral history, or from whole listings a real shop once answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from regulars_sandbox._history import ShopCustomer, ShopHistory, ShopOrder, ShopProduct, ShopRefund
from regulars_sandbox.woocommerce._clock import seconds, text_seconds
from regulars_sandbox.woocommerce._core import Core
from regulars_sandbox.woocommerce._render import (
    customer_record,
    order_record,
    product_record,
    refund_record,
)
from regulars_sandbox.woocommerce._state import Row, Table

__all__ = ["load_history", "load_records"]


def load_history(core: Core, history: ShopHistory) -> None:
    """Take the history over; records are made when first asked for, so that big shops start at once."""
    paying = {order.customer_id for order in history.orders if order.paid is not None}
    core.customers.fill(
        _customer(core, customer, paying=customer.id in paying) for customer in history.customers
    )
    for row, customer in zip(core.customers, history.customers, strict=True):
        _register(core, row, customer.username or f"user{customer.id}")
    core.orders.fill(_order(core, order) for order in history.orders)
    core.refunds.fill(_refund(core, refund, order) for order in history.orders for refund in order.refunds)
    names = sorted({name for product in history.products for name in product.categories})
    categories = {name: number for number, name in enumerate(names, 1)}
    core.products.fill(_product(core, product, categories) for product in history.products)


def load_records(
    core: Core,
    *,
    customers: Iterable[Mapping[str, Any]] = (),
    orders: Iterable[Mapping[str, Any]] = (),
    refunds: Iterable[Mapping[str, Any]] = (),
    products: Iterable[Mapping[str, Any]] = (),
    coupons: Iterable[Mapping[str, Any]] = (),
) -> None:
    """Take over records as listings show them; their links are made anew."""
    for record in customers:
        row = _recorded(core.customers, record, status=record["role"], key=record["email"].lower())
        _register(core, row, record["username"])
    for record in orders:
        key = record["billing"]["email"].lower()
        _recorded(core.orders, record, status=record["status"], owner=record["customer_id"], key=key)
    for record in refunds:
        _recorded(core.refunds, record, owner=record["parent_id"])
    for record in products:
        _recorded(core.products, record, status=record["status"])
    for record in coupons:
        row = _recorded(core.coupons, record, status=record["status"], key=record["code"])
        core.codes.setdefault(row.key, []).append(row.id)


def _recorded(
    table: Table, record: Mapping[str, Any], *, status: str = "", owner: int = 0, key: str = ""
) -> Row:
    kept = {name: value for name, value in record.items() if name != "_links"}
    created = text_seconds(record["date_created_gmt"]) or 0
    modified = text_seconds(record.get("date_modified_gmt", record["date_created_gmt"]))
    return table.put(
        Row(
            record["id"], created=created, modified=modified, record=kept, status=status, owner=owner, key=key
        )
    )


def _register(core: Core, row: Row, username: str) -> None:
    core.emails[row.key] = row.id
    core.usernames[username.lower()] = row.id
    core.logins[row.id] = username.lower()


def _customer(core: Core, customer: ShopCustomer, *, paying: bool) -> Row:
    return Row(
        customer.id,
        created=seconds(customer.created),
        modified=None if customer.modified is None else seconds(customer.modified),
        make=partial(customer_record, customer, core.settings, paying=paying),
        status=customer.role,
        key=customer.email.lower(),
    )


def _order(core: Core, order: ShopOrder) -> Row:
    return Row(
        order.id,
        created=seconds(order.created),
        modified=seconds(order.modified),
        make=partial(order_record, order, core.settings),
        status=order.status.value,
        owner=order.customer_id or 0,
        key=order.billing.email.lower(),
    )


def _refund(core: Core, refund: ShopRefund, order: ShopOrder) -> Row:
    created = seconds(refund.created)
    make = partial(refund_record, refund, order, core.settings)
    return Row(refund.id, created=created, modified=created, make=make, owner=order.id)


def _product(core: Core, product: ShopProduct, categories: Mapping[str, int]) -> Row:
    return Row(
        product.id,
        created=seconds(product.created),
        modified=seconds(product.modified),
        make=partial(product_record, product, core.settings, categories),
        status="publish",
    )
