"""The agent's work without its waker: do what is due, note how it ended, let no shop disturb another."""

import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._agenda import Duty, due, resource_of, still_due
from regulars_agent._chores import do_chores, suggest_persons
from regulars_agent._connect_woocommerce import forget_old_requests
from regulars_agent._exchange import exchange, exchange_noticed
from regulars_agent._leases import Held, held
from regulars_agent._shops import check_shop
from regulars_agent._sync import verify
from regulars_agent._webhooks import mend_webhooks
from regulars_agent._workspace import Workspace
from regulars_mapping import Failure, RegularsError, RetryError, SkipError

KEPT = timedelta(days=30)
"""How long rows of the agent's runs are kept."""
KEPT_NOTICES = timedelta(hours=1)
"""The same of visits for what webhooks named: there may be one each few seconds."""

_STOPPED = "the agent was stopped"
_log = logging.getLogger(__name__)


class Outcome(StrEnum):
    """How a duty ended."""

    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    SKIPPED = "skipped"
    """Another agent does it, or did it a moment ago."""


@dataclass(slots=True)
class Performed:
    """What became of a duty. ``counts`` say what was done, ``problem`` in plain words why it was not."""

    shop: str
    duty: Duty
    outcome: Outcome
    counts: dict[str, Any] = field(default_factory=dict)
    failure: Failure | None = None
    problem: str = ""


class Stopping(BaseException):
    """Raised between two transactions once the agent was told to stop. No error: nothing may swallow it."""


Asked = Callable[[], bool]


def tick(
    workspace: Workspace,
    now: datetime,
    *,
    started: datetime | None = None,
    stopping: Asked = lambda: False,
) -> list[Performed]:
    """Do everything that is due at ``now``, a shop after the other. Raises RetryError only where the store
    itself cannot be read."""
    _tidy(workspace)
    return [
        perform(workspace, each.shop_id, each.duty, started=started, stopping=stopping)
        for each in due(workspace, now, started=started)
        if not stopping()
    ]


def _tidy(workspace: Workspace) -> None:
    """Drop keys that a shop sent and nobody took: the agent is always there to do it."""
    try:
        forget_old_requests(workspace)
    except (RegularsError, OSError) as error:
        _log.warning("keys that were sent and not taken could not be dropped: %s", error)


def perform(
    workspace: Workspace,
    shop_id: int,
    duty: Duty,
    *,
    started: datetime | None = None,
    stopping: Asked = lambda: False,
) -> Performed:
    """Do one duty in one shop if it is (still) due and nobody else does it. Raises nothing for what fails in
    the shop: it is noted, and says when the next try is due."""
    with workspace.store.read() as connection:
        shop = next((shop for shop in store.shops(connection) if shop.id == shop_id), None)
    if shop is None:
        return Performed(str(shop_id), duty, Outcome.SKIPPED)
    try:
        with held(workspace, resource_of(shop_id)) as lease:
            # Whoever held the lease until now may have done it.
            if not still_due(workspace, shop, duty, workspace.clock(), started=started):
                return Performed(shop.name, duty, Outcome.SKIPPED)
            return _noted(workspace, shop, duty, _Beat(lease, stopping))
    except RetryError as error:
        _log.debug("shop=%s duty=%s skipped: %s", shop.name, duty, error)
        return Performed(shop.name, duty, Outcome.SKIPPED, problem=str(error))


class _Beat:
    """Called between transactions: ends the work when the agent was told to stop, and keeps the lease."""

    def __init__(self, lease: Held, stopping: Asked) -> None:
        self.lease = lease
        self.stopping = stopping
        self.renewed = lease.workspace.clock()

    def __call__(self, _: object) -> None:
        if self.stopping():
            raise Stopping
        if self.lease.workspace.clock() - self.renewed > self.lease.lease.ttl / 4:
            with self.lease.write():
                self.renewed = self.lease.workspace.clock()


def _noted(workspace: Workspace, shop: store.Shop, duty: Duty, beat: _Beat) -> Performed:
    """Do the duty between the two ends of its row. Without the second it was cut off, and is due at once."""
    with beat.lease.write() as connection:
        before = store.newest_run(connection, shop.id, (duty.command,))
        began = workspace.clock()
        run = store.begin_run(connection, shop_id=shop.id, command=duty.command, now=began)
    performed = _done(workspace, shop, duty, beat)
    _count_failures(performed, before)
    with beat.lease.write() as connection:
        ended = workspace.clock()
        store.end_run(
            connection,
            run,
            now=ended,
            complete=performed.outcome is Outcome.DONE,
            counts=performed.counts,
            problem=performed.problem or None,
        )
        _forget_old_runs(connection, shop, duty, ended)
    _tell(performed, ended - began, before)
    return performed


def _forget_old_runs(connection: Connection, shop: store.Shop, duty: Duty, now: datetime) -> None:
    if duty is Duty.NOTICES:
        store.forget_runs(connection, shop.id, (duty.command,), before=now - KEPT_NOTICES)
    if duty is Duty.SWEEP:
        for command in (Duty.EXCHANGE.command, Duty.SWEEP.command, Duty.WEBHOOKS.command, "sync"):
            store.forget_runs(connection, shop.id, (command,), before=now - KEPT)


def _done(workspace: Workspace, shop: store.Shop, duty: Duty, beat: _Beat) -> Performed:
    performed = Performed(shop.name, duty, Outcome.DONE)
    try:
        performed.counts = _WORK[duty](workspace, shop, beat)
    except Stopping:
        performed.outcome, performed.problem = Outcome.STOPPED, _STOPPED
    except SkipError as error:
        performed.problem = str(error)
    except RegularsError as error:
        performed.outcome, performed.failure, performed.problem = Outcome.FAILED, error.failure, str(error)
        if isinstance(error, RetryError) and error.retry_after is not None:
            performed.counts["retry_after"] = error.retry_after
    except Exception as error:  # noqa: BLE001 - a fault of ours in one shop must not stop the others
        performed.outcome, performed.failure = Outcome.FAILED, Failure.RETRY
        performed.problem = f"a fault of Regulars' own: {_place(error)}"
    return performed


def _exchanged(workspace: Workspace, shop: store.Shop, beat: _Beat) -> dict[str, Any]:
    return asdict(exchange(workspace, shop, beat=beat))


def _swept(workspace: Workspace, shop: store.Shop, beat: _Beat) -> dict[str, Any]:
    # First, since they need no shop: it may be down for days, and birthdays do not wait.
    chores = do_chores(workspace)
    # Plug-ins and rights come and go, and decide how a discount reaches the shop.
    check_shop(workspace, shop.name)
    report = verify(workspace, shop.name, progress=beat)
    by_hand = {} if report.by_hand is None else {"by_hand": report.by_hand.count}
    # Last, since it takes longest, and by what was just brought in.
    persons = suggest_persons(workspace, pause=lambda: beat(None))
    return {"complete": report.complete, "unreadable": report.unreadable, **by_hand, **chores, **persons}


def _noticed(workspace: Workspace, shop: store.Shop, beat: _Beat) -> dict[str, Any]:
    return asdict(exchange_noticed(workspace, shop, beat=beat))


def _cared(workspace: Workspace, shop: store.Shop, _: _Beat) -> dict[str, Any]:
    mended = mend_webhooks(workspace, shop)
    return {"mended": len(mended), "reasons": list(mended)}


_WORK: Mapping[Duty, Callable[[Workspace, store.Shop, _Beat], dict[str, Any]]] = {
    Duty.EXCHANGE: _exchanged,
    Duty.SWEEP: _swept,
    Duty.NOTICES: _noticed,
    Duty.WEBHOOKS: _cared,
}


def _place(error: Exception) -> str:
    """The kind of an error and where it arose. Not what it says: that may quote a payload."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(frame.filename).name}, line {frame.lineno}"


def _count_failures(performed: Performed, before: store.StoredRun | None) -> None:
    if performed.failure is not None:
        earlier = 0 if before is None else int(before.counts.get("failures", 0))
        performed.counts |= {"failure": performed.failure.value, "failures": earlier + 1}


def _tell(performed: Performed, took: timedelta, before: store.StoredRun | None) -> None:
    """One line, of what is not nothing; a failure that is the same as the last time is told quietly."""
    told = {
        "shop": performed.shop,
        "duty": performed.duty.value,
        "outcome": performed.outcome.value,
        "seconds": f"{took.total_seconds():.1f}",
        **{name: value for name, value in performed.counts.items() if value not in (0, "", [])},
    }
    reasons = told.pop("reasons", [])
    line = " ".join(f"{name}={value}" for name, value in told.items())
    said = "; ".join([*reasons, *([performed.problem] if performed.problem else [])])
    same = before is not None and before.problem == performed.problem
    bad = performed.outcome is Outcome.FAILED or bool(reasons)
    level = logging.WARNING if bad and not same else logging.INFO
    if performed.outcome is Outcome.FAILED and same:
        level = logging.DEBUG
    _log.log(level, "%s%s", line, f": {said}" if said else "")
