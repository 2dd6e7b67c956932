"""The till of the demo's WooCommerce shop: orders as a storefront places them, by the shop's own API."""

from collections.abc import Mapping
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

import requests

from regulars_cli._demo_sandbox import Sandbox

_TIMEOUT = 20


class Till:
    """Speaks to the shop itself, never by way of Regulars. Raises requests' errors."""

    def __init__(self, shop: Sandbox) -> None:
        self._home = f"{shop.url}/wp-json/wc/v3"
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = shop.certificate
        self._session.auth = (shop.credentials["consumer_key"], shop.credentials["consumer_secret"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def sell_to_guest(self, billing: Mapping[str, str]) -> None:
        """One piece of the shop's first product, to somebody who does not log in."""
        product = self._get("products", {"per_page": 1, "orderby": "id", "order": "asc"})[0]["id"]
        order = {
            "status": "processing",
            "billing": dict(billing),
            "line_items": [{"product_id": product, "quantity": 1}],
        }
        answer = self._session.post(f"{self._home}/orders", json=order, timeout=_TIMEOUT)
        answer.raise_for_status()

    def newest_order(self, customer: str) -> Mapping[str, Any] | None:
        """The customer's newest order, as the shop shows it."""
        query = {"customer": customer, "per_page": 1, "orderby": "id", "order": "desc"}
        found = self._get("orders", query)
        return found[0] if found else None

    def coupon_percent(self, code: str) -> Decimal | None:
        """What the shop takes off for a code, in percent; None where it has no such code."""
        found = self._get("coupons", {"code": code})
        return Decimal(found[0]["amount"]) if found else None

    def _get(self, resource: str, query: Mapping[str, Any]) -> list[dict[str, Any]]:
        answer = self._session.get(f"{self._home}/{resource}", params=dict(query), timeout=_TIMEOUT)
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()
        return found
