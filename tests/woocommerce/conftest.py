"""Shops to test the WooCommerce connector against: the recorded one, and one that a test fills itself."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from regulars_connectors import ConnectorConfig, HttpOptions, RawRecord
from regulars_mapping import Kind
from regulars_sandbox import (
    ApiKey,
    OrderStatus,
    RunningServer,
    ShopAddress,
    ShopCustomer,
    ShopHistory,
    ShopLine,
    ShopOrder,
    ShopProduct,
    WooCommerceShop,
    serve,
)
from regulars_woocommerce import WooCommerceConnector

EXPORTS = Path(__file__).parent.parent / "sandbox" / "recordings"
KEY = ApiKey("ck_test", "cs_test")
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def exported(name: str) -> list[dict[str, Any]]:
    """Every object of a recorded listing."""
    pages = json.loads((EXPORTS / f"export_{name}.json").read_text(encoding="utf-8"))
    return [item for page in pages for item in page["json"]]


def raw(kind: Kind, payload: dict[str, Any]) -> RawRecord:
    """A payload as a record, for translation only."""
    return RawRecord(kind, str(payload.get("id", "")), None, b"", payload)


def credentials(key: ApiKey = KEY) -> dict[str, SecretStr]:
    return {
        "consumer_key": SecretStr(key.consumer_key),
        "consumer_secret": SecretStr(key.consumer_secret),
    }


class Waits(list[float]):
    """Stands for sleeping: keeps how long it was asked to."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


class Opener:
    """Serves shops and opens connectors to them; everything is closed at the end of the test."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.waits = Waits()

    def served(self, shop: WooCommerceShop, **options: Any) -> RunningServer:
        shop.add_key(KEY)
        return self._stack.enter_context(serve(shop, **{"tls": True, **options}))

    def connector(
        self,
        server: RunningServer,
        *,
        key: ApiKey = KEY,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        **options: str,
    ) -> WooCommerceConnector:
        verify = str(server.certificate) if server.certificate else True
        config = ConnectorConfig(server.url, credentials(key), HttpOptions(verify=verify), options)
        return self._stack.enter_context(WooCommerceConnector.open(config, sleep=self.waits, now=now))

    def __call__(self, shop: WooCommerceShop, **options: str) -> WooCommerceConnector:
        return self.connector(self.served(shop), **options)


@pytest.fixture
def opened() -> Iterator[Opener]:
    with ExitStack() as stack:
        yield Opener(stack)


@pytest.fixture
def recorded_shop() -> WooCommerceShop:
    shop = WooCommerceShop()
    names = ("customers", "orders", "refunds", "products", "coupons")
    shop.load(**{name: exported(name) for name in names})
    return shop


@pytest.fixture
def translator() -> Iterator[WooCommerceConnector]:
    """A connector that is only asked to translate."""
    config = ConnectorConfig("https://shop.example.com", credentials(), HttpOptions(), {"currency": "UAH"})
    with WooCommerceConnector.open(config) as connector:
        yield connector


def an_order(number: int, created: datetime, **changes: Any) -> ShopOrder:
    values: dict[str, Any] = {
        "id": number,
        "status": OrderStatus.COMPLETED,
        "created": created,
        "modified": created,
        "billing": ShopAddress(first_name="Olena", email=f"buyer{number}@example.com"),
        "lines": (ShopLine("Coffee", 1, 1000, 1000),),
    }
    return ShopOrder(**{**values, **changes})


def a_customer(number: int, created: datetime = START) -> ShopCustomer:
    return ShopCustomer(number, f"person{number}@example.com", created, created, first_name="Olena")


def a_product(number: int, modified: datetime = START) -> ShopProduct:
    return ShopProduct(number, f"Coffee {number}", f"SKU-{number}", 1000, START, modified)


def a_shop(**content: Any) -> WooCommerceShop:
    return WooCommerceShop.of(ShopHistory("UAH", "Europe/Kyiv", "UA", **content))


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def money(value: str) -> Decimal:
    return Decimal(value or "0")
