"""Shops to test the Shopify connector against: the double, and single answers."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Self

import pytest
import responses
from pydantic import SecretStr

from regulars_connectors import AccountOffer, ConnectorConfig, CredentialKeeper, HttpOptions, RawRecord
from regulars_mapping import Kind
from regulars_sandbox import (
    OrderStatus,
    RunningServer,
    ShopAddress,
    ShopCustomer,
    ShopHistory,
    ShopifyShop,
    ShopLine,
    ShopOrder,
    ShopProduct,
    serve,
)
from regulars_shopify import ShopifyConnector

TOKEN = "shpat_test"
HOME = "https://my-shop.myshopify.com"
API = f"{HOME}/admin/api/2026-10/graphql.json"
GRANT = f"{HOME}/admin/oauth/access_token"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOKEN_ONLY = {"access_token": SecretStr(TOKEN)}


class Waits(list[float]):
    """Stands for sleeping: keeps how long it was asked to, and moves its clock on."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000.0

    def __call__(self, seconds: float) -> None:
        self.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        return self.now


class Opener:
    """Serves shops and opens connectors; everything is closed at the end of the test."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.waits = Waits()

    @classmethod
    @contextmanager
    def within(cls) -> Iterator[Self]:
        """One for a part of a test."""
        with ExitStack() as stack:
            yield cls(stack)

    def served(self, shop: ShopifyShop, **options: Any) -> RunningServer:
        shop.add_token(TOKEN)
        return self._stack.enter_context(serve(shop, **options))

    def connector(
        self,
        url: str = HOME,
        *,
        credentials: Mapping[str, SecretStr] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        http: HttpOptions | None = None,
        keeper: CredentialKeeper | None = None,
        **options: str,
    ) -> ShopifyConnector:
        config = ConnectorConfig(url, credentials or TOKEN_ONLY, http or HttpOptions(), options, keeper)
        opened = ShopifyConnector.open(config, sleep=self.waits, clock=self.waits.clock, now=now)
        return self._stack.enter_context(opened)

    def __call__(self, shop: ShopifyShop, **options: str) -> ShopifyConnector:
        return self.connector(self.served(shop).url, **options)


@pytest.fixture
def opened() -> Iterator[Opener]:
    with ExitStack() as stack:
        yield Opener(stack)


@pytest.fixture
def api() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def answer(data: Any, *, cost: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A whole answer."""
    return {"data": data, **({"extensions": {"cost": cost}} if cost else {})}


def refused(code: str, *, path: list[str] | None = None, **extensions: Any) -> dict[str, Any]:
    """An answer without data."""
    error: dict[str, Any] = {"message": "in Shopify's words", "extensions": {"code": code, **extensions}}
    return {"data": None, "errors": [error | ({"path": path} if path else {})]}


def bucket(
    available: float, *, cost: float = 100, maximum: float = 1_000, rate: float = 50
) -> dict[str, Any]:
    status = {"maximumAvailable": maximum, "currentlyAvailable": available, "restoreRate": rate}
    return {"requestedQueryCost": cost, "actualQueryCost": cost, "throttleStatus": status}


def listing(*nodes: Any, after: str = "") -> dict[str, Any]:
    """The data of a page."""
    return {
        "page": {"pageInfo": {"hasNextPage": bool(after), "endCursor": after or None}, "nodes": list(nodes)}
    }


def raw(kind: Kind, payload: dict[str, Any]) -> RawRecord:
    """A payload as a record, for translation only."""
    return RawRecord(kind, str(payload.get("id", "")).rpartition("/")[2], None, b"", payload)


def gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


def bag(amount: str, currency: str = "EUR") -> dict[str, Any]:
    """An amount in the shop's money, and another in the buyer's."""
    return {
        "shopMoney": {"amount": amount, "currencyCode": currency},
        "presentmentMoney": {"amount": str(Decimal(amount) * 2), "currencyCode": "USD"},
    }


def offer(number: int = 1, **changes: Any) -> AccountOffer:
    values: dict[str, Any] = {
        "account": str(number),
        "registered": True,
        "email": "",
        "percent": Decimal("7.25"),
        "level": "Silver",
        "code": f"RG-{number:04d}-K7XQ",
        "sentence": "7.25 % on everything, because you bought for 5 000 ₴.",
        "next_step": "660 ₴ more for 10 %",
    }
    return AccountOffer(**{**values, **changes})


def a_customer(number: int, changed: datetime = START) -> ShopCustomer:
    return ShopCustomer(number, f"person{number}@example.com", START, changed, first_name="Olena")


def an_order(number: int, placed: datetime, **changes: Any) -> ShopOrder:
    values: dict[str, Any] = {
        "id": number,
        "status": OrderStatus.COMPLETED,
        "created": placed,
        "modified": placed,
        "billing": ShopAddress(first_name="Olena", email=f"buyer{number}@example.com"),
        "lines": (ShopLine("Coffee", 1, 1000, 1000),),
    }
    return ShopOrder(**{**values, **changes})


def a_product(number: int, modified: datetime = START) -> ShopProduct:
    return ShopProduct(number, f"Coffee {number}", f"SKU-{number}", 1000, START, modified)


def a_shop(clock: Callable[[], datetime] = lambda: datetime.now(UTC), **content: Any) -> ShopifyShop:
    return ShopifyShop.of(ShopHistory("UAH", "Europe/Kyiv", "UA", **content), clock=clock)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)
