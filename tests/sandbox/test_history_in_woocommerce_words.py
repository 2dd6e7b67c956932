"""A neutral history comes out in the very shape that the recorded shop's records have."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from regulars_sandbox import (
    ApiKey,
    OrderStatus,
    Request,
    ShopAddress,
    ShopCustomer,
    ShopHistory,
    ShopLine,
    ShopOrder,
    ShopProduct,
    ShopRefund,
    WooCommerceShop,
)

RECORDINGS = Path(__file__).parent / "recordings"
START = datetime(2026, 7, 1, 21, 30, tzinfo=UTC)
ANN = ShopAddress(
    first_name="Ann", last_name="O", city="Kyiv", country="UA", email="Ann@Example.com", phone="067"
)


def _history() -> ShopHistory:
    product = ShopProduct(10, "Tea", "T-1", 15_050, START, START, ("Tea",))
    person = ShopCustomer(
        7, "ann@example.com", START, None, "Ann", "O", billing=ANN, meta=(("optin", "yes"),)
    )
    order = ShopOrder(
        id=100,
        status=OrderStatus.COMPLETED,
        created=START,
        modified=START + timedelta(days=2),
        billing=ANN,
        lines=(ShopLine("Tea", 3, 45_150, 40_635, 10, "T-1"),),
        customer_id=7,
        shipping=ANN,
        shipping_total=7_000,
        coupon_codes=("ten",),
        source_type="utm",
        source="newsletter",
        paid=START,
        completed=START,
        refunds=(ShopRefund(101, 1_000, START + timedelta(days=1), "late"),),
    )
    return ShopHistory("UAH", "Europe/Kyiv", "UA", (person,), (order,), (product,))


@pytest.fixture
def shop() -> WooCommerceShop:
    made = WooCommerceShop.of(_history(), home="https://shop.example")
    made.add_key(ApiKey("ck", "cs"))
    return made


def _get(shop: WooCommerceShop, path: str) -> Any:
    target = f"/wp-json/wc/v3{path}{'&' if '?' in path else '?'}consumer_key=ck&consumer_secret=cs"
    return json.loads(shop.respond(Request("GET", target, {}, secure=True)).body)


def _shape(value: Any, at: str = "") -> set[str]:
    """Every key with the kinds of value below it, lists flattened; free meta values left out."""
    if at.endswith(("value", "_links")):
        return set()
    if isinstance(value, dict):
        order = {f"{at}: {','.join(value)}"}
        return order.union(*(_shape(part, f"{at}.{name}") for name, part in value.items()))
    if isinstance(value, list):
        return set[str]().union(*(_shape(part, f"{at}[]") for part in value))
    return {f"{at} {type(value).__name__.replace('float', 'int')}"}


@pytest.mark.parametrize("kind", ["orders", "customers", "refunds", "products"])
def test_every_key_and_kind_of_a_rendered_record_was_recorded(shop: WooCommerceShop, kind: str) -> None:
    pages = json.loads((RECORDINGS / f"export_{kind}.json").read_text("utf-8"))
    recorded = set[str]().union(*(_shape(row) for page in pages for row in page["json"]))
    rendered = set[str]().union(*(_shape(row) for row in _get(shop, f"/{kind}")))
    # The exporting shop had no person without a change time beside its administrator.
    assert rendered - recorded == set()


def test_the_money_of_an_order_adds_up(shop: WooCommerceShop) -> None:
    order = _get(shop, "/orders/100")
    assert (order["total"], order["discount_total"], order["shipping_total"]) == ("476.35", "45.15", "70.00")
    assert order["line_items"][0]["price"] == pytest.approx(135.45)
    assert order["coupon_lines"][0]["discount"] == "45.15"
    assert order["refunds"] == [{"id": 101, "reason": "late", "total": "-10.00"}]


def test_local_times_follow_the_shops_zone(shop: WooCommerceShop) -> None:
    order = _get(shop, "/orders/100")
    assert (order["date_created_gmt"], order["date_created"]) == (
        "2026-07-01T21:30:00",
        "2026-07-02T00:30:00",
    )


def test_reading_a_history_leaves_it_as_it_was_and_writing_keeps(shop: WooCommerceShop) -> None:
    first = _get(shop, "/orders/100")
    assert _get(shop, "/orders/100") == first
    shop.edit_order(100, customer_note="ring twice")
    assert _get(shop, "/orders/100")["customer_note"] == "ring twice"


def test_new_numbers_follow_those_of_the_history(shop: WooCommerceShop) -> None:
    assert shop.place_order(items=[(10, 1)]) == 102
    assert shop.register("new@example.com") == 8
