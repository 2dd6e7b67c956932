"""A discount, with a code or without, as the shop keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Discount"]


@dataclass(slots=True)
class Discount:
    """One code, or one automatic discount (no code), and its terms.

    ``percentage`` is from 0 to 1, else ``amount`` minor units; ``customers`` are customer numbers and
    ``segments`` those of segments, both None for everybody; ``products`` or ``collections`` narrow what it is
    taken off; times are seconds since 1970.
    """

    id: int
    code: str = ""
    title: str = ""
    starts: int = 0
    ends: int | None = None
    usage_limit: int | None = None
    once_per_customer: bool = False
    percentage: float | None = None
    amount: int | None = None
    minimum: int = 0
    customers: set[int] | None = None
    segments: set[int] | None = None
    products: set[int] | None = None
    collections: set[int] | None = None
    combines: frozenset[str] = frozenset()
    tags: tuple[str, ...] = ()
    created: int = 0
    updated: int = 0
    used_by: list[int] = field(default_factory=list)

    @property
    def for_products(self) -> bool:
        """Of the class of products; else of orders."""
        return self.products is not None or self.collections is not None

    def combines_with(self, other: Discount) -> bool:
        """True when each allows the class of the other."""
        return _class(other) in self.combines and _class(self) in other.combines

    def overlaps(self, moment: int) -> bool:
        """True when it is active at that moment."""
        return self.starts <= moment and (self.ends is None or moment < self.ends)

    def status(self, now: int) -> str:
        """The API's DiscountStatus at ``now``."""
        if now < self.starts:
            return "SCHEDULED"
        return "EXPIRED" if self.ends is not None and now >= self.ends else "ACTIVE"


def _class(discount: Discount) -> str:
    return "productDiscounts" if discount.for_products else "orderDiscounts"
