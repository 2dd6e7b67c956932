"""Shops to test the WooCommerce connector against: the recorded one, and one that a test fills itself."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from pydantic import SecretStr

from command_line import Change, Meddled, untouched
from regulars_connectors import ConnectorConfig, HttpOptions, RawRecord, Scan
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
_MOST_PAGES = 100
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
A_REVIEW: dict[str, Any] = {
    "id": 22,
    "date_created": "2026-03-01T14:00:00",
    "date_created_gmt": "2026-03-01T12:00:00",
    "product_id": 31,
    "product_name": "Coffee",
    "status": "approved",
    "reviewer": "Olena &amp; Co",
    "reviewer_email": "Olena@Example.com",
    "review": "<p>Strong.</p>\n",
    "rating": 4,
    "verified": True,
}


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


class Watched(Meddled):
    """A shop whose requests are kept, and whose answers something before it may change."""

    def __init__(self, shop: WooCommerceShop, change: Change = untouched) -> None:
        super().__init__(shop, change)

    def add_key(self, key: ApiKey) -> ApiKey:
        return self.shop.add_key(key)

    def asked(self, resource: str = "") -> list[dict[str, str]]:
        """The parameters of every look at a resource, or of every look at all."""
        found = [urlsplit(request.target) for request in self.seen if request.method == "GET"]
        return [dict(parse_qsl(one.query)) for one in found if one.path.endswith(f"/{resource}".rstrip("/"))]


class Opener:
    """Serves shops and opens connectors to them; everything is closed at the end of the test."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.waits = Waits()

    def served(self, shop: WooCommerceShop | Watched, **options: Any) -> RunningServer:
        shop.add_key(KEY)
        return self._stack.enter_context(serve(shop, **{"tls": True, **options}))

    def connector(
        self,
        server: RunningServer,
        *,
        key: ApiKey = KEY,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        ending: str = "",
        **options: str,
    ) -> WooCommerceConnector:
        verify = str(server.certificate) if server.certificate else True
        config = ConnectorConfig(server.url + ending, credentials(key), HttpOptions(verify=verify), options)
        return self._stack.enter_context(WooCommerceConnector.open(config, sleep=self.waits, now=now))

    def __call__(self, shop: WooCommerceShop | Watched, **options: str) -> WooCommerceConnector:
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


def a_shop(*, zone: str = "Europe/Kyiv", hpos: bool = True, **content: Any) -> WooCommerceShop:
    return WooCommerceShop.of(ShopHistory("UAH", zone, "UA", **content), hpos=hpos)


def records_of(connector: WooCommerceConnector, kind: Kind, *numbers: int) -> list[RawRecord]:
    """These objects as they read now, without what comes with them."""
    reading = connector.read(kind, [str(number) for number in numbers])
    return [record for record in reading.records if record.kind is kind]


class Increments:
    """Reads what changed of a kind, again and again, as the agent does: each from where the last ended."""

    def __init__(self, connector: WooCommerceConnector, kind: Kind, since: datetime) -> None:
        self.connector, self.kind = connector, kind
        self.cursor = connector.changes_cursor(kind, since)

    def __call__(self) -> dict[str, RawRecord]:
        """What changed, by id; objects of other kinds that came along too."""
        scan = self.connector.pages(self.kind, Scan.CHANGES, cursor=self.cursor)
        pages = list(islice(scan, _MOST_PAGES))
        assert len(pages) < _MOST_PAGES, "it goes in circles"
        resume = pages[-1].resume
        assert resume is not None
        self.cursor = resume
        return {record.external_id: record for page in pages for record in page.records}


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def money(value: str) -> Decimal:
    return Decimal(value or "0")
