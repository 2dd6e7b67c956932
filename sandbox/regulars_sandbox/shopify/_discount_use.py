"""Discounts as a checkout takes them: codes that are typed in, and the best automatic one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from regulars_sandbox._history import ShopLine
from regulars_sandbox.shopify._core import Core
from regulars_sandbox.shopify._discount import Discount
from regulars_sandbox.shopify._discounts import Discounts
from regulars_sandbox.shopify._render import collection_number
from regulars_sandbox.shopify._sales import Applied

__all__ = ["DiscountUse"]

Lines = tuple[ShopLine, ...]
Taken = tuple[Lines, tuple[Applied, ...]]


class DiscountUse:
    """What discounts take off a buyer's lines."""

    def __init__(self, core: Core, discounts: Discounts) -> None:
        self._core, self._discounts = core, discounts

    def checked_out(self, lines: Lines, codes: Sequence[str], customer: int) -> Taken:
        """The lines as they are paid for, and what was applied; ``customer`` is 0 for a guest.

        ValueError with the reason when the checkout refuses a code.  A code and an automatic discount both
        count where each allows the other's class, else the one that takes more off, the code when equal.
        """
        if len(codes) > 1:
            raise ValueError("The sandbox does not model discount codes that combine.")
        subtotal = sum(line.subtotal for line in lines)
        typed = [self._usable(code, customer=customer, subtotal=subtotal) for code in codes]
        ways = [typed] if typed else [[]]
        for automatic in self._automatic(customer, subtotal):
            ways.append([automatic])
            if typed and automatic.combines_with(typed[0]):
                ways.append([typed[0], automatic])
        # The first of equals stands: nobody is given another discount for the same money.
        return max((self._applied(way, lines) for way in ways), key=_taken_off)

    def _automatic(self, customer: int, subtotal: int) -> list[Discount]:
        """The automatic discounts that this buyer may have now, oldest first."""
        return [
            discount
            for discount in self._discounts.automatic.values()
            if discount.status(self._core.now()) == "ACTIVE"
            and subtotal >= discount.minimum
            and self._discounts.is_for(discount, customer)
        ]

    def _usable(self, code: str, *, customer: int, subtotal: int) -> Discount:
        discount = self._discounts.by_code(code)
        if discount is None or discount.status(self._core.now()) != "ACTIVE":
            raise ValueError(f"The discount code {code} isn't valid.")
        if not self._discounts.is_for(discount, customer):
            raise ValueError(f"The discount code {code} isn't available to this customer.")
        spent = discount.usage_limit is not None and len(discount.used_by) >= discount.usage_limit
        if spent or (discount.once_per_customer and customer in discount.used_by):
            raise ValueError(f"The discount code {code} has been used up.")
        if subtotal < discount.minimum:
            raise ValueError(f"The discount code {code} needs a bigger order.")
        return discount

    def _applied(self, discounts: Sequence[Discount], lines: Lines) -> Taken:
        """Those of products first; those of orders are worked out of what is left to pay then."""
        applied = list[Applied]()
        for of_products in (True, False):
            base = lines
            for discount in discounts:
                if discount.for_products == of_products:
                    lines, taken = self._apply(discount, base, lines)
                    applied.append(taken)
        return lines, tuple(applied)

    def _apply(self, discount: Discount, base: Lines, lines: Lines) -> tuple[Lines, Applied]:
        entitled = [line.total if self._entitled(discount, line) else 0 for line in base]
        wanted = _parts(discount, entitled)
        parts = tuple(min(part, line.total) for part, line in zip(wanted, lines, strict=True))
        left = tuple(replace(line, total=line.total - part) for line, part in zip(lines, parts, strict=True))
        percent = None if discount.percentage is None else discount.percentage * 100
        return left, Applied(discount.code, sum(parts), percent, discount.id, discount.title, parts)

    def _entitled(self, discount: Discount, line: ShopLine) -> bool:
        if discount.products is not None:
            return line.product_id in discount.products
        if discount.collections is None:
            return True
        row = self._core.products.get(line.product_id or 0)
        names = row.state.product.categories if row else ()
        return not discount.collections.isdisjoint(map(collection_number, names))


def _taken_off(taken: Taken) -> int:
    return sum(applied.amount for applied in taken[1])


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
