"""Reading what an app asks of a discount."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from regulars_sandbox.shopify._core import Core
from regulars_sandbox.shopify._discount import Discount
from regulars_sandbox.shopify._errors import not_modelled, user_error
from regulars_sandbox.shopify._segments import Segments
from regulars_sandbox.shopify._state import Record, number, seconds, text_moment

__all__ = ["COMBINATIONS", "changed"]

COMBINATIONS = ("orderDiscounts", "productDiscounts", "shippingDiscounts")

_MOST_TAGS, _LONGEST_TAG = 5, 255
Arguments = Mapping[str, Any]


def changed(
    discount: Discount, given: Arguments, core: Core, segments: Segments, *, root: str, new: bool
) -> Discount | Record:
    """A copy of the discount with the given terms in place of its own; lists of buyers and goods are changed.

    Else the first reason not to take the terms, as a user error below ``root``; raises for terms nobody has
    seen used.
    """
    _refuse_unseen(given)
    wrong = _blank(given) if new else None
    wrong = wrong or _value_fault(given) or _goods_fault(given, core) or _tags_fault(given)
    wrong = wrong or _buyer_fault(given, core, segments)
    if wrong:
        return wrong | {"field": [root, *wrong["field"]]}
    terms = _changed_by(discount, given, core)
    if terms.ends is not None and terms.ends < terms.starts:
        message = "Ends at needs to be after starts_at"
        return user_error([root, "endsAt"], message, "END_DATE_BEFORE_START_DATE")
    return terms


def _changed_by(discount: Discount, given: Arguments, core: Core) -> Discount:
    plain = {
        "code": "code",
        "title": "title",
        "usageLimit": "usage_limit",
        "appliesOncePerCustomer": "once_per_customer",
    }
    terms: dict[str, Any] = {own: given[name] for name, own in plain.items() if name in given}
    if given.get("startsAt"):
        terms["starts"] = seconds(text_moment(given["startsAt"]))
    if "endsAt" in given:
        terms["ends"] = seconds(text_moment(given["endsAt"])) if given["endsAt"] else None
    if given.get("tags") is not None:
        terms["tags"] = tuple(given["tags"])
    if given.get("combinesWith") is not None:
        terms["combines"] = frozenset(name for name in COMBINATIONS if given["combinesWith"].get(name))
    terms |= _value(given, core) | _items(discount, given) | _minimum(given, core)
    if context := _context(given):
        terms["customers"] = _chosen(discount.customers, context.get("customers"), "Customer")
        terms["segments"] = _chosen(discount.segments, context.get("customerSegments"), "Segment")
    return replace(discount, **terms)


def _refuse_unseen(given: Arguments) -> None:
    context, gets = _context(given), given.get("customerGets") or {}
    if "markets" in context:
        raise not_modelled("discounts for markets")
    for where, names in (
        (given, ("recurringCycleLimit",)),
        (given.get("combinesWith") or {}, ("productDiscountsWithTagsOnSameCartLine",)),
        (gets, ("appliesOnSubscription",)),
        (gets.get("value") or {}, ("discountOnQuantity",)),
        ((gets.get("value") or {}).get("discountAmount") or {}, ("appliesOnEachItem",)),
        (given.get("minimumRequirement") or {}, ("quantity",)),
    ):
        unseen = [name for name in names if where.get(name)]
        if unseen:
            raise not_modelled(f"discounts with {unseen[0]}")


def _blank(given: Arguments) -> Record | None:
    gets = given.get("customerGets") or {}
    required = (
        ("title", given.get("title"), "Title can't be blank"),
        ("startsAt", given.get("startsAt"), "Starts at can't be blank"),
        ("customerGets", gets.get("value"), "Value can't be blank"),
        ("customerGets", gets.get("items"), "Items can't be blank"),
        ("context", _context(given), "Context can't be blank"),
    )
    return next(
        (user_error([name], message, "BLANK") for name, value, message in required if not value), None
    )


def _value_fault(given: Arguments) -> Record | None:
    value = (given.get("customerGets") or {}).get("value") or {}
    percentage, amount = value.get("percentage"), (value.get("discountAmount") or {}).get("amount")
    place = ["customerGets", "value"]
    if percentage is not None and not 0 <= percentage <= 1:
        return user_error([*place, "percentage"], "Value must be between 0.0 and 1.0", "VALUE_OUTSIDE_RANGE")
    if amount is not None and Decimal(amount) <= 0:
        return user_error([*place, "discountAmount"], "Value must be greater than 0", "GREATER_THAN")
    limit = given.get("usageLimit")
    if limit is not None and limit < 1:
        return user_error(["usageLimit"], "Usage limit must be greater than 0", "GREATER_THAN")
    return None


def _goods_fault(given: Arguments, core: Core) -> Record | None:
    items = (given.get("customerGets") or {}).get("items") or {}
    place = ["customerGets", "items"]
    if sum(bool(items.get(name)) for name in ("all", "products", "collections")) > 1:
        return user_error(place, "Only one of them can be chosen.", "CONFLICT")
    added = (items.get("products") or {}).get("productsToAdd") or ()
    if any(core.products.get(number(text, "Product") or 0) is None for text in added):
        return user_error([*place, "products"], "Product does not exist.", "INVALID")
    return None


def _tags_fault(given: Arguments) -> Record | None:
    tags = given.get("tags") or ()
    if len(tags) > _MOST_TAGS:
        return user_error(["tags"], f"Tags exceed the maximum of {_MOST_TAGS}", "TOO_MANY_TAGS")
    if any(len(tag) > _LONGEST_TAG for tag in tags):
        message = f"Tag is too long (maximum is {_LONGEST_TAG} characters)"
        return user_error(["tags"], message, "INVALID_TAG_LENGTH")
    return None


def _buyer_fault(given: Arguments, core: Core, segments: Segments) -> Record | None:
    context = _context(given)
    chosen = [
        name for name in ("all", "customers", "customerSegments") if context.get(name) not in (None, False)
    ]
    if context and len(chosen) != 1:
        return user_error(["context"], "Buyers must be chosen in one way.", "INVALID")
    for text in (context.get("customers") or {}).get("add") or ():
        if core.customers.get(number(text, "Customer")) is None:
            return user_error(["context", "customers"], "Customer does not exist.", "INVALID")
    for text in (context.get("customerSegments") or {}).get("add") or ():
        if segments.show(number(text, "Segment") or 0) is None:
            return user_error(["context", "customerSegments"], "Segment does not exist.", "INVALID")
    return None


def _context(given: Arguments) -> Mapping[str, Any]:
    """The one way in which buyers are chosen; the older ``customerSelection`` says the same."""
    context: Mapping[str, Any] = given.get("context") or given.get("customerSelection") or {}
    return context


def _chosen(held: set[int] | None, named: Arguments | None, kind: str) -> set[int] | None:
    return None if named is None else _changed(held, named.get("add"), named.get("remove"), kind=kind)


def _value(given: Arguments, core: Core) -> dict[str, Any]:
    value = (given.get("customerGets") or {}).get("value")
    if not value:
        return {}
    amount = (value.get("discountAmount") or {}).get("amount")
    minor = None if amount is None else int(Decimal(amount).scaleb(core.settings.digits))
    return {"percentage": value.get("percentage"), "amount": minor}


def _items(discount: Discount, given: Arguments) -> dict[str, Any]:
    items = (given.get("customerGets") or {}).get("items")
    if not items:
        return {}
    products, collections = items.get("products") or {}, items.get("collections") or {}
    if products.get("productVariantsToAdd") or products.get("productVariantsToRemove"):
        raise not_modelled("discounts for single variants")
    chosen: dict[str, Any] = {"products": None, "collections": None}
    if products:
        ids = (products.get("productsToAdd"), products.get("productsToRemove"))
        chosen["products"] = _changed(discount.products, *ids, kind="Product")
    if collections:
        ids = (collections.get("add"), collections.get("remove"))
        chosen["collections"] = _changed(discount.collections, *ids, kind="Collection")
    return chosen


def _changed(
    held: set[int] | None, added: Sequence[str] | None, removed: Sequence[str] | None, *, kind: str
) -> set[int]:
    taken = {number(text, kind) or 0 for text in removed or ()}
    return ((held or set()) | {number(text, kind) or 0 for text in added or ()}) - taken


def _minimum(given: Arguments, core: Core) -> dict[str, Any]:
    if "minimumRequirement" not in given:
        return {}
    subtotal = ((given["minimumRequirement"] or {}).get("subtotal") or {}).get("greaterThanOrEqualToSubtotal")
    return {"minimum": int(Decimal(subtotal or 0).scaleb(core.settings.digits))}
