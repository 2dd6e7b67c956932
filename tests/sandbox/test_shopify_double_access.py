"""Who gets into the Shopify double, and how much they may ask."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from regulars_sandbox import ShopifyApp
from regulars_sandbox.shopify import PLUS, SCOPES

GRAPHQL, TOKENS = "/admin/api/2026-10/graphql.json", "/admin/oauth/access_token"
SHOP = {"query": "{ shop { id } }"}
APP = ShopifyApp("app-id", "app-secret")


def _grant(client: Any, secret: str = "app-secret") -> Any:
    body = {"client_id": "app-id", "client_secret": secret, "grant_type": "client_credentials"}
    return client.post(TOKENS, body)


def test_a_wrong_token_is_401_with_a_text_for_errors(shopify: Any) -> None:
    for token in ("", "other"):
        answer = shopify.post(GRAPHQL, SHOP, token=token)
        assert answer.status == 401
        assert answer.json["errors"].startswith("[API] Invalid API key or access token")


def test_a_revoked_token_is_401(shopify: Any) -> None:
    shopify.shop.revoke_token("everything")
    assert shopify.post(GRAPHQL, SHOP).status == 401


@pytest.mark.parametrize("form", [False, True])
def test_client_credentials_give_a_token_for_a_day(shopify: Any, form: bool) -> None:
    shopify.shop.add_app(APP)
    body = {"client_id": "app-id", "client_secret": "app-secret", "grant_type": "client_credentials"}
    granted = (
        shopify.post(TOKENS, urlencode(body).encode(), kind="application/x-www-form-urlencoded")
        if form
        else shopify.post(TOKENS, body)
    ).json
    assert granted["expires_in"] == 86_399
    assert set(granted["scope"].split(",")) == SCOPES
    token = granted["access_token"]
    shopify.tick(86_398)
    assert shopify.post(GRAPHQL, SHOP, token=token).status == 200
    shopify.tick(1)
    assert shopify.post(GRAPHQL, SHOP, token=token).status == 401


def test_a_new_token_leaves_the_old_one_good_until_its_own_end(shopify: Any) -> None:
    shopify.shop.add_app(APP)
    first, second = (_grant(shopify).json["access_token"] for _ in range(2))
    assert first != second
    assert shopify.post(GRAPHQL, SHOP, token=first).status == 200
    shopify.shop.expire_tokens()
    assert shopify.post(GRAPHQL, SHOP, token=second).status == 401
    assert shopify.post(GRAPHQL, SHOP).status == 200


def test_a_wrong_client_secret_gets_no_token(shopify: Any) -> None:
    shopify.shop.add_app(APP)
    answer = _grant(shopify, "other")
    assert (answer.status, answer.json) == (400, {"error": "invalid_client"})


def test_no_secret_is_in_any_repr() -> None:
    assert "app-secret" not in repr(APP)


@pytest.mark.parametrize("path", ["/admin/api/2026-07/graphql.json", "/admin/api/2026-10/orders.json"])
def test_another_version_and_the_rest_api_are_not_modelled(shopify: Any, path: str) -> None:
    answer = shopify.post(path, SHOP)
    assert (answer.status, answer.json["code"]) == (501, "NOT_MODELLED")


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"query": 1}', b"\xff\xfe", b'{"variables": {}}'])
def test_a_body_without_a_query_is_400(shopify: Any, body: bytes) -> None:
    assert shopify.post(GRAPHQL, body).status == 400


def test_a_field_without_its_scope_is_denied_and_can_null_all_data(shopify: Any) -> None:
    shopify.shop.add_token("reader", scopes=frozenset({"read_customers"}))
    answer = shopify("products_page", first=1, token="reader")
    assert answer["data"] is None
    denied = answer["errors"][0]["extensions"]
    assert denied["code"] == "ACCESS_DENIED"
    assert denied["requiredAccess"] == "`read_products` access scope."


def test_a_nullable_field_without_its_scope_is_null_and_the_rest_stays(shopify: Any) -> None:
    shopify.shop.add_token("no-products", scopes=SCOPES - {"read_products"})
    shopify.shop.place_order(items=[(2, 1)], customer_id=1)
    answer = shopify("orders_page", first=1, token="no-products")
    line = answer["data"]["orders"]["nodes"][0]["lineItems"]["nodes"][0]
    assert (line["product"], line["variant"], line["name"]) == (None, None, "Coffee")
    assert {error["path"][-1] for error in answer["errors"]} == {"product", "variant"}


@pytest.mark.parametrize(
    ("scope", "document", "variables"),
    [
        ("write_customers", "tags_add", {"id": "gid://shopify/Customer/1", "tags": ["x"]}),
        ("write_customers", "metafields_set", {"metafields": []}),
        ("write_discounts", "discount_code_delete", {"id": "gid://shopify/DiscountCodeNode/1"}),
        (
            "read_customer_merge",
            "webhook_create",
            {"topic": "CUSTOMERS_MERGE", "sub": {"uri": "https://app.example.com/"}},
        ),
    ],
)
def test_a_mutation_without_its_scope_has_no_effect(
    shopify: Any, scope: str, document: str, variables: dict[str, Any]
) -> None:
    shopify.shop.add_token("less", scopes=SCOPES - {scope})
    answer = shopify(document, token="less", **variables)
    assert answer["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
    assert scope in answer["errors"][0]["message"]
    assert shopify.data("customer_by_id", id="gid://shopify/Customer/1", ns="x")["customer"]["tags"] == []


def test_the_probe_tells_the_apps_scopes(shopify: Any) -> None:
    shopify.shop.add_token("two", scopes=frozenset({"read_orders", "read_customers"}))
    told = shopify("shop_probe", token="two")["data"]
    assert [scope["handle"] for scope in told["currentAppInstallation"]["accessScopes"]] == [
        "read_customers",
        "read_orders",
    ]
    assert told["shop"]["ianaTimezone"] == "Europe/Kyiv"


def test_a_query_above_1000_points_is_refused_for_ever_and_takes_none(shopify: Any) -> None:
    text = (
        "{ orders(first: 250) { nodes { lineItems(first: 250) { nodes { id product { id } variant { id }"
        " taxLines { title } } } customer { addressesV2(first: 250) { nodes { id } } }"
        " discountApplications(first: 250) { nodes { index } } refunds"
        " { refundLineItems(first: 250) { nodes { id lineItem { id } } } } } } }"
    )
    answer = shopify(text)
    told = answer["errors"][0]["extensions"]
    assert told["code"] == "MAX_COST_EXCEEDED"
    assert told["cost"] > told["maxCost"] == 1_000
    assert "data" not in answer
    assert answer["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == 2_000


def test_an_empty_bucket_throttles_with_status_200_and_tells_how_long_to_wait(shopify: Any) -> None:
    shopify.shop.drain_buckets()
    answer = shopify.post(GRAPHQL, {"query": "{ customers(first: 250) { nodes { id } } }"})
    assert answer.status == 200
    assert answer.json["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert "data" not in answer.json
    cost = answer.json["extensions"]["cost"]
    assert cost["actualQueryCost"] is None
    wait = (cost["requestedQueryCost"] - cost["throttleStatus"]["currentlyAvailable"]) / 100
    shopify.tick(wait - 0.05)
    assert "errors" in shopify("{ customers(first: 250) { nodes { id } } }")
    shopify.tick(0.05)
    assert "errors" not in shopify("{ customers(first: 250) { nodes { id } } }")


def test_what_was_asked_and_not_used_comes_back_to_the_bucket(shopify: Any) -> None:
    cost = shopify("orders_page", first=250)["extensions"]["cost"]
    assert cost["requestedQueryCost"] == 750
    assert cost["actualQueryCost"] == 2
    assert cost["throttleStatus"]["currentlyAvailable"] == 1_998


def test_a_steady_writer_gets_ten_mutations_a_second(shopify: Any) -> None:
    shopify.shop.drain_buckets()
    taken = 0
    for _ in range(100):
        shopify.tick(0.05)
        taken += "errors" not in shopify("tags_add", id="gid://shopify/Customer/1", tags=["vip"])
    assert taken == 50


def test_a_throttled_mutation_has_no_effect(shopify: Any) -> None:
    shopify.shop.drain_buckets()
    assert "errors" in shopify("tags_add", id="gid://shopify/Customer/1", tags=["vip"])
    shopify.tick(10)
    assert shopify.data("customer_by_id", id="gid://shopify/Customer/1", ns="x")["customer"]["tags"] == []


def test_two_apps_do_not_share_a_bucket_and_a_bigger_plan_has_a_bigger_one(shopify_of: Any) -> None:
    client = shopify_of(rate_limit=PLUS)
    client.shop.drain_buckets()
    client.shop.add_token("second")
    status = client("{ shop { id } }", token="second")["extensions"]["cost"]["throttleStatus"]
    assert status == {"maximumAvailable": 20_000.0, "currentlyAvailable": 19_999, "restoreRate": 1_000.0}
    assert "errors" in client("{ shop { id } }")


def test_an_error_of_the_service_itself_comes_with_status_200_and_no_effect(shopify: Any) -> None:
    shopify.shop.stumble()
    failed = shopify("tags_add", id="gid://shopify/Customer/1", tags=["vip"])
    assert failed["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert failed["errors"][0]["extensions"]["requestId"]
    assert shopify.data("customer_by_id", id="gid://shopify/Customer/1", ns="x")["customer"]["tags"] == []
