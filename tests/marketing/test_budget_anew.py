"""Budgets of programmes whose newer versions give more, or take the budget away and give it again."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete

from budget_world import (
    NO_MORE,
    SEASON,
    assert_books_balance,
    exposed,
    given,
    proved,
    season,
    state,
)
from purchases import NOW, THREE_TIERS, World, gift, tiers
from regulars_store import tables

_NONE: Mapping[str, Any] = {"currency": None, "budget": None, "reckoned_order": None}


def test_a_newer_version_that_gives_more_is_given_as_far_as_there_is_room_whatever_stood_before(
    world: World,
) -> None:
    """Of a full budget 5.00 each are reserved for two; what was offered before is no part of the decision."""
    limits = {"budget": "10.00", "reckoned_order": "100.00"}
    world.programme(tiers(**limits))
    ann, bob = world.account("ann"), world.account("bob")
    for account in (ann, bob):
        world.order(account, 10_000_00)
    world.compute("ann", "bob")
    low = {"threshold": "1000.00", "percent": "3", "level": "Paper"}
    newer = [low, *({**each, "percent": str(2 * int(each["percent"]))} for each in THREE_TIERS["tiers"])]
    assert given(world, "ann", "bob") == {"ann": ("regulars", 7_00)}
    world.programme(tiers(tiers=newer, **limits))
    books = [(ann, 10_00, "reserved")]
    for forgotten in (False, True):
        if forgotten:
            with world.store.write() as connection:
                connection.execute(delete(tables.offer))
        assert given(world, "ann", "bob") == {"ann": ("regulars", 10_00)}
        assert proved(world, ann) == (10_00, "Bronze", NO_MORE)
        assert world.offers()[ann].programme_version == 2
        assert exposed(world) == books
    assert_books_balance(world)


def test_whom_a_newer_version_leaves_without_room_is_counted_once_when_given_anew(world: World) -> None:
    world.programme(season())
    world.programme(gift("seasonal", **{**SEASON, "key": "small", "percent": 3}))
    ann, bob = world.account("ann"), world.account("bob")
    given(world, "ann", "bob")
    grants = [world.grant(each, programme="seasonal") for each in (ann, bob)]
    world.programme(season(percent=20))
    rest = {"ann": ("small", 3_00), "bob": ("small", 3_00)}
    assert given(world, "ann", "bob") == rest
    # Their codes may still be used in the shop.
    books = [(ann, 10_00, "reserved"), (bob, 10_00, "reserved")]
    assert exposed(world) == books
    for grant in grants:
        world.change(tables.grant, grant, state="withdrawn", withdrawn_at=NOW)
    assert given(world, "ann", "bob", days=3) == rest
    anew = {**rest, "ann": ("seasonal", 20_00)}
    assert given(world, "ann", "bob", days=4) == given(world, "bob", "ann", days=5) == anew
    assert (state(world).issued, state(world).accounts) == (20_00, 1)
    world.programme(season(percent=20, budget="40.00"))
    assert given(world, "ann", "bob", days=6)["bob"] == ("seasonal", 20_00)
    assert (state(world).issued, state(world).accounts) == (40_00, 2)
    assert_books_balance(world)


def test_a_budget_that_was_taken_away_and_is_given_again_is_counted_again(world: World) -> None:
    world.programme(season())
    for person in ("ann", "bob", "cat", "dan"):
        world.account(person)
    assert sorted(given(world, "ann", "bob")) == ["ann", "bob"]
    world.programme(season(**_NONE))
    assert sorted(given(world, "ann", "bob", "cat")) == ["ann", "bob", "cat"]
    world.programme(season())
    assert sorted(given(world, "ann", "bob", "cat", "dan")) == ["ann", "bob", "cat"]
    assert (state(world).issued, state(world).left, state(world).accounts) == (30_00, 0, 3)
    assert_books_balance(world)


def test_a_new_budget_of_a_sums_part_counts_first_who_has_it_each_with_that_part(world: World) -> None:
    adding = {"adds": True, "cap": 20}
    for key, percent in (("a", 10), ("b", 4)):
        world.programme(season(**_NONE, **adding, key=key, percent=percent))
    bob, cat = world.account("bob"), world.account("cat")
    whole = {"bob": ("a", 14_00), "cat": ("a", 14_00)}
    assert given(world, "bob", "cat") == whole
    for key, percent, cost in (("a", 10, "10.00"), ("b", 4, "4.00")):
        world.programme(season(**adding, key=key, percent=percent, budget=cost))
    world.account("ann")
    assert given(world, "ann") == whole
    assert exposed(world) == [
        (bob, 10_00, "reserved"), (bob, 4_00, "reserved"), (cat, 10_00, "reserved"), (cat, 4_00, "reserved"),
    ]  # fmt: skip
    assert given(world, "ann", "bob", "cat") == whole
    assert_books_balance(world)
