"""Run unattended until told to stop."""

import logging
import signal
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from sqlalchemy.exc import SQLAlchemyError

import regulars_store as store
from regulars_agent._huey import AgentConsumer, make_huey
from regulars_agent._tasks import bind
from regulars_agent._tick import Outcome
from regulars_agent._workspace import Workspace
from regulars_mapping import RegularsError

_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_LOCK_WAIT = 1.0
_log = logging.getLogger(__name__)


def run_agent(workspace: Workspace) -> dict[str, int]:
    """Visit every shop in its interval and sweep each once a day, until SIGTERM, SIGINT or SIGHUP; how many
    duties ended how.

    In the main thread only. Told to stop, it ends within 10 seconds: after the transaction at hand, and a
    worker that waits for a shop any longer is left behind, its leases given back, so that nothing it still
    does has an effect. Killed in any other way, the next agent goes on where it was. Raises
    MisconfiguredError where the queue cannot be used.
    """
    performed: Mapping[str, int] = {}
    with _ended_early():
        huey = make_huey(workspace.settings)
        consumer = AgentConsumer(huey, workers=workspace.settings.agent.workers)
        performed = bind(huey, workspace, stopping=consumer.stop_flag.is_set).performed
        _log.info("agent=%s started", workspace.owner)
        _warn_of_nothing_to_do(workspace)
        try:
            consumer.run()
        finally:
            consumer.stop_flag.set()
            if consumer.working:
                _give_back(workspace)
            huey.storage.close()
            _log.info("agent=%s stopped", workspace.owner)
    return {outcome.value: performed.get(outcome.value, 0) for outcome in Outcome}


def _warn_of_nothing_to_do(workspace: Workspace) -> None:
    with workspace.store.read() as connection:
        if not store.shops(connection):
            _log.warning(
                "there is no shop to visit; connect one, this agent will see it: "
                "regulars shop add woocommerce NAME https://your-shop.example"
            )


@contextmanager
def _ended_early() -> Iterator[None]:
    """A signal that comes before the consumer listens ends the agent as cleanly; then the old handlers."""
    told: list[int] = []

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        told.append(number)
        raise _EndedEarlyError

    old = {number: signal.signal(number, end) for number in _ENDING}
    try:
        yield
    except _EndedEarlyError:
        pass
    except Exception:
        # Raised in the middle of a library's work, the signal may come out as that library's error.
        if not told:
            raise
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


class _EndedEarlyError(BaseException):
    """A signal came while the agent was still starting."""


def _give_back(workspace: Workspace) -> None:
    """Take the leases from a worker that could not be waited for. The fencing makes its transactions void."""
    # Not the workspace's own store: that one would wait longer for its turn than there is time.
    hurried = store.open_store(workspace.store.url, lock_wait=_LOCK_WAIT)
    try:
        with hurried.write() as connection:
            leases = store.release_leases(connection, workspace.owner)
        _log.info("a worker still waits for its shop and is left behind; %d leases given back", leases)
    except (RegularsError, SQLAlchemyError, sqlite3.Error) as error:
        _log.warning(
            "leases could not be given back (%s); another agent takes them over", type(error).__name__
        )
    finally:
        hurried.close()
