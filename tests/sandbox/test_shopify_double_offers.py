"""What an app pushes into the Shopify double: discount codes, metafields, tags."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

ANN = "gid://shopify/Customer/1"
FIELD = {"ownerId": ANN, "namespace": "regulars", "key": "tier", "type": "number_integer"}


def _offer(code: str = "ANN-10", **terms: Any) -> dict[str, Any]:
    return {
        "title": "Thanks",
        "code": code,
        "startsAt": "2026-11-01T00:00:00Z",
        "context": {"customers": {"add": [ANN]}},
        "customerGets": {"value": {"percentage": 0.1}, "items": {"all": True}},
    } | terms


def _create(shop: Any, offer: dict[str, Any]) -> Any:
    return shop.data("discount_code_create", input=offer)["discountCodeBasicCreate"]


def _errors(payload: Any) -> list[tuple[str, str]]:
    return [(error["field"][-1], error["code"]) for error in payload["userErrors"]]


def _by_code(shop: Any, code: str) -> Any:
    return shop.data("discount_by_code", code=code)["codeDiscountNodeByCode"]


def _set(shop: Any, *fields: dict[str, Any]) -> Any:
    return shop.data("metafields_set", metafields=list(fields))["metafieldsSet"]


def _person(shop: Any, number: int = 1) -> Any:
    return shop.data("customer_by_id", id=shop.node("Customer", number), ns="regulars")["customer"]


def test_a_code_is_bound_to_its_customer_and_has_a_link_of_its_own(shopify: Any) -> None:
    made = _create(shopify, _offer(usageLimit=1, appliesOncePerCustomer=True, endsAt="2026-12-01T00:00:00Z"))
    basic = made["codeDiscountNode"]["codeDiscount"]
    assert basic["context"] == {"__typename": "DiscountCustomers", "customers": [{"id": ANN}]}
    assert (basic["status"], basic["usageLimit"], basic["endsAt"]) == ("ACTIVE", 1, "2026-12-01T00:00:00Z")
    assert basic["codes"]["nodes"][0]["code"] == "ANN-10"
    assert basic["shareableUrls"][0]["url"] == "https://shop.example/discount/ANN-10"


def test_a_code_is_taken_in_any_letter_case_and_leaves_nothing(shopify: Any) -> None:
    first = _create(shopify, _offer())["codeDiscountNode"]["id"]
    again = _create(shopify, _offer("ann-10"))
    assert again["codeDiscountNode"] is None
    assert _errors(again) == [("code", "TAKEN")]
    assert _by_code(shopify, "Ann-10")["id"] == first


def test_one_of_many_who_ask_at_once_gets_the_code(shopify: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: _create(shopify, _offer()), range(16)))
    assert sum(not payload["userErrors"] for payload in made) == 1


@pytest.mark.parametrize(
    ("terms", "error"),
    [
        ({"code": " "}, ("code", "BLANK")),
        ({"title": ""}, ("title", "BLANK")),
        ({"startsAt": None}, ("startsAt", "BLANK")),
        ({"customerGets": None}, ("customerGets", "BLANK")),
        ({"context": None}, ("context", "BLANK")),
        ({"code": "x" * 256}, ("code", "TOO_LONG")),
        ({"endsAt": "2026-10-01T00:00:00Z"}, ("endsAt", "END_DATE_BEFORE_START_DATE")),
        (
            {"customerGets": {"value": {"percentage": 10}, "items": {"all": True}}},
            ("percentage", "VALUE_OUTSIDE_RANGE"),
        ),
        ({"context": {"customers": {"add": ["gid://shopify/Customer/99"]}}}, ("customers", "INVALID")),
    ],
)
def test_wrong_terms_are_user_errors_and_no_code(
    shopify: Any, terms: dict[str, Any], error: tuple[str, str]
) -> None:
    made = _create(shopify, _offer(**terms))
    assert (made["codeDiscountNode"], _errors(made)) == (None, [error])
    assert _by_code(shopify, "ANN-10") is None


def test_an_update_changes_what_it_names_and_customers_by_difference(shopify: Any) -> None:
    other = shopify.node("Customer", shopify.shop.register("bo@example.com"))
    number = _create(shopify, _offer())["codeDiscountNode"]["id"]
    change = {"code": "ANN-20", "context": {"customers": {"add": [other], "remove": [ANN]}}}
    payload = shopify.data("discount_code_update", id=number, input=change)["discountCodeBasicUpdate"]
    assert payload["userErrors"] == []
    assert _by_code(shopify, "ANN-10") is None
    told = shopify.data(
        '{ codeDiscountNodeByCode(code: "ann-20") { codeDiscount { ... on DiscountCodeBasic { title context'
        " { ... on DiscountCustomers { customers { id } } } } } } }"
    )["codeDiscountNodeByCode"]["codeDiscount"]
    assert told == {"title": "Thanks", "context": {"customers": [{"id": other}]}}


def test_a_deleted_code_is_free_again_and_cannot_be_deleted_twice(shopify: Any) -> None:
    number = _create(shopify, _offer())["codeDiscountNode"]["id"]
    assert shopify.data("discount_code_delete", id=number)["discountCodeDelete"]["userErrors"] == []
    again = shopify.data("discount_code_delete", id=number)["discountCodeDelete"]
    assert _errors(again) == [("id", "INVALID")]
    assert _create(shopify, _offer())["userErrors"] == []


def test_a_code_is_scheduled_active_and_expired_by_the_clock(shopify: Any) -> None:
    _create(shopify, _offer(startsAt="2026-11-23T00:00:00Z", endsAt="2026-11-24T00:00:00Z"))
    states = []
    for _ in range(3):
        states.append(_by_code(shopify, "ANN-10")["codeDiscount"]["status"])
        shopify.tick(86_400)
    assert states == ["SCHEDULED", "ACTIVE", "EXPIRED"]


def test_the_customer_meets_the_discount_and_nobody_else_does(shopify: Any) -> None:
    _create(shopify, _offer(usageLimit=1))
    other = shopify.shop.register("bo@example.com")
    for stranger in (other, None):
        with pytest.raises(ValueError, match="isn't available"):
            shopify.shop.place_order(items=[(2, 1)], customer_id=stranger, discount_codes=["ANN-10"])
    number = shopify.shop.place_order(items=[(2, 3)], customer_id=1, discount_codes=["ann-10"])
    order = shopify.data("orders_page", first=1, query=f"id:{number}")["orders"]["nodes"][0]
    assert order["discountCodes"] == ["ANN-10"]
    assert order["totalPriceSet"]["shopMoney"]["amount"] == "270.0"
    applied = order["discountApplications"]["nodes"][0]
    assert applied["code"] == "ANN-10"
    assert applied["value"] == {"__typename": "PricingPercentageValue", "percentage": 10.0}
    allocated = order["lineItems"]["nodes"][0]["discountAllocations"][0]
    assert allocated["allocatedAmountSet"]["shopMoney"]["amount"] == "30.0"
    assert _by_code(shopify, "ANN-10")["codeDiscount"]["asyncUsageCount"] == 1
    with pytest.raises(ValueError, match="used up"):
        shopify.shop.place_order(items=[(2, 1)], customer_id=1, discount_codes=["ANN-10"])


def test_once_per_customer_counts_each_customer_apart_and_can_be_lifted(shopify: Any) -> None:
    other = shopify.shop.register("bo@example.com")
    both = {"customers": {"add": [ANN, shopify.node("Customer", other)]}}
    made = _create(shopify, _offer(appliesOncePerCustomer=True, usageLimit=5, context=both))
    for person in (1, other):
        shopify.shop.place_order(items=[(2, 1)], customer_id=person, discount_codes=["ANN-10"])
        with pytest.raises(ValueError, match="used up"):
            shopify.shop.place_order(items=[(2, 1)], customer_id=person, discount_codes=["ANN-10"])
    lifted = {"appliesOncePerCustomer": False, "usageLimit": None}
    shopify.data("discount_code_update", id=made["codeDiscountNode"]["id"], input=lifted)
    for _ in range(5):
        shopify.shop.place_order(items=[(2, 1)], customer_id=1, discount_codes=["ANN-10"])
    assert _by_code(shopify, "ANN-10")["codeDiscount"]["asyncUsageCount"] == 7


def test_a_sum_is_spread_over_the_lines_and_never_below_zero(shopify: Any) -> None:
    value = {"discountAmount": {"amount": "50.01"}}
    _create(shopify, _offer(customerGets={"value": value, "items": {"all": True}}, context={"all": "ALL"}))
    number = shopify.shop.place_order(items=[(2, 1), (2, 2)], discount_codes=["ANN-10"])
    order = shopify.data("orders_page", first=1, query=f"id:{number}")["orders"]["nodes"][0]
    assert order["totalDiscountsSet"]["shopMoney"]["amount"] == "50.01"
    assert order["discountApplications"]["nodes"][0]["value"]["amount"] == "50.01"


def test_metafields_are_read_back_and_bump_the_customer(shopify: Any) -> None:
    before = _person(shopify)["updatedAt"]
    shopify.tick()
    payload = _set(shopify, FIELD | {"value": "5"})
    assert payload["metafields"][0]["owner"] == {"id": ANN}
    person = _person(shopify)
    assert [(each["key"], each["value"]) for each in person["metafields"]["nodes"]] == [("tier", "5")]
    assert person["updatedAt"] > before


def test_one_bad_metafield_and_none_is_written(shopify: Any) -> None:
    payload = _set(shopify, FIELD | {"value": "5"}, FIELD | {"key": "next", "value": "many"})
    assert payload["metafields"] is None
    assert [(error["code"], error["elementIndex"]) for error in payload["userErrors"]] == [
        ("INVALID_VALUE", 1)
    ]
    assert _person(shopify)["metafields"]["nodes"] == []


def test_more_than_25_metafields_are_refused_together(shopify: Any) -> None:
    fields = [FIELD | {"key": f"key{at}", "value": "1"} for at in range(26)]
    assert _errors(_set(shopify, *fields)) == [("metafields", "LESS_THAN_OR_EQUAL_TO")]
    assert _set(shopify, *fields[:25])["userErrors"] == []


def test_a_digest_guards_against_what_another_wrote_meanwhile(shopify: Any) -> None:
    fresh = _set(shopify, FIELD | {"value": "5", "compareDigest": None})
    digest = fresh["metafields"][0]["compareDigest"]
    assert _errors(_set(shopify, FIELD | {"value": "6", "compareDigest": None})) == [
        ("compareDigest", "STALE_OBJECT")
    ]
    assert _set(shopify, FIELD | {"value": "6", "compareDigest": digest})["userErrors"] == []
    assert _errors(_set(shopify, FIELD | {"value": "7", "compareDigest": digest})) == [
        ("compareDigest", "STALE_OBJECT")
    ]
    assert _errors(_set(shopify, FIELD | {"value": "7", "compareDigest": "x"})) == [
        ("compareDigest", "INVALID_COMPARE_DIGEST")
    ]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"ownerId": "gid://shopify/Customer/99"}, ("ownerId", "INVALID")),
        ({"namespace": "x"}, ("namespace", "INVALID")),
        ({"key": "a key"}, ("key", "INVALID")),
        ({"type": None}, ("type", "BLANK")),
        ({"value": ""}, ("value", "BLANK")),
    ],
)
def test_a_metafield_that_cannot_be_is_a_user_error(
    shopify: Any, change: dict[str, Any], error: tuple[str, str]
) -> None:
    assert _errors(_set(shopify, FIELD | {"value": "5"} | change)) == [error]


def test_a_namespace_left_out_is_the_apps_own(shopify: Any) -> None:
    own = {name: value for name, value in FIELD.items() if name != "namespace"}
    made = _set(shopify, own | {"value": "5"})["metafields"][0]
    assert made["namespace"].startswith("app--")
    shopify.shop.add_token("second")
    other = shopify("metafields_set", token="second", metafields=[own | {"value": "5"}])
    assert other["data"]["metafieldsSet"]["metafields"][0]["namespace"] != made["namespace"]


def test_deleting_metafields_says_null_for_what_was_not_there(shopify: Any) -> None:
    _set(shopify, FIELD | {"value": "5"})
    place = {name: FIELD[name] for name in ("ownerId", "namespace", "key")}
    gone = shopify.data("metafields_delete", metafields=[place, place])["metafieldsDelete"]
    assert gone["deletedMetafields"] == [place, None]
    assert _person(shopify)["metafields"]["nodes"] == []


def test_a_definition_is_made_once_and_gives_the_type(shopify: Any) -> None:
    definition = {
        "ownerType": "CUSTOMER",
        "name": "Tier",
        **{n: FIELD[n] for n in ("namespace", "key", "type")},
    }
    definition["access"] = {"customerAccount": "READ"}
    definition["capabilities"] = {"adminFilterable": {"enabled": True}}
    made = shopify.data("metafield_definition_create", definition=definition)["metafieldDefinitionCreate"]
    assert made["createdDefinition"]["access"]["customerAccount"] == "READ"
    assert made["createdDefinition"]["capabilities"]["adminFilterable"] == {"enabled": True}
    again = shopify.data("metafield_definition_create", definition=definition)["metafieldDefinitionCreate"]
    assert _errors(again) == [("key", "TAKEN")]
    untyped = {name: value for name, value in FIELD.items() if name != "type"}
    assert _set(shopify, untyped | {"value": "5"})["userErrors"] == []
    assert _errors(_set(shopify, FIELD | {"type": "json", "value": "5"})) == [("type", "INVALID_TYPE")]


def test_staff_access_is_set_only_on_definitions_of_the_apps_own_namespace(shopify: Any) -> None:
    definition = {"ownerType": "CUSTOMER", "name": "Tier", "key": "tier", "type": "json"}
    definition["access"] = {"admin": "MERCHANT_READ"}
    shared = shopify.data("metafield_definition_create", definition=definition | {"namespace": "regulars"})
    assert _errors(shared["metafieldDefinitionCreate"]) == [("access", "ADMIN_ACCESS_INPUT_NOT_ALLOWED")]
    own = shopify.data("metafield_definition_create", definition=definition)["metafieldDefinitionCreate"]
    assert own["createdDefinition"]["access"]["admin"] == "MERCHANT_READ"


def test_tags_are_one_in_any_letter_case_and_a_known_one_moves_no_date(shopify: Any) -> None:
    shopify.data("tags_add", id=ANN, tags=["VIP, tea", "vip"])
    person = _person(shopify)
    assert person["tags"] == ["tea", "VIP"]
    shopify.tick()
    shopify.data("tags_add", id=ANN, tags=["Vip"])
    assert _person(shopify)["updatedAt"] == person["updatedAt"]
    shopify.data("tags_remove", id=ANN, tags=["vip", "none"])
    assert _person(shopify)["tags"] == ["tea"]
    assert _person(shopify)["updatedAt"] > person["updatedAt"]


def test_a_customer_has_250_tags_at_most(shopify: Any) -> None:
    many = shopify.data("tags_add", id=ANN, tags=[f"t{at}" for at in range(251)])["tagsAdd"]
    assert _errors({"userErrors": [error | {"code": ""} for error in many["userErrors"]]}) == [("tags", "")]
    assert _person(shopify)["tags"] == []
    missing = shopify.data("tags_add", id=shopify.node("Customer", 99), tags=["x"])["tagsAdd"]
    assert missing["userErrors"][0]["message"] == "Resource not found"


def test_discounts_are_found_by_their_tag_with_all_their_terms(shopify: Any) -> None:
    _create(shopify, _offer(tags=["regulars"], combinesWith={"shippingDiscounts": True}))
    _create(shopify, _offer("OTHER"))
    nodes = shopify.data(
        """{ discountNodes(first: 9, query: "tag:Regulars") { nodes { id discount { ... on DiscountCodeBasic {
        tags codes(first: 2) { nodes { code } } combinesWith { orderDiscounts shippingDiscounts }
        minimumRequirement { __typename } customerGets { value { ... on DiscountPercentage { percentage } }
        items { ... on AllDiscountItems { allItems } } } } } } } }"""
    )["discountNodes"]["nodes"]
    assert len(nodes) == 1
    assert nodes[0]["id"].startswith("gid://shopify/DiscountNode/")
    assert nodes[0]["discount"] == {
        "tags": ["regulars"],
        "codes": {"nodes": [{"code": "ANN-10"}]},
        "combinesWith": {"orderDiscounts": False, "shippingDiscounts": True},
        "minimumRequirement": None,
        "customerGets": {"value": {"percentage": 0.1}, "items": {"allItems": True}},
    }


def test_definitions_are_listed_by_namespace(shopify: Any) -> None:
    definition = {
        "ownerType": "CUSTOMER",
        "name": "Tier",
        **{n: FIELD[n] for n in ("namespace", "key", "type")},
    }
    shopify.data("metafield_definition_create", definition=definition)
    text = (
        "query D($ns: String) { metafieldDefinitions(first: 9, ownerType: CUSTOMER, namespace: $ns)"
        " { pageInfo { hasNextPage } nodes { namespace key } } }"
    )
    found = shopify.data(text, ns="regulars")["metafieldDefinitions"]["nodes"]
    assert found == [{"namespace": "regulars", "key": "tier"}]
    assert shopify.data(text, ns="other")["metafieldDefinitions"]["nodes"] == []
