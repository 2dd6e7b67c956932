"""Settling: what became of writes whose answer never came, or said that the target exists already.

A write without an answer is left alone until the shop can no longer be working on it, then looked up.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._leases import Visit
from regulars_agent._read_back import read_back
from regulars_agent._workspace import Workspace
from regulars_connectors import Found, Limits, Target, connector_class
from regulars_mapping import MisconfiguredError

SETTLE_OPTION = "settle_seconds"
"""The shop option for a server that works longer (or surely shorter) on a request whose sender is gone than
its platform's connector takes for granted."""
_LONGEST = 24 * 3600.0

Sighting = tuple[store.StoredOperation, Found]


class Reads(StrEnum):
    """How a target reads in the shop, seen from an operation on it."""

    AS_WANTED = "as wanted"
    AS_BEFORE = "as before"
    STRANGE = "somebody else's"
    OTHERWISE = "otherwise"


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Writes whose answer never came: how many, and from when (UTC) on all of them may be looked up."""

    count: int = 0
    ripe_at: datetime | None = None


@dataclass(slots=True)
class Settled:
    """What a look-up found out. ``reasons`` tell an owner what was left alone, and why."""

    confirmed: list[tuple[store.StoredOperation, str | None]] = field(default_factory=list)
    again: list[store.StoredOperation] = field(default_factory=list)
    strange: list[tuple[store.StoredOperation, store.Standing]] = field(default_factory=list)
    drifted: list[tuple[store.StoredOperation, store.Standing]] = field(default_factory=list)

    @property
    def reasons(self) -> list[str]:
        return sorted({there.said for _, there in [*self.strange, *self.drifted]})


def settle(at: Visit) -> list[str]:
    """Look up every write whose answer never came and whose settle time is over; what there is to say of it.

    Reads the shop and writes nothing there.
    """
    ripe = at.now() - settle_time(at.shop, at.connector.limits)
    reasons: list[str] = []
    while True:
        with at.read() as connection:
            unknown = store.sent_operations(
                connection, at.shop.id, sent_before=ripe, limit=at.connector.limits.read_batch
            )
        if not unknown:
            return reasons
        reasons += look_up(at, unknown)


def unanswered(workspace: Workspace, shop: store.Shop) -> Unanswered:
    """The writes to a shop that have no answer. Reads the store alone."""
    with workspace.store.read() as connection:
        count, last = store.unanswered_writes(connection, shop.id)
    if last is None:
        return Unanswered()
    return Unanswered(count, last + settle_time(shop, connector_class(shop.platform).limits))


def settle_time(shop: store.Shop, limits: Limits) -> timedelta:
    """How long an unanswered write is left alone. Raises MisconfiguredError for an option that is no time."""
    given = shop.options.get(SETTLE_OPTION)
    return limits.settle if given is None else settle_span(given, of=f"{shop.name}: its")


def settle_span(given: object, *, of: str = "The") -> timedelta:
    """The option's value as a span. Raises MisconfiguredError, about the option ``of`` a shop, for none."""
    try:
        seconds = float(str(given))
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= _LONGEST:
        raise MisconfiguredError(
            f"{of} option {SETTLE_OPTION} must be a number of seconds up to {_LONGEST:.0f}: "
            "longer than the shop's server may work on a request whose sender is gone."
        )
    return timedelta(seconds=seconds)


def look_up(at: Visit, operations: Sequence[store.StoredOperation]) -> list[str]:
    """Ask the shop how the targets of sent operations read, and keep the answers; what there is to say."""
    found = read_back(at, [target_of(operation) for operation in operations])
    settled = sorted_out(zip(operations, found, strict=True))
    with at.write() as connection:
        store.confirm(connection, at.shop.id, settled.confirmed, now=at.now())
        keep_again(connection, at, settled.again)
        keep_left_alone(connection, at, settled)
    return settled.reasons


def sorted_out(sightings: "zip[Sighting] | Sequence[Sighting]") -> Settled:
    """Operations by what the shop shows of their targets."""
    settled = Settled()
    for operation, there in sightings:
        reads = judged(operation, there)
        if reads is Reads.AS_WANTED:
            settled.confirmed.append((operation, there.remote_id))
        elif reads is Reads.AS_BEFORE:
            settled.again.append(operation)
        elif reads is Reads.STRANGE:
            settled.strange.append((operation, store.Standing(None, None, _strange(there))))
        else:
            settled.drifted.append((operation, _changed(there)))
    return settled


def judged(operation: store.StoredOperation, there: Found) -> Reads:
    """How a target reads. Where a stranger's took its place, ours is gone."""
    strange = there.document is not None and not there.ours
    if there.document == operation.document or (strange and operation.document is None):
        return Reads.AS_WANTED
    if there.document == operation.before:
        return Reads.AS_BEFORE
    return Reads.STRANGE if strange else Reads.OTHERWISE


def keep_again(connection: Connection, at: Visit, operations: Sequence[store.StoredOperation]) -> None:
    """Note that these had no effect. Those whose plan was replaced meanwhile come again in the next."""
    store.mark_unsent(connection, [operation.id for operation in operations])
    _come_again(connection, at, operations)


def keep_left_alone(connection: Connection, at: Visit, settled: Settled) -> None:
    """Keep how targets read that somebody else changed; the next plan shows the difference.

    Those that a stranger took are not planned again by themselves: they would be refused again and again.
    """
    store.adopt(connection, at.shop.id, settled.strange, state="refused", now=at.now())
    store.adopt(connection, at.shop.id, settled.drifted, state="drifted", now=at.now())
    _come_again(connection, at, [operation for operation, _ in settled.drifted])


def _come_again(connection: Connection, at: Visit, operations: Sequence[store.StoredOperation]) -> None:
    accounts = sorted({operation.account_id for operation in operations})
    persons = store.persons_of(connection, accounts)
    store.mark_dirty(connection, f"offers:{at.shop.id}", persons)
    store.mark_profiles(connection, persons, shop_id=at.shop.id)


def target_of(operation: store.StoredOperation) -> Target:
    """What an operation writes to: what stands under a key, or of a stray exactly that object."""
    exactly = operation.remote_id if operation.verb == store.DISCARD else None
    fields = tuple(sorted(operation.document or ())) if operation.target_kind == store.PROFILE else ()
    return Target(operation.target_kind, operation.target_key, exactly or "", fields)


def _strange(there: Found) -> str:
    return (
        f"{there.target.kind} {there.target.key} in the shop is somebody else's and was left alone; "
        "delete or rename it there, then plan everybody anew"
    )


def _changed(there: Found) -> store.Standing:
    changed = (
        "was changed in the shop since Regulars wrote it" if there.document else "was deleted in the shop"
    )
    what = f"{there.target.kind} {there.target.key}"
    said = f"{what} {changed}; it was left so, and the next plan shows the difference"
    return store.Standing(there.document, there.remote_id, said)
