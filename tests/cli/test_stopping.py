"""Ctrl-C and SIGTERM in the middle of a command."""

import os
import signal
import threading
from collections.abc import Callable

import pytest

from agent_world import SPENT, a_history
from command_line import CommandLine, Meddled
from regulars_sandbox import Request, Response, RunningServer, WooCommerceShop


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_command_says_that_it_goes_on_from_there(
    regulars: CommandLine, served: Callable[..., RunningServer], number: int, code: int
) -> None:
    asked, stopped, waiting = threading.Event(), threading.Event(), threading.Event()

    def hold(_: Request, response: Response) -> Response:
        if waiting.is_set():
            asked.set()
            stopped.wait(30)
        return response

    assert regulars.connected(served(Meddled(WooCommerceShop.of(a_history(SPENT)), hold))).code == 0
    waiting.set()
    running = regulars.start("backfill")
    assert asked.wait(30)
    os.kill(running.pid, number)
    stopped.set()
    said = running.ended()
    assert said.code == code
    assert said.err.endswith("Stopped. What was finished stays; the same command goes on from there.\n")
    assert "Traceback" not in said.err
    waiting.clear()
    regulars.done("backfill")
