"""What Shopify itself says of a customer: the total ever spent, how many orders, and the shop's tags.

A total that cannot be understood is none: nobody is kept out of the customer base for it.
"""

from typing import Any, Final

from regulars_mapping import LARGEST_MINOR, MOST_ORDERS, UnmappableError, to_minor
from regulars_shopify._client import part

_LONGEST_NUMBER: Final = 40
_LONGEST_TAG: Final = 250
_MOST_TAGS: Final = 250


def declared_in(customer: Any) -> dict[str, Any] | None:
    """The values of a `DeclaredTotal`; None where the shop tells none."""
    money, orders = part(customer, "amountSpent"), _count(part(customer, "numberOfOrders"))
    amount, currency = part(money, "amount"), part(money, "currencyCode")
    told = isinstance(amount, str) and len(amount) <= _LONGEST_NUMBER and isinstance(currency, str)
    if orders is None or not told:
        return None
    try:
        # More was given back than paid: nothing is left that anybody spent.
        spent = max(0, to_minor(amount, currency))
    except UnmappableError:
        return None
    return {"spent": spent, "orders": orders, "currency": currency} if spent <= LARGEST_MINOR else None


def _count(value: Any) -> int | None:
    """Unsigned integers of 64 bits come as texts."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _LONGEST_NUMBER:
        value = int(value)
    whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return min(value, MOST_ORDERS) if whole else None


def tags_in(customer: Any) -> list[str]:
    """The shop's tags as they are written there, each once; a longer one is cut, ending with "…"."""
    listed = part(customer, "tags")
    words = map(_tag, listed[:_MOST_TAGS]) if isinstance(listed, list) else ()
    return list(dict.fromkeys(filter(None, words)))


def _tag(value: Any) -> str:
    """Empty for what no database takes."""
    text = value.strip() if isinstance(value, str) and "\0" not in value else ""
    try:
        text.encode()
    except UnicodeEncodeError:
        return ""
    return text if len(text) <= _LONGEST_TAG else text[: _LONGEST_TAG - 1].rstrip() + "…"
