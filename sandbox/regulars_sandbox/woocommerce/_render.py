"""A neutral history in WooCommerce's words: records with every key, in the order a site writes them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from regulars_sandbox._history import (
    OrderStatus,
    ShopAddress,
    ShopCustomer,
    ShopLine,
    ShopOrder,
    ShopProduct,
    ShopRefund,
)
from regulars_sandbox.woocommerce._clock import gmt_text, local_text, seconds
from regulars_sandbox.woocommerce._state import Record, Settings

__all__ = ["customer_record", "order_key", "order_record", "product_record", "refund_record"]

VERSION = "10.5.0"
# Ids of lines and meta rows follow from the id of their order or person: a record can be made at any time.
_INNER = 1000
_EDITABLE = frozenset({"pending", "on-hold", "auto-draft"})
_PAYABLE = frozenset({"pending", "failed"})

ORDER_BILLING = (
    *("first_name", "last_name", "company", "address_1", "address_2", "city"),
    *("state", "postcode", "country", "email", "phone"),
)
ORDER_SHIPPING = tuple(name for name in ORDER_BILLING if name != "email")
CUSTOMER_BILLING = (
    *("first_name", "last_name", "company", "address_1", "address_2", "city"),
    *("postcode", "country", "state", "email", "phone"),
)
CUSTOMER_SHIPPING = tuple(name for name in CUSTOMER_BILLING if name != "email")


def address(source: ShopAddress | Mapping[str, Any] | None, names: tuple[str, ...]) -> Record:
    """The address with just these names in just this order; what is missing is empty."""
    if isinstance(source, ShopAddress):
        return {name: getattr(source, name) for name in names}
    return {name: (source or {}).get(name) or "" for name in names}


def dates(created: int, modified: int | None, settings: Settings) -> Record:
    """The four date fields that products, coupons, customers and webhooks share."""
    return {
        "date_created": local_text(created, settings.zone),
        "date_created_gmt": gmt_text(created),
        "date_modified": local_text(modified, settings.zone),
        "date_modified_gmt": gmt_text(modified),
    }


def avatar(email: str) -> str:
    """The picture URL WordPress derives from an e-mail address."""
    digest = hashlib.sha256(email.strip().lower().encode("utf-8", "replace")).hexdigest()
    return f"https://secure.gravatar.com/avatar/{digest}?s=96&d=mm&r=g"


def order_key(number: int) -> str:
    """A key as WooCommerce puts into payment links, the same for the same order."""
    return f"wc_order_{hashlib.sha256(str(number).encode()).hexdigest()[:13]}"


def customer_record(customer: ShopCustomer, settings: Settings, *, paying: bool) -> Record:
    """A registered person as ``/customers`` shows them, without links."""
    modified = None if customer.modified is None else seconds(customer.modified)
    return {
        "id": customer.id,
        **dates(seconds(customer.created), modified, settings),
        "email": customer.email,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "role": customer.role,
        "username": customer.username or f"user{customer.id}",
        "billing": address(customer.billing, CUSTOMER_BILLING),
        "shipping": address(customer.shipping, CUSTOMER_SHIPPING),
        "is_paying_customer": paying,
        "avatar_url": avatar(customer.email),
        "meta_data": [
            {"id": customer.id * _INNER + at, "key": key, "value": value}
            for at, (key, value) in enumerate(customer.meta)
            if not key.startswith("_")
        ],
    }


def order_record(order: ShopOrder, settings: Settings) -> Record:
    """A purchase as ``/orders`` shows it, without links and payment URL."""
    zone, money, zero = settings.zone, settings.money, settings.money(0)
    created, modified = seconds(order.created), seconds(order.modified)
    paid = None if order.paid is None else seconds(order.paid)
    completed = None if order.completed is None else seconds(order.completed)
    base = order.id * _INNER
    return {
        "id": order.id,
        "parent_id": 0,
        "status": order.status.value,
        "currency": settings.currency,
        "version": VERSION,
        "prices_include_tax": False,
        "date_created": local_text(created, zone),
        "date_modified": local_text(modified, zone),
        "discount_total": money(order.discount),
        "discount_tax": zero,
        "shipping_total": money(order.shipping_total),
        "shipping_tax": zero,
        "cart_tax": zero,
        "total": money(order.total),
        "total_tax": zero,
        "customer_id": order.customer_id or 0,
        "order_key": order_key(order.id),
        "billing": address(order.billing, ORDER_BILLING),
        "shipping": address(order.shipping, ORDER_SHIPPING),
        **_way(order),
        "customer_note": order.note,
        "date_completed": local_text(completed, zone),
        "date_paid": local_text(paid, zone),
        "cart_hash": "",
        "number": str(order.id),
        "meta_data": _attribution(order, base),
        "line_items": [_line(line, base + at, settings) for at, line in enumerate(order.lines, 100)],
        "tax_lines": [],
        "shipping_lines": [_shipping(order, base + 1, settings)] if order.shipping_method else [],
        "fee_lines": [],
        "coupon_lines": _coupons(order, base + 10, settings),
        "refunds": [_given_back(refund, settings) for refund in order.refunds],
        "payment_url": "",
        **standing(order.status.value, priced=order.total > 0, goods=bool(order.lines)),
        "date_created_gmt": gmt_text(created),
        "date_modified_gmt": gmt_text(modified),
        "date_completed_gmt": gmt_text(completed),
        "date_paid_gmt": gmt_text(paid),
        "currency_symbol": settings.symbol,
    }


def _given_back(refund: ShopRefund, settings: Settings) -> Record:
    return {"id": refund.id, "reason": refund.reason, "total": settings.money(-refund.amount)}


def _way(order: ShopOrder) -> Record:
    return {
        "payment_method": order.payment_method,
        "payment_method_title": order.payment_title,
        "transaction_id": "",
        "customer_ip_address": "",
        "customer_user_agent": "",
        "created_via": "checkout",
    }


def standing(status: str, *, priced: bool, goods: bool) -> Record:
    """What the status means for the order: may it be edited, must it be paid, must it be packed."""
    return {
        "is_editable": status in _EDITABLE,
        "needs_payment": status in _PAYABLE and priced,
        "needs_processing": goods,
    }


def price(total: int, quantity: int, digits: int) -> float | int:
    """The unit price WooCommerce divides out: a JSON number, whole where PHP writes it whole."""
    value = total / 10**digits / (quantity or 1)
    return int(value) if value.is_integer() else value


def _line(line: ShopLine, number: int, settings: Settings) -> Record:
    money, zero = settings.money, settings.money(0)
    return {
        "id": number,
        "name": line.name,
        "product_id": line.product_id or 0,
        "variation_id": 0,
        "quantity": line.quantity,
        "tax_class": "",
        "subtotal": money(line.subtotal),
        "subtotal_tax": zero,
        "total": money(line.total),
        "total_tax": zero,
        "taxes": [],
        "meta_data": [],
        "sku": line.sku if line.product_id else None,
        "global_unique_id": "" if line.product_id else None,
        "price": price(line.total, line.quantity, settings.digits),
        "image": {"id": "" if line.product_id else 0, "src": ""},
        "parent_name": None,
    }


def _shipping(order: ShopOrder, number: int, settings: Settings) -> Record:
    return {
        "id": number,
        "method_title": order.shipping_title,
        "method_id": order.shipping_method,
        "instance_id": "",
        "total": settings.money(order.shipping_total),
        "total_tax": settings.money(0),
        "taxes": [],
        "tax_status": "taxable",
        "meta_data": [],
    }


def _coupons(order: ShopOrder, number: int, settings: Settings) -> list[Record]:
    subtotal = sum(line.subtotal for line in order.lines)
    # The history keeps one discount an order: the first code bears it, the others took nothing.
    shares = [order.discount] + [0] * (len(order.coupon_codes) - 1)
    lines = []
    for at, (code, share) in enumerate(zip(order.coupon_codes, shares, strict=False)):
        percent = round(share * 100 / subtotal) if subtotal else 0
        lines.append(
            coupon_line(number + at, code, share, settings, kind="percent", nominal=percent, coupon=0)
        )
    return lines


def coupon_line(
    number: int, code: str, discount: int, settings: Settings, *, kind: str, nominal: float, coupon: int
) -> Record:
    """The trace a used coupon leaves in an order."""
    info = f'[{coupon},"{code}","{kind}",{nominal}]'
    meta = {"key": "coupon_info", "value": info, "display_key": "coupon_info", "display_value": info}
    return {
        "id": number,
        "code": code,
        "discount": _unpadded(settings.money(discount)),
        "discount_tax": "0",
        "meta_data": [{"id": number * 10, **meta}],
        "discount_type": kind,
        "nominal_amount": nominal,
        "free_shipping": False,
    }


def _unpadded(money: str) -> str:
    return money.rstrip("0").rstrip(".") if "." in money else money


def _attribution(order: ShopOrder, base: int) -> list[Record]:
    pairs = [("source_type", order.source_type), ("utm_source", order.source or "(direct)")]
    return [
        {"id": base + at, "key": f"_wc_order_attribution_{key}", "value": value}
        for at, (key, value) in enumerate(pairs)
        if order.source_type
    ]


def refund_record(refund: ShopRefund, order: ShopOrder, settings: Settings) -> Record:
    """Money given back as ``/refunds`` shows it, without links."""
    created = seconds(refund.created)
    full = sum(part.amount for part in order.refunds) >= order.total or order.status is OrderStatus.REFUNDED
    return new_refund(
        refund.id,
        order.id,
        created=created,
        amount=refund.amount,
        reason=refund.reason,
        kind="full" if full else "partial",
        meta_id=refund.id * _INNER,
        settings=settings,
    )


def new_refund(
    number: int,
    order: int,
    *,
    created: int,
    amount: int,
    reason: str,
    kind: str,
    meta_id: int,
    settings: Settings,
) -> Record:
    """A refund by amount: it names no lines."""
    return {
        "id": number,
        "parent_id": order,
        "date_created": local_text(created, settings.zone),
        "date_created_gmt": gmt_text(created),
        "amount": settings.money(amount),
        "reason": reason,
        "refunded_by": 1,
        "refunded_payment": False,
        "meta_data": [{"id": meta_id, "key": "_refund_type", "value": kind}],
        "line_items": [],
        "shipping_lines": [],
        "tax_lines": [],
        "fee_lines": [],
    }


def product_record(product: ShopProduct, settings: Settings, categories: Mapping[str, int]) -> Record:
    """A simple product as ``/products`` shows it, without links."""
    amount, regular = settings.money(product.price), settings.money(product.regular or product.price)
    reduced = product.regular > product.price
    record: Record = {
        "id": product.id,
        "name": product.name,
        "slug": f"product-{product.id}",
        "permalink": "",
    }
    record |= dates(seconds(product.created), seconds(product.modified), settings)
    record |= {"type": "simple", "status": "publish", "featured": False, "catalog_visibility": "visible"}
    record |= {"description": "", "short_description": "", "sku": product.sku}
    record |= {"price": amount, "regular_price": regular, "sale_price": amount if reduced else ""}
    record |= dict.fromkeys(_SALE_DATES)
    record |= {"on_sale": reduced, "purchasable": True, "total_sales": 0}
    record |= _GOODS
    record["categories"] = [
        {"id": categories[name], "name": name, "slug": f"category-{categories[name]}"}
        for name in product.categories
    ]
    return record | _SHELF | {"price_html": f"<span>{amount}</span>"} | _REST


_SALE_DATES = ("date_on_sale_from", "date_on_sale_from_gmt", "date_on_sale_to", "date_on_sale_to_gmt")
_GOODS: Record = {
    "virtual": False,
    "downloadable": False,
    "downloads": [],
    "download_limit": -1,
    "download_expiry": -1,
    "external_url": "",
    "button_text": "",
    "tax_status": "taxable",
    "tax_class": "",
    "manage_stock": True,
    "stock_quantity": 50,
    "backorders": "no",
    "backorders_allowed": False,
    "backordered": False,
    "low_stock_amount": None,
    "sold_individually": False,
    "weight": "",
    "dimensions": {"length": "", "width": "", "height": ""},
    "shipping_required": True,
    "shipping_taxable": True,
    "shipping_class": "",
    "shipping_class_id": 0,
    "reviews_allowed": True,
    "average_rating": "0.00",
    "rating_count": 0,
    "upsell_ids": [],
    "cross_sell_ids": [],
    "parent_id": 0,
    "purchase_note": "",
}
_SHELF: Record = {
    "brands": [],
    "tags": [],
    "images": [],
    "attributes": [],
    "default_attributes": [],
    "variations": [],
    "grouped_products": [],
    "menu_order": 0,
}
_REST: Record = {
    "related_ids": [],
    "meta_data": [],
    "stock_status": "instock",
    "has_options": False,
    "post_password": "",
    "global_unique_id": "",
}
