"""Codes as a checkout takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from regulars_sandbox._history import ShopLine
from regulars_sandbox.shopify._core import Core
from regulars_sandbox.shopify._discounts import Discount, Discounts
from regulars_sandbox.shopify._render import collection_number
from regulars_sandbox.shopify._sales import Applied

__all__ = ["DiscountUse"]


class DiscountUse:
    """May this code be used by this buyer, and what does it take off?"""

    def __init__(self, core: Core, discounts: Discounts) -> None:
        self._core, self._discounts = core, discounts

    def usable(self, code: str, *, customer: int, subtotal: int, now: int) -> Discount:
        """The discount; ValueError with the reason when the checkout refuses the code."""
        discount = self._discounts.by_code(code)
        if discount is None or discount.status(now) != "ACTIVE":
            raise ValueError(f"The discount code {code} isn't valid.")
        if discount.customers is not None and customer not in discount.customers:
            raise ValueError(f"The discount code {code} isn't available to this customer.")
        spent = discount.usage_limit is not None and len(discount.used_by) >= discount.usage_limit
        if spent or (discount.once_per_customer and customer in discount.used_by):
            raise ValueError(f"The discount code {code} has been used up.")
        if subtotal < discount.minimum:
            raise ValueError(f"The discount code {code} needs a bigger order.")
        return discount

    def apply(self, discount: Discount, lines: Sequence[ShopLine]) -> tuple[tuple[ShopLine, ...], Applied]:
        """The lines after the discount, and what it was."""
        entitled = [line.subtotal if self._entitled(discount, line) else 0 for line in lines]
        parts = _parts(discount, entitled)
        taken = tuple(replace(line, total=line.total - part) for line, part in zip(lines, parts, strict=True))
        percent = None if discount.percentage is None else discount.percentage * 100
        return taken, Applied(discount.code, sum(parts), percent)

    def _entitled(self, discount: Discount, line: ShopLine) -> bool:
        if discount.products is not None:
            return line.product_id in discount.products
        if discount.collections is None:
            return True
        row = self._core.products.get(line.product_id or 0)
        names = row.state.product.categories if row else ()
        return not discount.collections.isdisjoint(map(collection_number, names))


def _parts(discount: Discount, totals: list[int]) -> list[int]:
    """What each line loses in minor units; a sum is spread by weight, the last line of any takes the rest."""
    if discount.percentage is not None:
        hundredths = round(discount.percentage * 10_000)
        return [(total * hundredths + 5_000) // 10_000 for total in totals]
    whole = sum(totals)
    amount = min(discount.amount or 0, whole)
    parts = [amount * total // whole if whole else 0 for total in totals]
    for at in reversed(range(len(totals))):
        if totals[at]:
            parts[at] += amount - sum(parts)
            break
    return parts
