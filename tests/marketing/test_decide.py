from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from purchases import NOW, fact, stored, tiers
from regulars_marketing import decide

SPEND = st.integers(0, 30_000_00)


def test_no_programme_gives_no_decision() -> None:
    assert decide([fact(1)], [], "tea", NOW) is None
    assert decide([fact(1)], [stored(tiers(), enabled=False)], "tea", NOW) is None
    assert decide([fact(1)], [stored(tiers(shops=["coffee"]))], "tea", NOW) is None


def test_the_window_starts_at_its_first_moment_and_ends_before_its_last() -> None:
    windowed = [stored(tiers(valid_from=NOW, valid_until=NOW + timedelta(hours=1)))]
    stands = [
        decide([], windowed, "tea", NOW + timedelta(seconds=after)) is not None
        for after in (-1, 0, 3599, 3600)
    ]
    assert stands == [False, True, True, False]


def test_equal_percents_go_to_the_smallest_key() -> None:
    made = decide([fact(10_000_00)], [stored(tiers(key="b")), stored(tiers(key="a"))], "tea", NOW)
    assert made is not None
    assert (made.programme_key, made.standing) == ("a", ("a", "b"))


def test_a_programme_that_cannot_be_decided_holds_the_others_too() -> None:
    euro = stored(tiers(key="euro", currency="EUR"))
    made = decide([fact(10_000_00)], [stored(tiers()), euro], "tea", NOW)
    assert made is not None
    assert (made.programme_key, made.percent) == ("euro", 0)
    assert made.held is not None
    assert made.held.startswith("No rate from UAH to EUR:")


def test_a_currency_with_nothing_left_of_it_needs_no_rate() -> None:
    made = decide([fact(0, currency="EUR", refunded=5), fact(5_000_00)], [stored(tiers())], "tea", NOW)
    assert made is not None
    assert (made.held, made.percent) == (None, 500)


def test_the_order_in_which_facts_are_given_does_not_matter() -> None:
    facts = [fact(5_000_00), fact(1, currency="EUR")]
    programmes = [stored(tiers())]
    assert decide(facts, programmes, "tea", NOW) == decide(facts[::-1], programmes, "tea", NOW)


@given(SPEND, SPEND)
def test_who_bought_for_more_never_gets_less(one: int, other: int) -> None:
    made = [decide([fact(net)], [stored(tiers())], "tea", NOW) for net in sorted((one, other))]
    assert made[0] is not None
    assert made[1] is not None
    assert made[0].percent <= made[1].percent


@given(SPEND)
def test_buying_for_what_is_missing_gives_what_the_next_step_promised(net: int) -> None:
    programmes = [stored(tiers())]
    now = decide([fact(net)], programmes, "tea", NOW)
    assert now is not None
    step = now.proof.next_step
    if step is None:
        assert now.percent == 1000
        return
    then = decide([fact(net + step.missing)], programmes, "tea", NOW)
    short = decide([fact(net + step.missing - 1)], programmes, "tea", NOW)
    assert then is not None
    assert short is not None
    assert (then.percent, then.level, short.percent) == (step.percent, step.level, now.percent)
