"""Golden cases worked by hand: midnight where clocks are changed, and the leap day, for every kind."""

from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from golden_world import DEFINITIONS, Golden
from purchases import World
from regulars_marketing import Proof, parse_programme, verify_proof
from regulars_store import Store, tables


def at(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp).replace(tzinfo=UTC)


class Turn(NamedTuple):
    """A day on which Kyiv's clocks are changed, and who bought when the day 364 days before began."""

    day: str
    birthday: str
    ordered: str
    closes: str
    """As Kyiv's clocks tell the midnight after it."""
    kept_until: str
    told: dict[str, str]


# Kyiv is three hours ahead of UTC in summer and two in winter. 25 October 2026 has 25 hours: it begins at
# 21:00 UTC of the 24th and ends at 22:00 UTC. 364 days before it is 26 October 2025 (a day of 25 hours, too),
# which begins at 21:00 UTC of the 25th. What is bought then
#   - is the year's up to the end of 25 October 2026: 365 days, both included,
#   - is the wholesale year's for 365 times 24 hours: up to 21:00 UTC, an hour less,
#   - makes somebody away on that day whom 364 days make so, and for that one day.
_AUTUMN = Turn(
    day="2026-10-25",
    birthday="--10-25",
    ordered="2025-10-25T21:00:00",
    closes="2026-10-26T00:00:00+02:00",
    kept_until="2026-10-27T22:00:00",
    told={
        "2026-10-24T20:59:59": "dealers=5 kept=5 large=5 never=5 personal=20 tier=5 year=5",
        "2026-10-24T21:00:00": "birthday=10 dealers=5 kept=5 large=5 never=5 personal=20 seasonal=8 tier=5"
        " winback=15 year=5",
        "2026-10-25T20:59:59": "birthday=10 dealers=5 kept=5 large=5 never=5 personal=20 seasonal=8 tier=5"
        " winback=15 year=5",
        "2026-10-25T21:00:01": "birthday=10 kept=5 large=5 never=5 personal=20 seasonal=8 tier=5 winback=15"
        " year=5",
        "2026-10-25T21:59:59": "birthday=10 kept=5 large=5 never=5 personal=20 seasonal=8 tier=5 winback=15"
        " year=5",
        # The level of the year is lost on the 26th, and kept for one day more: the 27th.
        "2026-10-25T22:00:00": "kept=5 large=5 never=5 tier=5",
        "2026-10-27T21:59:59": "kept=5 large=5 never=5 tier=5",
        "2026-10-27T22:00:00": "large=5 never=5 tier=5",
    },
)
# 29 March 2026 has 23 hours: from 22:00 UTC of the 28th to 21:00 UTC. 364 days before it is 30 March 2025,
# which begins at 22:00 UTC of the 29th; 365 times 24 hours later is 22:00 UTC, an hour after the day's end.
_SPRING = Turn(
    day="2026-03-29",
    birthday="--03-29",
    ordered="2025-03-29T22:00:00",
    closes="2026-03-30T00:00:00+03:00",
    kept_until="2026-03-31T21:00:00",
    told={
        "2026-03-28T21:59:59": "dealers=5 kept=5 large=5 never=5 personal=20 tier=5 year=5",
        "2026-03-28T22:00:00": "birthday=10 dealers=5 kept=5 large=5 never=5 personal=20 seasonal=8 tier=5"
        " winback=15 year=5",
        "2026-03-29T20:59:59": "birthday=10 dealers=5 kept=5 large=5 never=5 personal=20 seasonal=8 tier=5"
        " winback=15 year=5",
        "2026-03-29T21:00:00": "dealers=5 kept=5 large=5 never=5 tier=5",
        "2026-03-29T21:59:59": "dealers=5 kept=5 large=5 never=5 tier=5",
        "2026-03-29T22:00:01": "kept=5 large=5 never=5 tier=5",
        "2026-03-31T20:59:59": "kept=5 large=5 never=5 tier=5",
        "2026-03-31T21:00:00": "large=5 never=5 tier=5",
    },
)
_KINDS = ("tier", "never", "year", "kept", "dealers", "large", "birthday", "winback", "seasonal", "personal")


@pytest.mark.parametrize("turn", [_AUTUMN, _SPRING], ids=["25 hours", "23 hours"])
def test_a_day_of_the_shop_ends_at_its_midnight_when_clocks_are_changed(store: Store, turn: Turn) -> None:
    town = Golden(
        store,
        _KINDS,
        winback={"fallback_days": 364, "days": 1},
        seasonal={"first_day": turn.day, "last_day": turn.day},
    )
    mine = town.settle("ann", kind="company", birth_date=turn.birthday)
    town.enable("personal", account=mine["personal"], valid_until=turn.closes)
    town.order(mine["tier"], 5_000_00, placed_at=at(turn.ordered))
    closes = datetime.fromisoformat(turn.closes).astimezone(UTC)
    for moment, given in turn.told.items():
        assert (moment, town.given("ann", now=at(moment))["ann"]) == (moment, given)
        ends = town.ends("ann")
        assert {ends[kind] for kind in ("birthday", "seasonal", "winback") if kind in ends} <= {closes}
        if at(moment) >= closes and "kept" in ends:
            assert ends["kept"] == at(turn.kept_until)


def test_a_welcome_begins_and_ends_with_the_moments_that_the_owner_wrote(store: Store) -> None:
    days = {"valid_from": "2026-10-25T00:00:00+03:00", "valid_until": "2026-10-26T00:00:00+02:00"}
    town = Golden(store, ["welcome"], welcome=days)
    town.settle("ann")
    told = {
        "2026-10-24T20:59:59": "",
        "2026-10-24T21:00:00": "welcome=4",
        "2026-10-25T21:59:59": "welcome=4",
        "2026-10-25T22:00:00": "",
    }
    assert {moment: town.given("ann", now=at(moment))["ann"] for moment in told} == told


# Bought at noon (UTC) of 1 January 2026: in Auckland, 13 hours ahead, on the 2nd. So the year's 365 days end
# with 1 January 2027 in Auckland, with 31 December in Kyiv and Los Angeles. The season is on 1 January: in
# Auckland from 11:00 UTC of 31 December on, in Kyiv from 22:00, in Los Angeles, 8 behind, from 8:00 then.
_MIDNIGHTS = {
    "2026-12-31T10:59:59": (500, 500, 500),
    "2026-12-31T11:00:00": (800, 500, 500),
    "2026-12-31T21:59:59": (800, 500, 500),
    "2026-12-31T22:00:00": (800, 800, 500),
    "2027-01-01T07:59:59": (800, 800, 500),
    "2027-01-01T08:00:00": (800, 800, 800),
    "2027-01-01T10:59:59": (800, 800, 800),
    "2027-01-01T11:00:00": (0, 800, 800),
    "2027-01-01T22:00:00": (0, 0, 800),
    "2027-01-02T08:00:00": (0, 0, 0),
}
_ZONES = ("Pacific/Auckland", "Europe/Kyiv", "America/Los_Angeles")


def test_each_shop_has_a_midnight_of_its_own(store: Store) -> None:
    world = World(store, checks_emails=True)
    for number, zone in enumerate(_ZONES, 1):
        world.shop(number, f"shop{number}")
        world.change(tables.shop, number, zone=zone)
    year = {**DEFINITIONS["year"], "key": "year", "title": "Year"}
    season = {**DEFINITIONS["seasonal"], "kind": "seasonal", "key": "season", "title": "New Year"}
    world.programme(parse_programme(year))
    world.programme(parse_programme({**season, "first_day": "2027-01-01", "last_day": "2027-01-01"}))
    accounts = [world.account("ann", shop=number) for number in (1, 2, 3)]
    world.order(accounts[0], 5_000_00, placed_at=at("2026-01-01T12:00:00"))
    for moment, given in _MIDNIGHTS.items():
        world.compute("ann", now=at(moment))
        offers = world.offers()
        assert (moment, tuple(offers[each].percent for each in accounts)) == (moment, given)
        for each in accounts:
            assert verify_proof(Proof.model_validate(offers[each].proof)) == []


# Bought for 5,000 on 28 February 2027 at noon. 364 days later is 27 February 2028, the last day of its year;
# 365 times 24 hours later is noon of the 28th. The level that the year gave is lost on the 28th and kept for
# one day more: the 29th, which the calendar has. Away is 365 days later, the 28th, for two days: the 29th is
# the second. Who was born on 29 February celebrates on the 28th in 2027, on the 29th in 2028.
_LEAP = {
    "2027-02-28T20:00:00": "birthday=10 dealers=5 kept=5 large=5 never=5 personal=20 tier=5 year=5",
    "2027-02-28T22:00:00": "dealers=5 kept=5 large=5 never=5 personal=20 tier=5 year=5",
    "2028-02-27T21:59:59": "dealers=5 kept=5 large=5 never=5 personal=20 tier=5 year=5",
    "2028-02-27T22:00:00": "dealers=5 kept=5 large=5 never=5 personal=20 tier=5 winback=15",
    "2028-02-28T12:00:01": "kept=5 large=5 never=5 personal=20 tier=5 winback=15",
    "2028-02-28T22:00:00": "birthday=10 kept=5 large=5 never=5 personal=20 seasonal=8 tier=5 winback=15",
    "2028-02-29T21:59:59": "birthday=10 kept=5 large=5 never=5 personal=20 seasonal=8 tier=5 winback=15",
    "2028-02-29T22:00:00": "large=5 never=5 tier=5",
}


def test_the_leap_day_is_a_day_for_every_kind(store: Store) -> None:
    town = Golden(
        store,
        _KINDS,
        winback={"fallback_days": 365, "days": 2},
        seasonal={"first_day": "2028-02-29", "last_day": "2028-02-29"},
    )
    mine = town.settle("ann", kind="company", birth_date="1996-02-29")
    town.enable("personal", account=mine["personal"], valid_until="2028-03-01T00:00:00+02:00")
    town.order(mine["tier"], 5_000_00, placed_at=at("2027-02-28T12:00:00"))
    for moment, given in _LEAP.items():
        assert (moment, town.given("ann", now=at(moment))["ann"]) == (moment, given)
        if moment == "2028-02-29T21:59:59":
            ends = {end for end in town.ends("ann").values() if end is not None}
            assert ends == {at("2028-02-29T22:00:00")}
