"""Why a person is in a segment or not, and the nearest change."""

from datetime import UTC, date, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars_marketing._segment_change import nearest_way
from regulars_marketing._segment_explain import Change, Explanation, Reason, explain_segment
from regulars_marketing._segment_parse import parse_segment
from regulars_marketing._segment_predicate import holds, segment_predicate
from regulars_marketing._segment_tree import Node
from segment_world import CATALOGUE, EVALUATION, LEAVES, TREES, TREES_OF_ONE_FIELD, person

OLGA = {
    "spent": 34_000,
    "orders": 3,
    "last_order_at": datetime(2027, 1, 15, 12, tzinfo=UTC),
    "labels": ["coffee"],
    "discount_share": 125,
    "gender": "f",
    "stopped": False,
    "birth_mmdd": "0310",
    "properties": {"wedding": 20190803, "member": 1},
}


def explained(text: str, **changed: Any) -> Explanation:
    return explain_segment(parse_segment(text, CATALOGUE), OLGA | changed, EVALUATION)


def test_someone_who_is_in_it_is_there_because_of_every_part_of_an_and() -> None:
    said = explained("amount_spent > 300 AND customer_tags CONTAINS 'Coffee' AND discount_share < 20%")
    assert said.matches
    assert said.because == (
        Reason("amount_spent > 300", "340.00", holds=True),
        Reason("customer_tags CONTAINS 'Coffee'", "'coffee'", holds=True),
        Reason("discount_share < 20%", "12.5%", holds=True),
    )
    assert said.change == (Change("amount_spent", "340.00", "300.00"),)


def test_someone_who_is_not_is_kept_out_by_the_parts_that_do_not_hold() -> None:
    said = explained("amount_spent > 500 AND number_of_orders >= 3 AND last_order_date < -90d")
    assert not said.matches
    assert said.because == (
        Reason("amount_spent > 500", "340.00", holds=False),
        Reason("last_order_date < -90d", "2027-01-15", holds=False),
    )
    assert said.change == (
        Change("amount_spent", "340.00", "500.01"),
        Change("last_order_date", "2027-01-15", "2026-11-30"),
    )


def test_what_is_not_known_for_want_of_a_rate_is_not_called_nothing() -> None:
    lacking = "There is no rate from EUR to UAH for 2027-01-15."
    unknown = {"spent": None, "average_order": None, "rating": None, "held": lacking}
    said = explained("amount_spent > 100 AND number_of_orders > 1", **unknown)
    assert (said.matches, said.change, said.held) == (False, (), lacking)
    assert said.because == (Reason("amount_spent > 100", "not known", holds=False),)
    said = explained("rating IS NULL", **unknown)
    assert (said.because, said.held) == ((Reason("rating IS NULL", "not known", holds=True),), lacking)
    said = explained("number_of_orders > 5", **unknown)
    assert (said.change, said.held) == ((Change("number_of_orders", "3", "6"),), "")
    assert explained("amount_spent > 400", held="The opening lacks a rate").held == ""


def test_of_an_or_the_nearest_part_is_changed() -> None:
    said = explained("amount_spent >= 5000 OR number_of_orders > 3 OR rating >= 90")
    assert said.because[1] == Reason("number_of_orders > 3", "3", holds=False)
    assert said.change == (Change("number_of_orders", "3", "4"),)


def test_not_is_explained_by_what_it_denies() -> None:
    said = explained("NOT (gender = 'f' OR stopped = true)")
    assert (said.matches, said.because) == (False, (Reason("gender = 'f'", "'f'", holds=True),))
    assert said.change == (Change("gender", "'f'", "'m'"),)


def test_comparisons_of_one_field_are_not_played_off_against_each_other() -> None:
    said = explained("number_of_orders > 5 AND number_of_orders < 7")
    assert said.change == (Change("number_of_orders", "3", "6"),)
    assert explained("number_of_orders > 7 AND number_of_orders < 5").change == ()
    wanted = "customer_tags CONTAINS 'tea' AND customer_tags CONTAINS 'cups'"
    said = explained(f"{wanted} AND customer_tags NOT CONTAINS 'coffee'")
    assert said.change == (Change("customer_tags", "'coffee'", "'tea', 'cups'"),)


def test_an_unknown_number_is_changed_to_a_number() -> None:
    said = explained("rating != 5.5 AND rating != 0 AND rating > 3")
    assert said.change == (Change("rating", "nothing", "4"),)
    assert explained("rating NOT IN (0, 1)").change == (Change("rating", "nothing", "any value"),)
    assert explained("property.member != true", properties=None).change == (
        Change("property.member", "nothing", "false"),
    )


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("rating IS NOT NULL", Change("rating", "nothing", "any value")),
        ("gender IS NULL", Change("gender", "'f'", "nothing")),
        ("customer_tags IS NULL", Change("customer_tags", "'coffee'", "nothing")),
        ("customer_tags CONTAINS 'Tea'", Change("customer_tags", "'coffee'", "'coffee', 'tea'")),
        ("customer_tags NOT CONTAINS 'coffee'", Change("customer_tags", "'coffee'", "nothing")),
        ("number_of_orders NOT IN (3, 4, 2)", Change("number_of_orders", "3", "5")),
        ("customer_cities CONTAINS 'Київ'", Change("customer_cities", "nothing", "'київ'")),
        ("stopped != false", Change("stopped", "false", "true")),
        ("anniversary(birth_date) = today", Change("birth_date", "03-10", "03-01")),
        ("property.wedding > 2020-01-01", Change("property.wedding", "2019-08-03", "2020-01-02")),
        ("property.member = false", Change("property.member", "true", "false")),
        ("property.hobby STARTS WITH 'Chess'", Change("property.hobby", "nothing", "'chess'")),
    ],
)
def test_a_change_is_said_in_the_words_of_the_expression(text: str, change: Change) -> None:
    assert explained(text).change == (change,)


def test_the_day_is_named_on_which_time_alone_turns_the_answer() -> None:
    assert explained("last_order_date < -90d").turns_on == date(2027, 4, 16)
    assert explained("anniversary(birth_date) BETWEEN today AND +7d").turns_on == date(2027, 3, 3)
    waiting = {"next_order_at": datetime(2027, 3, 5, 21, 59, tzinfo=UTC)}
    assert explained("next_order_date BETWEEN -30d AND today", **waiting).turns_on == date(2027, 3, 5)
    assert explained("next_order_date < -30d", **waiting).turns_on == date(2027, 4, 5)
    assert explained("last_order_date > -1w OR number_of_orders > 1").turns_on is None
    assert explained("last_order_date < 2027-01-01").turns_on is None


@given(node=LEAVES, seed=st.integers(0, 1_000))
def test_a_single_comparison_can_be_turned_by_one_change(node: Node, seed: int) -> None:
    """Unless nothing can pass it, or everything does."""
    row = person(Random(seed))
    way = nearest_way(node, row, EVALUATION)
    if not way:
        predicate = segment_predicate(node, EVALUATION)
        others = [person(Random(other)) for other in range(60)]
        assert len({predicate(other) for other in (row, *others)}) == 1
    assert len(way) <= 1


@given(node=TREES | TREES_OF_ONE_FIELD, seed=st.integers(0, 1_000))
def test_the_change_turns_the_answer_and_the_reasons_carry_it(node: Node, seed: int) -> None:
    row = person(Random(seed))
    predicate = segment_predicate(node, EVALUATION)
    said = explain_segment(node, row, EVALUATION)
    assert said.matches == predicate(row)
    assert said.because
    changed = dict(row)
    for fix in nearest_way(node, row, EVALUATION):
        assert holds(fix.check, changed) != fix.target
        key, column = fix.field.key, fix.field.column
        changed[column] = {**(changed[column] or {}), key: fix.value} if key else fix.value
    assert not said.change or predicate(changed) != predicate(row)
