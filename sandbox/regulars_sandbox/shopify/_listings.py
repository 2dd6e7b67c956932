"""The root queries: pages of customers, orders and products, single objects, counts, the shop itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from regulars_sandbox.shopify._call import Call, Handler
from regulars_sandbox.shopify._core import Core
from regulars_sandbox.shopify._errors import Refusal, invalid_id, not_modelled
from regulars_sandbox.shopify._paging import Page, page_of_rows, sorted_rows
from regulars_sandbox.shopify._search import Found, parsed
from regulars_sandbox.shopify._state import Record, Row, Table, gid, number

__all__ = ["Listings"]

_LONGEST_INPUT = 250
_VISIBLE_SECONDS = 60 * 24 * 3600
_SHARED_SORTS = frozenset({"ID", "CREATED_AT", "UPDATED_AT"})
_SORTS = {"Order": _SHARED_SORTS | {"PROCESSED_AT"}, "Customer": _SHARED_SORTS, "Product": _SHARED_SORTS}
_READS = {
    "Customer": "read_customers",
    "Order": "read_orders",
    "Product": "read_products",
    "Refund": "read_orders",
}
Arguments = Mapping[str, Any]


class Listings:
    """What the shop answers to reads."""

    def __init__(self, core: Core, version: str) -> None:
        self._core, self._version = core, version

    def handlers(self) -> dict[str, Handler]:
        """The root fields answered here, by name."""
        core = self._core
        tables: dict[str, Table[Any]] = {
            "customers": core.customers,
            "orders": core.orders,
            "products": core.products,
        }
        pages: dict[str, Handler] = {name: partial(self._page, name, each) for name, each in tables.items()}
        counts: dict[str, Handler] = {
            f"{name}Count": partial(self._count, f"{name}Count", each) for name, each in tables.items()
        }
        return {
            **pages,
            **counts,
            "customer": partial(self._one, core.customers),
            "order": partial(self._one, core.orders),
            "nodes": self._nodes,
            "shop": self._shop,
            "currentAppInstallation": _installation,
            "publicApiVersions": self._versions,
        }

    def _page(self, name: str, table: Table[Any], call: Call, arguments: Arguments) -> Page:
        found = self._found(name, table, call, arguments)
        sort = arguments.get("sortKey") or "ID"
        if sort not in _SORTS[table.kind]:
            raise not_modelled(f"{table.kind} by {sort}")
        return page_of_rows(self._rows(table, found, call, arguments), self._core.show, arguments)

    def _rows(
        self, table: Table[Any], found: Found, call: Call, arguments: Arguments
    ) -> Callable[[str], list[Row[Any]]]:
        """The rows the caller may see, sorted once for all pages of one listing."""
        oldest = self._oldest(table, call)

        def visible() -> list[Row[Any]]:
            return [row for row in table if row.created >= oldest and found.matches(row)]

        def rows(sort: str) -> list[Row[Any]]:
            key = (arguments.get("query"), sort, oldest)
            return table.listing(key, lambda: sorted_rows(visible(), sort))

        return rows

    def _count(self, name: str, table: Table[Any], call: Call, arguments: Arguments) -> Record:
        found, oldest = self._found(name, table, call, arguments), self._oldest(table, call)
        counted = sum(row.created >= oldest and found.matches(row) for row in table)
        limit = arguments.get("limit")
        if limit is not None and counted > limit:
            return {"count": limit, "precision": "AT_LEAST"}
        return {"count": counted, "precision": "EXACT"}

    def _found(self, name: str, table: Table[Any], call: Call, arguments: Arguments) -> Found:
        if arguments.get("savedSearchId") is not None:
            raise not_modelled("saved searches")
        query = arguments.get("query")
        found = parsed(table.kind, query, self._core.settings.zone)
        if found.warnings:
            call.searches.append({"path": [name], "query": query, "warnings": list(found.warnings)})
        return found

    def _one(self, table: Table[Any], call: Call, arguments: Arguments) -> Record | None:
        text = arguments["id"]
        if not text.startswith("gid://shopify/"):
            raise invalid_id(text)
        row = table.get(number(text, table.kind))
        return self._core.show(row) if row is not None and self._seen(row, call) else None

    def _nodes(self, call: Call, arguments: Arguments) -> list[Record | None]:
        texts = arguments["ids"]
        if len(texts) > _LONGEST_INPUT:
            most = f"the maximum allowed of {_LONGEST_INPUT}."
            message = f"The input array size of {len(texts)} is greater than {most}"
            raise Refusal(message, code="MAX_INPUT_SIZE_EXCEEDED")
        return [self._node(text, call) for text in texts]

    def _node(self, text: str, call: Call) -> Record | None:
        kind = text.removeprefix("gid://shopify/").partition("/")[0]
        if not text.startswith("gid://shopify/") or number(text, kind) is None:
            raise invalid_id(text)
        if kind not in _READS:
            raise not_modelled(f"nodes of the kind {kind}")
        call.require(_READS[kind], "nodes")
        if kind == "Refund":
            return self._refund(number(text, kind) or 0, call)
        row = self._core.row(text)
        return self._core.show(row) if row is not None and self._seen(row, call) else None

    def _refund(self, refund: int, call: Call) -> Record | None:
        found = self._core.refund(refund)
        return found[1] if found and self._seen(found[0], call) else None

    def _seen(self, row: Row[Any], call: Call) -> bool:
        return row.kind != "Order" or row.created >= self._oldest(self._core.orders, call)

    def _oldest(self, table: Table[Any], call: Call) -> int:
        """Nothing tells an app without read_all_orders that older orders exist."""
        if table.kind != "Order" or call.allows(("read_all_orders",)):
            return 0
        return self._core.now() - _VISIBLE_SECONDS

    def _shop(self, _call: Call, _arguments: Arguments) -> Record:
        settings = self._core.settings
        return {
            "__typename": "Shop",
            "id": gid("Shop", 1),
            "name": settings.name,
            "myshopifyDomain": settings.domain,
            "url": f"https://{settings.domain}",
            "currencyCode": settings.currency,
            "ianaTimezone": settings.zone.key,
            "taxesIncluded": True,
            "shopAddress": {"__typename": "ShopAddress", "countryCodeV2": settings.country},
            "plan": {"publicDisplayName": "Basic", "shopifyPlus": False, "partnerDevelopment": False},
            "customerAccountsV2": {
                "customerAccountsVersion": "NEW_CUSTOMER_ACCOUNTS",
                "loginLinksVisibleOnStorefrontAndCheckout": True,
                "loginRequiredAtCheckout": False,
                "url": None,
            },
        }

    def _versions(self, _call: Call, _arguments: Arguments) -> list[Record]:
        return [{"handle": self._version, "displayName": self._version, "supported": True}]


def _installation(call: Call, _arguments: Arguments) -> Record:
    return {
        "__typename": "AppInstallation",
        "id": gid("AppInstallation", call.caller.app_id),
        "accessScopes": [{"handle": scope, "description": scope} for scope in sorted(call.caller.scopes)],
    }
