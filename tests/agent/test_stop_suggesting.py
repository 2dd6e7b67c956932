"""Suggestions for the stop-list: who refused what was sent cash on delivery, and what a human said of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from agent_world import World
from refused_orders import account, refuse_order
from regulars_agent import (
    StopState,
    confirm_stop,
    derive,
    lift_stop,
    merge_persons,
    refuse_stop,
    stop_list,
    suggest_stops,
)
from regulars_agent._setting_sections import StopListSettings
from regulars_store import tables

WHO = "Olha"


def test_two_refused_orders_make_a_suggestion_that_names_them_and_takes_nothing(world: World) -> None:
    older, newer = refuse_order(world, 3, days=60), refuse_order(world, 3)
    refuse_order(world, 4)
    (rehearsed,) = suggest_stops(world.workspace, dry_run=True)
    assert rehearsed.number is None
    assert stop_list(world.workspace) == ()
    (made,) = suggest_stops(world.workspace)
    assert [each["id"] for each in made.evidence["orders"]] == [newer, older]
    assert (made.account, made.number) == (account(world, 3), 1)
    (entry,) = stop_list(world.workspace)
    assert (entry.state, entry.holds, entry.evidence["count"]) == (StopState.SUGGESTED, False, 2)
    assert "2 orders" in entry.reason
    derive(world.workspace)
    assert dict(world.rows("offer", "id", "percent"))[account(world, 3)] == 500
    assert suggest_stops(world.workspace) == ()


def test_a_confirmed_person_is_suggested_again_only_by_new_orders_after_it_was_lifted(world: World) -> None:
    for days in (60, 30):
        refuse_order(world, 3, days=days)
    (made,) = suggest_stops(world.workspace)
    assert made.number is not None
    confirm_stop(world.workspace, made.number, who=WHO)
    for days in (20, 15):
        refuse_order(world, 3, days=days)
    assert suggest_stops(world.workspace) == ()
    lift_stop(world.workspace, made.number, who=WHO)
    (again,) = suggest_stops(world.workspace)
    assert again.evidence["count"] == 2


def test_refused_suggestions_never_come_back_for_the_same_orders(world: World) -> None:
    for days in (60, 30):
        refuse_order(world, 3, days=days)
    (made,) = suggest_stops(world.workspace)
    assert made.number is not None
    refuse_stop(world.workspace, made.number, who=WHO, why="the courier's fault")
    assert suggest_stops(world.workspace) == ()
    refuse_order(world, 3, days=20)
    assert suggest_stops(world.workspace) == ()
    refuse_order(world, 3, days=15)
    assert len(suggest_stops(world.workspace)) == 1


def test_all_orders_of_a_long_evidence_are_judged_at_once(world: World) -> None:
    for _ in range(30):
        refuse_order(world, 3)
    (made,) = suggest_stops(world.workspace)
    assert made.number is not None
    assert (len(made.evidence["orders"]), made.evidence["count"]) == (20, 30)
    refuse_stop(world.workspace, made.number, who=WHO)
    assert suggest_stops(world.workspace) == ()


def test_refusals_of_one_person_count_together_whatever_the_account(world: World) -> None:
    refuse_order(world, 3, days=60)
    newest = refuse_order(world, 4)
    assert suggest_stops(world.workspace) == ()
    pair = [account(world, 3), account(world, 4)]
    merge_persons(world.workspace, pair, who=WHO, why="told us")
    (made,) = suggest_stops(world.workspace)
    assert (made.account, made.evidence["orders"][0]["id"]) == (account(world, 4), newest)


@pytest.mark.parametrize(
    "changes",
    [
        {"payment_method": "liqpay"},
        {"status": "processing", "shop_status": "processing"},
        {"underway": 1},
        {"days": 400},
        {"gone": True},
        {"status": "refunded", "shop_status": "refunded", "paid_at": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
)
def test_what_was_not_refused_in_time_does_not_count(world: World, changes: dict[str, Any]) -> None:
    refuse_order(world, 3)
    refuse_order(world, 3, **changes)
    assert suggest_stops(world.workspace) == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"payment_method": "Cash on Delivery (COD)"},
        {"payment_method": "Накладений платіж "},
        {"status": "failed", "shop_status": "failed"},
        {"status": "refunded", "shop_status": "refunded"},
        {"status": "other", "shop_status": "refused", "underway": 0},
        {"shop_status": "cancelled pending fulfilled", "underway": 1},
        {"completed_at": datetime(2026, 1, 1, tzinfo=UTC), "underway": 1},
    ],
)
def test_ways_to_tell_a_refused_order(world: World, changes: dict[str, Any]) -> None:
    refuse_order(world, 3)
    refuse_order(world, 3, **changes)
    assert len(suggest_stops(world.workspace)) == 1


def test_the_history_tells_when_an_order_ended_and_whether_it_had_been_completed(world: World) -> None:
    refuse_order(world, 3)
    late_touch = refuse_order(world, 3)
    completed = refuse_order(world, 4, underway=1)
    refuse_order(world, 4)
    placed = world.clock() - timedelta(days=30)
    rows = [
        {"order_id": late_touch, "sequence": 1, "status": "processing", "at": placed},
        {"order_id": late_touch, "sequence": 2, "status": "cancelled", "at": placed + timedelta(hours=3)},
        {"order_id": completed, "sequence": 1, "status": "completed", "at": placed},
        {"order_id": completed, "sequence": 2, "status": "cancelled", "at": placed + timedelta(hours=3)},
    ]
    with world.store.write() as connection:
        words = [{**row, "shop_status": row["status"]} for row in rows]
        connection.execute(insert(tables.order_status_change), words)
    (made,) = suggest_stops(world.workspace)
    assert made.account == account(world, 4)


def test_the_owner_sets_how_many_orders_within_how_many_days(world: World) -> None:
    refuse_order(world, 3)
    rule = StopListSettings(refusals=1, days=20)
    world.workspace.settings = world.workspace.settings.model_copy(update={"stoplist": rule})
    assert suggest_stops(world.workspace) == ()
    refuse_order(world, 3, days=10)
    assert len(suggest_stops(world.workspace)) == 1
