"""A workspace on a racing shop, and workers that are killed while it works on what they sent."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from agent_workers import Worker, Workers, line_of, started, workers_on
from agent_world import Backfilled, connected_at
from regulars_agent import Workspace


@contextmanager
def racing(workspace: Workspace, *, settle: float, **given: Any) -> Iterator[tuple[Backfilled, Workers]]:
    """A racing shop, backfilled, and workers on it whose answers may come too late."""
    read_timeout = given.pop("read_timeout")
    with (
        started("racing_shop.py", **given) as shop,
        workers_on(workspace, task="apply", read_timeout=read_timeout) as workers,
    ):
        told = line_of(shop)
        world = connected_at(workspace, told["url"], Path(told["certificate"]), settle_seconds=str(settle))
        yield world, workers


def applied(world: Backfilled) -> bool:
    """Whether nothing of any plan is left to do."""
    return {state for (state,) in world.rows("plan", "state")} <= {"applied"}


def twins(world: Backfilled) -> int:
    """How many coupons of ours there are beyond one a code."""
    codes = [found.target.key for found in world.coupons()]
    return len(codes) - len(set(codes))


def applied_in_spite_of_kills(world: Backfilled, workers: Workers, *, patience: float) -> None:
    """Three are killed while the shop works on what they sent; whoever comes after goes on to the end."""
    deadline = time.monotonic() + 60
    for tries in count(1):
        worker = workers.start()
        if tries <= 3:
            kill_once_sent(world, worker, patience)
        assert worker.ended(within=60)
        assert "error" not in worker.told, worker.told
        if applied(world):
            return
        assert time.monotonic() < deadline


def kill_once_sent(world: Backfilled, worker: Worker, patience: float) -> None:
    """Kill a worker ``patience`` seconds after it sent something; one that sends nothing ends by itself."""

    def sent() -> int:
        return sum(attempts for (attempts,) in world.rows("push_operation", "attempts"))

    before = sent()
    while sent() == before and not worker.ended(within=0.005):
        pass
    worker.ended(within=patience)
    worker.kill()
