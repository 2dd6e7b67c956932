"""Programmes: switched on and off, and everybody's offers follow."""

import pytest

import regulars_store as store
from agent_world import COFFEE, PROGRAMME, RICHER, SPENT, World
from regulars_agent import derive, disable_programme, enable_programme, programmes, sync
from regulars_mapping import MisconfiguredError


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
