"""Exactly one effect: appliers killed and frozen at any moment, a shop that races and loses answers."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from agent_world import PROGRAMME, Backfilled, connected_at
from regulars_agent import Workspace, disable_programme, enable_programme

HERE = Path(__file__).parent
CUSTOMERS = 230
"""Three batches of coupons and three of labels."""
WORK = 0.3
"""The longest time the shop works on a write, in seconds, whether or not its sender is still there."""
KILLS = 24
"""On each database."""


@contextmanager
def started(script: str, **given: Any) -> Iterator["subprocess.Popen[str]"]:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parent), str(HERE)])}
    with subprocess.Popen(
        [sys.executable, str(HERE / script), json.dumps(given)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environ,
    ) as process:
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()


def line_of(process: "subprocess.Popen[str]") -> Any:
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


class Worker:
    """One applier: its pid, and in time what became of it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
        self.pid = int(line_of(process))
        self.told: Mapping[str, Any] = {}
        self._reader = threading.Thread(target=self._read, args=(process,))
        self._reader.start()

    def _read(self, process: "subprocess.Popen[str]") -> None:
        self.told = line_of(process)

    def ended(self, *, within: float) -> bool:
        self._reader.join(within)
        return not self._reader.is_alive()

    def kill(self) -> None:
        # It may end by itself at this very moment; its pid is not given to another so soon.
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        assert self.ended(within=20)


class Workers:
    """Makes appliers, one at a time."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.kills = 0

    def start(self) -> Worker:
        return Worker(self._process)

    def run(self, *, kill_after: float | None = None) -> Mapping[str, Any]:
        """Let one work, or kill it after so many seconds; what became of it."""
        worker = self.start()
        if not worker.ended(within=60 if kill_after is None else kill_after):
            worker.kill()
        self.kills += "killed" in worker.told
        return worker.told


@contextmanager
def racing(workspace: Workspace, *, settle: float, **given: Any) -> Iterator[tuple[Backfilled, Workers]]:
    """A racing shop, backfilled, and workers on it whose answers may come too late."""
    worker = {
        "directory": str(workspace.settings.directory),
        "store_url": workspace.settings.store_url.get_secret_value(),
        "read_timeout": given.pop("read_timeout", 5.0),
        "lease": 30.0,
    }
    with started("racing_shop.py", **given) as shop, started("applying_workers.py", **worker) as workers:
        told = line_of(shop)
        world = connected_at(workspace, told["url"], Path(told["certificate"]), settle_seconds=str(settle))
        yield world, Workers(workers)


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


def applied(world: Backfilled) -> bool:
    return {state for (state,) in world.rows("plan", "state")} <= {"applied"}


def twins(world: Backfilled) -> int:
    codes = [found.target.key for found in world.coupons()]
    return len(codes) - len(set(codes))


@pytest.mark.parametrize("settle", [0.001, WORK * 6])
def test_whoever_does_not_let_a_lost_write_settle_makes_twins(
    empty_workspace: Workspace, settle: float
) -> None:
    with racing(
        empty_workspace, settle=settle, customers=20, work=WORK * 4, broken=0, drop=0, read_timeout=30.0
    ) as (world, workers):
        world.plan()
        deadline = time.monotonic() + 60
        for tries in count(1):
            worker = workers.start()
            if tries <= 6:
                kill_once_sent(world, worker)
            assert worker.ended(within=60)
            assert "error" not in worker.told, worker.told
            if applied(world):
                break
            assert time.monotonic() < deadline
        made = twins(world)
    assert (made > 0) == (settle < WORK)


def kill_once_sent(world: Backfilled, worker: Worker) -> None:
    """Kill a worker a moment after it noted that a request leaves; one that sends nothing ends by itself."""

    def sent() -> int:
        return sum(attempts for (attempts,) in world.rows("push_operation", "attempts"))

    before = sent()
    while sent() == before and not worker.ended(within=0.005):
        pass
    worker.ended(within=0.1)
    worker.kill()
