"""Automatic discounts of the Shopify double: who gets them at the checkout, and how many there may be."""

from __future__ import annotations

from typing import Any

import pytest

from regulars_sandbox import SegmentConduct
from regulars_sandbox.shopify import OVERLAP_CODES

ANN = "gid://shopify/Customer/1"
ALL = {"all": "ALL"}
EVERY_CLASS = {"orderDiscounts": True, "productDiscounts": True}


def _terms(percent: float = 10, **more: Any) -> dict[str, Any]:
    return {
        "title": f"Level {percent}",
        "startsAt": "2026-11-01T00:00:00Z",
        "context": ALL,
        "customerGets": {"value": {"percentage": percent / 100}, "items": {"all": True}},
    } | more


def _create(shopify: Any, terms: dict[str, Any]) -> Any:
    return shopify.data("discount_automatic_create", input=terms)["discountAutomaticBasicCreate"]


def _made(shopify: Any, terms: dict[str, Any]) -> str:
    payload = _create(shopify, terms)
    assert payload["userErrors"] == []
    return str(payload["automaticDiscountNode"]["id"])


def _code(shopify: Any, percent: float = 10, **more: Any) -> None:
    terms = _terms(percent, code="ANN-10", **more)
    assert shopify.data("discount_code_create", input=terms)["discountCodeBasicCreate"]["userErrors"] == []


def _errors(payload: Any) -> list[tuple[list[str], str]]:
    return [(error["field"], error["code"]) for error in payload["userErrors"]]


def _bought(shopify: Any, customer: int | None = 1, *, codes: tuple[str, ...] = (), pieces: int = 1) -> Any:
    """The order of 100.00 a piece, as the API shows it."""
    number = shopify.shop.place_order(items=[(2, pieces)], customer_id=customer, discount_codes=codes)
    return shopify.data("orders_page", first=1, query=f"id:{number}")["orders"]["nodes"][0]


def _given(order: Any) -> tuple[str, list[str]]:
    """What was paid, and by which discounts: a code, or the title of an automatic one."""
    applied = [each.get("code") or each["title"] for each in order["discountApplications"]["nodes"]]
    return order["totalPriceSet"]["shopMoney"]["amount"], applied


def _segment(shopify: Any, query: str) -> str:
    made = shopify.data("segment_create", name=query, query=query)["segmentCreate"]
    return str(made["segment"]["id"])


def _listed(shopify: Any, **arguments: Any) -> Any:
    return shopify.data("automatic_discounts", **arguments)


def test_a_segments_discount_is_given_to_its_members_alone(shopify: Any) -> None:
    other = shopify.shop.register("bo@example.com")
    segment = _segment(shopify, "customer_tags CONTAINS 'gold'")
    payload = _create(shopify, _terms(10, context={"customerSegments": {"add": [segment]}}))
    context = payload["automaticDiscountNode"]["automaticDiscount"]["context"]
    assert context["segments"] == [
        {"id": segment, "name": "customer_tags CONTAINS 'gold'", "query": "customer_tags CONTAINS 'gold'"}
    ]
    assert _given(_bought(shopify)) == ("100.0", [])
    shopify.data("tags_add", id=ANN, tags=["gold"])
    for customer in (other, None):
        assert _given(_bought(shopify, customer)) == ("100.0", [])
    order = _bought(shopify)
    assert _given(order) == ("90.0", ["Level 10"])
    assert order["discountCodes"] == []
    allocated = order["lineItems"]["nodes"][0]["discountAllocations"]
    assert [each["allocatedAmountSet"]["shopMoney"]["amount"] for each in allocated] == ["10.0"]


def test_a_segment_that_lags_gives_late_and_a_deleted_one_never(shopify: Any) -> None:
    segment = _segment(shopify, "customer_tags CONTAINS 'gold'")
    _made(shopify, _terms(10, context={"customerSegments": {"add": [segment]}}))
    shopify.shop.segments = SegmentConduct(lag_seconds=60)
    shopify.data("tags_add", id=ANN, tags=["gold"])
    assert _given(_bought(shopify)) == ("100.0", [])
    shopify.tick(60)
    assert _given(_bought(shopify)) == ("90.0", ["Level 10"])
    shopify.data("segment_delete", id=segment)
    assert _given(_bought(shopify)) == ("100.0", [])


def test_named_customers_and_everybody_even_a_guest(shopify: Any) -> None:
    other = shopify.shop.register("bo@example.com")
    number = _made(shopify, _terms(10, context={"customers": {"add": [ANN]}}))
    assert [_given(_bought(shopify, who))[0] for who in (1, other, None)] == ["90.0", "100.0", "100.0"]
    change = {"context": {"customers": {"add": [shopify.node("Customer", other)], "remove": [ANN]}}}
    shopify.data("discount_automatic_update", id=number, input=change)
    assert [_given(_bought(shopify, who))[0] for who in (1, other, None)] == ["100.0", "90.0", "100.0"]
    shopify.data("discount_automatic_update", id=number, input={"context": ALL})
    assert [_given(_bought(shopify, who))[0] for who in (1, other, None)] == ["90.0"] * 3


def test_of_several_the_best_one_is_given(shopify: Any) -> None:
    for terms in (
        _terms(5),
        _terms(20, minimumRequirement={"subtotal": {"greaterThanOrEqualToSubtotal": "300"}}),
        _terms(
            15,
            title="Sum",
            customerGets={"value": {"discountAmount": {"amount": "15"}}, "items": {"all": True}},
        ),
    ):
        _made(shopify, terms | {"combinesWith": EVERY_CLASS})
    assert _given(_bought(shopify)) == ("85.0", ["Sum"])
    assert _given(_bought(shopify, pieces=3)) == ("240.0", ["Level 20"])


@pytest.mark.parametrize(
    ("automatic", "code", "both", "paid", "applied"),
    [
        (10, 20, True, "70.0", ["ANN-10", "Level 10"]),
        (10, 20, False, "80.0", ["ANN-10"]),
        (20, 10, False, "80.0", ["Level 20"]),
        (10, 10, False, "90.0", ["ANN-10"]),
        (60, 60, True, "0.0", ["ANN-10", "Level 60"]),
    ],
)
def test_beside_a_code_where_both_allow_it_and_else_the_better_one(
    shopify: Any, automatic: int, code: int, both: bool, paid: str, applied: list[str]
) -> None:
    _made(shopify, _terms(automatic, combinesWith=EVERY_CLASS))
    _code(shopify, code, combinesWith=EVERY_CLASS if both else {})
    order = _bought(shopify, codes=("ANN-10",))
    assert _given(order) == (paid, applied)
    assert order["discountCodes"] == [each for each in applied if each == "ANN-10"]
    parts = order["lineItems"]["nodes"][0]["discountAllocations"]
    taken = sum(float(each["allocatedAmountSet"]["shopMoney"]["amount"]) for each in parts)
    assert 100 - taken == float(paid)
    used = shopify.data("discount_by_code", code="ANN-10")["codeDiscountNodeByCode"]["codeDiscount"]
    assert used["asyncUsageCount"] == ("ANN-10" in applied)
    (node,) = _listed(shopify)["automaticDiscountNodes"]["nodes"]
    assert node["automaticDiscount"]["asyncUsageCount"] == (f"Level {automatic}" in applied)


def test_a_discount_for_products_comes_before_one_for_the_order(shopify: Any) -> None:
    goods = {"products": {"productsToAdd": [shopify.node("Product", 2)]}}
    gets = {"value": {"percentage": 0.5}, "items": goods}
    _made(shopify, _terms(customerGets=gets, title="Half", combinesWith=EVERY_CLASS))
    _code(shopify, 10, combinesWith={"productDiscounts": True})
    assert _given(_bought(shopify, codes=("ANN-10",))) == ("45.0", ["Half", "ANN-10"])
    (node,) = _listed(shopify)["automaticDiscountNodes"]["nodes"]
    assert node["automaticDiscount"]["discountClasses"] == ["PRODUCT"]


def test_only_so_many_may_be_active_at_any_one_moment(shopify: Any) -> None:
    shopify.shop.segments = SegmentConduct(automatic_limit=2)
    _made(shopify, _terms(1, endsAt="2026-12-01T00:00:00Z"))
    _made(shopify, _terms(2, startsAt="2026-12-10T00:00:00Z"))
    long = _made(shopify, _terms(3))
    place = ["automaticBasicDiscount", "startsAt"]
    for refused in (
        _terms(4),
        _terms(4, startsAt="2026-12-20T00:00:00Z"),
        _terms(4, endsAt="2026-11-02T00:00:00Z"),
    ):
        assert _errors(_create(shopify, refused)) == [(place, "ACTIVE_PERIOD_OVERLAP")]
    fits = _terms(4, startsAt="2026-12-02T00:00:00Z", endsAt="2026-12-10T00:00:00Z")
    number = _made(shopify, fits)
    longer = shopify.data("discount_automatic_update", id=number, input={"endsAt": "2026-12-11T00:00:00Z"})
    assert _errors(longer["discountAutomaticBasicUpdate"]) == [(place, "ACTIVE_PERIOD_OVERLAP")]
    begun = shopify.data("discount_automatic_activate", id=number)["discountAutomaticActivate"]
    assert _errors(begun) == [(["id"], "ACTIVE_PERIOD_OVERLAP")]
    shopify.data("discount_automatic_deactivate", id=long)
    begun = shopify.data("discount_automatic_activate", id=number)["discountAutomaticActivate"]
    assert begun["automaticDiscountNode"]["automaticDiscount"]["status"] == "ACTIVE"


@pytest.mark.parametrize("code", OVERLAP_CODES)
def test_one_more_than_the_limit_is_an_error_by_the_code_of_the_switch(shopify: Any, code: str) -> None:
    shopify.shop.segments = SegmentConduct(overlap_code=code)
    for at in range(25):
        _made(shopify, _terms(at))
    assert _errors(_create(shopify, _terms(26)))[0][1] == code


def test_a_discount_is_switched_off_and_on_and_deleted_for_good(shopify: Any) -> None:
    number = _made(shopify, _terms(10, endsAt="2026-12-01T00:00:00Z"))

    def switched(way: str) -> tuple[str, str | None, str]:
        payload = shopify.data(f"discount_automatic_{way}", id=number)[f"discountAutomatic{way.title()}"]
        node = payload["automaticDiscountNode"]["automaticDiscount"]
        return node["status"], node["endsAt"], _given(_bought(shopify))[0]

    assert switched("activate") == ("ACTIVE", "2026-12-01T00:00:00Z", "90.0")
    assert switched("deactivate") == ("EXPIRED", "2026-11-22T03:30:01Z", "100.0")
    shopify.tick(60)
    assert switched("deactivate") == ("EXPIRED", "2026-11-22T03:30:01Z", "100.0")
    assert switched("activate") == ("ACTIVE", None, "90.0")
    gone = shopify.data("discount_automatic_delete", id=number)["discountAutomaticDelete"]
    assert gone == {"deletedAutomaticDiscountId": number, "userErrors": []}
    for way in ("delete", "activate", "deactivate"):
        payload = shopify.data(f"discount_automatic_{way}", id=number)[f"discountAutomatic{way.title()}"]
        assert _errors(payload) == [(["id"], "INVALID")]
    assert _given(_bought(shopify))[0] == "100.0"
    assert shopify.data("automatic_discount", id=number)["automaticDiscountNode"] is None


@pytest.mark.parametrize(
    ("terms", "place", "code"),
    [
        ({"title": ""}, ["title"], "BLANK"),
        ({"context": None}, ["context"], "BLANK"),
        ({"endsAt": "2026-10-01T00:00:00Z"}, ["endsAt"], "END_DATE_BEFORE_START_DATE"),
        (
            {"customerGets": {"value": {"percentage": 10}, "items": {"all": True}}},
            ["customerGets", "value", "percentage"],
            "VALUE_OUTSIDE_RANGE",
        ),
        (
            {"context": {"customers": {"add": ["gid://shopify/Customer/99"]}}},
            ["context", "customers"],
            "INVALID",
        ),
        (
            {"context": {"customerSegments": {"add": ["gid://shopify/Segment/99"]}}},
            ["context", "customerSegments"],
            "INVALID",
        ),
        ({"tags": [f"t{at}" for at in range(6)]}, ["tags"], "TOO_MANY_TAGS"),
        ({"tags": ["t" * 256]}, ["tags"], "INVALID_TAG_LENGTH"),
    ],
)
def test_wrong_terms_are_user_errors_and_no_discount(
    shopify: Any, terms: dict[str, Any], place: list[str], code: str
) -> None:
    payload = _create(shopify, _terms(**terms))
    assert (payload["automaticDiscountNode"], _errors(payload)) == (
        None,
        [(["automaticBasicDiscount", *place], code)],
    )
    assert _listed(shopify)["discountNodes"]["nodes"] == []


def test_a_title_is_one_automatic_discounts_only(shopify: Any) -> None:
    first = _made(shopify, _terms(10, title="Gold"))
    second = _made(shopify, _terms(20, title="Silver"))
    taken = [(["automaticBasicDiscount", "title"], "TAKEN")]
    shopify.data("discount_automatic_deactivate", id=first)
    assert _errors(_create(shopify, _terms(5, title="GOLD"))) == taken
    renamed = shopify.data("discount_automatic_update", id=second, input={"title": "Gold"})
    assert _errors(renamed["discountAutomaticBasicUpdate"]) == taken
    same = shopify.data("discount_automatic_update", id=second, input={"title": "SILVER"})
    assert _errors(same["discountAutomaticBasicUpdate"]) == []


@pytest.mark.parametrize("nobody", [{"customers": {}}, {"customerSegments": {}}, {"customers": {"add": []}}])
def test_a_list_of_buyers_without_any_is_nobody_and_not_everybody(shopify: Any, nobody: Any) -> None:
    _made(shopify, _terms(10, context=nobody))
    assert [_given(_bought(shopify, who))[0] for who in (1, None)] == ["100.0", "100.0"]


def test_both_kinds_are_listed_together_and_the_automatic_ones_alone(shopify: Any) -> None:
    _code(shopify, tags=["regulars"])
    number = _made(shopify, _terms(10, tags=["regulars"], combinesWith={"shippingDiscounts": True}))
    _made(shopify, _terms(20))
    told = _listed(shopify, query="tag:Regulars")
    kinds = [node["discount"]["__typename"] for node in told["discountNodes"]["nodes"]]
    assert kinds == ["DiscountCodeBasic", "DiscountAutomaticBasic"]
    (node,) = told["automaticDiscountNodes"]["nodes"]
    assert node["id"] == number
    assert node["automaticDiscount"]["combinesWith"] == {
        "orderDiscounts": False,
        "productDiscounts": False,
        "shippingDiscounts": True,
    }


def test_a_code_may_be_for_a_segment_too(shopify: Any) -> None:
    segment = _segment(shopify, "customer_tags CONTAINS 'gold'")
    _code(shopify, context={"customerSegments": {"add": [segment]}})
    with pytest.raises(ValueError, match="isn't available"):
        _bought(shopify, codes=("ANN-10",))
    shopify.data("tags_add", id=ANN, tags=["gold"])
    assert _given(_bought(shopify, codes=("ANN-10",))) == ("90.0", ["ANN-10"])


def test_who_may_not_write_discounts_makes_none(shopify: Any) -> None:
    shopify.shop.add_token("poor", scopes=frozenset({"read_discounts"}))
    answer = shopify("discount_automatic_create", token="poor", input=_terms())
    assert answer["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
    assert _listed(shopify)["discountNodes"]["nodes"] == []
