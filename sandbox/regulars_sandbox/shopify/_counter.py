"""What happens to orders without the API: people buy, staff send, cancel, give money back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from regulars_sandbox._history import OrderStatus, ShopAddress, ShopLine, ShopOrder, ShopRefund
from regulars_sandbox.shopify._discount_use import DiscountUse
from regulars_sandbox.shopify._people import Parts, People, address_of
from regulars_sandbox.shopify._sales import Account, Sale
from regulars_sandbox.shopify._state import Row, seconds

__all__ = ["Counter"]

_PAID_BY = {
    True: ("shopify_payments", "shopify_payments"),
    False: ("cod", "Cash on Delivery (COD)"),
}
_REASONS = frozenset({"CUSTOMER", "DECLINED", "FRAUD", "INVENTORY", "OTHER", "STAFF"})


class Counter(People):
    """The shop's orders.  Every method is thread-safe and moves dates and webhooks.

    Unknown ids raise :class:`LookupError` naming the id, refused deeds :class:`ValueError` with the reason.
    """

    def place_order(
        self,
        *,
        items: Sequence[tuple[int, int]],
        customer_id: int | None = None,
        email: str = "",
        billing: Parts | None = None,
        shipping: Parts | None = None,
        discount_codes: Sequence[str] = (),
        paid: bool = True,
        shipping_total: int = 0,
        source_name: str = "web",
        test: bool = False,
        note: str = "",
        processed: datetime | None = None,
        source: str = "",
        presented: tuple[str, Decimal] | None = None,
    ) -> int:
        """Somebody buys ``items`` of (variant id, quantity), a guest without ``customer_id``; returns the id.

        A product's first variant has the product's id. ``shipping_total`` is in minor units; ``source`` the
        campaign, shown once it is attributed; ``presented`` the buyer's currency and its worth in the shop's.
        """
        with self._lock:
            owner = self._customer(customer_id) if customer_id is not None else None
            (lines, variants), by = self._lines(items), _PAID_BY[paid]
            use = DiscountUse(self._core, self._discounts)
            lines, applied = use.checked_out(lines, discount_codes, owner.id if owner else 0)
            moment, form = self._core.moment(), _form(owner, billing, email)
            order = ShopOrder(
                id=self._core.next_id(),
                status=OrderStatus.PROCESSING,
                created=moment,
                modified=moment,
                billing=form,
                lines=lines,
                customer_id=customer_id,
                shipping=address_of(shipping) if shipping else form,
                shipping_total=shipping_total,
                coupon_codes=tuple(each.code for each in applied if each.code),
                payment_method=by[0],
                payment_title=by[1],
                shipping_title="Standard",
                paid=moment if paid else None,
                note=note,
                source=source,
                source_type="utm" if source else "typein",
            )
            sale = Sale(order, variants, applied, test, source_name, attributed=False, presented=presented)
            return self._sold(sale, owner, processed or moment)

    def refund_order(self, order_id: int, amount: int, *, reason: str = "") -> int:
        """Staff give ``amount`` minor units back; returns the refund's id."""
        with self._lock:
            row = self._order(order_id)
            sale = row.state
            if not 0 < amount <= sale.received - sale.given_back:
                raise ValueError("The amount is more than what was paid and not yet given back.")
            refund = ShopRefund(self._core.next_id(), amount, self._core.moment(), reason)
            sale.change(refunds=(*sale.order.refunds, refund))
            self._core.refunds[refund.id] = order_id
            self._moved(row, "REFUNDS_CREATE")
            return refund.id

    def pay_order(self, order_id: int) -> None:
        """Staff mark an order as paid."""
        with self._lock:
            row = self._order(order_id)
            if row.state.order.paid is None:
                row.state.change(paid=self._core.moment())
                self._moved(row, "ORDERS_PAID")

    def fulfil_order(self, order_id: int) -> None:
        """The whole order is sent and arrives."""
        with self._lock:
            row = self._order(order_id)
            if row.state.cancelled_at is not None:
                raise ValueError("A cancelled order can't be sent.")
            row.state.change(completed=self._core.moment(), status=OrderStatus.COMPLETED)
            self._moved(row, "ORDERS_FULFILLED")

    def cancel_order(self, order_id: int, *, reason: str = "CUSTOMER") -> None:
        """Staff cancel an order that was not sent; what was paid is given back."""
        with self._lock:
            row = self._order(order_id)
            sale = row.state
            if reason not in _REASONS or sale.order.completed or sale.cancelled_at is not None:
                raise ValueError("A sent or cancelled order can't be cancelled, nor for an unknown reason.")
            left = sale.net
            sale.cancelled_at, sale.cancel_reason = self._core.now(), reason
            changes: dict[str, object] = {"status": OrderStatus.CANCELLED}
            if left:
                refund = ShopRefund(self._core.next_id(), left, self._core.moment(), "")
                changes["refunds"] = (*sale.order.refunds, refund)
                self._core.refunds[refund.id] = order_id
            sale.change(**changes)
            self._moved(row, "ORDERS_CANCELLED")

    def delete_order(self, order_id: int) -> None:
        """Staff delete an order for good."""
        with self._lock:
            row = self._order(order_id)
            self._core.forget_order(row)
            self._core.emit("ORDERS_DELETE", row)

    def edit_order(self, order_id: int, *, note: str | None = None, shipping: Parts | None = None) -> None:
        """Staff change the note or the delivery address."""
        with self._lock:
            row = self._order(order_id)
            if note is not None:
                row.state.change(note=note)
            if shipping is not None:
                row.state.change(shipping=address_of(shipping))
            self._moved(row)

    def attribute_order(self, order_id: int, *, source: str, source_type: str = "utm") -> None:
        """The visits that led to an order become known, which no date tells."""
        with self._lock:
            row = self._order(order_id)
            row.state.change(source=source, source_type=source_type)
            row.state.attributed = True

    def _sold(self, sale: Sale, owner: Row[Account] | None, processed: datetime) -> int:
        now, number = self._core.now(), sale.order.id
        row = Row("Order", number, created=now, updated=now, state=sale, processed=seconds(processed))
        row.owner = owner.id if owner else 0
        row.email, row.name = sale.order.billing.email.lower(), self._core.next_name()
        self._core.add_order(row)
        for applied in sale.applied:
            self._discounts.used(applied.discount, row.owner)
        self._core.emit("ORDERS_CREATE", row)
        if sale.order.paid is not None:
            self._core.emit("ORDERS_PAID", row)
        return number

    def _lines(self, items: Sequence[tuple[int, int]]) -> tuple[tuple[ShopLine, ...], tuple[int | None, ...]]:
        lines, variants = list[ShopLine](), list[int | None]()
        for number, quantity in items:
            found = self._core.variant(number)
            if found is None:
                raise LookupError(f"variant {number}")
            row, variant = found
            price = variant.price * quantity
            lines.append(
                ShopLine(row.state.product.name, quantity, price, price, product_id=row.id, sku=variant.sku)
            )
            variants.append(number)
        if not lines:
            raise ValueError("An order needs an item.")
        return tuple(lines), tuple(variants)

    def _moved(self, row: Row[Sale], topic: str = "") -> None:
        self._core.touch(row)
        if topic:
            self._core.emit(topic, row)
        self._core.emit("ORDERS_UPDATED", row)


def _form(owner: Row[Account] | None, billing: Mapping[str, str] | None, email: str) -> ShopAddress:
    """What the buyer wrote, or what the account knows."""
    parts = dict(billing or {})
    if owner is None:
        return address_of(parts | ({"email": email} if email else {}))
    account = owner.state
    if not parts and account.addresses:
        known = account.addresses[0]
        parts = {name: getattr(known, name) for name in ShopAddress.__dataclass_fields__}
    names = {"first_name": account.first_name, "last_name": account.last_name}
    return address_of(names | parts | {"email": email or account.email})
