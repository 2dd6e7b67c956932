"""What an owner may write of amounts, goods, smallest orders and numbers of orders; how faults are named."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchases import amounts, tiers, welcome
from regulars_mapping import MisconfiguredError
from regulars_marketing import parse_programme

TIER = {"threshold": "5000.00", "amount": "50.00", "level": "Bronze"}
HIGHER = {"threshold": "9000.00", "amount": "90.00", "level": "Silver"}
GOODS = {
    "products": ["SKU-1"],
    "categories": ["Coffee", " coffee ", "Tea"],
    "except_products": ["SKU-9"],
    "except_categories": ["Gifts"],
    "reduced": False,
}


def test_an_amount_is_a_text_or_whole_minor_units() -> None:
    made = tiers(tiers=[TIER, {**HIGHER, "amount": 90_50}])
    assert [(tier.amount, tier.percent) for tier in made.tiers] == [(50_00, None), (90_50, None)]
    assert (made.in_amounts, made.bound_to) == (True, "UAH")


def test_a_programme_with_every_term_reads_back_from_its_own_json() -> None:
    for made in (
        amounts(goods=GOODS, minimum="500.00", orders=3, priority=-7),
        welcome(amount="50.00", currency="UAH", goods=GOODS, minimum=500_00),
    ):
        assert parse_programme(json.loads(json.dumps(made.model_dump(mode="json")))) == made
        assert made.goods is not None
        assert made.goods.categories == ("Coffee", "Tea")
        assert (made.minimum, made.bound_to) == (500_00, "UAH")


def test_a_programme_without_terms_is_for_everything_in_every_shop() -> None:
    for made in (tiers(), welcome()):
        assert (made.goods, made.minimum, made.priority, made.bound_to) == (None, None, 0, None)
    assert tiers().orders is None


def test_goods_may_be_all_but_some_or_all_that_are_not_reduced() -> None:
    for goods in ({"except_categories": ["Gifts"]}, {"reduced": False}):
        assert tiers(goods=goods).goods is not None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"tiers": [{**TIER, "percent": 5}]},
            "tier 1: percent and amount are both there; a discount is one of them",
        ),
        (
            {"tiers": [{"threshold": 1, "level": "One"}]},
            "tier 1: percent: is missing; add it, or an amount",
        ),
        (
            {"tiers": [TIER, {"threshold": "9000", "percent": 5, "level": "Silver"}]},
            "tier 2 gives percent, unlike tier 1; give one to all",
        ),
        (
            {"tiers": [TIER, {**HIGHER, "amount": "50"}]},
            "tier 2 gives no more than tier 1; raise its amount or drop it",
        ),
        ({"tiers": [{**TIER, "amount": "0"}]}, "tier 1, amount: must be above 0"),
        ({"tiers": [{**TIER, "amount": -1}]}, "tier 1, amount: must be above 0"),
        ({"tiers": [{**TIER, "amount": "0.001"}]}, "tier 1, amount: '0.001' is finer than UAH allows"),
        ({"tiers": [{**TIER, "amount": "many"}]}, "tier 1, amount: 'many' is not an amount"),
        ({"tiers": [{**TIER, "amount": 1.5}]}, "tier 1, amount: must be a whole number of minor units"),
        ({"tiers": [{**TIER, "goods": {}}]}, "tier 1, goods: is not known here"),
        ({"goods": {}}, "goods: names no goods; name some, say reduced = false, or leave it out"),
        ({"goods": {"reduced": True}}, "goods: names no goods"),
        ({"goods": {"reduced": "no"}}, "goods, reduced: "),
        ({"goods": {"products": [""]}}, "goods, products, entry 1: is empty; fill it in"),
        ({"goods": {"products": ["\u200b"]}}, "goods, products, entry 1: has nothing to be found by"),
        ({"goods": {"categories": ["A"] * 101}}, "goods, categories: has too many entries"),
        ({"goods": {"category": ["A"]}}, "goods, category: is not known here"),
        (
            {"goods": {"categories": ["Tea"], "except_categories": ["TEA"]}},
            "goods: 'Tea' is named and excepted; decide for one",
        ),
        ({"minimum": "0.00"}, "minimum: must be above 0"),
        ({"minimum": "0.001"}, "minimum: '0.001' is finer than UAH allows"),
        ({"orders": 0}, "orders: must be a whole number from 1 to 1000"),
        ({"orders": 1001}, "orders: must be a whole number from 1 to 1000"),
        ({"orders": True}, "orders: must be a whole number from 1 to 1000"),
        ({"priority": 1001}, "priority: must be a whole number from -1000 to 1000"),
    ],
)
def test_each_fault_of_the_terms_is_named_with_its_place(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(MisconfiguredError) as caught:
        tiers(**changes)
    assert f"Programme regulars: {said}" in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"amount": "50.00"}, "amount: is a sum of money; say in which currency: add currency"),
        ({"minimum": "50.00"}, "minimum: is a sum of money; say in which currency: add currency"),
        ({"amount": "50.00", "percent": 5, "currency": "UAH"}, "percent and amount are both there"),
        ({"amount": "0.001", "currency": "UAH"}, "amount: '0.001' is finer than UAH allows"),
        ({"amount": "1", "currency": "XYZ"}, "currency: XYZ is not an ISO 4217 currency"),
        ({"orders": 1}, "orders: is not known here; remove it"),
    ],
)
def test_each_fault_of_a_welcome_s_terms_is_named_with_its_place(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(MisconfiguredError) as caught:
        welcome(**changes)
    assert f"Programme welcome: {said}" in str(caught.value)


def test_a_bad_currency_is_no_fault_of_its_sums() -> None:
    with pytest.raises(MisconfiguredError) as caught:
        welcome(amount="50.00", minimum="500.00", currency="XYZ")
    assert "amount: " not in str(caught.value)
    assert "minimum: " not in str(caught.value)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.sampled_from([*GOODS, "x"]), each),
    max_leaves=5,
)
TERMS = st.sampled_from(["goods", "minimum", "orders", "priority", "currency", "amount", "percent"])


@given(st.dictionaries(TERMS, JUNK))
def test_junk_in_the_terms_is_refused_in_words_and_nothing_else_is_raised(changes: dict[str, Any]) -> None:
    for make in (tiers, welcome):
        try:
            make(**changes)
        except MisconfiguredError as error:
            assert str(error)
