"""What a buyer saw who paid in another currency than the shop's own. Nothing counts by it."""

from typing import Any, Final

from regulars_mapping import LARGEST_MINOR, UnmappableError, to_minor
from regulars_shopify._client import part

_LONGEST: Final = 40


def presented(order: Any) -> tuple[int, str] | None:
    """Minor units and currency; None where the buyer paid in the shop's own, or where it cannot be read."""
    total = part(order, "totalPriceSet")
    money, own = part(total, "presentmentMoney"), part(part(total, "shopMoney"), "currencyCode")
    amount, currency = part(money, "amount"), part(money, "currencyCode")
    told = isinstance(amount, str) and len(amount) <= _LONGEST and isinstance(currency, str)
    if not told or currency == own:
        return None
    try:
        minor = to_minor(amount, currency)
    except UnmappableError:
        return None
    return (minor, currency) if abs(minor) <= LARGEST_MINOR else None
