"""Bulk queries: a document read page by page of its root connection, everything else whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from regulars_sandbox.shopify._bulk import Bulk, Denied
from regulars_sandbox.shopify._bulk_document import AGAIN, FIRST, PAGE, ROOT, BulkFault, lines_of, prepared
from regulars_sandbox.shopify._call import Call, Handler
from regulars_sandbox.shopify._contract import contract
from regulars_sandbox.shopify._errors import Refusal, user_error
from regulars_sandbox.shopify._execution import executed
from regulars_sandbox.shopify._state import Record

__all__ = ["BulkQueries"]

_PAGE = 250


class _Reading:
    """A query read by pages of its root connection, with the scopes it was asked for with."""

    def __init__(self, text: str, call: Call) -> None:
        self._node = prepared(contract().schema, contract().document(text))
        self._call = Call(call.caller, call.handlers, call.home, whole=True)
        self._after: str | None = None
        self.more = True

    def try_out(self) -> None:
        """Raise the refusal NOT_MODELLED that a first row meets, before anything is promised."""
        self._page(1)

    def portion(self, rows: int) -> Iterator[list[Record]]:
        """The lines of each of the next rows."""
        while rows > 0 and self.more:
            page, denied = self._page(min(rows, _PAGE))
            if denied:
                raise Denied
            self._after, self.more = page[PAGE]["endCursor"], page[PAGE]["hasNextPage"]
            rows -= _PAGE
            for edge in page.get("edges") or ():
                yield list(lines_of(edge["node"]))

    def _page(self, rows: int) -> tuple[Record, bool]:
        result = executed(self._node, self._call, {FIRST: rows, AGAIN: self._after})
        for error in result.errors or ():
            if (error.extensions or {}).get("code") != "ACCESS_DENIED":
                raise Refusal(error.message, **(error.extensions or {"code": "SANDBOX_BUG"}))
        return (result.data or {}).get(ROOT) or {}, bool(result.errors)


class BulkQueries:
    """``bulkOperationRunQuery``."""

    def __init__(self, bulk: Bulk) -> None:
        self._bulk = bulk

    def handlers(self) -> dict[str, Handler]:
        """The root fields answered here, by name."""
        return {"bulkOperationRunQuery": self._run}

    def _run(self, call: Call, arguments: Mapping[str, Any]) -> Record:
        self._bulk.pass_time()
        text, error = arguments["query"], self._bulk.full(call, "QUERY")
        try:
            if error is None:
                work = _Reading(text, call)
                work.try_out()
                operation = self._bulk.begin(call, "QUERY", text, work, grouped=arguments["groupObjects"])
                return {"bulkOperation": operation, "userErrors": []}
        except BulkFault as fault:
            error = user_error(["query"], f"Invalid bulk query: {fault}", "INVALID")
        return {"bulkOperation": None, "userErrors": [error]}
