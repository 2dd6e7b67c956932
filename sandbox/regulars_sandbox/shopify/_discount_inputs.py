"""Reading what an app asks of a discount code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from regulars_sandbox.shopify._core import Core
from regulars_sandbox.shopify._errors import not_modelled, user_error
from regulars_sandbox.shopify._state import Record, number, seconds, text_moment

if TYPE_CHECKING:
    from regulars_sandbox.shopify._discounts import Discount

__all__ = ["COMBINATIONS", "changed", "fault"]

COMBINATIONS = ("orderDiscounts", "productDiscounts", "shippingDiscounts")

_ROOT = "basicCodeDiscount"
Arguments = Mapping[str, Any]


def fault(given: Arguments, core: Core, *, new: bool) -> Record | None:
    """The first reason not to take these terms, as a user error; raises for terms nobody has seen used."""
    _refuse_unseen(given)
    blank = _blank(given) if new else None
    return blank or _value_fault(given) or _goods_fault(given, core) or _customer_fault(given, core)


def changed(discount: Discount, given: Arguments, core: Core) -> Discount:
    """A copy of the discount with the given terms in place of its own; lists of customers are changed."""
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
    if _context(given):
        terms["customers"] = _customers(discount, _context(given))
    return replace(discount, **terms)


def _refuse_unseen(given: Arguments) -> None:
    context, gets = _context(given), given.get("customerGets") or {}
    for name in ("customerSegments", "markets"):
        if name in context:
            raise not_modelled(f"discount codes for {name}")
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
            raise not_modelled(f"discount codes with {unseen[0]}")


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
        (user_error([_ROOT, name], message, "BLANK") for name, value, message in required if not value), None
    )


def _value_fault(given: Arguments) -> Record | None:
    value = (given.get("customerGets") or {}).get("value") or {}
    percentage, amount = value.get("percentage"), (value.get("discountAmount") or {}).get("amount")
    place = [_ROOT, "customerGets", "value"]
    if percentage is not None and not 0 <= percentage <= 1:
        return user_error([*place, "percentage"], "Value must be between 0.0 and 1.0", "VALUE_OUTSIDE_RANGE")
    if amount is not None and Decimal(amount) <= 0:
        return user_error([*place, "discountAmount"], "Value must be greater than 0", "GREATER_THAN")
    limit = given.get("usageLimit")
    if limit is not None and limit < 1:
        return user_error([_ROOT, "usageLimit"], "Usage limit must be greater than 0", "GREATER_THAN")
    return None


def _goods_fault(given: Arguments, core: Core) -> Record | None:
    items = (given.get("customerGets") or {}).get("items") or {}
    place = [_ROOT, "customerGets", "items"]
    if sum(bool(items.get(name)) for name in ("all", "products", "collections")) > 1:
        return user_error(place, "Only one of them can be chosen.", "CONFLICT")
    added = (items.get("products") or {}).get("productsToAdd") or ()
    if any(core.products.get(number(text, "Product") or 0) is None for text in added):
        return user_error([*place, "products"], "Product does not exist.", "INVALID")
    return None


def _customer_fault(given: Arguments, core: Core) -> Record | None:
    wanted = (_context(given).get("customers") or {}).get("add") or ()
    for text in wanted:
        if core.customers.get(number(text, "Customer")) is None:
            return user_error([_ROOT, "context", "customers"], "Customer does not exist.", "INVALID")
    return None


def _context(given: Arguments) -> Mapping[str, Any]:
    """The one way in which buyers are chosen; the older ``customerSelection`` says the same."""
    context: Mapping[str, Any] = given.get("context") or given.get("customerSelection") or {}
    return context


def _customers(discount: Discount, context: Mapping[str, Any]) -> set[int] | None:
    named = context.get("customers")
    if not named:
        return None
    added = {number(text, "Customer") or 0 for text in named.get("add") or ()}
    removed = {number(text, "Customer") or 0 for text in named.get("remove") or ()}
    return ((discount.customers or set()) | added) - removed


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
        raise not_modelled("discount codes for single variants")
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
