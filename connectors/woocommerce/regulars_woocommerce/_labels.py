"""The labels that Regulars writes to customers, as metadata that the shop's theme may show and our companion
plug-in turns into the discount."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

PREFIX: Final = "regulars_"
LEVEL: Final = "regulars_level"
DISCOUNT: Final = "regulars_discount"
SENTENCE: Final = "regulars_sentence"
NEXT_STEP: Final = "regulars_next_step"
CODE: Final = "regulars_code"
VALID_UNTIL: Final = "regulars_valid_until"
TERMS: Final = "regulars_terms"
"""What there is besides a percentage, and then the percentage, too: a plug-in that does not know this key
finds no ``regulars_discount`` beside it and gives nothing, never a discount on everything."""
# No key begins with "_": the shop answers 200 to such a one and drops it. No other key is ever written: the
# shop would take wp_capabilities, too.
KEYS: Final = (LEVEL, DISCOUNT, SENTENCE, NEXT_STEP, CODE, VALID_UNTIL, TERMS)
_MOST = 50


def labels_in(metas: Sequence[Any]) -> dict[str, str]:
    """Our labels among a customer's metadata; empty ones are none."""
    found: dict[str, str] = {}
    for meta in metas:
        if isinstance(meta, dict) and len(found) < _MOST:
            key, value = meta.get("key"), meta.get("value")
            if isinstance(key, str) and key.startswith(PREFIX) and isinstance(value, str | int) and value:
                found[key] = str(value)
    return found


def document_in(metas: Sequence[Any]) -> Mapping[str, str] | None:
    """The label document as the shop holds it, None when there is no label."""
    found = labels_in(metas)
    return {key: found[key] for key in KEYS if key in found} or None


def meta_data(
    document: Mapping[str, Any] | None, before: Mapping[str, Any] | None = None
) -> list[dict[str, str | None]]:
    """Metadata that makes a customer read as ``document``: a value of None deletes.

    Where it is known how the customer reads now (``before``), only what differs.
    """
    wanted = document or {}
    keys = KEYS if before is None else [key for key in KEYS if wanted.get(key) != before.get(key)]
    return [{"key": key, "value": wanted.get(key)} for key in keys]
