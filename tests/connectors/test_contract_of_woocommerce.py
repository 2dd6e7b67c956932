"""WooCommerce's connector keeps the contract."""

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
    ApiKey,
    OrderStatus,
    ShopAddress,
    ShopCustomer,
    ShopHistory,
    ShopLine,
    ShopOrder,
    ShopProduct,
    ShopRefund,
    WooCommerceShop,
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
        customer_id=number if number <= 130 else None,
        shipping_total=500,
        refunds=refunds,
    )


class TestWooCommerce(ConnectorContract):
    """The contract against the double, over HTTPS."""

    @pytest.fixture
    def shop(self) -> WooCommerceShop:
        history = ShopHistory(
            "UAH",
            "Europe/Kyiv",
            "UA",
            customers=tuple(customer(number) for number in range(1, 131)),
            orders=tuple(order(number) for number in range(201, 471)),
            products=tuple(
                ShopProduct(5_000 + number, "Coffee", f"SKU-{number}", 1200, START, START, ("Drinks",))
                for number in range(1, 6)
            ),
        )
        shop = WooCommerceShop.of(history)
        for stars in range(6):
            shop.write_review(5_001, email=f"person{stars}@example.com", rating=stars)
        shop.add_key(ApiKey("ck_test", "cs_test"))
        return shop

    @pytest.fixture
    def counted(self, shop: WooCommerceShop) -> CountedShop:
        return CountedShop(shop)

    @pytest.fixture
    def writes(self, counted: CountedShop) -> Callable[[], int]:
        return lambda: counted.written

    @pytest.fixture
    def connector(self, counted: CountedShop) -> Iterator[Connector]:
        credentials = {"consumer_key": SecretStr("ck_test"), "consumer_secret": SecretStr("cs_test")}
        with serve(counted, tls=True) as server:
            http = HttpOptions(verify=str(server.certificate))
            config = ConnectorConfig(server.url, credentials, http, {"currency": "UAH"})
            with connector_class("woocommerce").open(config) as connector:
                yield connector

    @pytest.fixture
    def offers(self) -> Sequence[AccountOffer]:
        return [
            AccountOffer(
                account=str(number),
                registered=True,
                email=f"Person{number}@Example.com",
                percent=Decimal(percent),
                level="Silver",
                code=f"RG-{number:04d}-K7XQ",
                sentence="For what you bought.",
                next_step="660 ₴ more for the next level",
                valid_until=START + timedelta(days=400) if number == 1 else None,
            )
            for number, percent in ((1, "7"), (2, "12.5"), (3, "3.00"))
        ]

    @pytest.fixture
    def narrowed(self, offers: Sequence[AccountOffer]) -> Sequence[AccountOffer]:
        first = replace(offers[0], minimum=Money(1000, "UAH"))
        return [
            replace(first, percent=Decimal(0), amount=Money(50_050, "UAH")),
            replace(first, goods=Goods(products=("5001", "5002"), except_categories=("7",), reduced=False)),
            replace(first, goods=Goods(categories=("1", "7"), except_products=("5002",)), orders=500),
        ]

    @pytest.fixture
    def crowd(self, offers: Sequence[AccountOffer]) -> Sequence[AccountOffer]:
        def offer(number: int) -> AccountOffer:
            email, code = f"person{number}@example.com", f"RG-{number:04d}-K7XQ"
            return replace(offers[0], account=str(number), email=email, code=code)

        return [offer(number) for number in range(1, 106)]

    @pytest.fixture
    def buys(self, shop: WooCommerceShop) -> Callable[[AccountOffer], bool]:
        def buy(offer: AccountOffer) -> bool:
            given = {"customer_id": int(offer.account), "coupon_codes": [offer.code]}
            try:
                shop.place_order(items=[(5_001, 1)], billing={"email": offer.email}, **given)
            except ValueError as refused:
                # Any other refusal is a fault of the test.
                assert "woocommerce_rest_invalid_coupon" in str(refused)
                return False
            return True

        return buy
