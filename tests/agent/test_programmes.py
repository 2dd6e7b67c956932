"""Programmes: switched on and off, and everybody's offers follow."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select, update

import regulars_store as store
from agent_world import COFFEE, PROGRAMME, RICHER, SPENT, World
from regulars_agent import check_programme, derive, disable_programme, enable_programme, programmes, sync
from regulars_mapping import MisconfiguredError
from regulars_marketing import parse_programme


def marked(world: World) -> int:
    with world.store.read() as connection:
        return store.dirty_count(connection, f"offers:{world.shop.id}")


def test_enabling_a_programme_marks_every_offer_it_makes_for_the_shop(world: World) -> None:
    assert marked(world) == len(SPENT)
    assert len(world.rows("offer", "id")) == len(SPENT)


def test_a_change_marks_whose_offer_it_changes(told: World) -> None:
    assert marked(told) == 0
    assert enable_programme(told.workspace, RICHER, who="the owner") == 2
    # The Gold one gets more, and the Silver ones read of it as their next step.
    assert marked(told) == 3


def test_the_same_definition_again_is_the_same_version_and_changes_nothing(told: World) -> None:
    assert enable_programme(told.workspace, PROGRAMME, who="the owner") == 1
    assert marked(told) == 0


def test_a_disabled_programme_leaves_no_offer(told: World) -> None:
    assert disable_programme(told.workspace, "regulars", who="the owner") == 2
    assert told.rows("offer", "id") == []
    assert marked(told) == len(SPENT)
    (stored,) = programmes(told.workspace)
    assert (stored.version, stored.enabled) == (2, False)


def test_a_bad_definition_changes_nothing(told: World) -> None:
    with pytest.raises(MisconfiguredError, match="currency"):
        enable_programme(told.workspace, {**PROGRAMME, "currency": "hryvnia"}, who="the owner")
    with pytest.raises(MisconfiguredError):
        disable_programme(told.workspace, "unknown", who="the owner")
    assert [stored.version for stored in programmes(told.workspace)] == [1]
    assert marked(told) == 0


SEASON: dict[str, Any] = {
    "kind": "seasonal",
    "key": "fair",
    "title": "The fair",
    "level": "Fair",
    "percent": 5,
}
BY_HAND: dict[str, Any] = {"kind": "personal", "key": "sorry", "title": "Sorry", "percent": 5, "why": "Late"}


def test_a_season_is_over_only_when_its_last_day_is_past_in_every_shop(told: World) -> None:
    days = {"first_day": date(2030, 5, 1), "last_day": date(2030, 5, 31)}
    shop = store.tables.shop
    with told.store.write() as connection:
        row = dict(connection.execute(select(shop)).mappings().one())
        connection.execute(update(shop).values(zone="Europe/Kyiv"))
        west = {"id": 2, "name": "west", "url": "https://west.example.com", "zone": "America/Los_Angeles"}
        connection.execute(insert(shop), [{**row, **west}])
    season = parse_programme({**SEASON, **days})
    # The last moment of the day in California.
    told.workspace.clock = lambda: datetime(2030, 6, 1, 6, 59, 59, tzinfo=UTC)
    check_programme(told.workspace, season)
    told.workspace.clock = lambda: datetime(2030, 6, 1, 7, tzinfo=UTC)
    with pytest.raises(MisconfiguredError, match="fair: last_day: 2030-05-31 is past; give a later day"):
        check_programme(told.workspace, season)


def test_what_is_over_or_of_an_account_that_no_shop_has_is_refused_with_the_place(told: World) -> None:
    here, until = f"{told.shop.id}:3", "2030-06-01T09:00:00+03:00"
    past = {**PROGRAMME, "valid_until": until}
    by_hand = {**BY_HAND, "account": here, "valid_until": until}
    told.workspace.clock = lambda: datetime(2030, 6, 1, 5, 59, 59, tzinfo=UTC)
    for each in (past, by_hand):
        check_programme(told.workspace, parse_programme(each))
    unknown = parse_programme({**by_hand, "account": f"{told.shop.id}:404"})
    with pytest.raises(
        MisconfiguredError, match=r"sorry: account: no shop has an account \d:404; look it up"
    ):
        check_programme(told.workspace, unknown)
    told.workspace.clock = lambda: datetime(2030, 6, 1, 6, tzinfo=UTC)
    for each in (past, by_hand):
        with pytest.raises(MisconfiguredError, match="valid_until: 2030-06-01 06:00 UTC is past; give"):
            enable_programme(told.workspace, each, who="the owner")
    assert [stored.version for stored in programmes(told.workspace)] == [1]


def test_an_enabling_that_was_broken_off_is_finished_by_the_next_derive(
    told: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_off(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("regulars_marketing.compute_all", broken_off)
        enable_programme(told.workspace, RICHER, who="the owner")
    assert marked(told) == 0
    derive(told.workspace)
    assert marked(told) == 3


def test_what_waits_to_be_computed_is_computed_when_a_programme_is_switched_off(told: World) -> None:
    with told.store.write() as connection:
        store.mark_dirty(connection, "identity", [f"{told.shop.id}:4"])
    disable_programme(told.workspace, "regulars", who="the owner")
    with told.store.read() as connection:
        stages = ("identity", "facts", "programmes")
        assert [store.dirty_count(connection, stage) for stage in stages] == [0, 0, 0]


def test_a_plan_after_a_disabling_that_was_broken_off_takes_every_discount_away(
    told: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_off(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("regulars_marketing.compute_all", broken_off)
        disable_programme(told.workspace, "regulars", who="the owner")
    summary = told.plan()
    assert not summary.empty
    told.apply()
    assert told.coupons() == []
    assert told.plan().hint.startswith("No programme is on")


def test_a_plan_follows_changes_that_wait_to_be_computed(told: World) -> None:
    told.double.place_order(items=[(COFFEE, 60)], customer_id=3)
    sync(told.workspace, "tea")
    assert told.plan().operations > 0
