"""The rules by which ``meta_data`` is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from regulars_sandbox.woocommerce._errors import not_modelled
from regulars_sandbox.woocommerce._state import Record

__all__ = ["write_meta"]


def write_meta(
    rows: list[Record], entries: Iterable[Any], next_id: Callable[[], int], *, drop: Callable[[str], bool]
) -> None:
    """Write ``entries`` into ``rows`` in place.

    The same key without an id updates the first row of that key, null deletes by id or by key, numbers come
    back as strings, and keys that ``drop`` names vanish without a word.
    """
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("key", ""), str):
            raise not_modelled("a meta_data element without a text key")
        key, value = entry.get("key", ""), entry.get("value")
        if drop(key):
            continue
        row = _find(rows, entry.get("id"), key)
        if value is None:
            if row is not None:
                rows.remove(row)
        elif row is not None:
            row["value"] = _stored(value)
            row["key"] = key or row["key"]
        else:
            rows.append({"id": next_id(), "key": key, "value": _stored(value)})


def _find(rows: list[Record], number: object, key: str) -> Record | None:
    for row in rows:
        if row["id"] == number or (not number and row["key"] == key):
            return row
    return None


def _stored(value: Any) -> Any:
    """The value after a visit to the database: scalars as text, nested data as it was."""
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, (int, float)):
        return str(value)
    return value
