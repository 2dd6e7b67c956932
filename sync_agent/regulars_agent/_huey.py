"""huey as the waker: a queue of its own beside the store, and the consumer that works it off.

Nothing rests on it. What is due is said by the store, so that a wake-up that is lost, or comes twice, or
comes to another agent, changes nothing; a queue that is thrown away is only slept over for a second.
"""

import logging
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import orjson
from huey import Huey, SqliteHuey
from huey.consumer import Consumer, Scheduler
from huey.registry import Message
from huey.serializer import Serializer

from regulars_agent._settings import Settings
from regulars_mapping import MisconfiguredError

GRACE = 7.0
"""Seconds that a worker has to come to the end of its transaction once the agent was told to stop."""
_POLL = 1.0
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_log = logging.getLogger(__name__)


def make_huey(settings: Settings) -> Huey:
    """The queue of a workspace: a private SQLite file, never the store's. Nothing is started.

    A damaged file is set aside under the name ``….damaged`` with a warning, and a new one made. Raises
    MisconfiguredError where the file cannot be used.
    """
    path = settings.queue_file
    try:
        if path.is_file() and not _is_sound(path):
            _set_aside(path)
        os.close(os.open(path, os.O_CREAT | os.O_CLOEXEC, 0o600))
        return SqliteHuey("regulars", filename=str(path), results=False, serializer=_Json())
    except (OSError, sqlite3.Error) as error:
        raise MisconfiguredError(
            f"The agent's queue {path} cannot be used ({type(error).__name__}). Check the permissions there; "
            "the file itself may be deleted, it holds nothing that is missed."
        ) from error


def _is_sound(path: Path) -> bool:
    """Raises sqlite3.Error for what says nothing of the file itself, such as a lock."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGED:
            raise
        return False
    return bool(said == "ok")


def _set_aside(path: Path) -> None:
    aside = path.with_name(f"{path.name}.damaged")
    path.replace(aside)
    # What was written ahead for the old file would be read into the new one.
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    _log.warning(
        "the agent's queue was damaged and is made anew; nothing is missed. The old file is %s and may be "
        "deleted; check the disk",
        aside,
    )


class _Json(Serializer):
    """Messages as JSON. Pickled ones would let whoever can write to the queue run code in the agent."""

    def _serialize(self, data: object) -> bytes:
        return orjson.dumps(data if not isinstance(data, tuple) else list(data))

    def _deserialize(self, data: bytes) -> object:
        return Message(*orjson.loads(data))


class _EverySecond(Scheduler):
    periodic_task_seconds = 1


class AgentConsumer(Consumer):
    """Threads that work off the queue until SIGTERM, SIGINT or SIGHUP; to be run in the main thread."""

    scheduler_class = _EverySecond

    def __init__(self, huey: Huey, *, workers: int) -> None:
        super().__init__(
            huey, workers=workers, max_delay=_POLL, shutdown_timeout=GRACE, graceful_signal="TERM"
        )

    def start(self) -> None:
        """Start the threads, then listen to signals."""
        super().start()
        # huey would start the whole program anew when its terminal is closed.
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))

    def stop(self, graceful: bool = True) -> None:  # noqa: ARG002, FBT001, FBT002  the signature is huey's
        """Let every worker come to the end of its transaction, for as long as ``GRACE``."""
        super().stop(graceful=True)

    @property
    def working(self) -> bool:
        """Whether a worker is still at it: after a stop, one that could not be waited for."""
        return any(thread.is_alive() for _, thread in self.worker_threads)
