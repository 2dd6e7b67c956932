"""The agent's tick, without its waker: what is due, what comes of it, and whom a failure disturbs."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import regulars_store as store
from agent_visits import DOWN, connect
from agent_world import COFFEE, ENVIRON, SPENT, Front, World, a_history, served
from regulars_agent import (
    Duty,
    Outcome,
    Performed,
    Workspace,
    due,
    enable_programme,
    open_workspace,
    perform,
    tick,
)
from regulars_agent._agenda import LONGEST_WAIT, resource_of, sweep_moment, wait_after
from regulars_agent._leases import held
from regulars_agent._settings import AgentSettings, HttpSettings, RiskSettings
from regulars_mapping import Failure
from regulars_sandbox import Response
from regulars_store import newest_run, operation_counts, tables

SOON = {"interval": 60}


def settle_for(workspace: Workspace, **sections: Any) -> None:
    """The owner edits the settings: by default everybody's offer may change at once."""
    defaults = {
        "agent": workspace.settings.agent.model_copy(update=SOON),
        "risk": RiskSettings(max_share_changed=1),
        "http": HttpSettings(tries=1, max_wait=0.01, read_timeout=10),
    }
    workspace.settings = workspace.settings.model_copy(update={**defaults, **sections})


def ticked(workspace: Workspace, **options: Any) -> list[Performed]:
    return tick(workspace, workspace.clock(), **options)


@pytest.fixture
def willing(world: World) -> World:
    """The small shop with an agent that may change everything."""
    settle_for(world.workspace)
    return world


@pytest.fixture
def kept(willing: World) -> World:
    """The small shop after the agent's first visit."""
    (visited,) = ticked(willing.workspace)
    assert visited.outcome is Outcome.DONE
    return willing


def later(world: World) -> list[Performed]:
    """The next tick, once the interval is over."""
    world.clock.forward(seconds=61)
    return ticked(world.workspace)


def test_the_first_tick_gives_everybody_what_they_earned(willing: World) -> None:
    (visited,) = ticked(willing.workspace)
    assert (visited.duty, visited.counts["read"], visited.counts["confirmed"]) == (Duty.EXCHANGE, "sync", 10)
    assert len(willing.coupons()) == 5
    willing.assert_settled()


def test_an_order_moves_the_tier_and_the_coupon_within_the_next_tick(kept: World) -> None:
    kept.double.place_order(items=[(COFFEE, 60)], customer_id=1)
    later(kept)
    coupon = kept.coupon_of(1).document
    assert coupon is not None and coupon["amount"] == "5.00"
    kept.assert_settled()


def test_nothing_is_due_before_the_interval_is_over_and_a_quiet_visit_makes_no_plan(kept: World) -> None:
    plans = kept.rows("plan", "id")
    assert ticked(kept.workspace) == []
    (visited,) = later(kept)
    assert visited.outcome is Outcome.DONE
    assert kept.rows("plan", "id") == plans


def test_a_shop_that_was_never_read_is_read_whole_first(empty_workspace: Workspace) -> None:
    settle_for(empty_workspace)
    with served(a_history(SPENT)) as (_, server):
        connect(empty_workspace, "tea", server)
        enable_programme(empty_workspace, PROGRAMME_OF_ALL, who="the owner")
        (visited,) = ticked(empty_workspace)
    assert visited.counts["read"] == "backfill"
    assert (visited.counts["new"], visited.counts["confirmed"]) == (13, 10)


def test_a_plan_beyond_the_limits_waits_for_a_person_and_stays_the_one_they_look_at(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    settle_for(world.workspace, risk=RiskSettings(max_share_changed=0.2))
    (visited,) = ticked(world.workspace)
    waiting = visited.counts["waiting"]
    assert f"regulars apply tea {waiting} --confirm" in caplog.text
    world.double.place_order(items=[(COFFEE, 60)], customer_id=1)
    (visited,) = later(world)
    assert visited.counts["waiting"] == waiting
    assert not world.front.writes()
    assert world.apply(waiting).complete
    later(world)
    assert world.coupon_of(1).document is not None
    world.assert_settled()


def test_a_plan_that_nobody_looked_at_for_a_day_gives_way_to_that_of_today(world: World) -> None:
    settle_for(world.workspace, risk=RiskSettings(max_share_changed=0.2))
    (visited,) = ticked(world.workspace)
    world.double.place_order(items=[(COFFEE, 60)], customer_id=1)
    world.clock.forward(hours=25)
    again = ticked(world.workspace)[0].counts["waiting"]
    assert again not in {"", visited.counts["waiting"]}
    assert world.states(again)["planned"] > world.states(visited.counts["waiting"])["superseded"]


def test_a_plan_that_a_person_confirmed_and_that_was_cut_off_is_ended_before_another_is_made(
    world: World,
) -> None:
    settle_for(world.workspace, risk=RiskSettings(max_share_changed=0.2))
    (visited,) = ticked(world.workspace)
    waiting = visited.counts["waiting"]
    with world.store.write() as connection:
        store.set_plan_state(connection, waiting, "applying", now=world.clock())
    (visited,) = later(world)
    assert (visited.counts["plan"], visited.counts["confirmed"]) == (waiting, 10)
    with world.store.read() as connection:
        assert operation_counts(connection, waiting) == {"confirmed": 10}


PROGRAMME_OF_ALL: Any = {
    "kind": "tier",
    "key": "regulars",
    "title": "Our regulars",
    "currency": "UAH",
    "tiers": [{"threshold": "1000.00", "percent": "3", "level": "Bronze"}],
}


@pytest.fixture
def two(willing: World) -> Iterator[tuple[World, Front]]:
    """A second shop, *coffee*, beside *tea*; its own front."""
    with served(a_history({7: 3000})) as (front, server):
        connect(willing.workspace, "coffee", server)
        yield willing, front


def test_a_shop_that_is_down_does_not_stop_the_other_and_is_tried_again_ever_more_rarely(
    two: tuple[World, Front],
) -> None:
    world, coffee = two
    world.front.before = lambda _: DOWN
    tea, other = ticked(world.workspace)
    assert (tea.shop, tea.outcome, tea.failure) == ("tea", Outcome.FAILED, Failure.RETRY)
    assert (other.shop, other.outcome) == ("coffee", Outcome.DONE)
    assert ("POST", "coupons/batch") in coffee.seen
    waits = []
    for _ in range(3):
        before = world.clock()
        while not (found := [each for each in ticked(world.workspace) if each.shop == "tea"]):
            world.clock.forward(seconds=5)
        waits.append((world.clock() - before).total_seconds())
        assert found[0].outcome is Outcome.FAILED
    assert waits == [pytest.approx(wait, abs=6) for wait in (30, 60, 120)]
    world.front.before = lambda _: None
    world.clock.forward(seconds=250)
    assert {each.shop: each.outcome for each in ticked(world.workspace)}["tea"] is Outcome.DONE


def test_what_only_a_person_can_mend_is_said_once_and_waits_or_is_tried_by_a_new_agent(
    kept: World, caplog: pytest.LogCaptureFixture
) -> None:
    kept.front.before = lambda _: Response(401, (), b'{"code":"woocommerce_rest_cannot_view"}')
    caplog.set_level(logging.WARNING)
    (visited,) = later(kept)
    assert visited.failure is Failure.MISCONFIGURED
    assert len(caplog.records) == 1
    assert later(kept) == []
    kept.clock.forward(hours=1)
    (visited,) = ticked(kept.workspace)
    assert visited.counts["failures"] == 2
    assert len(caplog.records) == 1
    kept.front.before = lambda _: None
    kept.clock.forward(seconds=1)
    (visited,) = ticked(kept.workspace, started=kept.clock())
    assert visited.outcome is Outcome.DONE


def test_a_fault_of_ours_is_noted_without_what_it_says(kept: World, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> bool:
        raise ValueError("person1@example.com")

    kept.double.place_order(items=[(COFFEE, 1)], customer_id=1)
    kept.clock.forward(seconds=61)
    visited = perform(kept.workspace, kept.shop.id, Duty.EXCHANGE, stopping=broken)
    assert (visited.outcome, visited.failure) == (Outcome.FAILED, Failure.RETRY)
    assert "ValueError in test_tick.py" in visited.problem
    assert "example.com" not in caplog.text + visited.problem


def test_a_shop_that_another_agent_works_on_is_left_to_it(kept: World, tmp_path: Path) -> None:
    kept.clock.forward(seconds=61)
    resource = resource_of(kept.shop.id)
    with open_workspace(kept.workspace.settings, clock=kept.clock, environ=ENVIRON) as other:
        with held(other, resource):
            assert ticked(kept.workspace) == []
            visited = perform(kept.workspace, kept.shop.id, Duty.EXCHANGE)
            assert visited.outcome is Outcome.SKIPPED
        assert [each.outcome for each in ticked(other)] == [Outcome.DONE]
    visited = perform(kept.workspace, kept.shop.id, Duty.EXCHANGE)
    assert visited.outcome is Outcome.SKIPPED, "the other has just done it"


def test_a_stop_in_the_middle_of_a_backfill_keeps_what_landed_and_the_next_agent_goes_on(
    empty_workspace: Workspace,
) -> None:
    settle_for(empty_workspace)
    asked = iter([False, False, True])
    with served(a_history(SPENT)) as (_, server):
        connect(empty_workspace, "tea", server)
        enable_programme(empty_workspace, PROGRAMME_OF_ALL, who="the owner")
        (visited,) = ticked(empty_workspace, stopping=lambda: next(asked, True))
        assert (visited.outcome, visited.problem) == (Outcome.STOPPED, "the agent was stopped")
        with empty_workspace.store.read() as connection:
            landed = store.row_counts(connection)
            owners = connection.execute(tables.lease.select().where(tables.lease.c.owner != "")).all()
        assert landed["account"] == 6 and landed["order"] == 0
        assert owners == []
        (visited,) = ticked(empty_workspace)
        assert (visited.outcome, visited.counts["confirmed"]) == (Outcome.DONE, 10)


def test_everything_is_compared_once_a_day_and_only_after_it_was_read(kept: World) -> None:
    kept.clock.forward(hours=25)
    swept = [each for each in ticked(kept.workspace) if each.duty is Duty.SWEEP]
    assert [each.outcome for each in swept] == [Outcome.DONE]
    with kept.store.read() as connection:
        run = newest_run(connection, kept.shop.id, ("verify",), complete=True)
    assert run is not None
    assert [each.duty for each in later(kept)] == [Duty.EXCHANGE]


def test_a_plug_in_that_was_installed_is_noticed_by_the_day_s_sweep_and_takes_over(kept: World) -> None:
    assert kept.coupons()
    kept.double.site.companion = True
    kept.clock.forward(hours=25)
    ticked(kept.workspace)
    assert kept.shop.capabilities == ("companion-plugin", "companion-terms")
    later(kept)
    assert kept.coupons() == []
    assert kept.labels()


def test_a_day_without_an_end_is_no_reason_to_sweep_a_shop_that_was_never_read(
    empty_workspace: Workspace,
) -> None:
    with served(a_history(SPENT)) as (_, server):
        connect(empty_workspace, "tea", server)
    found = due(empty_workspace, empty_workspace.clock() + timedelta(days=3))
    assert [each.duty for each in found] == [Duty.EXCHANGE]


def test_old_rows_of_runs_are_forgotten_by_a_sweep(kept: World) -> None:
    later(kept)
    kept.clock.forward(days=40)
    ticked(kept.workspace)
    left = kept.rows("sync_run", "command", "started_at")
    assert [command for command, _ in left].count("agent exchange") == 1
    # How far back the shop was read is told for ever.
    assert [command for command, at in left if at < kept.clock() - timedelta(days=30)] == ["backfill"]


@pytest.mark.parametrize(
    ("now", "zone", "moment"),
    [
        ("2026-06-01T12:00", "Europe/Kyiv", "2026-06-01T00:00"),
        ("2026-06-01T00:00", "Europe/Kyiv", "2026-06-01T00:00"),
        ("2026-05-31T23:59", "Europe/Kyiv", "2026-05-31T00:00"),
        ("2026-12-01T00:30", "Europe/Kyiv", "2026-11-30T01:00"),
        ("2026-06-01T12:00", None, "2026-06-01T03:00"),
        # 03:00 does not exist in Kyiv that day.
        ("2026-03-29T12:00", "Europe/Kyiv", "2026-03-29T01:00"),
        # 03:00 comes twice that day; the first counts.
        ("2026-10-25T00:30", "Europe/Kyiv", "2026-10-25T00:00"),
    ],
)
def test_a_day_s_sweep_begins_at_an_hour_of_the_shop_s_own_day(
    now: str, zone: str | None, moment: str
) -> None:
    def utc(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    assert sweep_moment(utc(now), zone=zone, hour=3) == utc(moment)


def test_waits_grow_are_bounded_and_heed_what_the_shop_asks() -> None:
    settings = AgentSettings()
    waits = [wait_after(Failure.RETRY, failures, settings, None) for failures in range(1, 100)]
    assert waits[:3] == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    assert max(waits) == waits[-1] == LONGEST_WAIT
    assert wait_after(Failure.RETRY, 1, settings, 90) == timedelta(seconds=90)
    assert wait_after(Failure.RETRY, 1, settings, 1e9) == LONGEST_WAIT
    assert wait_after(Failure.MISCONFIGURED, 1, settings, None) == LONGEST_WAIT


def test_a_clock_that_was_set_back_does_not_put_an_agent_to_sleep(kept: World) -> None:
    kept.clock.forward(days=-400)
    (visited,) = ticked(kept.workspace)
    assert visited.outcome is Outcome.DONE
    assert ticked(kept.workspace) == []
    assert len(later(kept)) == 1


def test_a_removed_shop_is_no_duty_any_more(kept: World) -> None:
    with kept.store.write() as connection:
        store.remove_shop(connection, kept.shop.id, now=kept.clock())
    assert later(kept) == []
    assert perform(kept.workspace, 1, Duty.EXCHANGE).outcome is Outcome.SKIPPED
