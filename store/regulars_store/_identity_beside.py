"""Judging everybody in a second process, so that this one has only to write.

It reads the store as it was when the writing transaction began, since nobody else may write meanwhile. It
takes its job from standard input and answers batches on standard output; with this process it ends at the
latest when it has something to say.
"""

import gc
import marshal
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from struct import Struct
from typing import IO

from regulars_mapping import GuardRules, RetryError
from regulars_store._driver import is_sqlite
from regulars_store._identity_judging import Batch, judged
from regulars_store._store import open_store

LONG = 50_000
"""Accounts for which a second process is worth its start."""
_AHEAD = 48
_PROGRAM = f"from {__name__} import work; work()"
_LENGTH = Struct("<Q")
_END = b""


def pays(accounts: int) -> bool:
    """Whether a second process is worth its start."""
    return accounts >= LONG and (os.cpu_count() or 1) > 1


@contextmanager
def judged_beside(url: str, *, guard: GuardRules, chunk: int) -> Iterator[Iterator[Batch]]:
    """``judged``, by a second process that opens the store at ``url`` and begins at once; on SQLite it leaves
    a share to this one, which would wait for it.

    At most 48 batches wait to be taken. Raises RetryError when that process ended before it was done.
    """
    # What it needs stands in the job: not in its arguments, which everybody may read.
    process = subprocess.Popen(  # noqa: S603 - this interpreter and a fixed program
        [sys.executable, "-P", "-c", _PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None  # noqa: S101 - told to the type checker
    assert process.stdout is not None  # noqa: S101 - as above
    try:
        with suppress(BrokenPipeError), process.stdin as to:
            pickle.dump((url, guard, chunk), to)
        yield _batches(_taken(process.stdout))
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _taken(of: IO[bytes]) -> queue.Queue[bytes | None]:
    """Frames as they come, taken while this process is busy in the database; None at an end too early."""
    waiting: queue.Queue[bytes | None] = queue.Queue(_AHEAD)

    def take() -> None:
        frame: bytes | None = None
        while frame != _END:
            frame = _frame(of)
            waiting.put(frame)
            if frame is None:
                return

    threading.Thread(target=take, name="regulars-judged", daemon=True).start()
    return waiting


def _batches(waiting: queue.Queue[bytes | None]) -> Iterator[Batch]:
    while (frame := waiting.get()) != _END:
        if frame is None:
            raise RetryError("The process that compares accounts was ended. Nothing has changed; try again.")
        yield Batch(*marshal.loads(frame))  # noqa: S302 - from our own process, through a pipe of its own


def _frame(of: IO[bytes]) -> bytes | None:
    """The next frame; None where the process ended in the middle."""
    head = of.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    frame = of.read(length)
    return frame if len(frame) == length else None


def work() -> None:
    """The second process: read the job from standard input, answer on standard output."""
    # Ctrl-C reaches the whole group; the process that started this one sees to it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Rows refer to nothing that refers to them: looking for circles among a million is time lost.
    gc.disable()
    url, guard, chunk = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that started this one
    # Whatever prints goes to standard error: it must not fall among the answers.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        with closing(open_store(url)) as store, store.read() as connection, suppress(BrokenPipeError):
            # PostgreSQL's rows have moments, for which the pipe has no form.
            leaving = is_sqlite(connection)
            for batch in judged(connection, guard=guard, chunk=chunk, leaving=leaving):
                _answer(answers, marshal.dumps(tuple(batch)))
            _answer(answers, _END)


def _answer(answers: IO[bytes], frame: bytes) -> None:
    answers.write(_LENGTH.pack(len(frame)))
    answers.write(frame)
    answers.flush()
