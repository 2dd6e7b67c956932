"""Exactly one effect: appliers killed and frozen at any moment, a shop that races and loses answers."""

import os
import random
import signal
import threading
import time
from collections.abc import Mapping
from typing import Any

import pytest

import regulars_store as store
from agent_workers import Workers, workers_on
from agent_world import PROGRAMME, Backfilled, World, is_write, set_option
from racing_world import applied, applied_in_spite_of_kills, racing, twins
from regulars_agent import Workspace, derive, disable_programme, enable_programme
from regulars_mapping import RetryError
from regulars_sandbox import Request, Response

CUSTOMERS = 230
"""Three batches of coupons and three of labels."""
WORK = 0.3
"""The longest time the shop works on a write, in seconds, whether or not its sender is still there."""
LONG_WORK = 2.0
KILLS = 24
"""On each database."""


RAISED: Mapping[str, Any] = {
    **PROGRAMME,
    "tiers": [{"threshold": "1000.00", "percent": "4", "level": "Friend"}],
}


def change(world: Backfilled, number: int) -> None:
    """Coupons to be created, then changed, then deleted, and so on."""
    if number % 3 == 2:
        disable_programme(world.workspace, "regulars", who="the owner")
    else:
        enable_programme(world.workspace, (PROGRAMME, RAISED)[number % 3], who="the owner")


@pytest.mark.slow
def test_killed_at_any_moment_every_write_has_exactly_one_effect(
    empty_workspace: Workspace, record_property: Any
) -> None:
    chance = random.Random(20260301)
    operations = rounds = 0
    with racing(
        empty_workspace,
        settle=WORK * 3,
        customers=CUSTOMERS,
        work=WORK,
        steady=False,
        broken=7,
        drop=5,
        read_timeout=WORK * 0.9,
    ) as (world, workers):
        while workers.kills < KILLS or rounds % 3:
            change(world, rounds)
            plan = world.plan()
            operations += plan.operations
            applied_to_the_end(world, workers, chance)
            assert plan.operations == 2 * CUSTOMERS
            assert set(world.states(plan.id)) == {"confirmed"}
            world.assert_settled()
            rounds += 1
    figures = {"kills": workers.kills, "operations": operations, "rounds": rounds}
    for name, value in figures.items():
        record_property(name, value)
    print(figures)


@pytest.mark.slow
def test_what_was_written_by_hand_stands_in_every_customer_though_its_writers_are_killed(
    empty_workspace: Workspace,
) -> None:
    chance = random.Random(20260302)
    shop = {"customers": CUSTOMERS, "work": WORK, "steady": False, "broken": 7, "drop": 5}
    rounds = 0
    with racing(empty_workspace, settle=WORK * 3, read_timeout=WORK * 0.9, **shop) as (world, workers):
        disable_programme(world.workspace, "regulars", who="the owner")
        while workers.kills < KILLS // 2:
            name = f"name {rounds}"
            write_names(world, name)
            plan = world.plan()
            assert plan.counts == {"update profile": CUSTOMERS}
            applied_to_the_end(world, workers, chance)
            assert set(world.states(plan.id)) == {"confirmed"}
            # A write of the round before that came late would stand here.
            assert names_in_the_shop(world) == [name] * CUSTOMERS
            assert [each["given_name"] for each in world.standing().values()] == [name] * CUSTOMERS
            assert world.plan(everybody=True).empty
            rounds += 1
    print({"kills": workers.kills, "operations": rounds * CUSTOMERS, "rounds": rounds})


def write_names(world: Backfilled, name: str) -> None:
    with world.store.write() as connection:
        for number in range(1, CUSTOMERS + 1):
            account = f"{world.shop.id}:{number}"
            said = {"named": True, "who": "anna", "why": "", "now": world.clock()}
            store.write_edit(connection, account, "given_name", name, **said)
    derive(world.workspace)


def names_in_the_shop(world: Backfilled) -> list[str]:
    pages = [world.staff("GET", f"customers?per_page=100&page={page}") for page in (1, 2, 3)]
    return [customer["first_name"] for page in pages for customer in page]


def applied_to_the_end(world: Backfilled, workers: Workers, chance: random.Random) -> None:
    """Four are killed; whoever comes after goes on until all is answered."""
    deadline = time.monotonic() + 120
    tries = 0
    while not applied(world):
        tries += 1
        told = workers.run(kill_after=chance.uniform(0.02, 1.2) if tries <= 4 else None)
        assert "error" not in told, told
        assert not told.get("reasons"), told
        assert time.monotonic() < deadline


@pytest.mark.slow
@pytest.mark.parametrize(("settle", "are_made"), [(0.001, True), (LONG_WORK * 2, False)])
def test_whoever_does_not_let_a_lost_write_settle_makes_twins(
    empty_workspace: Workspace, settle: float, *, are_made: bool
) -> None:
    shop = {"customers": 20, "work": LONG_WORK, "steady": True, "broken": 0, "drop": 0}
    with racing(empty_workspace, settle=settle, read_timeout=30.0, **shop) as (world, workers):
        world.plan()
        applied_in_spite_of_kills(world, workers, patience=LONG_WORK / 4)
        assert (twins(world) > 0) == are_made


def test_an_applier_that_was_frozen_past_its_lease_has_no_further_effect(world: World) -> None:
    set_option(world, "settle_seconds", "0.5")
    world.plan()
    arrived, answered = threading.Event(), threading.Event()

    def hold(request: Request, response: Response) -> Response:
        if is_write(request, "coupons/batch") and not arrived.is_set():
            arrived.set()
            assert answered.wait(30)
        return response

    world.front.after = hold
    with workers_on(world.workspace, task="apply", lease=2.0) as workers:
        frozen = workers.start()
        assert arrived.wait(30)
        os.kill(frozen.pid, signal.SIGSTOP)
        # Whatever fails meanwhile: what stays frozen is waited for without end.
        try:
            answered.set()
            with pytest.raises(RetryError, match=rf"process {frozen.pid}\b"):
                world.apply()
            apply_once_free(world)
            before = everything(world)
        finally:
            os.kill(frozen.pid, signal.SIGCONT)
        assert frozen.ended(within=30)
    assert frozen.told["error"] == "LeaseLostError"
    assert everything(world) == before
    world.assert_settled()


def apply_once_free(world: World) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            if world.apply().complete:
                return
        except RetryError:
            # The frozen one's lease has not run out.
            assert time.monotonic() < deadline
        time.sleep(0.1)


def everything(world: World) -> list[Any]:
    names = ("push_operation", "push_state", "plan", "grant", "lease")
    return [world.rows(name, *getattr(store.tables, name).c.keys()) for name in names]
