"""A shop's address in any form leads to its API; another address is refused with the remedy."""

import pytest

from regulars_connectors import ConnectorConfig, HttpOptions
from regulars_mapping import MisconfiguredError
from regulars_shopify import ShopifyConnector
from regulars_shopify._address import home_of
from shopify.conftest import HOME, TOKEN_ONLY


@pytest.mark.parametrize(
    "given",
    [
        "my-shop",
        " My-Shop ",
        "my-shop.myshopify.com",
        "https://my-shop.myshopify.com",
        "http://MY-SHOP.myshopify.com/",
        "https://my-shop.myshopify.com/admin/orders?x=1",
        "https://admin.shopify.com/store/my-shop/settings",
        "my-shop.myshopify.com.",
    ],
)
def test_every_form_of_a_shops_address_is_understood(given: str) -> None:
    assert home_of(given) == HOME


@pytest.mark.parametrize("given", ["http://127.0.0.1:8765", "https://localhost:1", "http://[::1]:8080"])
def test_a_local_address_stays_as_it_is(given: str) -> None:
    assert home_of(f"{given}/admin") == given


@pytest.mark.parametrize(
    "given",
    [
        "",
        "https://shop.example.com",
        "https://my-shop.myshopify.com.example.com",
        "https://user:pass@my-shop.myshopify.com",
        "ftp://my-shop.myshopify.com",
        "https://[",
        "my shop",
        "-shop",
        "https://evil.example/my-shop.myshopify.com",
        "127.0.0.1",
        "http://10.0.0.1",
        "https://my-shop.myshopify.com:x",
    ],
)
def test_an_address_that_is_no_shop_of_shopify_is_refused_with_the_remedy(given: str) -> None:
    with pytest.raises(MisconfiguredError, match=r"myshopify\.com"):
        home_of(given)


@pytest.mark.parametrize(
    ("options", "named"),
    [({"combines_with": "order,ship"}, "combines_with"), ({"page_size": "0"}, "page_size")],
)
def test_an_option_that_cannot_be_is_named(options: dict[str, str], named: str) -> None:
    config = ConnectorConfig(HOME, TOKEN_ONLY, HttpOptions(), options)
    with pytest.raises(MisconfiguredError, match=named):
        ShopifyConnector.open(config)
