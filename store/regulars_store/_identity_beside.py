"""Judging everybody in a second process, so that this one has only to write.

It reads the store as it was when the writing transaction began, since nobody else may write meanwhile. It
takes its job, and who is linked by the keys that are compared here, from standard input and answers batches
on standard output; with this process it ends at the
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
from typing import IO, NamedTuple

from sqlalchemy import Connection

from regulars_mapping import GuardRules, KeyKind, RetryError
from regulars_store._driver import is_sqlite
from regulars_store._frames import END, receive, send, taken
from regulars_store._identity_evidence import KEY_COLUMNS, Parts
from regulars_store._identity_judging import Batch, judged, link_batches
from regulars_store._store import open_store

LONG = 50_000
"""Accounts for which a second process is worth its start."""
_AHEAD = 48
_MAPPED = 512 * 1024 * 1024
_HERE = (KeyKind.EMAIL, KeyKind.EMAIL_ALIAS)
_PROGRAM = f"from {__name__} import work; work()"


def pays(accounts: int) -> bool:
    """Whether a second process is worth its start."""
    return accounts >= LONG and (os.cpu_count() or 1) > 1


class Shared(NamedTuple):
    """``judged`` by two processes: the batches that this one finds, to be taken first, and the other's."""

    here: Iterator[Batch]
    there: Iterator[Batch]


@contextmanager
def judged_beside(connection: Connection, url: str, *, guard: GuardRules, chunk: int) -> Iterator[Shared]:
    """``judged``, by a second process that opens the store at ``url`` and begins at once.

    It leaves a share to this one, which would wait for it: who is linked by the keys of ``_HERE``, and the
    last part of every second batch. At most 48 batches wait to be taken. Raises RetryError when that process
    ended before it was done.
    """
    # What it needs stands in the job: not in its arguments, which everybody may read.
    process = subprocess.Popen(  # noqa: S603 - this interpreter and a fixed program
        [sys.executable, "-P", "-c", _PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None  # noqa: S101 - told to the type checker
    assert process.stdout is not None  # noqa: S101 - as above
    try:
        _tell(process.stdin, pickle.dumps((url, guard, chunk)))
        there = _batches(taken(process.stdout, ahead=_AHEAD))
        yield Shared(_here(connection, process.stdin, guard=guard, chunk=chunk), there)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        with suppress(BrokenPipeError):
            process.stdin.close()


def _here(connection: Connection, to: IO[bytes], *, guard: GuardRules, chunk: int) -> Iterator[Batch]:
    parts = Parts()
    yield from link_batches(connection, guard, parts, chunk, _HERE)
    # Not waited for: the other one may itself wait until its batches are taken.
    told = threading.Thread(target=_tell, args=(to, marshal.dumps(parts.joins())), name="regulars-joins")
    told.daemon = True
    told.start()


def _tell(to: IO[bytes], frame: bytes) -> None:
    # Where the other one has ended, that shows when its answers are taken; closed, nobody wants them.
    with suppress(BrokenPipeError, ValueError):
        send(to, frame)


def _batches(waiting: queue.Queue[bytes | None]) -> Iterator[Batch]:
    while (frame := waiting.get()) != END:
        if frame is None:
            raise RetryError("The process that compares accounts was ended. Nothing has changed; try again.")
        yield Batch(*marshal.loads(frame))  # noqa: S302 - from our own process, through a pipe of its own


def work() -> None:
    """The second process: read the job from standard input, answer on standard output."""
    # Ctrl-C reaches the whole group; the process that started this one sees to it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # As in the process that writes: there are no circles to be found.
    gc.disable()
    asked = sys.stdin.buffer
    url, guard, chunk = pickle.loads(_asked(asked))  # noqa: S301 - from the process that started this one
    # Whatever prints goes to standard error: it must not fall among the answers.
    with suppress(BrokenPipeError), os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        with closing(open_store(url)) as store, store.read() as connection:
            if is_sqlite(connection):
                # Accounts are looked up in the order of their keys, each on another page.
                connection.exec_driver_sql(f"PRAGMA mmap_size={_MAPPED}")
            batches = judged(
                connection,
                guard=guard,
                chunk=chunk,
                kinds=[kind for kind in KEY_COLUMNS if kind not in _HERE],
                elsewhere=lambda: marshal.loads(_asked(asked)),  # noqa: S302 - as above
                leaving=True,
            )
            for batch in batches:
                send(answers, marshal.dumps(tuple(batch)))
            send(answers, END)


def _asked(of: IO[bytes]) -> bytes:
    """What the process that started this one says next; where that has ended, this one does."""
    if (frame := receive(of)) is None:
        raise SystemExit(1)
    return frame
