"""What the law has Shopify demand: who is meant, and what is no demand though it is signed."""

import hashlib
import hmac
import json
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from regulars_connectors import Demand, Demanded, ForgedWebhookError, RefusedKeyError
from regulars_mapping import Kind
from regulars_sandbox import ShopifyApp
from regulars_shopify._webhooks import verified
from shopify.conftest import Opener, a_customer, a_shop

SECRET = SecretStr("app-secret")
HOME = "https://tea.myshopify.com"
SHOP = {"shop_id": 954889, "shop_domain": "tea.myshopify.com"}
CUSTOMER = {"id": 191167, "email": "anna@example.com", "phone": "555-625-1199"}
REQUEST = {**SHOP, "customer": CUSTOMER, "orders_requested": [299938, 280263], "data_request": {"id": 9999}}
REDACT = {**SHOP, "customer": CUSTOMER, "orders_to_redact": [299938, 280263]}


def demand(topic: str, said: Any, *, delivery: str = "d-1", home: str = HOME) -> Demand | None:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    mac = b64encode(hmac.digest(SECRET.get_secret_value().encode(), body, hashlib.sha256)).decode()
    headers = {"X-Shopify-Topic": topic, "X-Shopify-Hmac-Sha256": mac, "X-Shopify-Webhook-Id": delivery}
    return verified(headers, body, [SECRET], home=home).demand


def test_a_demand_names_customer_orders_and_itself_and_nobody_s_address() -> None:
    orders = ("299938", "280263")
    assert demand("customers/data_request", REQUEST) == Demand(
        Demanded.EVIDENCE, "request 9999", "191167", orders
    )
    erased = demand("customers/redact", REDACT)
    assert erased == Demand(Demanded.ERASURE, "delivery d-1", "191167", orders)
    assert demand("shop/redact", SHOP) == Demand(Demanded.SHOP_ERASURE, "delivery d-1")
    assert "191167" not in repr(erased)
    assert "example.com" not in repr(erased)


def test_a_demand_is_the_same_however_often_it_is_delivered() -> None:
    first, again = (demand("customers/data_request", REQUEST, delivery=each) for each in "ab")
    assert first == again
    first, again = (demand("customers/redact", REDACT, delivery="") for _ in "ab")
    assert first is not None
    assert first == again
    assert first.key.startswith("body ")


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("customers/redact", {"id": 1, "customer": CUSTOMER, "line_items": []}),
        ("customers/redact", REQUEST),
        ("customers/data_request", REDACT),
        ("shop/redact", REDACT),
        ("shop/redact", {**SHOP, "id": 5}),
        ("shop/redact", {}),
        ("shop/redact", b"[]"),
    ],
)
def test_a_body_that_was_signed_for_another_topic_demands_nothing(topic: str, said: Any) -> None:
    with pytest.raises(ForgedWebhookError):
        demand(topic, said)


@pytest.mark.parametrize(
    ("domain", "home", "shop"),
    [
        ("tea.myshopify.com", HOME, ""),
        (" TEA.myshopify.com", HOME, ""),
        ("coffee.myshopify.com", HOME, "https://coffee.myshopify.com"),
        ("tea.example.com", HOME, "https://tea.example.com"),
        ("//[x", HOME, "https://x"),
        ("tea.myshopify.com", "http://127.0.0.1:8000", ""),
        (None, HOME, ""),
    ],
)
def test_another_shop_of_the_same_app_is_told_apart(domain: Any, home: str, shop: str) -> None:
    found = demand("customers/redact", {**REDACT, "shop_domain": domain}, home=home)
    assert found is not None
    assert found.shop == shop


def test_a_shop_that_removed_the_app_lets_its_key_in_no_more(opened: Opener) -> None:
    shop = a_shop(customers=(a_customer(7),))
    shop.add_app(ShopifyApp("app-id", SECRET.get_secret_value()))
    credentials = {"client_id": SecretStr("app-id"), "client_secret": SECRET}
    url = opened.served(shop).url
    assert opened.connector(url, credentials=credentials).count(Kind.CUSTOMER) == 1
    shop.remove_app("app-id")
    with pytest.raises(RefusedKeyError):
        opened.connector(url, credentials=credentials).count(Kind.CUSTOMER)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "shop_domain": anything,
            "customer": anything | st.fixed_dictionaries({}, optional={"id": anything, "email": anything}),
            "orders_to_redact": anything | st.lists(st.dictionaries(st.just("id"), anything), max_size=3),
        },
    )
)
def test_whatever_is_missing_or_odd_only_ids_come_out(said: dict[str, Any]) -> None:
    found = demand("customers/redact", said)
    assert found is not None
    assert all(each.isascii() and each.isdigit() for each in (*found.orders, *filter(None, [found.customer])))
    assert found.key.isprintable()
