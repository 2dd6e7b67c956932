"""pydantic's findings as UnmappableError: the field's path in the payload and plain words, no value."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from regulars_mapping import UnmappableError

_WORDS = {
    "missing": "is missing",
    "string_type": "is not text",
    "string_too_short": "is empty",
    "string_pattern_mismatch": "has an unexpected form",
    "int_type": "is not a whole number",
    "int_parsing": "is not a whole number",
    "int_parsing_size": "is not a whole number of a sensible size",
    "int_from_float": "is not a whole number",
    "decimal_type": "is not a number",
    "decimal_parsing": "is not a number",
    "finite_number": "is not a finite number",
    "list_type": "is not a list",
    "dict_type": "is not an object",
    "model_type": "is not an object",
    "tuple_type": "is not a list",
    "timezone_aware": "has no time zone",
}


def unmappable(error: ValidationError, names: Mapping[str, str] | None = None) -> UnmappableError:
    """The first finding as an UnmappableError. ``names`` says how a field is called in the payload."""
    found = error.errors(include_url=False, include_input=False)[0]
    path = ".".join(str(part) for part in found["loc"]) or "payload"
    return UnmappableError((names or {}).get(path, path), _reason(found["type"], found.get("ctx", {})))


def _reason(kind: str, context: Mapping[str, Any]) -> str:
    if kind == "string_too_long":
        return f"is longer than {context['max_length']} characters"
    if kind == "too_long":
        return f"has more than {context['max_length']} entries"
    if kind.startswith(("datetime", "date_")):
        return "is not a date"
    if kind.startswith(("greater_than", "less_than", "decimal_")):
        return _WORDS.get(kind, "is out of range")
    return _WORDS.get(kind, "is not what it should be")
