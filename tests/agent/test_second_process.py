"""The second process of a long backfill: it answers what this one would land, and does not outlive it."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from agent_world import KEY, World
from regulars_agent import _second_process
from regulars_agent._fetching import Fetched
from regulars_agent._leases import visit
from regulars_agent._pull import Pulled, pull
from regulars_agent._second_process import Job, read_beside, ready_to_land
from regulars_agent._settings import PullSettings
from regulars_connectors import Scan
from regulars_mapping import Kind, MisconfiguredError, RetryError, UnmappableError
from regulars_sandbox import Request, Response

shops_alone = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
"""Once: that process is handed no store, and asks nothing but the shop."""
PARENT = """
import pickle, sys
from regulars_agent._second_process import read_beside
list(read_beside(pickle.load(sys.stdin.buffer)))
"""


def job(world: World, kind: Kind = Kind.ORDER) -> Job:
    config = world.workspace.connector_config(world.shop)
    return Job(world.shop, config, kind, Scan.HISTORY, cursor=None, window=None)


def reading(world: World) -> Generator[Fetched, None, None]:
    return cast("Generator[Fetched, None, None]", read_beside(job(world)))


def process_of(pages: Generator[Fetched, None, None]) -> "subprocess.Popen[bytes]":
    return cast("subprocess.Popen[bytes]", pages.gi_frame.f_locals["process"])


@shops_alone
@pytest.mark.parametrize("kind", [Kind.CUSTOMER, Kind.PRODUCT, Kind.ORDER])
def test_it_answers_what_this_process_would_land(world: World, kind: Kind) -> None:
    world.double.refund_order(10_003, 50_000)
    with world.workspace.connector(world.shop) as connector:
        wanted = [
            [ready_to_land(world.shop, connector, record) for record in page.records]
            for page in connector.pages(kind, Scan.HISTORY)
        ]
    assert [page.records for page in read_beside(job(world, kind))] == wanted
    assert any(wanted)


@shops_alone
def test_what_ends_the_reading_there_is_raised_here(world: World) -> None:
    refusal = b'{"code":"woocommerce_rest_authentication_error","message":"Consumer secret is invalid."}'
    world.front.before = lambda _: Response(401, (("Content-Type", "application/json"),), refusal)
    with pytest.raises(MisconfiguredError, match="consumer secret is wrong"):
        list(reading(world))


def test_the_reason_why_a_record_cannot_be_mapped_crosses_whole() -> None:
    crossed = pickle.loads(pickle.dumps(UnmappableError("billing.country", "is no country")))
    assert isinstance(crossed, UnmappableError)
    assert (crossed.path, crossed.reason) == ("billing.country", "is no country")
    assert str(crossed) == "billing.country: is no country"


@shops_alone
def test_its_arguments_hold_no_secret(world: World) -> None:
    seen: list[bytes] = []

    def look(_: Request) -> None:
        seen.append(Path(f"/proc/{process_of(pages).pid}/cmdline").read_bytes())

    world.front.before = look
    pages = reading(world)
    assert list(pages)
    assert seen
    secrets = (KEY.consumer_key.encode(), KEY.consumer_secret.encode())
    assert not [secret for secret in secrets for line in seen if secret in line]


@shops_alone
def test_killed_from_outside_it_ends_the_reading_with_a_word_on_what_to_do(world: World) -> None:
    def kill(_: Request) -> None:
        os.kill(process_of(pages).pid, signal.SIGKILL)

    world.front.before = kill
    pages = reading(world)
    with pytest.raises(RetryError, match=r"The process that reads tea's orders was ended.*again"):
        next(pages)


@shops_alone
def test_it_ends_when_this_process_does_not_want_more(world: World) -> None:
    pages = reading(world)
    next(pages)
    process = process_of(pages)
    pages.close()
    assert process.returncode is not None


@shops_alone
def test_it_ends_with_a_parent_that_is_killed(world: World) -> None:
    asked, answered = threading.Event(), threading.Event()

    def hold(_: Request) -> None:
        asked.set()
        answered.wait(30)

    world.front.before = hold
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as parent:
        assert parent.stdin is not None
        pickle.dump(job(world), parent.stdin)
        parent.stdin.flush()
        try:
            assert asked.wait(30)
            children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
            assert len(children) == 1
            parent.kill()
            assert gone(int(children[0]), within=10)
        finally:
            answered.set()


@pytest.mark.parametrize("processes", [1, 2])
def test_a_long_history_of_a_quick_shop_is_read_by_as_many_processes_as_are_set(
    world: World, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    monkeypatch.setattr(_second_process, "QUICK", 60.0)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    settings = world.workspace.settings
    world.workspace.settings = settings.model_copy(update={"pull": PullSettings(processes=processes)})
    readers: list[int] = []

    def more(request: Request, response: Response) -> Response:
        if "/customers?" not in request.target:
            return response
        readers.append(len(second_processes()))
        total = "100000" if len(readers) == 1 else "6"
        headers = tuple((name, total if name == "X-WP-Total" else text) for name, text in response.headers)
        return replace(response, headers=headers)

    world.front.after = more
    pulled = Pulled()
    with visit(world.workspace, world.shop, resource="pull") as at:
        pull(at, Kind.CUSTOMER, Scan.HISTORY, anew=True, pulled=pulled)
    assert readers == [0, processes - 1]
    assert pulled.total("seen") == pulled.total("unchanged") == 6
    assert second_processes() == []


def second_processes() -> list[str]:
    """The children of this process that read for it."""
    # A thread, and a child of another test's, may end between two looks.
    children = [child for path in Path("/proc/self/task").glob("*/children") for child in read(path).split()]
    lines = [read(Path(f"/proc/{pid}/cmdline")) for pid in children]
    return [line for line in lines if "_second_process" in line]


def read(path: Path) -> str:
    """A file of /proc; empty where what it tells of has ended."""
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def gone(pid: int, *, within: float) -> bool:
    """Whether a process that is no child of ours ends in time; one that nobody has waited for has ended."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            state: Any = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False
