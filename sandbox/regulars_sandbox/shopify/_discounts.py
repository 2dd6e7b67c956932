"""Discount codes: made, changed, deleted and looked up by apps; used by orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from regulars_sandbox.shopify._call import Call, Handler
from regulars_sandbox.shopify._core import Core
from regulars_sandbox.shopify._discount_inputs import COMBINATIONS, changed, fault
from regulars_sandbox.shopify._errors import not_modelled, user_error
from regulars_sandbox.shopify._paging import Page, page_of_rows, sorted_rows
from regulars_sandbox.shopify._search import parsed
from regulars_sandbox.shopify._state import Record, Row, gid, iso, number

__all__ = ["Discount", "Discounts"]

_KIND, _ANY_KIND = "DiscountCodeNode", "DiscountNode"
_LONGEST_CODE = 255
Arguments = Mapping[str, Any]


@dataclass(slots=True)
class Discount:
    """One code and its terms.

    ``percentage`` is from 0 to 1, else ``amount`` minor units; ``customers`` are customer numbers, None for
    everybody; ``products`` or ``collections`` narrow what it is taken off; times are seconds since 1970.
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
    products: set[int] | None = None
    collections: set[int] | None = None
    combines: frozenset[str] = frozenset()
    tags: tuple[str, ...] = ()
    created: int = 0
    updated: int = 0
    used_by: list[int] = field(default_factory=list)

    def status(self, now: int) -> str:
        """The API's DiscountStatus at ``now``."""
        if now < self.starts:
            return "SCHEDULED"
        return "EXPIRED" if self.ends is not None and now >= self.ends else "ACTIVE"


class Discounts:
    """The discount mutations and ``codeDiscountNodeByCode``; codes are unique in any letter case."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._discounts: dict[int, Discount] = {}
        self._codes: dict[str, int] = {}

    def handlers(self) -> dict[str, Handler]:
        """The root fields answered here, by name."""
        return {
            "discountCodeBasicCreate": self._create,
            "discountCodeBasicUpdate": self._update,
            "discountCodeDelete": self._delete,
            "codeDiscountNodeByCode": self._by_code,
            "discountNodes": self._page,
        }

    def by_code(self, code: str) -> Discount | None:
        """The discount of this code in any letter case."""
        return self._discounts.get(self._codes.get(code.strip().lower(), 0))

    def forget_customer(self, customer: int) -> None:
        """The customer is gone from the shop, and so from every list of eligible ones."""
        for discount in self._discounts.values():
            if discount.customers is not None:
                discount.customers.discard(customer)

    def _create(self, call: Call, arguments: Arguments) -> Record:
        given = arguments["basicCodeDiscount"]
        now = self._core.now()
        blank = Discount(0, created=now, updated=now)
        return self._saved(blank, given, call, new=True)

    def _update(self, call: Call, arguments: Arguments) -> Record:
        discount = self._discounts.get(number(arguments["id"], _KIND) or 0)
        if discount is None:
            return {"codeDiscountNode": None, "userErrors": [_missing()]}
        return self._saved(discount, arguments["basicCodeDiscount"], call, new=False)

    def _saved(self, discount: Discount, given: Arguments, call: Call, *, new: bool) -> Record:
        """The discount with the given terms, or why not; nothing is kept when there is a fault."""
        error = self._taken(discount, given.get("code"), new=new) or fault(given, self._core, new=new)
        terms = None if error else changed(discount, given, self._core)
        if terms is not None and terms.ends is not None and terms.ends < terms.starts:
            place = ["basicCodeDiscount", "endsAt"]
            error = user_error(place, "Ends at needs to be after starts_at", "END_DATE_BEFORE_START_DATE")
        if error or terms is None:
            return {"codeDiscountNode": None, "userErrors": [error]}
        terms.id = terms.id or self._core.next_id()
        terms.updated = self._core.now()
        self._codes.pop(discount.code.lower(), None)
        self._discounts[terms.id] = terms
        self._codes[terms.code.lower()] = terms.id
        return {"codeDiscountNode": self._show(terms, call), "userErrors": []}

    def _taken(self, discount: Discount, code: str | None, *, new: bool) -> Record | None:
        place = ["basicCodeDiscount", "code"]
        if code is None and not new:
            return None
        if not (code or "").strip():
            return user_error(place, "Code can't be blank", "BLANK")
        if len(code or "") > _LONGEST_CODE:
            return user_error(place, f"Code is too long (maximum is {_LONGEST_CODE} characters)", "TOO_LONG")
        owner = self.by_code(code or "")
        if owner is not None and owner.id != discount.id:
            return user_error(place, "Code must be unique. Please try a different code.", "TAKEN")
        return None

    def _delete(self, _call: Call, arguments: Arguments) -> Record:
        discount = self._discounts.pop(number(arguments["id"], _KIND) or 0, None)
        if discount is None:
            return {"deletedCodeDiscountId": None, "userErrors": [_missing()]}
        del self._codes[discount.code.lower()]
        return {"deletedCodeDiscountId": gid(_KIND, discount.id), "userErrors": []}

    def _by_code(self, call: Call, arguments: Arguments) -> Record | None:
        discount = self.by_code(arguments["code"])
        return None if discount is None else self._show(discount, call)

    def _page(self, call: Call, arguments: Arguments) -> Page:
        if arguments.get("savedSearchId") is not None:
            raise not_modelled("saved searches")
        query = arguments.get("query")
        found = parsed(_ANY_KIND, query, self._core.settings.zone)
        if found.warnings:
            call.searches.append(
                {"path": ["discountNodes"], "query": query, "warnings": list(found.warnings)}
            )
        rows = [row for row in map(_row, self._discounts.values()) if found.matches(row)]

        def show(row: Row[Discount]) -> Record:
            basic = self._show(row.state, call)["codeDiscount"]
            return {"__typename": _ANY_KIND, "id": row.gid, "discount": basic}

        return page_of_rows(lambda sort: sorted_rows(rows, sort), show, arguments)

    def _show(self, discount: Discount, call: Call) -> Record:
        """The node as answers carry it."""
        now = self._core.now()
        code = {"id": gid("DiscountRedeemCode", discount.id), "code": discount.code, "asyncUsageCount": 0}
        code["asyncUsageCount"] = len(discount.used_by)
        basic = {
            "__typename": "DiscountCodeBasic",
            "title": discount.title,
            "status": discount.status(now),
            "startsAt": iso(discount.starts),
            "endsAt": None if discount.ends is None else iso(discount.ends),
            "usageLimit": discount.usage_limit,
            "appliesOncePerCustomer": discount.once_per_customer,
            "asyncUsageCount": len(discount.used_by),
            "codes": [code],
            "context": lambda: self._context(discount),
            "combinesWith": {name: name in discount.combines for name in COMBINATIONS},
            "customerGets": lambda: self._gets(discount),
            "minimumRequirement": self._minimum(discount),
            "createdAt": iso(discount.created),
            "updatedAt": iso(discount.updated),
            "tags": list(discount.tags),
            "shareableUrls": [
                {
                    "url": f"{call.home}/discount/{discount.code}",
                    "targetType": "HOME",
                    "title": discount.title,
                }
            ],
        }
        return {"__typename": _KIND, "id": gid(_KIND, discount.id), "codeDiscount": basic}

    def _context(self, discount: Discount) -> Record:
        if discount.customers is None:
            return {"__typename": "DiscountBuyerSelectionAll", "all": "ALL"}
        rows = [self._core.customers.get(customer) for customer in sorted(discount.customers)]
        shown = [self._core.show_customer(row) for row in rows if row is not None]
        return {"__typename": "DiscountCustomers", "customers": shown}

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


def _row(discount: Discount) -> Row[Discount]:
    return Row(
        _ANY_KIND,
        discount.id,
        created=discount.created,
        updated=discount.updated,
        state=discount,
        tags=list(discount.tags),
    )


def _missing() -> Record:
    return user_error(["id"], "Discount does not exist.", "INVALID")
