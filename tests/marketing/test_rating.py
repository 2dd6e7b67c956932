"""The rating: from facts to a score that its parts add up to."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rating_world import STANDARD, exact_total
from regulars_marketing import RatingSettings
from regulars_marketing._rating_levels import Group, RatingFacts, Ruler, Scale, position
from regulars_marketing._rating_score import Scorer
from regulars_marketing._rating_settings import FACTORS, PERSONAL, TAKING

TODAY = date(2026, 11, 22)
SCALE = Scale(
    "UAH",
    persons=1_000,
    again=400,
    money=tuple(range(10_000, 200_000, 10_000)),
    days=tuple(range(30, 300, 30)),
    rhythm=40,
    groups={
        "source": {"friends": Group(900, 100, 72), "ads": Group(250, 200, 40)},
        "delivery": {"courier": Group(500, 500, 200)},
    },
)
WEIGHTS = st.fixed_dictionaries({name: st.integers(0, 100) for name in FACTORS}).filter(
    lambda weights: any(weight for name, weight in weights.items() if name not in TAKING)
)
LEVELS = st.fixed_dictionaries({name: st.integers(0, 1000) for name in FACTORS})
FACTS = st.builds(
    RatingFacts,
    currency=st.just("UAH"),
    spent=st.integers(-1_000, 300_000),
    orders=st.integers(0, 40),
    frequency=st.sampled_from(("none", "one_off", "rare", "regular")),
    last=st.dates(date(2020, 1, 1), TODAY).map(str) | st.none(),
    rhythm=st.none() | st.integers(0, 900),
    returned=st.integers(0, 5),
    refused=st.integers(0, 5),
    cod_share=st.none() | st.integers(0, 1_000),
    discount_share=st.none() | st.integers(0, 1_000),
    source=st.none() | st.sampled_from(("friends", "ads", "elsewhere")),
    delivery=st.none() | st.sampled_from(("courier", "owl")),
    reviews=st.integers(0, 9),
)


def facts(**changes: Any) -> RatingFacts:
    """Somebody with five orders for 1,250.00, the last one 40 days ago as usual, by friends."""
    known = {"currency": "UAH", "spent": 125_000, "orders": 5, "frequency": "regular", "last": "2026-10-13"}
    more = {"rhythm": 40, "cod_share": 0, "discount_share": 0, "source": "friends", "delivery": "courier"}
    return RatingFacts(**{**known, **more, **changes})


def ruler(scale: Scale = SCALE, **changes: Any) -> Ruler:
    return Ruler(scale, RatingSettings(**changes), TODAY)


def test_a_rating_worked_by_hand() -> None:
    """recency: own rhythm kept 1000, later than 1 of 9 cuts: (1000 + 1000 - 111) / 2 = 944 of 25 = 23.6;
    frequency: 600 + 5 * 20 = 700 of 20 = 14; money: above 12 of 19 cuts 631 of 40 = 25.24; source 900 of 4
    = 3.6; payment 4; delivery half of 3 = 1.5; no reviews. Together 71.94, so 72: the whole parts are 70 and
    the two left go to the largest remainders, recency and source (0.6 each)."""
    rated = ruler().rating(facts())
    assert rated is not None
    assert (rated.score, rated.grade) == (72, "b")
    assert dict(rated.contributions) == {
        "recency": 24, "frequency": 14, "money": 25, "source": 4, "payment": 4, "delivery": 1,
    }  # fmt: skip


def test_what_takes_is_negative_and_never_takes_more_than_was_given() -> None:
    refused = ruler().rating(facts(refused=1, returned=1, discount_share=1_000))
    assert refused is not None
    # 7.5 for one refusal of two that count in full, 4 for one return of five orders, 10 for the discounts.
    assert {name: refused.contributions[name] for name in TAKING} == {
        "returns": -4, "refusals": -8, "discount": -10,
    }  # fmt: skip
    assert refused.score == sum(refused.contributions.values()) == 50
    stranger = ruler().rating(RatingFacts("UAH", 0, 0, refused=3))
    assert stranger is not None
    assert (stranger.score, stranger.grade, stranger.contributions) == (0, "e", {})


@pytest.mark.parametrize(
    "unknown", [facts(spent=None), facts(currency="EUR"), RatingFacts("UAH", 0, 0)], ids=str
)
def test_nobody_is_rated_by_sums_that_are_unknown_or_before_they_did_anything(unknown: RatingFacts) -> None:
    assert ruler().rating(unknown) is None


@given(weights=WEIGHTS, levels=LEVELS)
def test_contributions_add_up_to_the_score_which_is_the_exact_one_rounded(
    weights: dict[str, int], levels: dict[str, int]
) -> None:
    settings = RatingSettings(personal=True, weights=weights)
    scorer = Scorer(settings)
    rated = scorer.rating(tuple(levels[name] for name in scorer.factors))
    exact = exact_total({name: levels[name] for name in scorer.factors}, settings)
    assert rated.score == sum(rated.contributions.values()) == int(exact + Fraction(1, 2))
    assert 0 <= rated.score <= 100
    for name, points in rated.contributions.items():
        assert -settings.most(name) <= points <= 0 if name in TAKING else 0 <= points <= settings.most(name)


@given(weights=WEIGHTS, levels=LEVELS, factor=st.sampled_from(FACTORS), more=st.integers(0, 1_000))
def test_more_of_what_gives_never_lowers_and_more_of_what_takes_never_raises(
    weights: dict[str, int], levels: dict[str, int], factor: str, more: int
) -> None:
    scorer = Scorer(RatingSettings(personal=True, weights=weights))
    raised = {**levels, factor: max(levels[factor], more)}
    before, after = (
        scorer.rating(tuple(each[name] for name in scorer.factors)).score for each in (levels, raised)
    )
    assert after <= before if factor in TAKING else after >= before


@given(known=FACTS, more=st.integers(0, 200_000), days=st.integers(0, 900))
def test_more_money_or_a_later_order_never_lowers(known: RatingFacts, more: int, days: int) -> None:
    measured = ruler()
    before = measured.rating(known)
    richer = measured.rating(known._replace(spent=(known.spent or 0) + more))
    assert (before is None) == (richer is None)
    if before is not None and richer is not None:
        assert richer.score >= before.score
    if before is not None and known.last is not None:
        later = min(date.fromisoformat(known.last).toordinal() + days, TODAY.toordinal())
        sooner = measured.rating(known._replace(last=str(date.fromordinal(later))))
        assert sooner is not None
        assert sooner.score >= before.score


def test_where_one_stands_is_halved_among_equals() -> None:
    assert [position(value, (10, 20, 20, 30)) for value in (5, 10, 15, 20, 30, 31)] == [
        0, 125, 250, 500, 875, 1_000,
    ]  # fmt: skip
    assert position(5, ()) == 500


@pytest.mark.parametrize(
    ("days", "score"),
    [
        (0, 75),
        (40, 75),
        (41, 65),
        (60, 65),
        (61, 55),
        (80, 55),
        (81, 45),
        (120, 45),
        (121, 35),
        (160, 35),
        (161, 25),
    ],
)
def test_how_late_somebody_is_goes_by_their_own_rhythm(days: int, score: int) -> None:
    """Only recency counts; nothing is known of others, which is half of it, and half of that is 250."""
    alone = Ruler(Scale("UAH"), RatingSettings(weights={**dict.fromkeys(FACTORS, 0), "recency": 1}), TODAY)
    rated = alone.rating(facts(last=str(TODAY - timedelta(days=days)), rhythm=40))
    assert rated is not None
    assert rated.score == score


def test_personal_data_is_no_factor_unless_the_owner_says_so_twice() -> None:
    grouped = Scale("UAH", 100, 50, groups={"gender": {"f": Group(1_000, 50, 50), "m": Group(0, 50, 0)}})
    woman, man = facts(gender="f"), facts(gender="m")
    assert ruler(grouped).rating(woman) == ruler(grouped).rating(man)
    assert ruler(grouped, personal=True).rating(woman) == ruler(grouped, personal=True).rating(man)
    counted = ruler(grouped, personal=True, weights={"gender": 10})
    of_her, of_him = counted.rating(woman), counted.rating(man)
    assert of_her is not None
    assert of_him is not None
    assert (of_her.contributions["gender"], of_him.contributions.get("gender")) == (9, None)
    assert not any(STANDARD.weight(name) for name in PERSONAL)


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"weights": {"monye": 5}}, "there is no factor 'monye'"),
        ({"weights": {"money": 101}}, "money must weigh a whole number from 0 to 100"),
        ({"weights": {"money": 1.5}}, "money must weigh a whole number"),
        ({"weights": {"money": True}}, "money must weigh a whole number"),
        ({"weights": [5]}, "is no table of weights"),
        ({"weights": {"age": 5}}, "set personal = true first"),
        ({"weights": dict.fromkeys(FACTORS, 0)}, "no factor gives points"),
        ({"grades": (80, 60, 60, 20)}, "must fall from A to D"),
        ({"grades": (101, 60, 40, 20)}, "must fall from A to D"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_in_words(given_: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        RatingSettings(**given_)
