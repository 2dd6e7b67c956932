"""The discount in the cart: whose it is, what it is worth, and what it gives way to."""

from typing import Any

import pytest

from wordpress.conftest import Play, customer

OURS = "regulars-5"
PERSONAL = "reg-abc"
COUPON: dict[str, Any] = {PERSONAL: {"meta": {"_regulars": "5"}}}
CALCULATED = ("calculated_cart",)


def test_the_discount_is_in_the_cart_by_itself_with_the_percentage_of_this_moment(play: Play) -> None:
    played = play(CALCULATED, ("looked_up", OURS), meta=customer(discount="12.50", sentence="Thanks"))
    codes, coupon = played.answers
    assert codes == [OURS]
    assert coupon == {
        "discount_type": "percent",
        "amount": "12.5",
        "date_expires": None,
        "description": "Thanks",
    }


@pytest.mark.parametrize("user", [0, 6, 55])
def test_nobody_else_can_use_the_code(play: Play, user: int) -> None:
    meta = {**customer(discount="12.50"), "55": {"regulars_discount": "3.00"}}
    assert play(("looked_up", OURS), user=user, meta=meta).answers == [False]


@pytest.mark.parametrize("code", ["REGULARS-5", "regulars-5"])
def test_its_owner_may_type_it_in_any_case(play: Play, code: str) -> None:
    assert play(("looked_up", code), meta=customer(discount="7")).answers[0]["amount"] == "7"


@pytest.mark.parametrize(
    "code", ["regulars-05", "regulars-5 ", "regulars-", "sale", 5, 0, None, ["regulars-5"]]
)
def test_every_other_code_is_left_to_woocommerce(play: Play, code: Any) -> None:
    assert play(("looked_up", code), meta=customer(discount="7")).answers == [False]


def test_what_another_plugin_made_of_a_code_stands(play: Play) -> None:
    made = {"amount": "1"}
    assert play(("regulars_coupon_data", made, OURS), meta=customer(discount="7")).answers == [made]


def test_a_guests_cart_is_not_touched(play: Play) -> None:
    assert play(CALCULATED, user=0, cart=["sale", "regulars-0"]).answers == [["sale", "regulars-0"]]


@pytest.mark.parametrize(
    "labels",
    [{"discount": "0"}, {}, {"discount": "7", "valid_until": "2020-01-01T00:00:00Z"}, {"discount": ["7"]}],
)
def test_it_goes_when_the_offer_is_gone(play: Play, labels: dict[str, Any]) -> None:
    assert play(CALCULATED, ("looked_up", OURS), meta=customer(**labels), cart=[OURS]).answers == [[], False]


def test_a_cart_that_is_right_is_left_alone(play: Play) -> None:
    assert play(CALCULATED, CALCULATED, meta=customer(discount="7")).answers == [[OURS], [OURS]]


def test_it_steps_aside_for_another_code_says_so_and_comes_back(play: Play) -> None:
    said = ("printed_by", "regulars_print_cart_offer")
    played = play(
        CALCULATED, said, ("removed", "sale"), said, meta=customer(discount="7"), cart=[OURS, "sale"]
    )
    assert [played.answers[0], played.answers[2]] == [["sale"], [OURS]]
    assert "Another code is used in this cart." in played.answers[1]
    assert "Another code is used in this cart." not in played.answers[3]


def test_a_site_may_let_it_be_used_with_a_gift_card(play: Play) -> None:
    asked = (("combine_with", "gift"), CALCULATED)
    assert play(*asked, meta=customer(discount="7"), cart=["gift"]).answers[1] == ["gift", OURS]
    assert play(*asked, meta=customer(discount="7"), cart=["gift", "sale"]).answers[1] == ["gift", "sale"]


def test_a_personal_coupon_of_ours_takes_its_place_and_never_stacks(play: Play) -> None:
    labels = customer(discount="20.00", code=PERSONAL)
    played = play(CALCULATED, ("looked_up", OURS), meta=labels, coupons=COUPON, cart=[OURS])
    assert played.answers == [[PERSONAL], False]


def test_an_earlier_personal_coupon_in_the_cart_is_another_code(play: Play) -> None:
    assert play(CALCULATED, meta=customer(discount="7"), coupons=COUPON, cart=[PERSONAL]).answers == [
        [PERSONAL]
    ]


@pytest.mark.parametrize(
    "coupons",
    [
        {},
        {PERSONAL: {"meta": {}, "usage_limit": 0}},
        {PERSONAL: {"meta": {"_regulars": "6"}}},
        {PERSONAL: {"meta": {"_regulars": ["5"]}}},
        {PERSONAL: {"meta": {"_regulars": "5"}, "valid": False}},
    ],
)
def test_a_coupon_that_is_not_there_not_marked_for_the_account_or_not_valid_is_not_put_in(
    play: Play, coupons: dict[str, Any]
) -> None:
    assert play(CALCULATED, meta=customer(discount="20", code=PERSONAL), coupons=coupons).answers == [[]]


def test_a_personal_coupon_that_the_shopper_takes_out_stays_out_until_the_next_cart(play: Play) -> None:
    asked = (("removed", PERSONAL), CALCULATED, ("do_action", "woocommerce_cart_emptied"), CALCULATED)
    labels = customer(discount="20", code=PERSONAL)
    played = play(*asked, meta=labels, coupons=COUPON, cart=[PERSONAL])
    assert [played.answers[0], played.answers[1], played.answers[3]] == [[], [], [PERSONAL]]


def test_one_that_was_typed_again_stays(play: Play) -> None:
    labels = customer(discount="20", code=PERSONAL)
    session = {"regulars_removed": PERSONAL}
    played = play(CALCULATED, meta=labels, coupons=COUPON, cart=[PERSONAL], session=session)
    assert played.answers == [[PERSONAL]]


def test_a_code_that_tolerates_no_other_is_let_in_and_does_not_count_as_taking_ours_out(play: Play) -> None:
    labels = customer(discount="20", code=PERSONAL)
    played = play(("tolerated", "solo"), meta=labels, coupons=COUPON, cart=[PERSONAL])
    assert played.answers == [[[PERSONAL], True]]
    assert play(("tolerated", "solo"), meta=labels, coupons=COUPON, cart=["other"]).answers == [[[], False]]


def test_the_classic_cart_names_it_and_offers_no_link_to_remove_it(play: Play) -> None:
    played = play(("cart_row", OURS), ("cart_row", "sale"), meta=customer(discount="7"))
    assert played.answers == [
        ["Personal discount", "-1"],
        ["Coupon: sale", "-1 <a>Remove</a>"],
    ]
