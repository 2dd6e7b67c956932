"""A second process that computes every other chunk of everybody, reading only.

It takes its job and then chunks of persons from standard input, and answers on standard output what is to be
written. It ends with this process, whose end it notices when nothing more is asked.
"""

import gc
import marshal
import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import IO, Any

from regulars_mapping import RetryError
from regulars_marketing._compute import Part
from regulars_marketing._compute_noted import Noted, Notes
from regulars_marketing._profile_rules import ProfileRules
from regulars_store._frames import receive, send, taken

_PROGRAM = f"from {__name__} import work; work()"
_AHEAD = 3
"""Chunks that are asked at a time, so that it never waits for the next."""
_OBJECTS = 100_000


class Beside:
    """The second process: chunks are asked of it, and answered in the same order."""

    def __init__(self, asked: IO[bytes], answers: IO[bytes]) -> None:
        self._asked = asked
        self._answers = taken(answers, ahead=_AHEAD + 1)
        self._waiting: deque[Sequence[str]] = deque()

    @property
    def is_free(self) -> bool:
        """Whether another chunk may be asked."""
        return len(self._waiting) < _AHEAD

    @property
    def is_done(self) -> bool:
        """Whether everything that was asked is answered."""
        return not self._waiting

    def ask(self, person_ids: Sequence[str], part: Part) -> None:
        """Have these persons computed."""
        # Where it ended, that shows when its answer is taken.
        with suppress(BrokenPipeError):
            send(self._asked, marshal.dumps((part.value, list(person_ids))))
        self._waiting.append(person_ids)

    @property
    def is_ready(self) -> bool:
        """Whether the next answer is there."""
        return not self._answers.empty()

    def answer(self) -> tuple[Sequence[str], Noted]:
        """The next answer, which is waited for. Raises RetryError where the process ended."""
        if (frame := self._answers.get()) is None:
            raise RetryError("The process that computes offers was ended. What is missing is due again.")
        return self._waiting.popleft(), Noted(*marshal.loads(frame))  # noqa: S302 - from our own process


@contextmanager
def computing_beside(file: str, *, now: datetime, profiles: ProfileRules | None) -> Iterator[Beside]:
    """The process, which reads the SQLite store in this file."""
    # What it needs stands in the job: not in its arguments, which everybody may read.
    process = subprocess.Popen(  # noqa: S603 - this interpreter and a fixed program
        [sys.executable, "-P", "-c", _PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None  # noqa: S101 - told to the type checker
    assert process.stdout is not None  # noqa: S101 - as above
    try:
        with suppress(BrokenPipeError):
            send(process.stdin, pickle.dumps((file, now, profiles)))
        yield Beside(process.stdin, process.stdout)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        with suppress(BrokenPipeError):
            process.stdin.close()


def work() -> None:
    """The second process: chunks from standard input, answers on standard output."""
    # Ctrl-C reaches the whole group; the process that started this one sees to it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(_OBJECTS)
    asked = sys.stdin.buffer
    # Whatever prints goes to standard error: it must not fall among the answers.
    # Outside: closing the answers writes what is left of them, which nobody may be there to read.
    with suppress(BrokenPipeError), os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        if (job := receive(asked)) is None:
            return
        file, now, profiles = pickle.loads(job)  # noqa: S301 - from the process that started this one
        notes = Notes.of(file, now=now, profiles=profiles)
        while (frame := receive(asked)) is not None:
            part, person_ids = marshal.loads(frame)  # noqa: S302 - as above
            noted = notes.made(person_ids, Part(part))
            send(answers, marshal.dumps(tuple[Any, ...](noted)))
