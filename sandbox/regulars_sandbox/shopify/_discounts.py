"""Discount codes: made, changed, deleted and looked up by apps; used by orders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from regulars_sandbox.shopify._call import Call, Handler
from regulars_sandbox.shopify._core import Core
from regulars_sandbox.shopify._discount import Discount
from regulars_sandbox.shopify._discount_inputs import changed
from regulars_sandbox.shopify._discount_records import AUTOMATIC, WITH_CODE, DiscountRecords
from regulars_sandbox.shopify._errors import not_modelled, user_error
from regulars_sandbox.shopify._paging import Page, page_of_rows, sorted_rows
from regulars_sandbox.shopify._search import parsed
from regulars_sandbox.shopify._segments import Segments
from regulars_sandbox.shopify._state import Record, Row, gid, number

__all__ = ["Discounts", "discount_row", "missing"]

_ROOT = "basicCodeDiscount"
_ANY_KIND = "DiscountNode"
_LISTINGS = {_ANY_KIND: "discountNodes", AUTOMATIC: "automaticDiscountNodes"}
_LONGEST_CODE = 255
Arguments = Mapping[str, Any]


class Discounts:
    """Every discount of the shop; the mutations of those with a code, which are unique in any letter case."""

    def __init__(self, core: Core, segments: Segments) -> None:
        self._core, self.segments = core, segments
        self.records = DiscountRecords(core, segments)
        self.automatic: dict[int, Discount] = {}
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

    def used(self, discount: int, customer: int) -> None:
        """An order took the discount; ``customer`` is 0 for a guest."""
        found = self._discounts.get(discount) or self.automatic.get(discount)
        if found is not None:
            found.used_by.append(customer)

    def is_for(self, discount: Discount, customer: int) -> bool:
        """True when the customer may have it, as far as the shop sees who is in its segments."""
        if discount.segments is not None:
            return any(customer in self.segments.members(segment) for segment in discount.segments)
        return discount.customers is None or customer in discount.customers

    def forget_customer(self, customer: int) -> None:
        """The customer is gone from the shop, and so from every list of eligible ones."""
        for discount in (*self._discounts.values(), *self.automatic.values()):
            if discount.customers is not None:
                discount.customers.discard(customer)

    def page(
        self, kind: str, show: Callable[[Row[Discount]], Record], call: Call, arguments: Arguments
    ) -> Page:
        """A page of the listing of this kind of nodes: the automatic ones alone, or all."""
        if arguments.get("savedSearchId") is not None:
            raise not_modelled("saved searches")
        query, name = arguments.get("query"), _LISTINGS[kind]
        found = parsed(kind, query, self._core.settings.zone)
        if found.warnings:
            call.searches.append({"path": [name], "query": query, "warnings": list(found.warnings)})
        with_code = () if kind == AUTOMATIC else self._discounts.values()
        every = (discount_row(discount, kind) for discount in (*with_code, *self.automatic.values()))
        rows = [row for row in every if found.matches(row)]
        return page_of_rows(lambda sort: sorted_rows(rows, sort), show, arguments)

    def _create(self, call: Call, arguments: Arguments) -> Record:
        now = self._core.now()
        return self._saved(Discount(0, created=now, updated=now), arguments[_ROOT], call, new=True)

    def _update(self, call: Call, arguments: Arguments) -> Record:
        discount = self._discounts.get(number(arguments["id"], WITH_CODE) or 0)
        if discount is None:
            return {"codeDiscountNode": None, "userErrors": [missing()]}
        return self._saved(discount, arguments[_ROOT], call, new=False)

    def _saved(self, discount: Discount, given: Arguments, call: Call, *, new: bool) -> Record:
        """The discount with the given terms, or why not; nothing is kept when there is a fault."""
        error = self._taken(discount, given.get("code"), new=new)
        terms = error or changed(discount, given, self._core, self.segments, root=_ROOT, new=new)
        if not isinstance(terms, Discount):
            return {"codeDiscountNode": None, "userErrors": [terms]}
        terms.id = terms.id or self._core.next_id()
        terms.updated = self._core.now()
        self._codes.pop(discount.code.lower(), None)
        self._discounts[terms.id] = terms
        self._codes[terms.code.lower()] = terms.id
        self._core.emit("DISCOUNTS_CREATE" if new else "DISCOUNTS_UPDATE", discount_row(terms, WITH_CODE))
        return {"codeDiscountNode": self.records.node(terms, call.home), "userErrors": []}

    def _taken(self, discount: Discount, code: str | None, *, new: bool) -> Record | None:
        place = [_ROOT, "code"]
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
        discount = self._discounts.pop(number(arguments["id"], WITH_CODE) or 0, None)
        if discount is None:
            return {"deletedCodeDiscountId": None, "userErrors": [missing()]}
        del self._codes[discount.code.lower()]
        self._core.emit("DISCOUNTS_DELETE", discount_row(discount, WITH_CODE))
        return {"deletedCodeDiscountId": gid(WITH_CODE, discount.id), "userErrors": []}

    def _by_code(self, call: Call, arguments: Arguments) -> Record | None:
        discount = self.by_code(arguments["code"])
        return None if discount is None else self.records.node(discount, call.home)

    def _page(self, call: Call, arguments: Arguments) -> Page:
        def show(row: Row[Discount]) -> Record:
            basic = self.records.basic(row.state, call.home)
            return {"__typename": _ANY_KIND, "id": row.gid, "discount": basic}

        return self.page(_ANY_KIND, show, call, arguments)


def discount_row(discount: Discount, kind: str) -> Row[Discount]:
    """The discount as listings and webhooks know it, by an id of that kind."""
    return Row(
        kind,
        discount.id,
        created=discount.created,
        updated=discount.updated,
        state=discount,
        tags=list(discount.tags),
    )


def missing() -> Record:
    """The user error of an id that no discount has."""
    return user_error(["id"], "Discount does not exist.", "INVALID")
