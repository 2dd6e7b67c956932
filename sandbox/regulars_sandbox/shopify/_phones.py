"""Phones as the platform keeps them on an account: E.164 or not at all."""

from __future__ import annotations

import phonenumbers

__all__ = ["e164"]


def e164(text: str, country: str) -> str:
    """The number in E.164, "" when it is no valid number of the shop's country or the world."""
    try:
        found = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(found):
        return ""
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)
