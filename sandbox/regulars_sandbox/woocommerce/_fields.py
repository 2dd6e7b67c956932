"""The ``_fields`` argument: which parts of an answer a client wants."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["Wanted", "wanted"]

Tree = dict[str, "Tree"]


class Wanted:
    """A parsed ``_fields``; without one, everything is wanted."""

    __slots__ = ("_tree",)

    def __init__(self, tree: Tree | None) -> None:
        self._tree = tree

    @property
    def everything(self) -> bool:
        """True when the client did not choose."""
        return self._tree is None

    def names(self) -> frozenset[str]:
        """The top-level names chosen."""
        return frozenset(self._tree or ())

    def of(self, record: dict[str, Any]) -> dict[str, Any]:
        """The record cut down, in the record's own order."""
        return record if self._tree is None else _cut(record, self._tree, lists=False)

    def of_batch(self, answer: dict[str, Any]) -> Any:
        """A batch answer cut at its top: ``update.id`` leaves an empty list, no known name an empty array."""
        return answer if self._tree is None else _cut(answer, self._tree, lists=True) or []


def wanted(value: object) -> Wanted:
    """``"id,billing.email"`` (or a list of such) parsed; an empty value counts as none."""
    if isinstance(value, dict):
        value = list(value.values())
    names = value if isinstance(value, list) else re.split(r"[\s,]+", value) if isinstance(value, str) else []
    tree: Tree = {}
    for name in names:
        place = tree
        for part in filter(None, str(name).split(".")):
            place = place.setdefault(part, {})
    return Wanted(tree or None)


def _cut(record: dict[str, Any], tree: Tree, *, lists: bool) -> dict[str, Any]:
    """Parts below a list match its positions, so none is left: a record loses it, a batch empties it."""
    kept: dict[str, Any] = {}
    for name, value in record.items():
        below = tree.get(name)
        if below is None:
            continue
        if not below or not isinstance(value, (dict, list)):
            kept[name] = value
        elif isinstance(value, dict):
            kept[name] = _cut(value, below, lists=lists)
        elif lists:
            kept[name] = []
    return kept
