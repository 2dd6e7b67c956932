"""Pages by cursor: a cursor says after which value and id the next page begins, so ties never split badly."""

from __future__ import annotations

import base64
import binascii
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from regulars_sandbox.shopify._errors import bad_request, not_modelled
from regulars_sandbox.shopify._state import Record, Row

__all__ = ["Page", "page_of_list", "page_of_rows", "sorted_rows"]

_LARGEST_PAGE = 250
_SORTS: Mapping[str, Callable[[Row[Any]], tuple[int, int]]] = {
    "ID": lambda row: (row.id, row.id),
    "CREATED_AT": lambda row: (row.created, row.id),
    "UPDATED_AT": lambda row: (row.updated, row.id),
    "PROCESSED_AT": lambda row: (row.processed, row.id),
}
_PLAIN_SORTS = frozenset({"ID", "POSITION", None})


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a connection with the cursor of each; ``beside`` are fields that stand beside the rows."""

    rows: Sequence[Record]
    cursors: Sequence[str]
    more: bool
    before: bool
    beside: Mapping[str, Any] = field(default_factory=dict)

    def connection(self) -> Record:
        """The connection as answers carry it."""
        cursors, rows = self.cursors, self.rows
        return {
            **self.beside,
            "nodes": rows,
            "edges": lambda: [
                {"cursor": cursor, "node": row} for cursor, row in zip(cursors, rows, strict=True)
            ],
            "pageInfo": {
                "hasNextPage": self.more,
                "hasPreviousPage": self.before,
                "startCursor": cursors[0] if cursors else None,
                "endCursor": cursors[-1] if cursors else None,
            },
        }


def page_of_rows(
    rows: Callable[[str], Sequence[Row[Any]]],
    show: Callable[[Row[Any]], Record],
    arguments: Mapping[str, Any],
    *,
    most: int = _LARGEST_PAGE,
) -> Page:
    """A page of a root connection; ``rows`` gives all of them ascending by a sort key's name.

    A row that moves while pages are read moves behind the cursor or before it: it may come twice and is
    never skipped when sorted by its change time.
    """
    size = _size(arguments, most)
    sort = arguments.get("sortKey") or "ID"
    key = _SORTS.get(sort)
    if key is None:
        raise not_modelled(f"the sort key {sort}")
    ordered = rows(sort)
    after = _after(arguments, sort)
    if arguments.get("reverse"):
        end = len(ordered) if after is None else bisect_left(ordered, after, key=key)
        chosen = list(ordered[max(0, end - size) : end])[::-1]
        start, left = len(ordered) - end, end - len(chosen)
    else:
        start = 0 if after is None else bisect_right(ordered, after, key=key)
        chosen = list(ordered[start : start + size])
        left = len(ordered) - start - len(chosen)
    cursors = [_cursor(sort, *key(row)) for row in chosen]
    return Page([show(row) for row in chosen], cursors, left > 0, start > 0)


def page_of_list(
    where: str, rows: Sequence[Record], arguments: Mapping[str, Any], *, whole: bool = False
) -> Page:
    """A page of a connection inside a record, in the record's own order; ``whole`` takes all rows."""
    if arguments.get("sortKey") not in _PLAIN_SORTS or arguments.get("reverse"):
        raise not_modelled(f"{where} in another order")
    for name in ("query", "keys", "savedSearchId"):
        if arguments.get(name) is not None:
            raise not_modelled(f"{where} with {name}")
    if arguments.get("namespace") is not None:
        rows = [row for row in rows if row["namespace"] == arguments["namespace"]]
    size = len(rows) if whole else _size(arguments, _LARGEST_PAGE)
    after = _after(arguments, "LIST")
    start = 0 if after is None else after[0] + 1
    chosen = rows[start : start + size]
    cursors = [_cursor("LIST", start + at, 0) for at in range(len(chosen))]
    return Page(chosen, cursors, start + size < len(rows), start > 0)


def sorted_rows(rows: Sequence[Row[Any]], sort: str) -> list[Row[Any]]:
    """Rows ascending by a sort key, ties by id."""
    return sorted(rows, key=_SORTS.get(sort, _SORTS["ID"]))


def _size(arguments: Mapping[str, Any], most: int) -> int:
    if arguments.get("last") is not None or arguments.get("before") is not None:
        raise not_modelled("paging backwards with last and before")
    size = arguments.get("first")
    if size is None:
        raise bad_request("you must provide one of first or last")
    if not 0 < size <= most:
        raise bad_request(f"first must be from 1 to {most}, and is {size}")
    return int(size)


def _cursor(sort: str, value: int, last: int) -> str:
    return base64.b64encode(json.dumps({"last_id": last, "last_value": value, "s": sort}).encode()).decode()


def _after(arguments: Mapping[str, Any], sort: str) -> tuple[int, int] | None:
    text = arguments.get("after")
    if text is None:
        return None
    try:
        told = json.loads(base64.b64decode(text, validate=True))
        known = told["s"] == sort
        place = int(told["last_value"]), int(told["last_id"])
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise bad_request("Invalid cursor for current pagination sort.") from None
    if not known:
        raise bad_request("Invalid cursor for current pagination sort.")
    return place
