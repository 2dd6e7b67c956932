"""How consent stands: the newest explicit word of an address, whatever the order it is heard in."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from purchases import NOW
from regulars_marketing import Said, Standing, consent_standing, subscription
from regulars_store import ConsentState

GRANTED, WITHDRAWN, PENDING = ConsentState.GRANTED, ConsentState.WITHDRAWN, ConsentState.PENDING


def said(state: ConsentState, day: int, topic: str = "marketing") -> Said:
    return Said(topic, state, NOW + timedelta(days=day))


TOPICS = ["marketing", "tea", "news"]
SAID = st.builds(
    said,
    st.sampled_from(list(ConsentState)),
    st.integers(0, 5),
    st.sampled_from(["marketing", "tea", "news"]),
)


@pytest.mark.parametrize(
    ("words", "stands"),
    [
        ([], Standing.UNASKED),
        ([said(PENDING, 1)], Standing.UNASKED),
        ([said(GRANTED, 1)], Standing.OPEN),
        ([said(GRANTED, 1), said(WITHDRAWN, 2)], Standing.CLOSED),
        ([said(WITHDRAWN, 1), said(GRANTED, 2)], Standing.OPEN),
        ([said(WITHDRAWN, 1), said(GRANTED, 1)], Standing.CLOSED),
        ([said(WITHDRAWN, 1), said(PENDING, 2)], Standing.CLOSED),
        ([said(GRANTED, 1, "news")], Standing.UNASKED),
        ([said(GRANTED, 1, "tea")], Standing.OPEN),
        ([said(WITHDRAWN, 1, "tea"), said(GRANTED, 2)], Standing.CLOSED),
        ([said(WITHDRAWN, 1), said(GRANTED, 2, "tea")], Standing.OPEN),
        ([said(WITHDRAWN, 2), said(GRANTED, 1, "tea")], Standing.CLOSED),
        ([said(WITHDRAWN, 1), said(GRANTED, 1, "tea")], Standing.CLOSED),
    ],
)
def test_the_newest_explicit_word_counts_and_of_two_at_once_the_withdrawal(
    words: list[Said], stands: Standing
) -> None:
    assert consent_standing(words, "tea") is stands
    assert consent_standing(words[::-1], "tea") is stands


@given(st.lists(SAID, max_size=8), st.randoms())
def test_the_order_and_the_number_of_times_words_are_heard_change_nothing(
    words: list[Said], random: Random
) -> None:
    shuffled = [*words, *words[:2]]
    random.shuffle(shuffled)
    assert consent_standing(shuffled, "tea") is consent_standing(words, "tea")


@given(st.lists(SAID, max_size=8), st.sampled_from(["marketing", "tea"]))
def test_after_a_newest_withdrawal_nothing_but_a_newer_opt_in_opens(words: list[Said], topic: str) -> None:
    closed = [*words, said(WITHDRAWN, 9, topic)]
    assert consent_standing(closed, "tea") is Standing.CLOSED
    assert consent_standing([*closed, said(PENDING, 10, "tea")], "tea") is Standing.CLOSED
    assert consent_standing([*closed, said(GRANTED, 10, "tea")], "tea") is Standing.OPEN


def test_a_person_is_unsubscribed_by_any_address_and_subscribed_by_one() -> None:
    yes, no, asked = [said(GRANTED, 1)], [said(WITHDRAWN, 1)], [said(PENDING, 1)]
    assert [subscription(one) for one in ([], [[]], [asked], [yes, []], [yes, no, asked], [[], asked])] == [
        None, "not_subscribed", "pending", "subscribed", "unsubscribed", "pending",
    ]  # fmt: skip
