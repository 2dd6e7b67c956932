"""Ratings as they are written: the scale, the scores in the profiles, the history with its causes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert

from purchases import World
from rating_world import EMPTY, NOW, STANDARD, Rater, anybody, bought
from regulars_marketing import Rated, RatingSettings, explain_rating, rate, rate_all, rating_due
from regulars_marketing._rating_levels import Group, RatingFacts, Ruler, Scale
from regulars_marketing._rating_scale import measure
from regulars_store import Store, ratings, tables

CURIOUS = RatingSettings(personal=True, weights={"gender": 5, "age": 5, "money": 30})


@pytest.fixture
def rater(store: Store) -> Rater:
    return Rater(store)


def _facts(row: Mapping[str, Any]) -> RatingFacts:
    """What counts of a profile, read as the reference of facts says."""
    last, born = row.get("last_order_at"), row.get("birth_year")
    return RatingFacts(
        currency=row["currency"],
        spent=None if row["spent"] is None else row["spent"] + (row.get("opening_balance") or 0),
        orders=row["orders"] + (row.get("opening_orders") or 0),
        frequency=row["frequency"],
        last=last and last.date().isoformat(),
        rhythm=row.get("rhythm_days"),
        returned=row["returned_orders"],
        refused=row["refused_cod"],
        cod_share=row.get("cod_share"),
        discount_share=row.get("discount_share"),
        source=row.get("first_source"),
        delivery=row.get("last_delivery"),
        gender=row.get("gender"),
        age=born and str((NOW.year - born) // 10 * 10),
    )


def _cuts(values: list[Any], bands: int) -> list[Any]:
    found = sorted(values)
    return [found[-(-step * len(found) // bands) - 1] for step in range(1, bands)] if found else []


def _scale(rows: list[dict[str, Any]]) -> Scale:
    """The scale by plain loops."""
    buyers = [each for each in map(_facts, rows) if each.orders > 0]
    again = sum(each.orders > 1 for each in buyers)
    groups: dict[str, dict[str, Group]] = {}
    for factor in ("source", "delivery", "gender", "age"):
        counted: dict[str, list[int]] = {}
        for each in buyers:
            if word := getattr(each, factor):
                counted.setdefault(word, []).append(each.orders > 1)
        groups[factor] = {
            word: Group(min(1000, 500 * sum(more) * len(buyers) // (len(more) * again)), len(more), sum(more))
            for word, more in counted.items()
            if len(more) >= 20
        }
    days = [(NOW.date() - datetime.fromisoformat(each.last).date()).days for each in buyers if each.last]
    rhythms = _cuts([each.rhythm for each in buyers if each.rhythm is not None], 2)
    return Scale(
        "UAH",
        len(buyers),
        again,
        tuple(_cuts([each.spent for each in buyers if each.spent is not None], 20)),
        # The oldest order comes first where days are counted from the moments.
        tuple(sorted(-day for day in _cuts([-day for day in days], 10))),
        rhythms[0] if rhythms else None,
        groups,
    )


@pytest.mark.parametrize("seed", range(2))
def test_everybody_is_rated_as_plain_loops_over_the_profiles_say(rater: Rater, seed: int) -> None:
    random = Random(seed)
    rows = {f"p{number:03d}": anybody(random) for number in range(200)}
    for person, row in rows.items():
        rater.profile(person, row)
    rater.rate(settings=CURIOUS)
    scale = _scale(list(rows.values()))
    with rater.store.read() as connection:
        measured = measure(connection, now=NOW, settings=CURIOUS)
    assert measured == scale
    ruler = Ruler(scale, CURIOUS, NOW.date())
    wanted = {person: ruler.rating(_facts(row)) for person, row in rows.items()}
    assert rater.scores() == {
        person: (each.score, each.grade) if each else (None, None) for person, each in wanted.items()
    }
    for person, each in wanted.items():
        history = rater.history(person)
        assert [row.contributions for row in history] == ([each.contributions] if each else [])
    # One by one, in any order, by the same scale: nothing differs.
    for person in random.sample(sorted(rows), 40):
        assert rater.rate(person, settings=CURIOUS) == Rated(1, 0)


def test_what_changed_is_a_row_of_the_history_and_what_did_not_is_none(rater: Rater) -> None:
    for number in range(30):
        rater.profile(f"p{number}", bought(1_000 * number, 1 + number // 10, days=10 * number))
    assert rater.rate().changed == 30
    assert rater.rate() == Rated(30, 0)
    rater.change("p5", spent=27_500, orders=4, frequency="regular")
    assert rater.rate("p5", "nobody") == Rated(1, 1)
    newest, first = rater.history("p5")
    assert first.cause == {"first": True}
    assert set(newest.cause) == {"moved", "facts"}
    assert newest.cause["moved"]["frequency"] == [3, 14]
    assert newest.cause["facts"] == {
        "frequency": ["one_off", "regular"], "orders": [1, 4], "spent": [5_000, 27_500],
    }  # fmt: skip
    assert newest.score == sum(newest.contributions.values()) == rater.scores()["p5"][0]
    assert newest.at == NOW


def test_time_alone_lowers_whoever_does_not_come_back(rater: Rater) -> None:
    rater.profile("a", bought(1_000, 3, days=5, rhythm_days=30))
    for number in range(20):
        rater.profile(f"p{number:02d}", bought(1_000, 3, days=200))
    rater.rate()
    assert rater.rate("a", days=1).changed == 0
    assert rater.rate("a", days=28).changed == 1
    with rater.store.read() as connection:
        said = explain_rating(connection, "a")
    # 63.2 points now, where 22.5 are of recency and 1.5 of delivery: who comes first gets the half.
    assert said.changes[0].why == (
        "recency 25 → 23: time has passed",
        "delivery 2 → 1: by rounding, so that the points add up",
    )
    recency = said.factors[0]
    assert (said.score, recency.factor, recency.points, recency.most) == (63, "recency", 23, 25)
    assert recency.words == "last bought 33 days before, on 2026-11-17; orders every 30 days as a rule"


def test_whoever_cannot_be_rated_any_more_has_no_score_and_the_history_says_why(rater: Rater) -> None:
    for person, row in {"a": bought(9_000, 2), "b": bought(5_000), "c": {**EMPTY}}.items():
        rater.profile(person, row)
    rater.rate()
    assert rater.scores()["c"] == (None, None)
    assert rater.history("c") == []
    rater.change("a", spent=None, held="the rate EUR → UAH of 2026-11-01 is missing")
    rater.change("b", spent=0, orders=0, frequency="none")
    assert rater.rate("a", "b").changed == 2
    assert (rater.scores()["a"], rater.scores()["b"]) == ((None, None), (None, None))
    assert (rater.history("a")[0].cause, rater.history("b")[0].cause) == ({"held": True}, {"nothing": True})
    assert rater.rate("a", "b").changed == 0
    rater.change("a", spent=9_000, held=None)
    assert rater.rate("a").changed == 1
    assert len(rater.history("a")) == 3


def test_whoever_is_computed_before_everybody_was_once_rated_waits_for_that(rater: Rater) -> None:
    rater.profile("a", bought(9_000))
    with rater.store.write() as connection:
        assert rate(connection, ["a"], now=NOW) == Rated()
        assert ratings.newest_scale(connection) is None
    assert rater.scores() == {"a": (None, None)}


def test_a_profile_that_is_made_anew_gets_its_score_back_without_a_row(rater: Rater) -> None:
    row = bought(9_000, 2)
    rater.profile("a", row)
    rater.rate("a")
    before = rater.scores()
    rater.profile("a", row)
    assert rater.scores()["a"] == (None, None)
    assert rater.rate("a") == Rated(1, 0)
    assert rater.scores() == before
    assert len(rater.history("a")) == 1


def test_everybody_is_due_each_day_with_new_rules_another_currency_and_many_newcomers(rater: Rater) -> None:
    def due(days: int = 0, settings: RatingSettings = STANDARD) -> bool:
        with rater.store.read() as connection:
            return rating_due(connection, now=NOW + timedelta(days=days), settings=settings)

    def everybody(days: int = 0, settings: RatingSettings = STANDARD) -> int:
        rate_all(rater.store, now=NOW + timedelta(days=days), settings=settings, chunk=7, pause=0)
        with rater.store.read() as connection:
            found = ratings.newest_scale(connection)
        assert found is not None
        return found.id

    assert not due()
    for number in range(20):
        rater.profile(f"p{number}", bought(1_000 * number))
    rater.rate("p1")
    assert due()
    first = everybody()
    assert not due()
    assert all(score is not None for score, _ in rater.scores().values())
    assert due(1)
    assert everybody(1) == first
    heavier = RatingSettings(weights={"money": 80})
    assert due(1, heavier)
    second = everybody(1, heavier)
    assert second > first
    with rater.store.read() as connection:
        assert explain_rating(connection, "p19").changes[0].why[0] == "the weights or grades were changed"
    for number in range(5):
        rater.profile(f"new{number}", bought(100))
        rater.rate(f"new{number}", days=1, settings=heavier)
    assert due(1, heavier)
    third = everybody(1, heavier)
    assert third > second
    assert not due(1, heavier)
    rater.change("new0", currency="EUR")
    assert rater.rate("new0", days=1).changed == 0
    assert due(1, heavier)
    assert everybody(2, heavier) > third
    assert everybody(40, heavier) > third + 1


def test_of_reviews_count_those_of_goods_that_the_shop_says_they_bought(world: World) -> None:
    rater = Rater(world.store)
    world.account("a", email="a@example.com", email_folded="a@example.com")
    rater.profile("a", bought(9_000))
    rater.profile("b", bought(9_000))
    given = [
        (True, True, False),
        (True, True, False),
        (False, True, False),
        (True, None, False),
        (True, True, True),
    ]
    with world.store.write() as connection:
        for number, (published, theirs, gone) in enumerate(given):
            connection.execute(
                insert(tables.review).values(
                    id=f"1:r{number}", shop_id=1, external_id=f"r{number}", product_id="1:1",
                    email_folded="a@example.com", published=published, bought=theirs, gone=gone,
                    written_at=NOW,
                )
            )  # fmt: skip
    rater.rate("a", "b")
    assert rater.history("a")[0].facts["reviews"] == 2
    assert "reviews" not in rater.history("b")[0].facts
    assert rater.history("a")[0].contributions["reviews"] == 3
    assert rater.rate() == Rated(2, 0)


def test_the_list_is_by_rating_and_knows_how_many_have_each_grade(world: World) -> None:
    rater = Rater(world.store)
    for number, person in enumerate(("low", "high", "none")):
        with world.store.write() as connection:
            connection.execute(insert(tables.person).values(_person(person)))
        rater.profile(person, bought(1_000 + 90_000 * number) if number < 2 else {**EMPTY})
    rater.rate()
    with world.store.read() as connection:
        listed = ratings.rated_persons(connection)
        worst = ratings.rated_persons(connection, worst=True, limit=1)
        counted = ratings.grade_counts(connection)
        nobody = ratings.rated_persons(connection, grade="e")
    assert [row["person_id"] for row in listed] == ["high", "low"]
    assert [row["person_id"] for row in worst] == ["low"]
    assert sum(counted.values()) == 3
    assert counted[None] == 1
    assert nobody == []


def _person(person: str) -> dict[str, Any]:
    texts = ("given_name", "family_name", "name_folded", "name_skeleton", "email", "phone")
    return {"id": person, "anchor": f"1:{person}", "sources": {}, "accounts": 1, **dict.fromkeys(texts, "")}
