"""Pages of records: the filters all post-like objects share, order, paging headers and the Link header."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil
from typing import Any

from regulars_sandbox.woocommerce._clock import boundary
from regulars_sandbox.woocommerce._core import Call, Core, Reply
from regulars_sandbox.woocommerce._errors import not_modelled
from regulars_sandbox.woocommerce._query import rebuild_query
from regulars_sandbox.woocommerce._state import Record, Row, Table

__all__ = ["answer", "in_order", "narrowed", "ordered", "remembered"]

_PAGING = frozenset({"page", "per_page", "offset", "context", "dp", "order_item_display_meta"})


def remembered(call: Call, table: Table, make: Callable[[], list[Row]], extra: str = "") -> list[Row]:
    """The filtered, ordered rows of a listing; pages of one listing share the work."""
    chosen = tuple(
        (name, repr(value))
        for name, value in call.arguments.items()
        if name not in _PAGING and not name.startswith(("_", "oauth_", "consumer_"))
    )
    return table.listing((call.path, chosen, extra), make)


def narrowed(call: Call, core: Core, rows: list[Row]) -> list[Row]:
    """Apply include, exclude and the four date filters (exclusive, whole seconds)."""
    include, exclude = set(call.get("include", ())), set(call.get("exclude", ()))
    if include:
        rows = [row for row in rows if row.id in include]
    if exclude:
        rows = [row for row in rows if row.id not in exclude]
    gmt = bool(call.get("dates_are_gmt", False))
    zone = core.settings.zone
    if text := call.get("after"):
        cut = boundary(text, zone, gmt=gmt)
        rows = [row for row in rows if row.created > cut]
    if text := call.get("before"):
        cut = boundary(text, zone, gmt=gmt)
        rows = [row for row in rows if row.created < cut]
    if text := call.get("modified_after"):
        cut = boundary(text, zone, gmt=gmt)
        rows = [row for row in rows if (row.modified or 0) > cut]
    if text := call.get("modified_before"):
        cut = boundary(text, zone, gmt=gmt)
        rows = [row for row in rows if (row.modified or 0) < cut]
    return rows


def ordered(call: Call, rows: list[Row], *, by: Mapping[str, Callable[[Row], Any]]) -> list[Row]:
    """Sort by ``orderby`` (default date) and ``order`` (default desc); ties follow the id the same way."""
    name = call.get("orderby", "date")
    key = by.get(name)
    if key is None:
        raise not_modelled(f"orderby={name} of {call.path}")
    return sorted(rows, key=lambda row: (key(row), row.id), reverse=call.get("order", "desc") == "desc")


BY_DATE: Mapping[str, Callable[[Row], Any]] = {
    "date": lambda row: row.created,
    "id": lambda row: row.id,
    "modified": lambda row: row.modified or 0,
}


def in_order(call: Call, table: Table) -> list[Row]:
    """All rows of a table as :func:`ordered` puts them, sorted once for all filters until a change."""
    way = (call.get("orderby", "date"), call.get("order", "desc"))
    return table.listing(way, lambda: ordered(call, list(table), by=BY_DATE))


def answer(
    call: Call,
    rows: list[Row],
    show: Callable[[Row], Record],
    *,
    forgets_total: bool = False,
    appended: Mapping[str, Any] | None = None,
) -> Reply:
    """The page the call asks for.

    ``forgets_total``: past its end an order listing under HPOS answers a total of 0.  ``appended`` are the
    arguments that the shop moves to the end of its paging links.
    """
    per_page, page, offset = call.get("per_page", 10), call.get("page", 1), call.get("offset")
    start = (page - 1) * per_page if offset is None else offset
    chunk = rows[start : start + per_page]
    total = 0 if forgets_total and not chunk else len(rows)
    pages = ceil(total / per_page)
    if offset is not None and not forgets_total:
        page = ceil(offset / per_page + 1)
    headers = {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)}
    link = _links(call, page, pages, appended or {})
    if link:
        headers["Link"] = link
    return Reply([show(row) for row in chunk], headers=headers)


def _links(call: Call, page: int, pages: int, appended: Mapping[str, Any]) -> str:
    found = []
    if page > 1:
        found.append(_link(call, min(page - 1, pages), "prev", appended))
    if pages > page:
        found.append(_link(call, page + 1, "next", appended))
    return ", ".join(found)


def _link(call: Call, page: int, relation: str, appended: Mapping[str, Any]) -> str:
    parameters: dict[str, Any] = {}
    for name, value in call.query.items():
        if name not in appended:
            parameters[name] = call.arguments.get(name, value)
    # A page that was asked for keeps its place, one that was not comes last.
    if "page" in parameters:
        parameters["page"] = page
    parameters |= appended
    parameters.setdefault("page", page)
    return f'<{call.home}/wp-json{call.path}?{rebuild_query(parameters)}>; rel="{relation}"'
