"""Shopify's connector keeps the contract."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pydantic import SecretStr

from connectors.conftest import CountedShop
from connectors.contract import ConnectorContract
from regulars_connectors import AccountOffer, Connector, ConnectorConfig, HttpOptions, connector_class
from regulars_mapping import Goods, Money
from regulars_sandbox import (
    OrderStatus,
    RateLimit,
    ShopAddress,
    ShopCustomer,
    ShopHistory,
    ShopifyShop,
    ShopLine,
    ShopOrder,
    ShopProduct,
    ShopRefund,
    serve,
)

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def customer(number: int) -> ShopCustomer:
    at = START + timedelta(minutes=number)
    return ShopCustomer(number, f"person{number}@example.com", at, at, first_name="Olena")


def order(number: int) -> ShopOrder:
    at = START + timedelta(minutes=number // 3)
    refunds = (ShopRefund(10_000 + number, 250, at),) if number % 10 == 0 else ()
    return ShopOrder(
        number,
        OrderStatus.COMPLETED,
        at,
        at,
        ShopAddress(first_name="Olena", email=f"person{number}@example.com"),
        (ShopLine("Coffee", 2, 1200, 1000, product_id=5_001),),
        customer_id=number if number <= 330 else None,
        shipping_total=500,
        refunds=refunds,
    )


class TestShopify(ConnectorContract):
    """The contract against the double."""

    @pytest.fixture
    def shop(self) -> ShopifyShop:
        history = ShopHistory(
            "UAH",
            "Europe/Kyiv",
            "UA",
            customers=tuple(customer(number) for number in range(201, 331)),
            orders=tuple(order(number) for number in range(201, 371)),
            products=tuple(
                ShopProduct(5_000 + number, "Coffee", f"SKU-{number}", 1200, START, START, ("Drinks",))
                for number in range(1, 6)
            ),
        )
        # A big allowance: what is tested here is not patience.
        shop = ShopifyShop.of(history, rate_limit=RateLimit(40_000.0, 2_000.0))
        shop.add_token("shpat_test")
        return shop

    @pytest.fixture
    def counted(self, shop: ShopifyShop) -> CountedShop:
        return CountedShop(shop)

    @pytest.fixture
    def writes(self, counted: CountedShop) -> Callable[[], int]:
        return lambda: counted.written

    @pytest.fixture
    def connector(self, counted: CountedShop) -> Iterator[Connector]:
        with serve(counted) as server:
            config = ConnectorConfig(
                server.url,
                {"access_token": SecretStr("shpat_test")},
                HttpOptions(),
                {"page_size": "50", "currency": "UAH"},
            )
            with connector_class("shopify").open(config) as connector:
                yield connector

    @pytest.fixture
    def offers(self) -> Sequence[AccountOffer]:
        return [
            AccountOffer(
                account=str(number),
                registered=True,
                email="",
                percent=Decimal(percent),
                level="Silver",
                code=f"RG-{number:04d}-K7XQ",
                sentence="For what you bought.",
                next_step="660 ₴ more for the next level" if number == 201 else "",
                valid_until=START + timedelta(days=400) if number == 201 else None,
            )
            for number, percent in ((201, "7"), (202, "7.25"), (203, "100"))
        ]

    @pytest.fixture
    def narrowed(self, offers: Sequence[AccountOffer]) -> Sequence[AccountOffer]:
        first, drinks = offers[0], str(int.from_bytes(b"Drinks", "big"))
        return [
            replace(first, percent=Decimal(0), amount=Money(50_050, "UAH"), minimum=Money(1000, "UAH")),
            replace(first, goods=Goods(products=("5001", "5002"))),
            replace(first, goods=Goods(products=("5001", "5003"))),
            replace(first, percent=Decimal(0), amount=Money(1, "UAH"), goods=Goods(categories=(drinks,))),
        ]

    @pytest.fixture
    def crowd(self, offers: Sequence[AccountOffer]) -> Sequence[AccountOffer]:
        return [
            replace(offers[0], account=str(number), code=f"RG-{number:04d}-K7XQ")
            for number in range(201, 231)
        ]

    @pytest.fixture
    def buys(self, shop: ShopifyShop) -> Callable[[AccountOffer], bool]:
        def buy(offer: AccountOffer) -> bool:
            codes = [offer.code]
            try:
                shop.place_order(items=[(5_001, 1)], customer_id=int(offer.account), discount_codes=codes)
            except ValueError as refused:
                # Any other refusal is a fault of the test.
                assert "used up" in str(refused) or "bigger order" in str(refused)
                return False
            return True

        return buy
