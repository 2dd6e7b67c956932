"""``regulars backfill``: its progress, the months it could not close, and Ctrl-C while the shop is silent."""

import io
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console

from agent_world import SPENT, a_history
from command_line import CommandLine, Meddled
from regulars_agent import Step
from regulars_cli._pull_progress import pull_progress, time_left
from regulars_mapping import Kind
from regulars_sandbox import Request, Response, RunningServer, WooCommerceShop

Served = Callable[..., RunningServer]


def lying(request: Request, response: Response) -> Response:
    """One more than there are, wherever orders are only counted."""
    if "/orders?" not in request.target or "per_page=1&" not in request.target:
        return response
    headers = tuple((name, "7" if name == "X-WP-Total" else text) for name, text in response.headers)
    return replace(response, headers=headers)


def test_a_month_that_cannot_be_closed_is_named_and_the_command_ends_incomplete(
    regulars: CommandLine, served: Served
) -> None:
    meddled = Meddled(WooCommerceShop.of(a_history(SPENT)), lying)
    assert regulars.connected(served(meddled)).code == 0
    said = regulars("backfill")
    assert said.code == 3
    assert "hole, orders of all times: shop 7, here 6" in said.out
    assert "INCOMPLETE" in said.out
    (report,) = regulars("backfill", "--json").json
    hole = {"kind": "order", "period": "of all times", "shop_count": 7, "store_count": 6}
    assert (report["complete"], report["holes"]) == (False, [hole])


def test_ctrl_c_does_not_wait_for_a_shop_that_is_silent(regulars: CommandLine, served: Served) -> None:
    asked, answered, waiting = threading.Event(), threading.Event(), threading.Event()

    def hold(request: Request, response: Response) -> Response:
        if waiting.is_set() and "/orders?" in request.target and "per_page=100" in request.target:
            asked.set()
            answered.wait(30)
        return response

    assert regulars.connected(served(Meddled(WooCommerceShop.of(a_history(SPENT)), hold))).code == 0
    waiting.set()
    running = regulars.start("backfill")
    assert asked.wait(30)
    began = time.monotonic()
    os.kill(running.pid, signal.SIGINT)
    said = running.ended()
    passed = time.monotonic() - began
    answered.set()
    assert said.code == 130
    assert said.err.endswith("Stopped. What was finished stays; the same command goes on from there.\n")
    assert "Traceback" not in said.err
    assert passed < 3, "the command's own end is in it"
    waiting.clear()
    regulars.done("backfill")


def shown(steps: list[Step], *, terminal: bool) -> str:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=160, legacy_windows=False)
    with pull_progress(console, "backfill tea") as show:
        for step in steps:
            show(step)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_shows_counts_and_the_time_left(terminal: bool) -> None:
    steps = [Step(Kind.ORDER, 100, 100, 20_000, 110.0), Step(Kind.ORDER, 4_900, 5_000, 20_000, 61.4)]
    said = shown(steps, terminal=terminal)
    assert "backfill tea: " in said
    assert ("5000/20000" if terminal else "5000 of 20000 orders") in said
    assert "0:01:01 left" in said


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_without_a_total_counts_all_the_same(terminal: bool) -> None:
    said = shown([Step(Kind.CUSTOMER, 5_000)], terminal=terminal)
    assert "5000" in said
    assert "left" not in said


def test_time_left_is_for_people() -> None:
    assert time_left(3_900.2) == "1:05:00 left"
    assert time_left(None) == ""
