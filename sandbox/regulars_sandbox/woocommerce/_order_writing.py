"""Making and changing orders, by REST and by the shop's own people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regulars_sandbox.woocommerce._clock import gmt_text, local_text
from regulars_sandbox.woocommerce._core import Call, Core, Reply, refuse_arguments
from regulars_sandbox.woocommerce._coupon_use import CouponUse
from regulars_sandbox.woocommerce._customers import Customers
from regulars_sandbox.woocommerce._errors import not_modelled, rest_error
from regulars_sandbox.woocommerce._meta import write_meta
from regulars_sandbox.woocommerce._orders import Orders
from regulars_sandbox.woocommerce._refunds import Refunds
from regulars_sandbox.woocommerce._render import (
    ORDER_BILLING,
    ORDER_SHIPPING,
    VERSION,
    address,
    coupon_line,
    order_key,
    price,
    standing,
)
from regulars_sandbox.woocommerce._state import Record, Row

__all__ = ["OrderWriting"]

_PAID = frozenset({"processing", "completed"})
_PLAIN = ("customer_note", "payment_method", "payment_method_title", "transaction_id")
_UNSEEN_ON_CREATE = ("parent_id", "shipping_lines", "fee_lines", "set_paid", "manual_update")
_UNSEEN_ON_UPDATE = (
    *_UNSEEN_ON_CREATE,
    "line_items",
    "coupon_lines",
    "currency",
    "customer_id",
    "created_via",
)


class OrderWriting:
    """Creates and updates orders with everything that follows from it."""

    def __init__(
        self, core: Core, *, orders: Orders, refunds: Refunds, customers: Customers, coupons: CouponUse
    ) -> None:
        self._core, self._orders, self._refunds = core, orders, refunds
        self._customers, self._coupons = customers, coupons

    def create(self, call: Call) -> Reply:
        """POST /orders with products, coupons, addresses, status and meta data."""
        refuse_arguments(call, _UNSEEN_ON_CREATE)
        row = self.place(call.arguments)
        location = {"Location": f"{call.home}/wp-json/wc/v3/orders/{row.id}"}
        return Reply(self._orders.show(call, row), status=201, headers=location)

    def update(self, call: Call) -> Reply:
        """PUT /orders/<id>: any of it, even nothing, bumps date_modified."""
        refuse_arguments(call, _UNSEEN_ON_UPDATE)
        row = self._orders.row(call.number())
        self.edit(row, call.arguments)
        return Reply(self._orders.show(call, row))

    def place(self, given: Mapping[str, Any], *, virtual: Record | None = None) -> Row:
        """A new order.  A coupon that may not be used leaves a checkout draft behind and raises.

        ``virtual`` is a coupon that exists for this buyer alone.
        """
        customer = given.get("customer_id") or 0
        if customer and self._core.customers.get(customer) is None:
            raise rest_error(400, "woocommerce_rest_invalid_customer_id", "Customer ID is invalid.")
        row = self._draft(given, customer)
        self._core.orders.put(row)
        codes = [line.get("code", "") for line in given.get("coupon_lines") or ()]
        self._apply_coupons(row, codes, {} if virtual is None else {virtual["code"]: virtual})
        self._total(row)
        self._set_status(row, given.get("status") or "pending")
        row.stamp(self._core.settings.zone)
        self._core.orders.put(row)
        self._core.emit("order.created", row.id)
        self._core.emit("order.updated", row.id)
        return row

    def priced(self, product: int, quantity: int) -> Record:
        """What a line of an order of this product would cost."""
        row = self._core.products.get(product)
        price = self._core.settings.minor((row.record["price"] if row else "") or "0")
        return {"product_id": product, "subtotal": self._core.settings.money(price * quantity)}

    def edit(self, row: Row, given: Mapping[str, Any]) -> None:
        """Change an order; a status takes it out of the trash, where nothing fires."""
        record, silent = row.own(), row.status == "trash"
        for name in _PLAIN:
            if given.get(name) is not None:
                record[name] = given[name]
        for name, parts in (("billing", ORDER_BILLING), ("shipping", ORDER_SHIPPING)):
            if given.get(name):
                record[name] = record[name] | {
                    part: given[name][part] for part in parts if part in given[name]
                }
        row.key = str(record["billing"]["email"]).lower()
        self._write_meta(record, given)
        if given.get("status") is not None:
            self._set_status(row, given["status"])
        self._core.touch(self._core.orders, row)
        if not silent:
            self._core.emit("order.updated", row.id)

    def _draft(self, given: Mapping[str, Any], customer: int) -> Row:
        record = self._blank(given, customer, self._core.now())
        self._write_meta(record, given)
        return Row(
            record["id"],
            created=self._core.now(),
            modified=self._core.now(),
            record=record,
            status="checkout-draft",
            owner=customer,
            key=str(record["billing"]["email"]).lower(),
        )

    def _blank(self, given: Mapping[str, Any], customer: int, now: int) -> Record:
        settings, number = self._core.settings, self._core.next_post()
        zero = settings.money(0)
        return {
            "id": number,
            "parent_id": 0,
            "status": "checkout-draft",
            "currency": given.get("currency") or settings.currency,
            "version": VERSION,
            "prices_include_tax": False,
            "date_created": local_text(now, settings.zone),
            "date_modified": local_text(now, settings.zone),
            **dict.fromkeys(("discount_total", "discount_tax", "shipping_total", "shipping_tax"), zero),
            **dict.fromkeys(("cart_tax", "total", "total_tax"), zero),
            "customer_id": customer,
            "order_key": order_key(number),
            "billing": address(given.get("billing"), ORDER_BILLING),
            "shipping": address(given.get("shipping"), ORDER_SHIPPING),
            **{name: given.get(name) or "" for name in _PLAIN[1:]},
            "customer_ip_address": "",
            "customer_user_agent": "",
            "created_via": given.get("created_via") or "rest-api",
            "customer_note": given.get("customer_note") or "",
            "date_completed": None,
            "date_paid": None,
            "cart_hash": "",
            "number": str(number),
            "meta_data": [],
            "line_items": [self._line(line) for line in given.get("line_items") or ()],
            "tax_lines": [],
            "shipping_lines": [],
            "fee_lines": [],
            "coupon_lines": [],
            "refunds": [],
            "payment_url": "",
            **standing("checkout-draft", priced=False, goods=False),
            "date_created_gmt": gmt_text(now),
            "date_modified_gmt": gmt_text(now),
            "date_completed_gmt": None,
            "date_paid_gmt": None,
            "currency_symbol": settings.symbol,
        }

    def _line(self, given: Mapping[str, Any]) -> Record:
        for name in given.keys() - {"product_id", "quantity"}:
            raise not_modelled(f"line_items[].{name}")
        settings = self._core.settings
        row = self._core.products.get(given.get("product_id") or 0)
        product = row.record if row else {}
        quantity = given.get("quantity") or 1
        total = settings.minor(product.get("price") or "0") * quantity
        taxes = [{"id": settings.tax.rate_id, "total": "", "subtotal": ""}] if settings.tax else []
        return {
            "id": self._core.next_inner(),
            "name": product.get("name", ""),
            "product_id": product.get("id", 0),
            "variation_id": 0,
            "quantity": quantity,
            "tax_class": "",
            "subtotal": settings.money(total),
            "subtotal_tax": settings.money(0),
            "total": settings.money(total),
            "total_tax": settings.money(0),
            "taxes": taxes,
            "meta_data": [],
            "sku": product.get("sku"),
            "global_unique_id": product.get("global_unique_id"),
            "price": price(total, quantity, settings.digits),
            "image": {"id": "" if product else 0, "src": ""},
            "parent_name": None,
        }

    def _apply_coupons(self, row: Row, codes: list[str], virtual: Mapping[str, Record]) -> None:
        record, settings = row.own(), self._core.settings
        for code in codes:
            coupon = virtual.get(code) or self._coupons.usable(code, row, alone=len(codes) == 1)
            taken = self._coupons.discount(coupon, record["line_items"], entitled=coupon.get("entitled"))
            kind, nominal = coupon["discount_type"], float(coupon["amount"])
            record["coupon_lines"].append(
                coupon_line(
                    self._core.next_inner(),
                    coupon["code"],
                    taken,
                    settings,
                    kind=kind,
                    nominal=int(nominal) if nominal.is_integer() else nominal,
                    coupon=coupon["id"],
                )
            )
            self._coupons.use(coupon["id"], row)

    def _total(self, row: Row) -> None:
        record, settings = row.own(), self._core.settings
        minor, money = settings.minor, settings.money
        before = sum(minor(line["subtotal"]) for line in record["line_items"])
        after = sum(minor(line["total"]) for line in record["line_items"])
        record["discount_total"] = money(before - after)
        tax = self._tax(record)
        record["cart_tax"] = record["total_tax"] = money(tax)
        record["total"] = money(after + tax)
        goods = any(line["product_id"] for line in record["line_items"])
        record |= standing(row.status, priced=after > 0, goods=goods)

    def _tax(self, record: Record) -> int:
        settings, whole = self._core.settings, 0
        rate = settings.tax
        if rate is None:
            return 0
        for line in record["line_items"]:
            shares = {}
            for name in ("total", "subtotal"):
                shares[name] = round(settings.minor(line[name]) * rate.percent / 100)
                line[f"{name}_tax"] = line["taxes"][0][name] = settings.money(shares[name])
            line["price"] = price(settings.minor(line["total"]), line["quantity"], settings.digits)
            whole += shares["total"]
        record["tax_lines"] = [
            {
                "id": self._core.next_inner(),
                "rate_code": rate.code,
                "rate_id": rate.rate_id,
                "label": rate.label,
                "compound": False,
                "tax_total": settings.money(whole),
                "shipping_tax_total": settings.money(0),
                "rate_percent": rate.percent,
                "meta_data": [],
            }
        ]
        return whole

    def _set_status(self, row: Row, status: str) -> None:
        record, now, zone = row.own(), self._core.now(), self._core.settings.zone
        if status == "refunded" and row.status != "refunded":
            self._refunds.give_back_the_rest(row)
        record["status"] = row.status = status
        if status in _PAID and record["date_paid"] is None:
            record["date_paid"], record["date_paid_gmt"] = local_text(now, zone), gmt_text(now)
        if status == "completed" and record["date_completed"] is None:
            record["date_completed"], record["date_completed_gmt"] = local_text(now, zone), gmt_text(now)
        if status in _PAID and row.owner:
            self._customers.pays(row.owner)
        priced = self._core.settings.minor(record["total"]) > 0
        record |= standing(status, priced=priced, goods=record["needs_processing"])

    def _write_meta(self, record: Record, given: Mapping[str, Any]) -> None:
        entries = given.get("meta_data") or ()
        write_meta(record["meta_data"], entries, self._core.next_inner, drop=lambda _key: False)
