"""The processes of a demo: none of them outlives it, and an agent that was killed is started again."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic

from regulars_mapping import MisconfiguredError

_ENDING = 25.0
_MOST_REVIVED = 5
_SHOWN_LINES = 5
_APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC


@dataclass(slots=True, eq=False)
class Child:
    """One process. ``log`` is where it writes what it has to say; ``revived`` counts new starts."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str] = field(repr=False)
    log: Path
    lasting: bool
    process: subprocess.Popen[str] = field(init=False)
    ending: bool = False
    revived: int = 0

    def start(self) -> None:
        """Begin; it reads a pipe that closes when this process is gone."""
        with os.fdopen(os.open(self.log, _APPENDING, 0o600), "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own modules, no shell
                self.command,
                cwd=self.log.parent,
                env=self.environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if not self.lasting else log,
                stderr=log,
                text=True,
                # Ctrl-C is for the demo, which ends its children in order.
                start_new_session=True,
            )

    def close(self) -> None:
        """Give back its pipes, once it has ended."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def told(self) -> str:
        """The first line on its standard output. Raises MisconfiguredError where it ended instead."""
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            raise self.failed()
        return line

    def failed(self) -> MisconfiguredError:
        """What to say when it ended by itself."""
        last = self.log.read_text("utf-8", errors="replace").splitlines()[-_SHOWN_LINES:]
        return MisconfiguredError("\n".join([f"The demo's {self.name} ended. {self.log} says:", *last]))


class Children:
    """Starts processes, watches over them, and ends them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._running: list[Child] = []
        self._ended: SimpleQueue[Child] = SimpleQueue()

    def start(
        self, name: str, arguments: Sequence[str], *, environ: Mapping[str, str], lasting: bool = True
    ) -> Child:
        """A process of Python with these arguments; a ``lasting`` one is started again when it ends."""
        command = [sys.executable, *arguments]
        child = Child(name, command, environ, self._directory / f"{name}.log", lasting)
        self._running.append(child)
        self._start(child)
        return child

    def watch(self, seconds: float | None = None) -> None:
        """Wait until a process ends by itself, at most so many seconds, and start it again if it may be.

        Raises MisconfiguredError for one that may not, or that ends again and again.
        """
        try:
            child = self._ended.get(timeout=seconds)
        except Empty:
            return
        if child.ending:
            return
        if not child.lasting or child.revived == _MOST_REVIVED:
            raise child.failed()
        child.revived += 1
        child.close()
        self._start(child)

    def until(self, holds: Callable[[], bool], *, seconds: float, every: float = 0.2) -> bool:
        """Watch until something holds; False where it did not in time."""
        deadline = monotonic() + seconds
        while not holds():
            if monotonic() > deadline:
                return False
            self.watch(every)
        return True

    def stop(self, child: Child) -> int:
        """Tell a process to end, and wait for it; its exit code."""
        child.ending = True
        self._running.remove(child)
        child.process.terminate()
        try:
            return child.process.wait(timeout=_ENDING)
        except subprocess.TimeoutExpired:
            child.process.kill()
            return child.process.wait()
        finally:
            child.close()

    def stop_all(self) -> None:
        """End what runs, the newest first."""
        for child in self._running[::-1]:
            self.stop(child)

    def named(self, name: str) -> Child | None:
        """The process of a name, None where none runs."""
        return next((child for child in self._running if child.name == name), None)

    def ids(self) -> dict[str, int]:
        """The ids of the processes by name."""
        return {child.name: child.process.pid for child in self._running}

    def _start(self, child: Child) -> None:
        child.start()
        threading.Thread(target=self._await, args=(child, child.process), daemon=True).start()

    def _await(self, child: Child, process: subprocess.Popen[str]) -> None:
        process.wait()
        if not child.ending:
            self._ended.put(child)


@contextmanager
def children(directory: Path) -> Iterator[Children]:
    """Processes that end with the block."""
    found = Children(directory)
    try:
        yield found
    finally:
        found.stop_all()
