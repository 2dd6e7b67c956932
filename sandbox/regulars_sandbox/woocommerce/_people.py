"""What happens in a shop without its REST API: people register and buy, staff edit, plugins import."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from regulars_sandbox.woocommerce._companion import Companion
from regulars_sandbox.woocommerce._core import Core
from regulars_sandbox.woocommerce._coupon_goods import goods_of
from regulars_sandbox.woocommerce._errors import ShopError
from regulars_sandbox.woocommerce._render import CUSTOMER_BILLING, CUSTOMER_SHIPPING
from regulars_sandbox.woocommerce._resources import Resources
from regulars_sandbox.woocommerce._site import Site
from regulars_sandbox.woocommerce._state import Record, Row

__all__ = ["People"]

_ERASED = {
    "first_name": "[deleted]",
    "last_name": "[deleted]",
    "phone": "+000000000000",
    "email": "deleted@site.invalid",
}
Parts = Mapping[str, str]


class People:
    """The shop's people.  Every method is thread-safe and moves dates and webhooks as the real shop does.

    Unknown ids raise :class:`LookupError` naming the id, refused deeds :class:`ValueError` with the reason.
    """

    def __init__(self, core: Core, resources: Resources, lock: threading.RLock) -> None:
        self._core, self._resources, self._lock = core, resources, lock
        self._companion = Companion(core)
        self.site = Site()

    def register(
        self, email: str, *, username: str = "", billing: Parts | None = None, shipping: Parts | None = None
    ) -> int:
        """A person opens an account; returns its id.  Past guest orders stay a guest's."""
        with self._lock:
            self._check_new(email)
            row = self._add(email, username, modified=self._core.now())
            number = _filled(row, billing, shipping)
            self._core.emit("customer.created", number)
            self._core.emit("customer.updated", number)
            return number

    def import_customer(
        self,
        email: str,
        *,
        username: str = "",
        role: str = "customer",
        billing: Parts | None = None,
        shipping: Parts | None = None,
    ) -> int:
        """A plugin inserts an account; its date_modified stays null until somebody saves it."""
        with self._lock:
            self._check_new(email)
            row = self._add(email, username, modified=None, role=role)
            number = _filled(row, billing, shipping)
            self._core.emit("customer.created", number)
            return number

    def place_order(
        self,
        *,
        items: Sequence[tuple[int, int]],
        customer_id: int = 0,
        billing: Parts | None = None,
        shipping: Parts | None = None,
        coupon_codes: Sequence[str] = (),
        status: str = "processing",
        payment_method: str = "cod",
        payment_title: str = "Cash on delivery",
        note: str = "",
    ) -> int:
        """Somebody buys ``items`` of (product id, quantity), a guest by ``customer_id`` 0; returns the id.

        A customer is logged in: with our plug-in in the shop their discount is in the cart.
        """
        given = {
            "customer_id": customer_id,
            "billing": dict(billing or {}),
            "shipping": dict(shipping or billing or {}),
            "line_items": [{"product_id": product, "quantity": quantity} for product, quantity in items],
            "status": status,
            "payment_method": payment_method,
            "payment_method_title": payment_title,
            "customer_note": note,
            "created_via": "checkout",
        }
        with self._lock:
            codes, virtual = self._in_cart(customer_id, coupon_codes, items)
            given["coupon_lines"] = [{"code": code} for code in codes]
            try:
                return self._resources.writing.place(given, virtual=virtual).id
            except ShopError as error:
                raise _deed_refused(error) from None

    def cart(
        self, customer_id: int, *, coupon_codes: Sequence[str] = (), items: Sequence[tuple[int, int]] = ()
    ) -> list[str]:
        """The codes in the cart of a customer who is logged in, typed ``coupon_codes`` and has put in
        ``items`` of (product id, quantity)."""
        with self._lock:
            self._customer(customer_id)
            return self._in_cart(customer_id, coupon_codes, items)[0]

    def _in_cart(
        self, customer_id: int, typed: Sequence[str], items: Sequence[tuple[int, int]]
    ) -> tuple[list[str], Record | None]:
        row = self._core.customers.get(customer_id) if customer_id else None
        if row is None or not (self.site.companion and self.site.woocommerce):
            return list(typed), None
        lines = [self._resources.writing.priced(product, quantity) for product, quantity in items]
        return self._companion.cart(row, typed, goods_of(self._core, lines))

    def edit_order(self, order_id: int, **changes: Any) -> None:
        """Staff change an order: ``status``, ``billing``, ``shipping``, ``customer_note``, ``meta_data``."""
        with self._lock:
            self._resources.writing.edit(self._order(order_id), changes)

    def trash_order(self, order_id: int) -> None:
        """Staff move an order to the trash."""
        with self._lock:
            try:
                self._resources.orders.trash(self._order(order_id))
            except ShopError as error:
                raise _deed_refused(error) from None

    def restore_order(self, order_id: int, *, status: str = "processing") -> None:
        """Staff take an order out of the trash in the admin, which fires order.restored."""
        with self._lock:
            self._resources.writing.edit(self._order(order_id), {"status": status})
            self._core.emit("order.restored", order_id)

    def delete_order(self, order_id: int) -> None:
        """Staff delete an order for good; nothing tells of it."""
        with self._lock:
            self._resources.orders.destroy(self._order(order_id))

    def refund_order(self, order_id: int, amount: int, *, reason: str = "") -> int:
        """Staff give ``amount`` minor units back; all of it sets the status refunded.  Returns the refund."""
        with self._lock:
            try:
                return self._resources.refunds.give_back(self._order(order_id), amount, reason).id
            except ShopError as error:
                raise _deed_refused(error) from None

    def delete_refund(self, refund_id: int) -> None:
        """Staff delete a refund; the order's date does not move."""
        with self._lock:
            row = self._core.refunds.get(refund_id)
            if row is None:
                raise LookupError(f"refund {refund_id}")
            self._resources.refunds.remove(row)

    def edit_customer(self, customer_id: int, *, billing: Parts | None = None, **names: str) -> None:
        """The person saves the profile: ``first_name``, ``last_name``, billing parts; date_modified moves."""
        with self._lock:
            row = self._customer(customer_id)
            record = row.own()
            record |= {name: names[name] for name in ("first_name", "last_name") if name in names}
            record["billing"] = record["billing"] | dict(billing or {})
            self._core.touch(self._core.customers, row)
            self._core.emit("customer.updated", customer_id)

    def change_role(self, customer_id: int, role: str) -> None:
        """Another role: no date moves, nothing fires, yet the default listing loses or gains the person."""
        with self._lock:
            row = self._customer(customer_id)
            row.own()["role"] = row.status = role
            self._core.customers.put(row)

    def delete_customer(self, customer_id: int) -> None:
        """The account is deleted; its orders become a guest's and are bumped."""
        with self._lock:
            self._resources.customers.remove(self._customer(customer_id))

    def erase_customer(self, customer_id: int) -> None:
        """Privacy erasure: the account loses its billing data, the orders their person."""
        with self._lock:
            row = self._customer(customer_id)
            row.own()["billing"] = dict.fromkeys(CUSTOMER_BILLING, "")
            row.own()["shipping"] = dict.fromkeys(CUSTOMER_SHIPPING, "")
            self._core.touch(self._core.customers, row)
            self._core.emit("customer.updated", customer_id)
            for order in [order for order in self._core.orders if order.owner == customer_id]:
                self._erase(order)

    def write_review(
        self,
        product_id: int,
        *,
        email: str,
        rating: int,
        name: str = "Olena",
        text: str = "Good.",
        verified: bool = False,
    ) -> int:
        """A shopper writes about a product, with 1 to 5 stars or 0 for words alone; returns the review."""
        with self._lock:
            product = self._core.products.get(product_id)
            if product is None:
                raise LookupError(f"product {product_id}")
            write = self._resources.reviews.write
            return write(product, email=email, name=name, rating=rating, text=text, verified=verified).id

    def moderate_review(self, review_id: int, status: str) -> None:
        """Staff make a review ``approved``, ``hold``, ``spam`` or ``trash``; no date moves."""
        with self._lock:
            row = self._review(review_id)
            row.own()["status"] = row.status = status
            self._core.reviews.put(row)

    def delete_review(self, review_id: int) -> None:
        """Staff delete a review for good."""
        with self._lock:
            self._core.reviews.remove(self._review(review_id))

    def _review(self, number: int) -> Row:
        row = self._core.reviews.get(number)
        if row is None:
            raise LookupError(f"review {number}")
        return row

    def _erase(self, order: Row) -> None:
        record = order.own()
        for name in ("billing", "shipping"):
            # What was empty stays so: an order by phone has no address to be overwritten.
            record[name] = {
                part: _ERASED.get(part, "") if text else "" for part, text in record[name].items()
            }
        order.key = record["billing"]["email"]
        record["customer_id"] = order.owner = 0
        record["meta_data"] = [
            *record["meta_data"],
            {"id": self._core.next_inner(), "key": "_anonymized", "value": "yes"},
        ]
        self._core.touch(self._core.orders, order)
        self._core.emit("order.updated", order.id)

    def _add(self, email: str, username: str, *, modified: int | None, role: str = "customer") -> Row:
        name = username or email.partition("@")[0]
        if name.lower() in self._core.usernames:
            name = f"{name}-{self._core.customers.highest + 1}"
        return self._resources.customers.add(email=email, username=name, modified=modified, role=role)

    def _check_new(self, email: str) -> None:
        if email.lower() in self._core.emails:
            raise ValueError("An account with this e-mail address exists already.")

    def _order(self, number: int) -> Row:
        row = self._core.orders.get(number)
        if row is None:
            raise LookupError(f"order {number}")
        return row

    def _customer(self, number: int) -> Row:
        row = self._core.customers.get(number)
        if row is None:
            raise LookupError(f"customer {number}")
        return row


def _deed_refused(error: ShopError) -> ValueError:
    return ValueError(f"The shop refused: {error.payload.get('code')}.")


def _filled(row: Row, billing: Parts | None, shipping: Parts | None) -> int:
    record = row.own()
    record["billing"] |= dict(billing or {})
    record["shipping"] |= {part: text for part, text in (shipping or {}).items() if part != "email"}
    record["first_name"] = record["billing"]["first_name"]
    record["last_name"] = record["billing"]["last_name"]
    return row.id
