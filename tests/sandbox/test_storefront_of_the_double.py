"""The Store API: the empty cart of a new guest is served, everything else is refused by name."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from regulars_sandbox import Request, Response, WooCommerceShop

CART = "/wp-json/wc/store/v1/cart"
NOW = datetime(2026, 11, 22, 3, 52, 25, tzinfo=UTC)
KEY = "Basic " + base64.b64encode(b"ck_admin:cs_admin").decode()


def _visit(
    shop: WooCommerceShop, method: str = "GET", target: str = CART, *, secure: bool = True, **headers: str
) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return shop.respond(Request(method, target, named, b"", secure=secure))


def _code(response: Response) -> tuple[int, str]:
    return response.status, json.loads(response.body)["code"]


@pytest.fixture
def shop() -> WooCommerceShop:
    return WooCommerceShop(clock=lambda: NOW, home="https://shop.example")


def test_the_cart_tells_currency_and_country_of_the_shop() -> None:
    shop = WooCommerceShop(currency="JPY", digits=0, country="JP", zone="Asia/Tokyo", clock=lambda: NOW)
    cart = json.loads(_visit(shop).body)
    assert (cart["totals"]["currency_code"], cart["totals"]["currency_minor_unit"]) == ("JPY", 0)
    assert {cart[f"{kind}_address"]["country"] for kind in ("shipping", "billing")} == {"JP"}
    assert (cart["items"], cart["totals"]["total_price"]) == ([], "0")


def test_each_guest_has_a_nonce_and_a_token_for_two_days(shop: WooCommerceShop) -> None:
    one, other = (dict(_visit(shop).headers) for _ in range(2))
    assert len(bytes.fromhex(one["Nonce"])) == 5
    kind, claims = (
        json.loads(base64.urlsafe_b64decode(part + "==")) for part in one["Cart-Token"].split(".")[:2]
    )
    assert kind == {"alg": "HS256", "typ": "JWT"}
    assert claims["iat"] == NOW.timestamp()
    assert claims["exp"] - claims["iat"] == 172_800
    assert one["Cart-Token"] != other["Cart-Token"]


@pytest.mark.parametrize(("method", "secure"), [("HEAD", True), ("GET", False)])
def test_the_cart_is_open_to_a_look_and_over_plain_http(
    shop: WooCommerceShop, method: str, secure: bool
) -> None:
    assert _visit(shop, method, secure=secure).status == 200


@pytest.mark.parametrize(
    "headers", [{"authorization": KEY}, {"cookie": "wp_woocommerce_session_1=x"}, {"cart_token": "x"}]
)
def test_the_cart_of_somebody_known_is_refused_by_name(client: Any, headers: dict[str, str]) -> None:
    assert _code(_visit(client.shop, **headers)) == (501, "not_modelled")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", CART),
        ("POST", f"{CART}/add-item"),
        ("GET", f"{CART}/items"),
        ("GET", "/wp-json/wc/store/v1/products"),
        ("GET", "/wp-json/wc/store/cart"),
        ("POST", "/wp-json/wc/store/v1/checkout"),
    ],
)
def test_the_rest_of_the_store_api_is_refused_by_name(shop: WooCommerceShop, method: str, path: str) -> None:
    assert _code(_visit(shop, method, path)) == (501, "not_modelled")
