"""Our plug-in in the double: the discount of a customer's labels is in the cart by itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from regulars_sandbox import (
    ApiKey,
    Request,
    Response,
    ShopCustomer,
    ShopHistory,
    ShopProduct,
    WooCommerceShop,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
OWNER, OTHER, COFFEE, TEA = 5, 6, 10, 11
BILLING = {"email": "person5@example.com"}


def _customer(number: int) -> ShopCustomer:
    return ShopCustomer(number, f"person{number}@example.com", NOW, NOW, first_name="Olena")


def _asked(shop: WooCommerceShop, method: str, target: str, document: Any = None) -> Response:
    key = f"consumer_key=ck&consumer_secret=cs&{target.partition('?')[2]}"
    body = b"" if document is None else json.dumps(document).encode()
    headers = {"content-type": "application/json"}
    path = f"/wp-json{target.partition('?')[0]}?{key}"
    return shop.respond(Request(method, path, headers, body, secure=True))


def _labelled(shop: WooCommerceShop, **labels: str) -> None:
    metas = [{"key": f"regulars_{name}", "value": value} for name, value in labels.items()]
    assert _asked(shop, "PUT", f"/wc/v3/customers/{OWNER}", {"meta_data": metas}).status == 200


def _coupon(shop: WooCommerceShop, **values: Any) -> None:
    mark = [{"key": "_regulars", "value": str(OWNER)}]
    given = {"code": "reg-once", "discount_type": "percent", "amount": "20", "meta_data": mark, **values}
    assert _asked(shop, "POST", "/wc/v3/coupons", given).status == 201


def _bought(shop: WooCommerceShop, customer: int = OWNER, **given: Any) -> Any:
    number = shop.place_order(items=[(COFFEE, 1)], customer_id=customer, billing=BILLING, **given)
    return json.loads(_asked(shop, "GET", f"/wc/v3/orders/{number}").body)


def _codes(order: Any) -> list[tuple[str, str]]:
    return [(line["code"], line["discount"]) for line in order["coupon_lines"]]


@pytest.fixture
def shop() -> WooCommerceShop:
    history = ShopHistory(
        "UAH",
        "Europe/Kyiv",
        "UA",
        customers=(_customer(OWNER), _customer(OTHER)),
        products=(
            ShopProduct(COFFEE, "Coffee", "SKU-1", 10_000, NOW, NOW, ("Drinks",)),
            ShopProduct(TEA, "Tea", "SKU-2", 5_000, NOW, NOW, regular=6_000),
        ),
    )
    made = WooCommerceShop.of(history, home="https://shop.example", clock=lambda: NOW)
    made.add_key(ApiKey("ck", "cs"))
    made.site.companion = True
    return made


def test_the_index_and_a_route_of_its_own_tell_that_it_is_there(shop: WooCommerceShop) -> None:
    def told() -> tuple[bool, int]:
        index = json.loads(_asked(shop, "GET", "/").body)
        return "regulars/v1" in index["namespaces"], _asked(shop, "GET", "/regulars/v1/status").status

    assert told() == (True, 200)
    assert "regulars_valid_until" in json.loads(_asked(shop, "GET", "/regulars/v1/status").body)["labels"]
    shop.site.woocommerce = False
    assert told() == (False, 404)
    shop.site.woocommerce, shop.site.companion = True, False
    assert told() == (False, 404)


def test_the_label_s_percentage_is_in_the_order_of_its_owner_and_of_nobody_else(
    shop: WooCommerceShop,
) -> None:
    _labelled(shop, discount="12.50")
    order = _bought(shop)
    assert (_codes(order), order["total"]) == ([("regulars-5", "12.5")], "87.50")
    assert [_codes(_bought(shop, customer)) for customer in (OTHER, 0)] == [[], []]
    assert (shop.cart(OWNER), shop.cart(OTHER)) == (["regulars-5"], [])


def test_without_the_plug_in_a_label_gives_nothing(shop: WooCommerceShop) -> None:
    _labelled(shop, discount="12.50")
    shop.site.companion = False
    assert _codes(_bought(shop)) == []


@pytest.mark.parametrize(
    ("until", "codes"),
    [
        ("2026-11-22T12:00:01Z", ["regulars-5"]),
        ("2026-11-22T12:00:00Z", []),
        ("2026-11-31T12:00:00Z", []),
        ("tomorrow", []),
        ("2027-1-1T00:00:00Z", []),
    ],
)
def test_it_ends_at_the_moment_that_the_label_names(
    shop: WooCommerceShop, until: str, codes: list[str]
) -> None:
    _labelled(shop, discount="7.00", valid_until=until)
    assert shop.cart(OWNER) == codes


@pytest.mark.parametrize("percent", ["0.00", "100.01", "7,5", "-7", "7.001", ""])
def test_what_is_no_percentage_gives_nothing(shop: WooCommerceShop, percent: str) -> None:
    _labelled(shop, discount=percent)
    assert shop.cart(OWNER) == []


def test_it_steps_aside_for_a_code_that_was_typed(shop: WooCommerceShop) -> None:
    _labelled(shop, discount="7.00")
    _coupon(shop, code="sale", meta_data=[])
    assert _codes(_bought(shop, coupon_codes=["sale"])) == [("sale", "20")]
    assert shop.cart(OWNER, coupon_codes=["REGULARS-5"]) == ["regulars-5"]


def test_a_personal_coupon_takes_its_place_and_works_as_often_as_it_may(shop: WooCommerceShop) -> None:
    _labelled(shop, discount="20.00", code="reg-once")
    assert shop.cart(OWNER) == []
    _coupon(shop, usage_limit=1, usage_limit_per_user=1)
    assert _codes(_bought(shop)) == [("reg-once", "20")]
    assert _codes(_bought(shop)) == []


@pytest.mark.parametrize(
    "values",
    [{"meta_data": []}, {"meta_data": [{"key": "_regulars", "value": "6"}]}, {"date_expires": "2020-01-01"}],
)
def test_a_coupon_that_is_not_marked_for_the_customer_or_has_ended_is_not_put_in(
    shop: WooCommerceShop, values: dict[str, Any]
) -> None:
    _labelled(shop, discount="20.00", code="reg-once")
    _coupon(shop, **values)
    assert shop.cart(OWNER) == []


@pytest.mark.parametrize(
    ("terms", "items", "total"),
    [
        ({"amount": "30.00", "currency": "UAH"}, {COFFEE: 1}, "70.00"),
        ({"amount": "130.00", "currency": "UAH"}, {COFFEE: 1}, "0.00"),
        ({"percent": "12.50", "goods": {"products": [COFFEE]}}, {COFFEE: 1, TEA: 1}, "137.50"),
        ({"amount": "70.00", "currency": "UAH", "goods": {"products": [TEA]}}, {COFFEE: 1, TEA: 1}, "100.00"),
        (
            {"percent": "10.00", "goods": {"categories": [1], "products": [TEA]}},
            {COFFEE: 1, TEA: 1},
            "135.00",
        ),
        ({"percent": "10.00", "goods": {"except_products": [TEA]}}, {COFFEE: 1, TEA: 1}, "140.00"),
        ({"percent": "10.00", "goods": {"except_categories": [1]}}, {COFFEE: 1, TEA: 1}, "145.00"),
        ({"percent": "10.00", "goods": {"reduced": False}}, {COFFEE: 1, TEA: 1}, "140.00"),
        ({"percent": "10.00", "goods": {"products": [99]}}, {COFFEE: 1}, "100.00"),
        ({"percent": "10.00", "minimum": "150.00", "currency": "UAH"}, {COFFEE: 1, TEA: 1}, "135.00"),
        ({"percent": "10.00", "minimum": "150.01", "currency": "UAH"}, {COFFEE: 1, TEA: 1}, "150.00"),
        ({"amount": "30.00", "currency": "EUR"}, {COFFEE: 1}, "100.00"),
        ({"amount": "30.00"}, {COFFEE: 1}, "100.00"),
        ({"percent": "10.00", "goods": {"brands": [1]}}, {COFFEE: 1}, "100.00"),
        ({"percent": "10.00", "goods": {"products": [str(COFFEE)]}}, {COFFEE: 1}, "100.00"),
        ({"percent": "10.00", "goods": {}}, {COFFEE: 1}, "100.00"),
        ({"percent": "10.00", "amount": "5.00", "currency": "UAH"}, {COFFEE: 1}, "100.00"),
    ],
)
def test_terms_count_before_a_percentage_and_what_cannot_be_read_gives_nothing(
    shop: WooCommerceShop, terms: dict[str, Any], items: dict[int, int], total: str
) -> None:
    _labelled(shop, discount="50.00", terms=json.dumps(terms, sort_keys=True, separators=(",", ":")))
    number = shop.place_order(items=list(items.items()), customer_id=OWNER, billing=BILLING)
    order = json.loads(_asked(shop, "GET", f"/wc/v3/orders/{number}").body)
    assert order["total"] == total


@pytest.mark.parametrize("text", ["{", "[]", '{"percent": "10.00"}', '{"percent":"10.00","percent":"90.00"}'])
def test_terms_in_another_spelling_give_nothing(shop: WooCommerceShop, text: str) -> None:
    _labelled(shop, discount="50.00", terms=text)
    assert shop.cart(OWNER, items=[(COFFEE, 1)]) == []


def test_a_personal_coupon_that_does_not_take_the_cart_is_not_put_in(shop: WooCommerceShop) -> None:
    _labelled(shop, discount="20.00", code="reg-once")
    _coupon(shop, minimum_amount="150.00")
    assert [shop.cart(OWNER, items=[(COFFEE, number)]) for number in (1, 2)] == [[], ["reg-once"]]
