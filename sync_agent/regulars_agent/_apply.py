"""Apply: write exactly what a plan says, each effect once, on platforms that have no idempotency keys.

``sent`` is committed durably before a request leaves. Only a definite answer confirms. A write without an
answer is left alone until the platform can no longer be working on it (``limits.settle``), then looked up:
ours is confirmed, absent is sent again, a stranger's is refused (docs/architecture.md, "Writing to shops").
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._leases import Visit, visit
from regulars_agent._plan import VOUCHED, operation_digest
from regulars_agent._workspace import Workspace
from regulars_connectors import Found, Operation, Outcome, Target, Verb
from regulars_mapping import MisconfiguredError, PermanentError, RegularsError

Progress = Callable[[int], None]

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Applied:
    """What became of a plan's operations. ``unanswered`` are settled by a later apply."""

    plan: str
    confirmed: int = 0
    refused: int = 0
    drifted: int = 0
    unanswered: int = 0
    reasons: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether the shop now reads as the plan says."""
        return self.refused == self.drifted == self.unanswered == 0


def apply_plan(
    workspace: Workspace, shop: store.Shop, plan_id: str | None = None, *, progress: Progress = lambda _: None
) -> Applied:
    """Apply a plan (the shop's open one by default); may be called again after any interruption.

    Raises MisconfiguredError when there is no such plan, PermanentError when its operations are not those
    that were planned, RetryError while another worker writes to this shop.
    """
    with visit(workspace, shop, resource="push") as at:
        settle(at)
        plan = _plan_to_apply(at, plan_id)
        with at.write() as connection:
            store.set_plan_state(connection, plan.id, "applying", now=at.now())
        applied = Applied(plan.id)
        for batch in _batches(at, plan.id, at.connector.limits.push_batch):
            _write(at, batch, applied)
            progress(len(batch))
        return _close(at, plan.id, applied)


def settle(
    at: Visit,
) -> None:
    """Look up every write whose answer never came and whose settle time is over; rule 6 of the protocol."""
    ripe = at.now() - at.connector.limits.settle
    while True:
        with at.read() as connection:
            unknown = store.sent_operations(
                connection, at.shop.id, sent_before=ripe, limit=at.connector.limits.read_batch
            )
        if not unknown:
            return
        _look_up(at, unknown)


def _look_up(
    at: Visit,
    operations: Sequence[store.StoredOperation],
) -> None:
    found = at.connector.read_back([_target(operation) for operation in operations])
    confirmed, again, refused, drifted = [], [], {}, []
    for operation, there in zip(operations, found, strict=True):
        if there.document == operation.document:
            confirmed.append((operation, there.remote_id))
        elif there.document == operation.before:
            again.append(operation.id)
        elif there.ours or there.document is None:
            drifted.append((operation, _standing(there)))
        else:
            refused[operation.id] = ("refused", "the shop holds somebody else's object under this key")
    with at.write() as connection:
        store.confirm(connection, at.shop.id, confirmed, now=at.now())
        store.mark_unsent(connection, again)
        store.mark_answered(connection, refused, now=at.now())
        _keep_drift(connection, at, drifted)


def _keep_drift(
    connection: Connection,
    at: Visit,
    drifted: Sequence[tuple[store.StoredOperation, store.Standing]],
) -> None:
    store.adopt(connection, at.shop.id, drifted, now=at.now())
    accounts = sorted({operation.account_id for operation, _ in drifted})
    store.mark_dirty(connection, f"offers:{at.shop.id}", store.persons_of(connection, accounts))


def _plan_to_apply(at: Visit, plan_id: str | None) -> store.StoredPlan:
    with at.read() as connection:
        plan = store.plan_of(connection, plan_id) if plan_id else store.open_plan_of(connection, at.shop.id)
        if plan is None or plan.shop_id != at.shop.id:
            raise MisconfiguredError(
                f"{at.shop.name}: there is no such plan to apply. Make one: regulars plan {at.shop.name}"
            )
        if plan.state not in {"open", "applying"}:
            raise MisconfiguredError(
                f"{at.shop.name}: plan {plan.id} is {plan.state}. "
                f"Make a new one: regulars plan {at.shop.name}"
            )
        digest = blake2b(digest_size=16)
        for operation in _all_operations(at, plan.id):
            digest.update(operation_digest({name: getattr(operation, name) for name in VOUCHED}))
    if digest.hexdigest() != plan.digest:
        raise PermanentError(
            f"{at.shop.name}: the operations of plan {plan.id} are not those that were planned. "
            f"Nothing was written. Make a new plan: regulars plan {at.shop.name}"
        )
    return plan


def _all_operations(at: Visit, plan_id: str, *, state: str | None = None) -> Iterator[store.StoredOperation]:
    after = -1
    while True:
        with at.read() as connection:
            page = store.operations_of(connection, plan_id, state=state, after=after)
        if not page:
            return
        yield from page
        after = page[-1].position


def _batches(at: Visit, plan_id: str, size: int) -> Iterator[Sequence[store.StoredOperation]]:
    """Planned operations in the platform's batches: a coupon before the label that shows its code, and a
    label taken away before its coupon is."""
    for removing in (False, True):
        kinds = sorted({op.target_kind for op in _all_operations(at, plan_id, state="planned")})
        for kind in reversed(kinds) if removing else kinds:
            batch: list[store.StoredOperation] = []
            for operation in _all_operations(at, plan_id, state="planned"):
                if operation.target_kind == kind and (operation.verb == "delete") is removing:
                    batch.append(operation)
                if len(batch) == size:
                    yield batch
                    batch = []
            if batch:
                yield batch


def _write(
    at: Visit,
    batch: Sequence[store.StoredOperation],
    applied: Applied,
) -> None:
    standing, drifted, done = _compare(at, batch)
    with at.write() as connection:
        store.confirm(connection, at.shop.id, done, now=at.now())
        _keep_drift(connection, at, drifted)
    applied.reasons += sorted({there.said for _, there in drifted})
    if standing:
        _send(at, standing, applied)


def _compare(
    at: Visit, batch: Sequence[store.StoredOperation]
) -> tuple[
    list[store.StoredOperation],
    list[tuple[store.StoredOperation, store.Standing]],
    list[tuple[store.StoredOperation, str | None]],
]:
    """Read what is to be changed: it must read as the plan believes. A new code cannot have drifted."""
    standing: list[store.StoredOperation] = []
    drifted: list[tuple[store.StoredOperation, store.Standing]] = []
    done: list[tuple[store.StoredOperation, str | None]] = []
    known = [operation for operation in batch if operation.verb != "create"]
    found = dict(
        zip((op.id for op in known), at.connector.read_back([_target(op) for op in known]), strict=True)
    )
    for operation in batch:
        there = found.get(operation.id)
        if there is None or there.document == operation.before:
            standing.append(operation)
        elif there.document == operation.document:
            done.append((operation, there.remote_id))
        else:
            drifted.append((operation, _standing(there)))
    return standing, drifted, done


def _standing(there: Found) -> store.Standing:
    changed = (
        "was changed in the shop since Regulars wrote it" if there.document else "was deleted in the shop"
    )
    said = f"a {there.target.kind} {changed}; it was left so, and the next plan shows the difference"
    return store.Standing(there.document, there.remote_id, said)


def _send(
    at: Visit,
    batch: Sequence[store.StoredOperation],
    applied: Applied,
) -> None:
    ids = [operation.id for operation in batch]
    with at.write(durable=True) as connection:
        store.mark_sent(connection, ids, epoch=at.lease.epoch, now=at.now())
    try:
        results = at.connector.push([_operation(operation) for operation in batch])
    except RegularsError:
        # The contract: push raises only where nothing can have had an effect.
        with at.write() as connection:
            store.mark_unsent(connection, ids)
        raise
    confirmed, refused = [], {}
    for operation, result in zip(batch, results, strict=True):
        if result.outcome is Outcome.DONE:
            confirmed.append((operation, result.remote_id))
        elif result.outcome is Outcome.REFUSED:
            refused[operation.id] = ("refused", result.reason)
    with at.write() as connection:
        store.confirm(connection, at.shop.id, confirmed, now=at.now())
        store.mark_answered(connection, refused, now=at.now())
    applied.reasons += sorted({said for _, said in refused.values()})
    taken = [op for op, result in zip(batch, results, strict=True) if result.outcome is Outcome.EXISTS]
    if taken:
        _look_up(at, taken)


def _close(at: Visit, plan_id: str, applied: Applied) -> Applied:
    with at.write() as connection:
        counts = store.operation_counts(connection, plan_id)
        applied.unanswered = counts.get("sent", 0) + counts.get("planned", 0)
        applied.drifted = counts.get("drifted", 0)
        applied.refused = counts.get("refused", 0)
        applied.confirmed = counts.get("confirmed", 0)
        if not applied.unanswered:
            store.set_plan_state(connection, plan_id, "applied", now=at.now())
    _log.info("plan %s: %d confirmed, %d unanswered", plan_id, applied.confirmed, applied.unanswered)
    return applied


def _target(operation: store.StoredOperation) -> Target:
    return Target(operation.target_kind, operation.target_key)


def _operation(operation: store.StoredOperation) -> Operation:
    return Operation(
        id=operation.id,
        verb=Verb(operation.verb),
        target=_target(operation),
        document=operation.document,
        remote_id=operation.remote_id,
    )
