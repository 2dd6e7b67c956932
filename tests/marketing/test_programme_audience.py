"""Programmes for an audience, and those that hold out a share of it."""

from datetime import timedelta
from typing import Any

import pytest

from purchases import NOW, World, gift, refused, tiers, welcome
from regulars_mapping import MisconfiguredError
from regulars_marketing import Proof, verify_proof
from regulars_marketing._holdout import is_held_out
from regulars_store import tables

SEASON = {"percent": 5, "first_day": "2026-05-01", "last_day": "2026-07-01", "level": "Spring"}


def season(**changes: Any) -> Any:
    return gift("seasonal", **{**SEASON, **changes})


def given(world: World, *persons: str, days: int = 0) -> dict[str, str]:
    """The programme of each person's first account."""
    world.compute(*persons, now=NOW + timedelta(days=days))
    return {row.person_id: row.programme_key for row in world.offers().values()}


def test_only_who_is_in_the_audience_has_it_and_the_others_what_is_for_all(world: World) -> None:
    world.programme(season(key="big", percent=9, audience="amount_spent >= 100"))
    world.programme(season(key="all"))
    for person, spent in (("ann", 100_00), ("bob", 99_99)):
        world.order(world.account(person), spent)
    assert given(world, "ann", "bob") == {"ann": "big", "bob": "all"}
    for row in world.offers().values():
        assert verify_proof(Proof.model_validate(row.proof)) == []


def test_a_refund_and_time_take_people_out_of_it(world: World) -> None:
    world.programme(season(audience="amount_spent >= 100 AND last_order_date > -30d"))
    order = world.order(world.account("ann"), 100_00, placed_at=NOW - timedelta(days=10))
    assert given(world, "ann") == {"ann": "seasonal"}
    assert given(world, "ann", days=25) == {}
    assert given(world, "ann") == {"ann": "seasonal"}
    world.refund(order, 1)
    assert given(world, "ann") == {}


@pytest.mark.parametrize(
    "programme", [tiers(audience="number_of_orders = 0"), welcome(audience="number_of_orders > 5")]
)
def test_every_kind_may_have_one(world: World, programme: Any) -> None:
    world.programme(programme)
    world.account("ann")
    assert bool(given(world, "ann")) == (programme.kind == "tier")


def test_a_wholesale_ladder_for_an_audience_asks_for_no_company(world: World) -> None:
    ladder = {"currency": "UAH", "tiers": [{"threshold": "10.00", "percent": 3, "level": "Dealer"}]}
    world.programme(gift("wholesale", **ladder, audience="number_of_orders >= 1"))
    world.order(world.account("ann"), 20_00)
    world.account("bob")
    assert given(world, "ann", "bob") == {"ann": "wholesale"}


def test_whose_ownership_is_not_known_is_in_no_audience(world: World) -> None:
    world.programme(season(audience="number_of_orders >= 0"))
    world.account("ann")
    world.change(tables.shop, 1, options={})
    assert given(world, "ann") == {}


def test_a_typo_is_refused_with_its_place_and_what_was_meant_and_nothing_is_kept(world: World) -> None:
    said = refused("seasonal", **SEASON, audience="amount_spend > 5")
    assert said.startswith("Programme seasonal: audience: At character 1: there is no field")
    assert "Did you mean amount_spent?" in said
    assert "audience: At character" in refused("seasonal", **SEASON, audience="amount_spent >")
    with pytest.raises(MisconfiguredError, match="audience: At character 1: there is no field"):
        world.programme(season(audience="property.size = 5"))
    assert given(world, "ann") == {}


def test_a_share_is_held_out_whoever_they_are_merged_with_and_in_all_versions(world: World) -> None:
    world.programme(season(holdout=50))
    accounts = {f"p{number}": world.account(f"p{number}") for number in range(12)}
    out = {person for person, account in accounts.items() if is_held_out("seasonal", [account], 50)}
    assert 0 < len(out) < 12
    assert given(world, *accounts).keys() == accounts.keys() - out
    world.programme(season(holdout=50, percent=7))
    assert given(world, *accounts).keys() == accounts.keys() - out
    held, free = min(out), min(accounts.keys() - out)
    world.change(tables.account, accounts[held], person_id=free)
    assert free not in given(world, *accounts)
    world.change(tables.account, accounts[held], person_id=held)
    assert given(world, *accounts).keys() == accounts.keys() - out


def test_the_share_held_out_is_about_what_was_asked_for_and_another_for_each_programme() -> None:
    accounts = [f"1:{number}" for number in range(4_000)]
    spring = {each for each in accounts if is_held_out("spring", [each], 10)}
    autumn = {each for each in accounts if is_held_out("autumn", [each], 10)}
    assert 320 < len(spring) < 480
    assert 10 < len(spring & autumn) < 80
    # Pinned: another hash would hold out others in the middle of a measurement.
    assert [number for number in range(30) if is_held_out("spring", [f"1:{number}"], 10)] == [15, 18, 21, 22]


@pytest.mark.parametrize("share", [0, 51, "5"])
def test_a_share_beyond_its_bounds_is_refused(share: Any) -> None:
    assert "holdout: must be a whole number from 1 to 50" in refused("seasonal", **SEASON, holdout=share)
