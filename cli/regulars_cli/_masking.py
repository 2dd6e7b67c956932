"""Addresses as plans show them: enough to tell one from another, not enough to write to."""

from collections.abc import Mapping
from typing import Any

PERSONAL = frozenset({"email_restrictions"})
"""Parts of documents that are addresses of people."""
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
    return {name: _masked(value) if name in PERSONAL else value for name, value in document.items()}


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
