"""Whoever they are, whatever the weights: the points of a rating add up to it, in every row that is kept."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, select

from rating_world import Rater, anybody
from regulars_marketing._rating_settings import FACTORS, TAKING, RatingSettings
from regulars_store import Store, tables

_DAYS = (0, 1, 45, 400)


def weighing(random: Random) -> RatingSettings:
    """Weights and grades as an owner may set them."""
    weights = {name: random.choice((0, 1, 3, 10, 33, 100)) for name in FACTORS if random.random() < 0.7}
    given = {name: weight for name, weight in weights.items() if name in TAKING or weight}
    grades = sorted(random.sample(range(1, 100), 4), reverse=True)
    return RatingSettings.model_validate(
        {"weights": {"money": 1, **given}, "grades": grades, "personal": True}
    )


def kept(store: Store) -> Sequence[Any]:
    with store.read() as connection:
        return connection.execute(select(tables.rating).order_by(tables.rating.c.id)).all()


@pytest.mark.parametrize("seed", range(3))
def test_points_add_up_to_the_score_and_none_is_beyond_its_weight(store: Store, seed: int) -> None:
    random, rater = Random(seed), Rater(store)
    for number in range(60):
        rater.profile(f"p{number:02}", anybody(random))
    for days in _DAYS:
        settings = weighing(random)
        with store.write() as connection:
            connection.execute(delete(tables.rating))
        rater.rate(days=days, settings=settings)
        scores, rows = rater.scores(), kept(store)
        assert {row.person_id for row in rows if row.score is not None} == {
            person for person, (score, _) in scores.items() if score is not None
        }
        for row in rows:
            assert (row.score, row.grade) == scores[row.person_id]
            check(row, settings)
        for number in random.sample(range(60), 12):
            rater.profile(f"p{number:02}", anybody(random))


def check(row: Any, settings: RatingSettings) -> None:
    if row.score is None:
        assert (row.grade, row.contributions) == (None, {})
        return
    assert row.score == sum(row.contributions.values())
    assert 0 <= row.score <= 100
    steps = [least for least in settings.grades if row.score < least]
    assert row.grade == "abcde"[len(steps)]
    giving = sum(settings.weight(name) for name in FACTORS if name not in TAKING)
    for name, points in row.contributions.items():
        weight = settings.weight(name)
        assert weight > 0
        if name in TAKING:
            assert -weight <= points < 0
        else:
            # A share of 100, rounded up at most.
            assert 0 < points <= -(-100 * weight // giving)
