"""What the shop makes of coupon values: codes, amounts and e-mail restrictions as it stores them."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from regulars_sandbox.woocommerce._errors import not_modelled, rest_error
from regulars_sandbox.woocommerce._schema import is_email

__all__ = ["stored_amount", "stored_code", "stored_emails"]

_TAGS = re.compile(r"<[^>]*>")
_NUMERIC = re.compile(r"^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$")
# A dot that is not the last one, and whatever is no digit, dot or minus.
_DEBRIS = re.compile(r"\.(?![^.]+$)|[^0-9.-]")


def stored_code(text: str) -> str:
    """Lower case (any alphabet), trimmed, tags stripped, & as an entity."""
    return _TAGS.sub("", text).replace("&amp;", "&").replace("&", "&amp;").strip().lower()


def stored_amount(value: Any) -> str:
    """The sum WooCommerce reads out of anything: ``"12,5"`` is 125, ``"1.234,50"`` 1.23, ``"abc"`` 0.

    A coupon's sums have two decimals, whatever the shop's currency.
    """
    text = str(value)
    if not _NUMERIC.match(text):
        text = _DEBRIS.sub("", text)
    try:
        amount = Decimal(text.strip() or "0")
    except InvalidOperation:
        raise not_modelled("a coupon amount of this form") from None
    return str(amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))


def checked_amount(amount: str, kind: str) -> None:
    """400 for a negative amount and a percentage above 100."""
    value = Decimal(amount)
    if value < 0 or (kind == "percent" and value > 100):
        raise rest_error(400, "coupon_invalid_amount", "Invalid discount amount.")


def stored_emails(values: list[str]) -> list[str] | dict[str, str]:
    """Lower-cased; what is no e-mail vanishes, and a gap before the last turns the list into an object."""
    kept = {at: text for at, value in enumerate(values) if (text := _email(value))}
    if list(kept) == list(range(len(kept))):
        return list(kept.values())
    return {str(at): text for at, text in kept.items()}


def _email(value: str) -> str:
    text = value.strip().lower()
    if is_email(text):
        return text
    if "@" in text:
        raise not_modelled("an e-mail restriction that is nearly an address")
    return ""
