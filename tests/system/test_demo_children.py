"""The processes of a demo: watched, started again where they may be, and never left behind."""

import os
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars_cli._demo_children import Child, Children, children
from regulars_cli._demo_command import fresh
from regulars_mapping import MisconfiguredError

STAYS = ["-c", "print('up', flush=True); import time; time.sleep(600)"]
FAILS = ["-c", "import sys; sys.exit('the shelf fell down')"]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Children]:
    with children(tmp_path) as found:
        yield found


def start(running: Children, arguments: list[str], *, lasting: bool) -> Child:
    return running.start("worker", arguments, environ=os.environ, lasting=lasting)


def test_a_lasting_process_that_was_killed_is_started_again(running: Children) -> None:
    worker = start(running, STAYS, lasting=True)
    first = worker.process.pid
    os.kill(first, signal.SIGKILL)
    running.watch()
    assert worker.process.pid != first
    assert worker.process.poll() is None
    assert running.ids() == {"worker": worker.process.pid}


def test_a_process_that_ends_again_and_again_is_given_up_with_its_last_words(running: Children) -> None:
    start(running, FAILS, lasting=True)
    with pytest.raises(MisconfiguredError, match="the shelf fell down"):
        while True:
            running.watch()


def test_the_end_of_a_process_that_holds_the_shop_ends_the_demo(running: Children) -> None:
    shop = start(running, STAYS, lasting=False)
    assert shop.told() == "up\n"
    os.kill(shop.process.pid, signal.SIGKILL)
    with pytest.raises(MisconfiguredError, match=r"worker ended.*worker\.log"):
        running.watch()


def test_what_a_process_says_is_kept_for_this_user_alone(running: Children, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        start(running, STAYS, lasting=False)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "worker.log").stat().st_mode) == 0o600


def test_a_demo_s_directory_is_this_user_s_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        for _ in range(2):
            assert stat.S_IMODE(fresh(tmp_path / "demo").stat().st_mode) == 0o700
    finally:
        os.umask(before)


def test_a_process_that_does_not_come_up_says_why(running: Children) -> None:
    with pytest.raises(MisconfiguredError, match="the shelf fell down"):
        start(running, FAILS, lasting=False).told()


def test_a_process_that_is_told_to_stop_is_not_started_again(running: Children) -> None:
    worker = start(running, STAYS, lasting=True)
    assert running.stop(worker) == -signal.SIGTERM
    running.watch(0.2)
    assert running.ids() == {}


def test_waiting_for_what_never_holds_ends(running: Children) -> None:
    assert not running.until(lambda: False, seconds=0.1, every=0.02)
    assert running.until(lambda: True, seconds=0.0)


def test_a_command_of_the_demo_ends_with_whoever_started_it(tmp_path: Path) -> None:
    runs = textwrap.dedent(
        """
        import threading
        from regulars_cli import _demo_child
        _demo_child.main = lambda: threading.Event().wait() and 0
        _demo_child.run()
        """
    )
    with subprocess.Popen([sys.executable, "-c", runs], stdin=subprocess.PIPE, cwd=tmp_path) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == -signal.SIGTERM
