"""Tags: small writes to one customer, order or product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regulars_sandbox.shopify._call import Call, Handler
from regulars_sandbox.shopify._core import Core
from regulars_sandbox.shopify._errors import not_modelled, user_error
from regulars_sandbox.shopify._state import Record, Row, number

__all__ = ["Tags"]

_MOST_TAGS, _LONGEST_TAG = 250, 255
_WRITES = {"Customer": "write_customers", "Order": "write_orders", "Product": "write_products"}
_UPDATES = {"Customer": "CUSTOMERS_UPDATE", "Order": "ORDERS_UPDATED", "Product": "PRODUCTS_UPDATE"}
Arguments = Mapping[str, Any]


class Tags:
    """``tagsAdd`` and ``tagsRemove``."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def handlers(self) -> dict[str, Handler]:
        """The root fields answered here, by name."""
        return {"tagsAdd": self._add, "tagsRemove": self._remove}

    def _add(self, call: Call, arguments: Arguments) -> Record:
        """Tags differ by more than letter case; one that is there already changes nothing."""
        row = self._row(call, arguments["id"], "tagsAdd")
        if row is None:
            return _missing()
        have = {tag.lower() for tag in row.tags}
        fresh: dict[str, str] = {}
        for tag in _split(arguments["tags"]):
            if tag.lower() not in have:
                fresh.setdefault(tag.lower(), tag)
        if any(len(tag) > _LONGEST_TAG for tag in fresh) or len(have) + len(fresh) > _MOST_TAGS:
            return {"node": None, "userErrors": [user_error(["tags"], "Tags are too many or too long.")]}
        if fresh:
            row.tags = sorted([*row.tags, *fresh.values()], key=str.lower)
            self._changed(row, "CUSTOMER_TAGS_ADDED", list(fresh.values()))
        return {"node": self._core.show(row), "userErrors": []}

    def _remove(self, call: Call, arguments: Arguments) -> Record:
        row = self._row(call, arguments["id"], "tagsRemove")
        if row is None:
            return _missing()
        gone = {tag.lower() for tag in _split(arguments["tags"])}
        left = [tag for tag in row.tags if tag.lower() not in gone]
        if len(left) < len(row.tags):
            lost = [tag for tag in row.tags if tag.lower() in gone]
            row.tags = left
            self._changed(row, "CUSTOMER_TAGS_REMOVED", lost)
        return {"node": self._core.show(row), "userErrors": []}

    def _row(self, call: Call, text: str, name: str) -> Row[Any] | None:
        kind = text.removeprefix("gid://shopify/").partition("/")[0]
        if number(text, kind) is not None and kind not in _WRITES:
            raise not_modelled(f"tags of {kind}")
        call.require(_WRITES.get(kind, "write_customers"), name)
        return self._core.row(text)

    def _changed(self, row: Row[Any], topic: str, tags: list[str]) -> None:
        self._core.touch(row)
        self._core.emit(_UPDATES[row.kind], row)
        if row.kind == "Customer":
            self._core.tell(topic, row.gid, {"tags": tags})


def _split(given: list[str]) -> list[str]:
    return [tag for text in given for part in text.split(",") if (tag := part.strip())]


def _missing() -> Record:
    return {"node": None, "userErrors": [user_error(["id"], "Resource not found")]}
