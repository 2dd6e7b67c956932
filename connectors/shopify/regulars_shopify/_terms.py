"""What a discount gives and what it is for: as Shopify is told, and as it tells.

A sum is spread over the goods that it is for and never more than they cost. Shopify binds a discount to
products or to collections, never to both, and knows neither goods left out nor goods already reduced. Of a
discount on some goods it measures the smallest order by those goods, and not by the order.

It says and takes sums in the shop's own currency; a document notes it, so that another one is never taken for
ours.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final

from regulars_connectors import AccountOffer, Document
from regulars_mapping import Goods, Money, RegularsError, minor_digits, to_minor
from regulars_shopify._client import Node, gid_of, is_number, number_of, part

EVERYTHING: Final = "everything"
PRODUCTS: Final = "products"
COLLECTIONS: Final = "collections"
SOMETHING_ELSE: Final = "something else"
_MOST_IDS: Final = 249
"""An input takes 250 ids, and a page shows as many: with one less, a longer list is always seen."""
_MOST_MINOR: Final = 10**12
_CENT: Final = Decimal("0.01")
_HUNDRED: Final = Decimal(100)
_KINDS: Final[Mapping[str, str]] = MappingProxyType({PRODUCTS: "Product", COLLECTIONS: "Collection"})
_ADDED: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {PRODUCTS: ("productsToAdd", "productsToRemove"), COLLECTIONS: ("add", "remove")}
)


def keeps(offer: AccountOffer, currency: str) -> bool:
    """Whether a shop of this currency (empty: not known) can hold this offer as it is."""
    sums = [one for one in (offer.amount, offer.minimum) if one is not None]
    given = 0 < offer.percent <= 100 if offer.amount is None else offer.percent == 0
    measured = offer.minimum is None or offer.goods == Goods()
    return given and measured and all(_fits(one, currency) for one in sums) and _sayable(offer.goods)


def worth(offer: AccountOffer) -> Document:
    """The part of a document about what it gives, and what it is for; only what binds."""
    goods = offer.goods
    kind = PRODUCTS if goods.products else COLLECTIONS if goods.categories else EVERYTHING
    said: dict[str, Any] = {"percent": "", "applies_to": kind}
    if offer.amount is None:
        said["percent"] = percent_text(offer.percent)
    else:
        said["amount"] = _sum_text(offer.amount)
    if kind != EVERYTHING:
        said["goods"] = sorted({*goods.products, *goods.categories}, key=int)
    if offer.minimum is not None:
        said["minimum"] = _sum_text(offer.minimum)
    return said


def percent_text(percent: Decimal) -> str:
    """A percentage with two decimals."""
    return str(percent.quantize(_CENT))


def worth_input(document: Document, before: Document | None) -> Node:
    """What to send so that a discount gives what ``document`` says; ``before`` is how it reads now."""
    # A fraction of one. Two decimals of a percentage stand exactly in a binary fraction's shortest print.
    value: Node = {"percentage": float(Decimal(document["percent"] or 0) / _HUNDRED)}
    if "amount" in document:
        value = {"discountAmount": {"amount": _number(document["amount"]), "appliesOnEachItem": False}}
    items = _items(document, before or {})
    gets = {"customerGets": {"value": value, **({"items": items} if items else {})}}
    if "minimum" in document:
        subtotal = {"greaterThanOrEqualToSubtotal": _number(document["minimum"])}
        return {**gets, "minimumRequirement": {"subtotal": subtotal}}
    return {**gets, "minimumRequirement": None} if "minimum" in (before or {}) else gets


def _items(document: Document, before: Document) -> Node:
    """Lists are changed, not replaced; nothing to change of them is nothing to send."""
    kind = document["applies_to"]
    if kind == EVERYTHING:
        return {"all": True}
    wanted = document["goods"]
    there = before.get("goods", []) if before.get("applies_to") == kind else []
    add, remove = _ADDED[kind]
    changes = {
        add: [gid_of(_KINDS[kind], one) for one in wanted if one not in there],
        remove: [gid_of(_KINDS[kind], one) for one in there if one not in wanted],
    }
    changed = {name: ids for name, ids in changes.items() if ids}
    return {kind: changed} if changed else {}


def stated_worth(discount: Any) -> Document:
    """What a discount of the shop gives and what it is for, as a document says it."""
    gets = part(discount, "customerGets")
    value, items = part(gets, "value"), part(gets, "items")
    said: dict[str, Any] = {"percent": _stated_percent(value), "applies_to": SOMETHING_ELSE}
    if part(value, "amount") is not None:
        said["amount"] = SOMETHING_ELSE if part(value, "appliesOnEachItem") else _stated_sum(value, "amount")
    said |= _stated_goods(items)
    if (minimum := part(discount, "minimumRequirement")) is not None:
        said["minimum"] = _stated_sum(minimum, "greaterThanOrEqualToSubtotal")
    return said


def _stated_goods(items: Any) -> Document:
    if part(items, "allItems") is True:
        return {"applies_to": EVERYTHING}
    for kind in _KINDS:
        nodes = part(part(items, kind), "nodes")
        if isinstance(nodes, list) and not part(part(items, "productVariants"), "nodes"):
            ids = {number_of(part(one, "id")) for one in nodes}
            return {"applies_to": kind, "goods": sorted(filter(None, ids), key=int)}
    return {}


def _stated_percent(value: Any) -> str:
    percentage = part(value, "percentage")
    if not isinstance(percentage, int | float) or isinstance(percentage, bool) or not 0 <= percentage <= 1:
        return ""
    return str((Decimal(repr(percentage)) * _HUNDRED).quantize(_CENT))


def _stated_sum(value: Any, key: str) -> str:
    money = part(value, key)
    amount, currency = part(money, "amount"), part(money, "currencyCode")
    try:
        exact = Decimal(amount)
        found = Money(to_minor(exact, currency), currency)
        return _sum_text(found) if Decimal(found.text()) == exact else SOMETHING_ELSE
    except (RegularsError, InvalidOperation, TypeError, ValueError):
        return SOMETHING_ELSE


def _sum_text(money: Money) -> str:
    return f"{money.text()} {money.currency}"


def told_worth(document: Document) -> tuple[Decimal, Money | None]:
    """The percentage or the sum that a document says; neither where it says something else."""
    said = document.get("amount", SOMETHING_ELSE)
    if said != SOMETHING_ELSE:
        number, _, currency = said.partition(" ")
        return Decimal(), Money(to_minor(number, currency), currency)
    return Decimal(document["percent"] or 0), None


def _number(text: str) -> str:
    return text.partition(" ")[0]


def _fits(money: Money, currency: str) -> bool:
    try:
        minor_digits(money.currency)
    except RegularsError:
        return False
    return 0 < money.minor < _MOST_MINOR and currency in {"", money.currency}


def _sayable(goods: Goods) -> bool:
    ids: Sequence[str] = goods.products or goods.categories
    one_kind = not (goods.products and goods.categories)
    left_out = goods.except_products or goods.except_categories or not goods.reduced
    return one_kind and not left_out and len(ids) <= _MOST_IDS and all(map(is_number, ids))
