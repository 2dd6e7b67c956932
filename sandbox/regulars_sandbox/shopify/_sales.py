"""The states records are written from: an account, a sale, goods."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from regulars_sandbox._history import ShopAddress, ShopOrder, ShopProduct

__all__ = ["Account", "Applied", "Goods", "Sale", "Variant"]


@dataclass(slots=True)
class Account:
    """A customer.  ``email`` and ``phone`` (E.164) are empty where there is none.

    ``email_consent`` and ``sms_consent`` are the API's marketing states; each ``*_at`` is when the person
    last said so, seconds since 1970, None for never.
    """

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    state: str = "DISABLED"
    locale: str = "uk"
    note: str = ""
    addresses: list[ShopAddress] = field(default_factory=list)
    email_consent: str = "NOT_SUBSCRIBED"
    email_consent_at: int | None = None
    email_opt_in: str | None = None
    sms_consent: str = "NOT_SUBSCRIBED"
    sms_consent_at: int | None = None
    sms_opt_in: str | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """A discount used by a sale, an automatic one without a ``code``: ``amount`` minor units in all, worked
    out by ``percent`` where it is one.

    ``discount`` is its number (0: not in this shop any more), ``parts`` what it took off each line; where
    they are not known the first discount took all.
    """

    code: str
    amount: int
    percent: float | None = None
    discount: int = 0
    title: str = ""
    parts: tuple[int, ...] = ()


@dataclass(slots=True)
class Sale:
    """An order.  ``order`` holds what every platform knows of it, the rest is this platform's.

    ``attributed`` is False until the visits that led to it are known.  ``presented`` is the buyer's currency
    and how much of it a unit of the shop's was, None where the buyer saw the shop's own.
    """

    order: ShopOrder
    variants: tuple[int | None, ...]
    applied: tuple[Applied, ...] = ()
    test: bool = False
    source_name: str = "web"
    cancelled_at: int | None = None
    cancel_reason: str | None = None
    attributed: bool = True
    redacted: bool = False
    presented: tuple[str, Decimal] | None = None

    @property
    def codes(self) -> list[str]:
        """The codes that were used."""
        return [applied.code for applied in self.applied if applied.code]

    @property
    def given_back(self) -> int:
        """What was refunded so far, minor units."""
        return sum(refund.amount for refund in self.order.refunds)

    @property
    def received(self) -> int:
        """What was ever paid, minor units."""
        return self.order.total if self.order.paid is not None else 0

    @property
    def net(self) -> int:
        """What was paid and not given back, minor units."""
        return self.received - min(self.given_back, self.received)

    def forget_product(self, product: int) -> None:
        """The product is gone from the shop."""
        lines = self.order.lines
        if all(line.product_id != product for line in lines):
            return
        kept = [
            each if line.product_id != product else None
            for each, line in zip(self.variants, lines, strict=True)
        ]
        self.variants = tuple(kept)
        self.change(
            lines=tuple(
                replace(line, product_id=None) if line.product_id == product else line for line in lines
            )
        )

    def change(self, **changes: object) -> None:
        """Replace parts of the order."""
        self.order = replace(self.order, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to buy a product; ``price`` in minor units."""

    id: int
    title: str
    sku: str
    price: int


@dataclass(slots=True)
class Goods:
    """A product and its variants."""

    product: ShopProduct
    variants: tuple[Variant, ...]
    archived: bool = False
