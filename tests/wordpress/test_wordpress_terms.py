"""Sums, goods and smallest orders: what the plugin reads of them, whom it gives what, and what it says."""

import json
from typing import Any

import pytest

from wordpress.conftest import Play, customer

NOW = 1_800_000_000
OURS = "regulars-5"
PERSONAL = "reg-abc"
COFFEE, TEA, CUP, SMALL_CUP = 10, 11, 12, 13
DRINKS, DISHES = 3, 4
SHOP: dict[str, Any] = {
    "goods": {
        COFFEE: {"name": "Coffee", "price": 100, "kinds": [DRINKS]},
        TEA: {"name": "Tea &amp; <b>herbs</b>", "price": 50, "kinds": [DRINKS], "reduced": True},
        CUP: {"name": "Cup", "price": 30, "kinds": [DISHES]},
        SMALL_CUP: {"name": "Cup, small", "price": 20, "parent": CUP},
    },
    "kinds": {DRINKS: "Drinks", DISHES: "Dishes"},
}
CALCULATED = ("calculated_cart",)


def said(**terms: Any) -> str:
    """Terms as Regulars prints them."""
    return json.dumps(terms, sort_keys=True, separators=(",", ":"))


SUM = {"amount": "100.00", "currency": "UAH"}


@pytest.mark.parametrize(
    ("terms", "read"),
    [
        (SUM, {"amount": "100.00"}),
        ({"percent": "7.50", "goods": {"products": [10]}}, {"percent": "7.5", "goods": {"products": [10]}}),
        (
            {**SUM, "minimum": "500.00", "goods": {"except_categories": [3, 9], "reduced": False}},
            {
                "amount": "100.00",
                "minimum": "500.00",
                "goods": {"except_categories": [3, 9], "reduced": False},
            },
        ),
        (
            {"percent": "7.00", "minimum": "0.01", "currency": "UAH"},
            {"percent": "7", "minimum": "0.01"},
        ),
    ],
)
def test_terms_are_read_as_regulars_prints_them(
    play: Play, terms: dict[str, Any], read: dict[str, Any]
) -> None:
    (found,) = play(("regulars_terms", said(**terms), "UAH")).answers
    assert found == {"percent": "", "amount": "", "minimum": "", "goods": []} | read


UNREADABLE: list[Any] = [
    *("{", "null", "[]", "{}", "7.00", '"7.00"', "true", " ", ["7"], 7, {"percent": "7.00"}),
    # Not as Regulars prints it, though it could be read.
    '{"percent": "7.00"}',
    '{"percent":"7.00"}\n',
    '{"percent":"7.00","goods":{"products":[10]}}',
    '{"percent":"7.00","percent":"70.00"}',
    '{"goods":{"products":[10],"categories":[3]},"percent":"7.00"}',
    said(),
    said(currency="UAH"),
    said(percent="7.00", amount="5.00", currency="UAH"),
    said(percent="0.00"),
    said(percent="100.01"),
    said(percent=7),
    said(percent="7.00", colour="red"),
    said(percent="7.00", currency="UAH"),
    said(percent="7.00", orders=1),
    said(amount="100.00"),
    said(amount="100.00", currency="EUR"),
    said(amount="100.00", currency=None),
    said(amount="0.00", currency="UAH"),
    said(amount="-5.00", currency="UAH"),
    said(amount="1e3", currency="UAH"),
    said(amount="100", currency="UAH"),
    said(amount="12345678901.00", currency="UAH"),
    said(amount=100, currency="UAH"),
    said(amount=None, currency="UAH", percent="7.00"),
    said(**SUM, minimum="0.00"),
    said(**SUM, minimum=None),
    said(**SUM, minimum="500"),
    said(**SUM, goods=None),
    said(**SUM, goods={}),
    said(**SUM, goods=[]),
    said(**SUM, goods=[10]),
    said(**SUM, goods={"products": []}),
    said(**SUM, goods={"products": 10}),
    said(**SUM, goods={"products": ["10"]}),
    said(**SUM, goods={"products": [0]}),
    said(**SUM, goods={"products": [-10]}),
    said(**SUM, goods={"products": [10.5]}),
    said(**SUM, goods={"products": [True]}),
    said(**SUM, goods={"products": [None]}),
    said(**SUM, goods={"products": [[10]]}),
    said(**SUM, goods={"products": {"a": 10}}),
    said(**SUM, goods={"products": list(range(1, 1_002))}),
    said(**SUM, goods={"brands": [10]}),
    said(**SUM, goods={"reduced": True}),
    said(**SUM, goods={"reduced": 0}),
    said(**SUM, goods={"reduced": None}),
]


@pytest.mark.parametrize("held", UNREADABLE)
def test_terms_that_cannot_be_read_give_nothing_and_never_the_bare_percentage(play: Play, held: Any) -> None:
    asked = (("regulars_offer", 5, NOW), ("looked_up", OURS), CALCULATED)
    labels = customer(terms=held, discount="50.00")
    assert play(*asked, **SHOP, meta=labels, items=[[COFFEE, 9]]).answers == [None, False, []]


def test_terms_count_before_a_bare_percentage_that_was_left_beside_them(play: Play) -> None:
    labels = customer(terms=said(percent="7.00", goods={"products": [COFFEE]}), discount="50.00")
    assert play(("looked_up", OURS), meta=labels).answers[0]["amount"] == "7"


def test_a_sum_is_a_coupon_of_a_sum_with_its_smallest_order(play: Play) -> None:
    labels = customer(terms=said(**SUM, minimum="500.00"))
    assert play(("looked_up", OURS), meta=labels).answers == [
        {
            "discount_type": "fixed_cart",
            "amount": "100.00",
            "date_expires": None,
            "description": "",
            "minimum_amount": "500.00",
        }
    ]


# Which of coffee, tea (reduced), a cup and a small cup (a variation) each of them is for.
SCOPES: list[tuple[dict[str, Any], list[bool]]] = [
    ({}, [True, True, True, True]),
    ({"products": [COFFEE]}, [True, False, False, False]),
    ({"products": [CUP]}, [False, False, True, True]),
    ({"products": [SMALL_CUP]}, [False, False, False, True]),
    ({"categories": [DRINKS]}, [True, True, False, False]),
    ({"categories": [DISHES]}, [False, False, True, True]),
    ({"categories": [99]}, [False, False, False, False]),
    ({"categories": [DRINKS], "products": [CUP]}, [True, True, True, True]),
    ({"except_products": [COFFEE]}, [False, True, True, True]),
    ({"categories": [DRINKS], "except_products": [COFFEE]}, [False, True, False, False]),
    ({"except_categories": [DISHES]}, [True, True, False, False]),
    ({"products": [CUP], "except_categories": [DISHES]}, [False, False, False, False]),
    ({"reduced": False}, [True, False, True, True]),
]


@pytest.mark.parametrize(("goods", "served"), SCOPES)
@pytest.mark.parametrize("worth", [SUM, {"percent": "7.00"}])
def test_it_is_for_its_goods_and_a_sum_never_for_the_whole_cart(
    play: Play, worth: dict[str, str], goods: dict[str, Any], served: list[bool]
) -> None:
    labels = customer(terms=said(**worth, goods=goods)) if goods else customer(discount="7.00")
    asked = [("discounts", OURS, number, True) for number in (COFFEE, TEA, CUP, SMALL_CUP)]
    assert play(*asked, **SHOP, meta=labels).answers == [[one, False] for one in served]
    carts = [("cart_of", [[number, 1]]) for number in (COFFEE, TEA, CUP, SMALL_CUP)]
    found = play(*carts, **SHOP, meta=labels, cart=[OURS]).answers
    assert found == [[OURS] if one else [] for one in served]


@pytest.mark.parametrize("before", [True, False])
def test_other_coupons_are_for_what_woocommerce_says(play: Play, before: bool) -> None:
    labels = customer(terms=said(**SUM, goods={"products": [COFFEE]}))
    assert play(("discounts", "sale", CUP, before), **SHOP, meta=labels).answers == [[before, before]]
    assert play(("discounts", OURS, COFFEE, before), **SHOP, user=6, meta=labels).answers == [
        [before, before]
    ]


@pytest.mark.parametrize(("taxed", "enough"), [(True, 5), (False, 6)])
def test_a_smallest_order_is_measured_by_what_the_cart_shows(play: Play, taxed: bool, enough: int) -> None:
    labels = customer(terms=said(percent="7.00", minimum="600.00", currency="UAH"))
    asked = [("cart_of", [[COFFEE, number]]) for number in (enough, enough - 1, enough)]
    played = play(*asked, CALCULATED, **SHOP, meta=labels, taxed=taxed)
    assert played.answers == [[OURS], [], [OURS], [OURS]]


def test_a_personal_coupon_with_a_smallest_order_comes_and_goes_with_the_cart(play: Play) -> None:
    """WooCommerce calculates with an empty subtotal, and what it takes out by itself it calls removed."""
    labels = customer(terms=said(**SUM, minimum="600.00"), code=PERSONAL)
    coupons = {PERSONAL: {"meta": {"_regulars": "5"}, "minimum": 600}}
    asked = [("cart_of", [[COFFEE, number]]) for number in (4, 5, 4, 5)]
    played = play(*asked, **SHOP, meta=labels, coupons=coupons)
    assert played.answers == [[], [PERSONAL], [], [PERSONAL]]
    assert played.world["session"] == []


def test_a_shopper_reads_the_sum_as_the_shop_shows_prices_and_every_term(play: Play) -> None:
    goods = {
        "products": [CUP],
        "categories": [DRINKS],
        "except_products": [TEA, 99],
        "except_categories": [DISHES],
        "reduced": False,
    }
    labels = customer(terms=said(**SUM, minimum="1500.00", goods=goods))
    (shown,) = play(("printed_by", "regulars_print_offer"), **SHOP, meta=labels).answers
    parts = [
        "Your personal discount: 100.00\u00a0₴.",
        "On these goods only: Drinks, Cup.",
        "Not on these goods: Dishes, Tea &amp; herbs, ….",
        "Not on goods that are already reduced.",
        "In orders of 1,500.00\u00a0₴ or more.",
    ]
    places = [shown.index(part) for part in parts]
    assert places == sorted(places)


def test_a_reason_does_not_take_the_sum_s_place(play: Play) -> None:
    labels = customer(terms=said(**SUM), sentence="Because you bought for 10,000 ₴.")
    (shown,) = play(("printed_by", "regulars_print_offer"), meta=labels).answers
    assert "Because you bought" in shown and "100.00" in shown


def test_of_many_goods_the_first_are_named(play: Play) -> None:
    many = {number: {"name": f"Good {number}"} for number in range(1, 101)}
    labels = customer(terms=said(percent="7.00", goods={"products": list(many)}))
    (shown,) = play(("printed_by", "regulars_print_offer"), goods=many, meta=labels).answers
    assert "Good 6, …." in shown and "Good 7" not in shown


def test_names_of_goods_are_shown_as_text(play: Play) -> None:
    hostile = {1: {"name": "&lt;script&gt;alert(1)&lt;/script&gt;<img src=x>\n"}}
    labels = customer(terms=said(percent="7.00", goods={"products": [1]}))
    (shown,) = play(("printed_by", "regulars_print_offer"), goods=hostile, meta=labels).answers
    assert "<script" not in shown and "<img" not in shown


def test_a_cart_that_it_is_not_for_says_so(play: Play) -> None:
    labels = customer(terms=said(**SUM, goods={"products": [COFFEE]}))
    asked = ("printed_by", "regulars_print_cart_offer")
    words = "Your personal discount is not for what is in this cart now."
    shown = [
        play(asked, **SHOP, meta=labels, items=items).answers[0] for items in ([], [[CUP, 1]], [[COFFEE, 1]])
    ]
    assert [words in one for one in shown] == [False, True, False]


def test_its_status_tells_that_it_knows_terms(play: Play) -> None:
    (answer,) = play(("regulars_status",)).answers
    assert "regulars_terms" in answer["data"]["labels"]
