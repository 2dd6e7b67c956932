"""Customers rated while deriving, and their ratings explained and listed."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

import regulars_store as store
from purchases import World
from regulars_agent import Workspace, derive, explain_rating, list_ratings
from regulars_mapping import SkipError, person_id_of
from regulars_store import tables

PEOPLE = {"anna": [5_000, 7_000, 9_000], "ivan": [3_000], "olena": []}


@pytest.fixture
def bought(empty_workspace: Workspace) -> World:
    """A shop, Anna with three orders, Ivan with one and Olena with none; nobody is computed yet."""
    world = World(empty_workspace.store)
    world.shop(1, "tea")
    now = empty_workspace.clock()
    texts = ("given_name", "family_name", "name_folded", "name_skeleton", "phone")
    for person, amounts in PEOPLE.items():
        email = f"{person}@example.com"
        account = world.account(person, email=email, email_folded=email)
        row = {"id": person, "anchor": account, "email": email, "sources": {}, "accounts": 1}
        with world.store.write() as connection:
            connection.execute(insert(tables.person).values({**row, **dict.fromkeys(texts, "")}))
            store.mark_dirty(connection, "facts", [person])
        for number, amount in enumerate(amounts, 1):
            world.order(account, amount, placed_at=now - timedelta(days=20 * number))
    return world


def weighed(workspace: Workspace, **weights: int) -> None:
    """Give the workspace other weights."""
    settings = workspace.settings
    rating = type(settings.rating)(weights=weights)
    workspace.settings = settings.model_copy(update={"rating": rating})


def scores(world: World) -> dict[str, Any]:
    columns = tables.person_profile.c
    with world.store.read() as connection:
        found = connection.execute(select(columns.person_id, columns.rating))
        return {row.person_id: row.rating for row in found}


def test_whoever_is_computed_is_rated_and_everybody_anew_by_other_weights(
    bought: World, empty_workspace: Workspace
) -> None:
    derive(empty_workspace)
    first = scores(bought)
    assert first["anna"] > first["ivan"] > 0
    assert first["olena"] is None
    derive(empty_workspace)
    assert scores(bought) == first
    weighed(empty_workspace, money=0, recency=100, source=0, payment=0, delivery=0, reviews=0)
    derive(empty_workspace)
    assert scores(bought) != first
    with bought.store.read() as connection:
        history = store.ratings.rating_history(connection, "anna")
    assert "money" not in history[0].contributions
    assert history[0].cause["scale"] is True


def test_a_new_order_moves_only_whoever_placed_it_and_says_so(
    bought: World, empty_workspace: Workspace
) -> None:
    derive(empty_workspace)
    before = scores(bought)
    account = bought.account("ivan")
    bought.order(account, 50_000, placed_at=empty_workspace.clock())
    with bought.store.write() as connection:
        store.mark_dirty(connection, "facts", ["ivan"])
    derive(empty_workspace)
    after = scores(bought)
    assert after["ivan"] > before["ivan"]
    assert {**after, "ivan": before["ivan"]} == before
    with bought.store.read() as connection:
        cause = store.ratings.rating_history(connection, "ivan")[0].cause
    assert (cause["facts"]["spent"], cause["facts"]["orders"]) == ([3_000, 53_000], [1, 2])
    assert "scale" not in cause


def test_a_rating_is_explained_by_an_address_and_a_missing_one_too(
    bought: World, empty_workspace: Workspace
) -> None:
    derive(empty_workspace)
    anna = explain_rating(empty_workspace, "anna@example.com").rating
    assert anna.person == "anna"
    assert anna.score == sum(each.points for each in anna.factors)
    assert {each.factor: each.words for each in anna.factors}["frequency"] == "buys regularly, 3 orders"
    olena = explain_rating(empty_workspace, "olena")
    assert (olena.rating.score, olena.rating.factors) == (None, ())
    assert olena.why_not == "They have bought nothing yet."
    with pytest.raises(SkipError, match="There is no person"):
        explain_rating(empty_workspace, "nobody@example.com")


def test_of_whoever_is_erased_no_rating_is_left_under_any_id_they_had(
    empty_workspace: Workspace,
) -> None:
    now = empty_workspace.clock()
    ids = [person_id_of(account) for account in ("1:1", "2:1", "1:2")]
    row = {"at": now, "score": 1, "grade": "e", "contributions": {}, "facts": {}, "cause": {}}
    with empty_workspace.store.write() as connection:
        connection.execute(insert(tables.rating), [{**row, "person_id": id_} for id_ in ids])
        store.erasing.empty_by_hand(connection, ["1:1", "2:1"], token="t", who="Olha", now=now)
        left = connection.scalars(select(tables.rating.c.person_id)).all()
    assert left == ids[2:]


def test_the_list_begins_with_the_best_or_the_worst(bought: World, empty_workspace: Workspace) -> None:
    derive(empty_workspace)
    best, worst = (list_ratings(empty_workspace, worst=which) for which in (False, True))
    assert [row["person_id"] for row in best.persons] == ["anna", "ivan"]
    assert [row["person_id"] for row in worst.persons] == ["ivan", "anna"]
    assert (sum(best.grades.values()), best.unrated) == (2, 1)
    grade = best.persons[0]["grade"]
    of_grade = list_ratings(empty_workspace, grade=grade, limit=1)
    assert [row["person_id"] for row in of_grade.persons] == ["anna"]
