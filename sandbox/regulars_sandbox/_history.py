"""What a shop has lived through, told neutrally: people, purchases, returns, goods.

A double renders a :class:`ShopHistory` into its platform's own shapes.  Nothing here knows a platform, so
one population serves every double.  Money is an integer in minor units of ``ShopHistory.currency``; every
datetime is aware; ids are unique inside their own list and positive.  People are generated, never real.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = [
    "OrderStatus",
    "ShopAddress",
    "ShopCustomer",
    "ShopHistory",
    "ShopLine",
    "ShopOrder",
    "ShopProduct",
    "ShopRefund",
]


class OrderStatus(StrEnum):
    """The life of an order in the words of WooCommerce, the widest vocabulary of the platforms."""

    PENDING = "pending"
    PROCESSING = "processing"
    ON_HOLD = "on-hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ShopAddress:
    """A billing or delivery address as the buyer typed it; every field may be empty.

    ``country`` is ISO 3166-1 alpha-2 and ``state`` the platform's own region code or free text.
    ``email`` and ``phone`` keep the buyer's spelling (letter case, spaces, brackets).
    """

    first_name: str = ""
    last_name: str = ""
    company: str = ""
    address_1: str = ""
    address_2: str = ""
    city: str = ""
    postcode: str = ""
    country: str = ""
    state: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class ShopCustomer:
    """A registered account.  ``modified`` is None for an account that an import made (never saved since)."""

    id: int
    email: str
    created: datetime
    modified: datetime | None
    first_name: str = ""
    last_name: str = ""
    username: str = ""
    role: str = "customer"
    billing: ShopAddress = ShopAddress()
    shipping: ShopAddress = ShopAddress()
    meta: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ShopProduct:
    """A simple product; ``price`` in minor units, ``categories`` by name.

    ``regular`` is what a reduced one costs else, 0 for one that is not reduced.
    """

    id: int
    name: str
    sku: str
    price: int
    created: datetime
    modified: datetime
    categories: tuple[str, ...] = ()
    regular: int = 0


@dataclass(frozen=True, slots=True)
class ShopLine:
    """One line of an order: ``subtotal`` before discount, ``total`` after it, both for the whole quantity.

    ``product_id`` is None when the product is gone from the shop.
    """

    name: str
    quantity: int
    subtotal: int
    total: int
    product_id: int | None = None
    sku: str = ""


@dataclass(frozen=True, slots=True)
class ShopRefund:
    """Money given back for an order: ``amount`` positive minor units, at the refund's own time."""

    id: int
    amount: int
    created: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ShopOrder:
    """One purchase.  ``customer_id`` is None for a guest.

    The total is the lines' totals plus ``shipping_total``; ``discount`` is what the lines lost to coupons.
    ``paid`` and ``completed`` are None when that never happened.  ``source`` is the attribution source
    (``"google"``, ``"instagram"``, ``""`` for direct) and ``source_type`` its kind
    (``"organic"``, ``"utm"``, ``"referral"``, ``"typein"``).
    """

    id: int
    status: OrderStatus
    created: datetime
    modified: datetime
    billing: ShopAddress
    lines: tuple[ShopLine, ...]
    customer_id: int | None = None
    shipping: ShopAddress = ShopAddress()
    shipping_total: int = 0
    coupon_codes: tuple[str, ...] = ()
    payment_method: str = "cod"
    payment_title: str = "Cash on delivery"
    shipping_method: str = "flat_rate"
    shipping_title: str = "Flat rate"
    source_type: str = "typein"
    source: str = ""
    paid: datetime | None = None
    completed: datetime | None = None
    note: str = ""
    refunds: tuple[ShopRefund, ...] = ()

    @property
    def total(self) -> int:
        """What the buyer was asked to pay, minor units; refunds never reduce it."""
        return sum(line.total for line in self.lines) + self.shipping_total

    @property
    def discount(self) -> int:
        """What coupons took off the lines, minor units."""
        return sum(line.subtotal - line.total for line in self.lines)


@dataclass(frozen=True, slots=True)
class ShopHistory:
    """Everything one shop holds.

    ``currency`` is ISO 4217, ``zone`` an IANA name, ``country`` ISO 3166-1 alpha-2.  Ids of orders, refunds
    and products share one sequence on some platforms, so a history keeps them distinct from one another.
    """

    currency: str
    zone: str
    country: str
    customers: tuple[ShopCustomer, ...] = ()
    orders: tuple[ShopOrder, ...] = ()
    products: tuple[ShopProduct, ...] = ()
    minor_digits: int = 2
    name: str = "Sandbox shop"
