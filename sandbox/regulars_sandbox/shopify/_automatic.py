"""Automatic discounts: what the checkout gives to whom they are for, without a code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from regulars_sandbox.shopify._call import Call, Handler
from regulars_sandbox.shopify._core import Core
from regulars_sandbox.shopify._discount import Discount
from regulars_sandbox.shopify._discount_inputs import changed
from regulars_sandbox.shopify._discount_records import AUTOMATIC
from regulars_sandbox.shopify._discounts import Discounts, discount_row, missing
from regulars_sandbox.shopify._errors import user_error
from regulars_sandbox.shopify._paging import Page
from regulars_sandbox.shopify._state import Record, Row, number

__all__ = ["AutomaticDiscounts"]

_ROOT = "automaticBasicDiscount"
Arguments = Mapping[str, Any]


class AutomaticDiscounts:
    """The mutations and queries of automatic discounts, of which only so many may be active at a time."""

    def __init__(self, core: Core, discounts: Discounts) -> None:
        self._core, self._discounts = core, discounts
        self._kept = discounts.automatic

    def handlers(self) -> dict[str, Handler]:
        """The root fields answered here, by name."""
        return {
            "discountAutomaticBasicCreate": self._create,
            "discountAutomaticBasicUpdate": self._update,
            "discountAutomaticDelete": self._delete,
            "discountAutomaticActivate": lambda call, arguments: self._switch(call, arguments, _begun),
            "discountAutomaticDeactivate": lambda call, arguments: self._switch(call, arguments, _ended),
            "automaticDiscountNodes": self._page,
            "automaticDiscountNode": self._one,
        }

    def _create(self, call: Call, arguments: Arguments) -> Record:
        now = self._core.now()
        return self._saved(Discount(0, created=now, updated=now), arguments[_ROOT], call, new=True)

    def _update(self, call: Call, arguments: Arguments) -> Record:
        discount = self._found(arguments)
        if discount is None:
            return {"automaticDiscountNode": None, "userErrors": [missing()]}
        return self._saved(discount, arguments[_ROOT], call, new=False)

    def _saved(self, discount: Discount, given: Arguments, call: Call, *, new: bool) -> Record:
        segments = self._discounts.segments
        terms = changed(discount, given, self._core, segments, root=_ROOT, new=new)
        if not isinstance(terms, Discount):
            return {"automaticDiscountNode": None, "userErrors": [terms]}
        error = self._namesake(terms) or self._crowded(terms, [_ROOT, "startsAt"])
        if error:
            return {"automaticDiscountNode": None, "userErrors": [error]}
        return self._keep(terms, call)

    def _keep(self, terms: Discount, call: Call) -> Record:
        topic = "DISCOUNTS_UPDATE" if terms.id else "DISCOUNTS_CREATE"
        terms.id = terms.id or self._core.next_id()
        terms.updated = self._core.now()
        self._kept[terms.id] = terms
        self._core.emit(topic, discount_row(terms, AUTOMATIC))
        return {"automaticDiscountNode": self._discounts.records.node(terms, call.home), "userErrors": []}

    def _namesake(self, terms: Discount) -> Record | None:
        """The user error of a title that another has, over or not."""
        title = terms.title.casefold()
        if all(each.title.casefold() != title or each.id == terms.id for each in self._kept.values()):
            return None
        return user_error([_ROOT, "title"], "Title must be unique for automatic discount.", "TAKEN")

    def _crowded(self, terms: Discount, place: list[str]) -> Record | None:
        """The user error of a period in which too many others are active at one moment."""
        conduct = self._discounts.segments.conduct
        others = [each for each in self._kept.values() if each.id != terms.id]
        # How many are active changes for the worse only where one begins.
        starts = (each.starts for each in (terms, *others) if terms.overlaps(each.starts))
        most = max((sum(each.overlaps(start) for each in others) for start in starts), default=0)
        if most < conduct.automatic_limit:
            return None
        message = f"At any given time, only {conduct.automatic_limit} automatic discounts can be active."
        return user_error(place, message, conduct.overlap_code)

    def _switch(
        self, call: Call, arguments: Arguments, turned: Callable[[Discount, int], Discount]
    ) -> Record:
        discount = self._found(arguments)
        if discount is None:
            return {"automaticDiscountNode": None, "userErrors": [missing()]}
        terms = turned(discount, self._core.now())
        error = self._crowded(terms, ["id"]) if turned is _begun else None
        if error:
            return {"automaticDiscountNode": None, "userErrors": [error]}
        return self._keep(terms, call)

    def _delete(self, _call: Call, arguments: Arguments) -> Record:
        discount = self._found(arguments)
        if discount is None:
            return {"deletedAutomaticDiscountId": None, "userErrors": [missing()]}
        del self._kept[discount.id]
        self._core.emit("DISCOUNTS_DELETE", discount_row(discount, AUTOMATIC))
        return {"deletedAutomaticDiscountId": arguments["id"], "userErrors": []}

    def _page(self, call: Call, arguments: Arguments) -> Page:
        def show(row: Row[Discount]) -> Record:
            return self._discounts.records.node(row.state, call.home)

        return self._discounts.page(AUTOMATIC, show, call, arguments)

    def _one(self, call: Call, arguments: Arguments) -> Record | None:
        discount = self._found(arguments)
        return None if discount is None else self._discounts.records.node(discount, call.home)

    def _found(self, arguments: Arguments) -> Discount | None:
        return self._kept.get(number(arguments["id"], AUTOMATIC) or 0)


def _begun(discount: Discount, now: int) -> Discount:
    """Active from now on, without an end that is over; one that is active stays as it is."""
    if discount.overlaps(now):
        return discount
    over = discount.ends is not None and discount.ends <= now
    return replace(discount, starts=now, ends=None if over else discount.ends)


def _ended(discount: Discount, now: int) -> Discount:
    """Over now, whatever its end was; one that never began ends as it begins."""
    if discount.status(now) == "EXPIRED":
        return discount
    return replace(discount, starts=min(discount.starts, now), ends=now)
