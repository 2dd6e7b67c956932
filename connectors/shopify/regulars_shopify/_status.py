"""Where an order stands: one word out of Shopify's three."""

from datetime import datetime
from typing import Final

from regulars_mapping import OrderStatus
from regulars_shopify._payloads import OrderPayload

_PAID: Final = frozenset({"PAID", "PARTIALLY_REFUNDED"})
_UNPAID: Final = {
    "PENDING": OrderStatus.PENDING,
    "AUTHORIZED": OrderStatus.ON_HOLD,
    "PARTIALLY_PAID": OrderStatus.ON_HOLD,
    "EXPIRED": OrderStatus.FAILED,
    "VOIDED": OrderStatus.CANCELLED,
    "REFUNDED": OrderStatus.REFUNDED,
}
_DELIVERED_UNPAID: Final = frozenset({"PENDING", "AUTHORIZED", "PARTIALLY_PAID"})
_FULFILLED: Final = "FULFILLED"


def is_paid(order: OrderPayload) -> bool:
    """Whether it was paid, be it refunded since. An order of nothing has no financial status."""
    financial = order.get("displayFinancialStatus", "")
    return financial in _PAID or financial == "REFUNDED" or (not financial and bool(order.get("fullyPaid")))


def status_of(order: OrderPayload) -> OrderStatus:
    """A paid order is processing until all of it went out. One sent out before it was paid (cash on delivery,
    an invoice) is processing, too."""
    if order.get("cancelledAt") is not None:
        return OrderStatus.CANCELLED
    financial = order.get("displayFinancialStatus", "")
    fulfilled = order.get("displayFulfillmentStatus", "") == _FULFILLED
    if financial in _PAID or (not financial and order.get("fullyPaid")):
        return OrderStatus.COMPLETED if fulfilled else OrderStatus.PROCESSING
    if financial in _DELIVERED_UNPAID and fulfilled:
        return OrderStatus.PROCESSING
    return _UNPAID.get(financial, OrderStatus.OTHER if financial else OrderStatus.PENDING)


def shop_status(order: OrderPayload) -> str:
    """Shopify's own words: ``cancelled paid unfulfilled``."""
    words = [
        "cancelled" if order.get("cancelledAt") is not None else "",
        order.get("displayFinancialStatus", ""),
        order.get("displayFulfillmentStatus", ""),
    ]
    return " ".join(word.lower() for word in words if word)


def completed_at(order: OrderPayload) -> datetime | None:
    """When the last parcel left; None while something is to be sent."""
    if status_of(order) is not OrderStatus.COMPLETED:
        return None
    times = [moment for one in order.get("fulfillments", []) if (moment := one.get("createdAt"))]
    try:
        return max(times, default=None)
    except TypeError:
        # Some with a zone, some without: none of them is Shopify's.
        return None
