"""Discounts in the API's shape."""

from __future__ import annotations

from typing import Any

from regulars_sandbox.shopify._core import Core
from regulars_sandbox.shopify._discount import Discount
from regulars_sandbox.shopify._discount_inputs import COMBINATIONS
from regulars_sandbox.shopify._segments import Segments
from regulars_sandbox.shopify._state import Record, gid, iso

__all__ = ["AUTOMATIC", "WITH_CODE", "DiscountRecords"]

WITH_CODE, AUTOMATIC = "DiscountCodeNode", "DiscountAutomaticNode"


class DiscountRecords:
    """Writes discounts out; what they are for is read when asked for."""

    def __init__(self, core: Core, segments: Segments) -> None:
        self._core, self._segments = core, segments

    def node(self, discount: Discount, home: str) -> Record:
        """The node of its own kind; ``home`` is the URL that links begin with."""
        if discount.code:
            return {
                "__typename": WITH_CODE,
                "id": gid(WITH_CODE, discount.id),
                "codeDiscount": self.basic(discount, home),
            }
        automatic = self.basic(discount, home)
        return {
            "__typename": AUTOMATIC,
            "id": gid(AUTOMATIC, discount.id),
            "automaticDiscount": automatic,
        }

    def basic(self, discount: Discount, home: str) -> Record:
        """The discount itself."""
        shared = self._terms(discount)
        return shared | (_code(discount, home) if discount.code else {"__typename": "DiscountAutomaticBasic"})

    def _terms(self, discount: Discount) -> Record:
        return {
            "title": discount.title,
            "status": discount.status(self._core.now()),
            "startsAt": iso(discount.starts),
            "endsAt": None if discount.ends is None else iso(discount.ends),
            "asyncUsageCount": len(discount.used_by),
            "context": lambda: self._context(discount),
            "combinesWith": {name: name in discount.combines for name in COMBINATIONS},
            "customerGets": lambda: self._gets(discount),
            "minimumRequirement": self._minimum(discount),
            "discountClasses": ["PRODUCT" if discount.for_products else "ORDER"],
            "createdAt": iso(discount.created),
            "updatedAt": iso(discount.updated),
            "tags": list(discount.tags),
        }

    def _context(self, discount: Discount) -> Record:
        if discount.segments is not None:
            found = [self._segments.show(segment) for segment in sorted(discount.segments)]
            shown = [each for each in found if each is not None]
            return {"__typename": "DiscountCustomerSegments", "segments": shown}
        if discount.customers is None:
            return {"__typename": "DiscountBuyerSelectionAll", "all": "ALL"}
        rows = [self._core.customers.get(customer) for customer in sorted(discount.customers)]
        people = [self._core.show_customer(row) for row in rows if row is not None]
        return {"__typename": "DiscountCustomers", "customers": people}

    def _minimum(self, discount: Discount) -> Record | None:
        if not discount.minimum:
            return None
        subtotal = self._core.settings.money(discount.minimum)
        return {"__typename": "DiscountMinimumSubtotal", "greaterThanOrEqualToSubtotal": subtotal}

    def _gets(self, discount: Discount) -> Record:
        once = {"appliesOnOneTimePurchase": True, "appliesOnSubscription": False}
        value: Record = {"__typename": "DiscountPercentage", "percentage": discount.percentage}
        if discount.percentage is None:
            amount = self._core.settings.money(discount.amount or 0)
            value = {"__typename": "DiscountAmount", "amount": amount, "appliesOnEachItem": False}
        return {"value": value, "items": self._items(discount), **once}

    def _items(self, discount: Discount) -> Record:
        if discount.products is not None:
            rows = [self._core.products.get(product) for product in sorted(discount.products)]
            shown = [self._core.show(row) for row in rows if row is not None]
            return {"__typename": "DiscountProducts", "products": shown, "productVariants": []}
        if discount.collections is not None:
            ids = [{"id": gid("Collection", one)} for one in sorted(discount.collections)]
            return {"__typename": "DiscountCollections", "collections": ids}
        return {"__typename": "AllDiscountItems", "allItems": True}


def _code(discount: Discount, home: str) -> dict[str, Any]:
    """What only discounts with a code have."""
    used, url = len(discount.used_by), f"{home}/discount/{discount.code}"
    redeem = {"id": gid("DiscountRedeemCode", discount.id), "code": discount.code, "asyncUsageCount": used}
    return {
        "__typename": "DiscountCodeBasic",
        "usageLimit": discount.usage_limit,
        "appliesOncePerCustomer": discount.once_per_customer,
        "codes": [redeem],
        "shareableUrls": [{"url": url, "targetType": "HOME", "title": discount.title}],
    }
