"""Processes beside the tests of the agent: a shop, and workers to be killed or frozen."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from regulars_agent import Workspace

HERE = Path(__file__).parent


@contextmanager
def started(script: str, **given: Any) -> Iterator["subprocess.Popen[str]"]:
    environ = {**os.environ, "PYTHONPATH": str(HERE)}
    with subprocess.Popen(
        [sys.executable, str(HERE / "agent" / script), json.dumps(given)],
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
def workers_on(
    workspace: Workspace, *, task: str, read_timeout: float = 10.0, lease: float = 30.0, **batches: float
) -> Iterator[Workers]:
    """Makes workers on a workspace, with a lease as short as no setting allows."""
    with started(
        "applying_workers.py",
        task=task,
        directory=str(workspace.settings.directory),
        store_url=workspace.settings.store_url.get_secret_value(),
        read_timeout=read_timeout,
        lease=lease,
        batches=batches,
    ) as process:
        yield Workers(process)
