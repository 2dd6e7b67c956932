"""What a coupon is for: which goods it discounts, and which carts it refuses.

The shop's rules are those of WooCommerce's source; no recording shows them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from regulars_sandbox.woocommerce._core import Core
from regulars_sandbox.woocommerce._state import Record

__all__ = ["Good", "discounted", "goods_of", "refusal"]


@dataclass(frozen=True, slots=True)
class Good:
    """A line of a cart: its product, that one's categories, whether it is reduced, and minor units."""

    product: int
    categories: frozenset[int]
    reduced: bool
    subtotal: int


def goods_of(core: Core, lines: Sequence[Record]) -> list[Good]:
    """The lines of an order as coupons see them."""
    return [_good(core, line) for line in lines]


def _good(core: Core, line: Record) -> Good:
    row = core.products.get(line["product_id"])
    product = row.record if row else {}
    categories = frozenset(category["id"] for category in product.get("categories", ()))
    subtotal = core.settings.minor(line["subtotal"])
    return Good(line["product_id"], categories, bool(product.get("on_sale")), subtotal)


def discounted(coupon: Record, good: Good) -> bool:
    """Whether the coupon takes something off these goods; a sum is taken off the whole cart."""
    if coupon["discount_type"] == "fixed_cart":
        return True
    return _chosen(coupon, good) and not _excluded(coupon, good)


def _chosen(coupon: Record, good: Good) -> bool:
    if not (coupon["product_ids"] or coupon["product_categories"]):
        return True
    of_kind = not good.categories.isdisjoint(coupon["product_categories"])
    return of_kind or good.product in coupon["product_ids"]


def refusal(coupon: Record, goods: Sequence[Good], *, minimum: int, maximum: int) -> str:
    """Why the coupon may not be used in a cart of these goods, "" where it may. Sums in minor units."""
    subtotal = sum(good.subtotal for good in goods)
    if minimum and subtotal < minimum:
        return "The minimum spend for this coupon is higher."
    if maximum and subtotal > maximum:
        return "The maximum spend for this coupon is lower."
    if not all(_present(coupon, goods)):
        return "Sorry, this coupon is not applicable to selected products."
    if coupon["discount_type"] != "fixed_cart":
        served = not goods or any(discounted(coupon, good) for good in goods)
        return "" if served else "Sorry, this coupon is not applicable to selected products."
    if any(_excluded(coupon, good) for good in goods):
        return "Sorry, this coupon is not applicable to the products."
    return ""


def _present(coupon: Record, goods: Sequence[Good]) -> list[bool]:
    """A coupon that names products and categories wants some of both in the cart."""
    products, categories = coupon["product_ids"], set(coupon["product_categories"])
    sold = [good for good in goods if not (coupon["exclude_sale_items"] and good.reduced)]
    return [
        not products or any(good.product in products for good in goods),
        not categories or any(good.categories & categories for good in sold),
    ]


def _excluded(coupon: Record, good: Good) -> bool:
    named = good.product in coupon["excluded_product_ids"]
    of_kind = not good.categories.isdisjoint(coupon["excluded_product_categories"])
    return named or of_kind or (coupon["exclude_sale_items"] and good.reduced)
