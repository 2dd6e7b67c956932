"""Addresses, names and phones as plans show them: enough to tell one from another, not enough to write to."""

from collections.abc import Mapping
from typing import Any

PERSONAL = frozenset({"email_restrictions"})
"""Parts of documents that are addresses of people."""
_PROPERTY = "property:"
_WRITTEN = frozenset({"given_name", "family_name", "phone"})
"""Parts of documents that people wrote by hand about a customer, and the owner's own fields."""
_MOST = 5
_NOBODY = "everybody, bound to nobody"


def masked_email(text: object) -> str:
    """``v…@example.com``; a pattern for a whole domain stays as it is."""
    name, at, domain = str(text).rpartition("@")
    if not at:
        return "…"
    return f"{name if name == '*' else name[:1] + '…'}@{domain}"


def masked_document(document: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The same with its addresses masked."""
    if document is None:
        return None
    return {
        name: _masked(value) if name in PERSONAL else masked_field(name, value)
        for name, value in document.items()
    }


def masked_field(name: str, value: object) -> object:
    """A field of a customer as somebody wrote it by hand, but for its first letter or last digits; anything
    else as it is."""
    if value in (None, ""):
        return value
    if name == "email":
        return masked_email(value)
    if name == "phone":
        return "…" + str(value)[-2:]
    if name in _WRITTEN:
        return str(value)[:1] + "…"
    return "…" if name.startswith(_PROPERTY) else value


def whom_it_moves(before: object, after: object) -> str:
    """From whom to whom a coupon moves: ``v…@example.com → n…@example.com``."""
    told, wanted = _told(before), _told(after)
    return f"{told} → {wanted}" + (" (another address)" if told == wanted else "")


def _masked(value: object) -> list[str]:
    return [masked_email(one) for one in value] if isinstance(value, list | tuple) else []


def _told(value: object) -> str:
    masked = _masked(value)
    more = [f"and {len(masked) - _MOST} more"] if len(masked) > _MOST else []
    return ", ".join([*masked[:_MOST], *more]) or _NOBODY
