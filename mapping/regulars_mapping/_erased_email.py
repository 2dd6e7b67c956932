"""The addresses that stand for those of a person who was erased: keys like any other, and nobody's."""

import re
from typing import Final

_DOMAIN: Final = "erased.invalid"
_TOKEN: Final = r"[a-z2-7]{20}"  # noqa: S105  a form, not a secret
_FORM: Final = re.compile(_TOKEN + r"(?:\.[1-9][0-9]{0,5})?@erased\.invalid")
_TOKEN_FORM: Final = re.compile(_TOKEN)


def is_erasure_token(text: str) -> bool:
    """Whether this is a token: twenty characters of base32 in small letters, a hundred random bits."""
    return _TOKEN_FORM.fullmatch(text) is not None


def erased_email(token: str, number: int | None = None) -> str:
    """The address that stands for the person's address of this number (from 1), or for one without any.

    Raises ValueError for what is no token or no such number.
    """
    address = f"{token}@{_DOMAIN}" if number is None else f"{token}.{number}@{_DOMAIN}"
    if _FORM.fullmatch(address) is None:
        raise ValueError("the address of an erased person is made of a token and a number from 1 to 999999")
    return address


def is_erased_email(address: str) -> bool:
    """Whether this folded address stands for one that was erased."""
    return address.endswith(_DOMAIN) and _FORM.fullmatch(address) is not None
