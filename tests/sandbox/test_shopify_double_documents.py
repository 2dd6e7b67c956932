"""Every document is judged by the schema and answered, or refused by name; and each has its known price."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

DOCUMENTS = sorted(path.stem for path in (Path(__file__).parent / "shopify_queries").glob("*.graphql"))
ANN, ORDER = "gid://shopify/Customer/1", "gid://shopify/Order/3"
OFFER = {
    "title": "Thanks",
    "code": "ANN-10",
    "startsAt": "2026-11-01T00:00:00Z",
    "context": {"customers": {"add": [ANN]}},
    "customerGets": {"value": {"percentage": 0.1}, "items": {"all": True}},
}
FIELD = {"ownerId": ANN, "namespace": "regulars", "key": "tier"}
ANSWERED: dict[str, dict[str, Any]] = {
    "automatic_discount": {"id": "gid://shopify/DiscountAutomaticNode/99"},
    "automatic_discounts": {"query": "tag:regulars"},
    "bulk_cancel": {"id": "gid://shopify/BulkOperation/1"},
    "bulk_list": {},
    "bulk_run_mutation": {"mutation": "x", "path": "x"},
    "bulk_run_query": {"query": "x"},
    "bulk_status": {"id": "gid://shopify/BulkOperation/1"},
    "counts": {},
    "customer_by_id": {"id": ANN, "ns": "regulars"},
    "customer_ids_page": {"first": 250},
    "customers_exist": {"ids": [ANN, ORDER, "gid://shopify/Customer/99"]},
    "customers_page": {"first": 250, "ns": "regulars"},
    "discount_automatic_activate": {"id": "gid://shopify/DiscountAutomaticNode/99"},
    "discount_automatic_create": {
        "input": {name: value for name, value in OFFER.items() if name != "code"}
        | {"context": {"all": "ALL"}}
    },
    "discount_automatic_deactivate": {"id": "gid://shopify/DiscountAutomaticNode/99"},
    "discount_automatic_delete": {"id": "gid://shopify/DiscountAutomaticNode/99"},
    "discount_automatic_update": {"id": "gid://shopify/DiscountAutomaticNode/99", "input": {"title": "x"}},
    "discount_by_code": {"code": "NONE"},
    "discount_code_create": {"input": OFFER},
    "discount_code_delete": {"id": "gid://shopify/DiscountCodeNode/99"},
    "discount_code_update": {"id": "gid://shopify/DiscountCodeNode/99", "input": {"title": "x"}},
    "email_consent_update": {
        "input": {"customerId": ANN, "emailMarketingConsent": {"marketingState": "UNSUBSCRIBED"}}
    },
    "metafield_definition_create": {
        "definition": {
            "ownerType": "CUSTOMER",
            "namespace": "regulars",
            "key": "tier",
            "name": "Tier",
            "type": "number_integer",
        }
    },
    "metafields_delete": {"metafields": [FIELD]},
    "metafields_set": {"metafields": [{**FIELD, "type": "number_integer", "value": "5"}]},
    "order_ids_page": {"first": 250},
    "order_lines_more": {"id": ORDER, "after": ""},
    "order_refunds": {"id": ORDER},
    "orders_page": {"first": 50},
    "products_page": {"first": 50},
    "segment_by_id": {"id": "gid://shopify/Segment/99"},
    "segment_create": {"name": "x", "query": "number_of_orders > 1"},
    "segment_delete": {"id": "gid://shopify/Segment/99"},
    "segment_members_by_query": {"query": "customer_tags CONTAINS 'vip'", "first": 1_000},
    "segment_update": {"id": "gid://shopify/Segment/99", "name": "x"},
    "segments_list": {},
    "shop_probe": {},
    "sms_consent_update": {
        "input": {"customerId": ANN, "smsMarketingConsent": {"marketingState": "UNSUBSCRIBED"}}
    },
    "staged_upload": {"filename": "variables.jsonl"},
    "tags_add": {"id": ANN, "tags": ["vip"]},
    "tags_remove": {"id": ANN, "tags": ["vip"]},
    "webhook_create": {"topic": "ORDERS_UPDATED", "sub": {"uri": "https://app.example.com/hook"}},
    "webhook_delete": {"id": "gid://shopify/WebhookSubscription/99"},
    "webhooks_list": {},
}
REFUSED: dict[str, dict[str, Any]] = {
    "discount_redeem_codes_add": {"id": "gid://shopify/DiscountCodeNode/1", "codes": [{"code": "A"}]},
    "discount_redeem_codes_status": {"id": "gid://shopify/DiscountRedeemCodeBulkCreation/1"},
    "segment_members": {"segmentId": "gid://shopify/Segment/99"},
    "segment_membership": {"customerId": ANN, "segmentIds": ["gid://shopify/Segment/99"]},
}
# Bodies of bulk operations are documents only inside one.
INNER = {"bulk_customers_inner", "bulk_metafields_inner", "bulk_orders_inner", "bulk_tags_inner"}


@pytest.fixture
def busy(shopify: Any) -> Any:
    """The shop with one order (id 3), partly refunded, and one by a guest."""
    assert shopify.shop.place_order(items=[(2, 3)], customer_id=1) == 3
    shopify.shop.fulfil_order(3)
    shopify.shop.refund_order(3, 5_000, reason="late")
    shopify.shop.place_order(items=[(2, 1)], email="ANNA@Example.com")
    return shopify


def test_every_document_is_answered_refused_or_the_inside_of_a_bulk_operation() -> None:
    assert set(DOCUMENTS) == {*ANSWERED, *REFUSED, *INNER}


@pytest.mark.parametrize("name", sorted(ANSWERED))
def test_a_modelled_document_is_valid_and_answered_with_its_cost(busy: Any, name: str) -> None:
    variables = dict(ANSWERED[name])
    if name == "order_lines_more":
        first = busy.data(
            "query L($id: ID!) { order(id: $id) { lineItems(first: 1) { pageInfo { endCursor } } } }",
            id=ORDER,
        )
        variables["after"] = first["order"]["lineItems"]["pageInfo"]["endCursor"]
    answer = busy(name, **variables)
    assert "errors" not in answer
    assert answer["data"] is not None
    cost = answer["extensions"]["cost"]
    assert 0 <= cost["actualQueryCost"] <= cost["requestedQueryCost"]
    assert cost["throttleStatus"]["maximumAvailable"] == 2000.0


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_valid_document_of_unknown_behaviour_is_refused_by_name(busy: Any, name: str) -> None:
    answer = busy(name, **REFUSED[name])
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_MODELLED"]
    assert "does not model" in answer["errors"][0]["message"]


@pytest.mark.parametrize("name", sorted(INNER))
def test_the_inside_of_a_bulk_operation_is_no_invalid_document(busy: Any, name: str) -> None:
    answer = busy(name, metafields=[], id=ANN, tags=["x"])
    codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
    assert codes <= {"BAD_REQUEST"}


@pytest.mark.parametrize(
    ("name", "variables", "price"),
    [
        ("customers_page", {"first": 250, "ns": "regulars"}, 156),
        ("customers_page", {"first": 100, "ns": "regulars"}, 128),
        ("orders_page", {"first": 25}, 410),
        ("orders_page", {"first": 100}, 614),
        ("orders_page", {"first": 250}, 750),
        ("orders_page", {"first": 250, "lines": 10}, 552),
        ("products_page", {"first": 50}, 219),
        ("products_page", {"first": 250}, 343),
        ("customer_by_id", ANSWERED["customer_by_id"], 18),
        ("order_refunds", ANSWERED["order_refunds"], 25),
        ("customers_exist", ANSWERED["customers_exist"], 1),
        ("tags_add", ANSWERED["tags_add"], 10),
        ("metafields_set", ANSWERED["metafields_set"], 10),
    ],
)
def test_the_requested_cost_is_the_known_one(
    busy: Any, name: str, variables: dict[str, Any], price: int
) -> None:
    assert busy(name, **variables)["extensions"]["cost"]["requestedQueryCost"] == price


def test_the_actual_cost_counts_the_rows_that_came_as_seen_live_with_seven(shopify: Any) -> None:
    for at in range(6):
        shopify.shop.register(f"p{at}@example.com")
    cost = shopify("{ customers(first: 250) { nodes { id } } }")["extensions"]["cost"]
    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (13, 5)


def test_an_unknown_field_and_argument_are_named_in_shopifys_codes(shopify: Any) -> None:
    field = shopify("{ shop { nonsense } }")["errors"][0]
    assert field["message"] == "Field 'nonsense' doesn't exist on type 'Shop'"
    assert field["extensions"] == {"code": "undefinedField", "typeName": "Shop", "fieldName": "nonsense"}
    argument = shopify("{ customers(first: 1, limit: 2) { nodes { id } } }")["errors"][0]
    assert argument["extensions"]["code"] == "argumentNotAccepted"


@pytest.mark.parametrize("first", [0, 251])
def test_a_page_holds_one_to_250_rows(shopify: Any, first: int) -> None:
    answer = shopify("customer_ids_page", first=first)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert answer["data"] is None


def test_a_variable_of_the_wrong_type_never_reaches_the_shop(shopify: Any) -> None:
    wrong = OFFER | {"endsAt": "tomorrow"}
    answer = shopify("discount_code_create", input=wrong)
    assert answer["errors"][0]["extensions"]["code"] == "INVALID_VARIABLE"
    assert "data" not in answer


def test_a_field_of_the_schema_without_a_value_in_the_double_is_refused_not_null(shopify: Any) -> None:
    answer = shopify(f'{{ customer(id: "{ANN}") {{ id productSubscriberStatus }} }}')
    assert answer["errors"][0]["extensions"]["code"] == "NOT_MODELLED"
    assert "Customer.productSubscriberStatus" in answer["errors"][0]["message"]


def test_aliases_operation_names_and_introspection_are_answered(shopify: Any) -> None:
    text = 'query A { a: shop { id } b: shop { name } } query B { __typename __type(name: "Shop") { name } }'
    body = {"query": text, "operationName": "B"}
    answer = shopify.post("/admin/api/2026-10/graphql.json", body).json
    assert answer["data"] == {"__typename": "QueryRoot", "__type": {"name": "Shop"}}
    body["operationName"] = "A"
    assert set(shopify.post("/admin/api/2026-10/graphql.json", body).json["data"]) == {"a", "b"}
    body["operationName"] = "C"
    nameless = shopify.post("/admin/api/2026-10/graphql.json", body).json
    assert nameless["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("text", ["\x00", "\ud800", "{" * 50, "x" * 100_000])
def test_a_hostile_text_is_a_document_that_does_not_parse(shopify: Any, text: str) -> None:
    assert shopify.post("/admin/api/2026-10/graphql.json", {"query": text}).json["errors"]


def test_a_value_of_strange_characters_is_kept_as_it_came(shopify: Any) -> None:
    value = "\x00 \ud800 \u202e" + "ї" * 10_000
    field = {**FIELD, "type": "multi_line_text_field", "value": value}
    made = shopify.data("metafields_set", metafields=[field])["metafieldsSet"]
    assert made["metafields"][0]["value"] == value
