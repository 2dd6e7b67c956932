"""Apply: write exactly what a plan says, each effect once, on platforms that have no idempotency keys.

``sent`` is committed durably before a request leaves. Only a definite answer confirms. A write without an
answer is left alone until the platform can no longer be working on it, then looked up (``_settle``):
ours is confirmed, absent is sent again, a stranger's is refused (docs/architecture.md, "Writing to shops").
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

import regulars_store as store
from regulars_agent._edits_plan import EditsPlan
from regulars_agent._leases import Visit, visit
from regulars_agent._plan import VOUCHED_STRAY, operation_digest
from regulars_agent._read_back import read_back
from regulars_agent._risk import refuse_beyond
from regulars_agent._settle import keep_left_alone, look_up, settle, sorted_out, target_of
from regulars_agent._strays import CODED, spare
from regulars_agent._workspace import Workspace
from regulars_connectors import HiddenTargetsError, Operation, Outcome, PushResult, UnansweredError, Verb
from regulars_mapping import MisconfiguredError, PermanentError, RetryError

Progress = Callable[[int], None]

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Applied:
    """What became of a plan's operations. ``unanswered`` are settled by a later apply, and with them what
    waits for them. ``looked_up`` are earlier writes that were settled where there was no plan to apply."""

    plan: str
    confirmed: int = 0
    refused: int = 0
    drifted: int = 0
    unanswered: int = 0
    looked_up: int = 0
    reasons: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether the shop now reads as the plan says."""
        return self.refused == self.drifted == self.unanswered == 0

    def explain(self, reasons: Sequence[str]) -> None:
        """Note why something was left out, each reason once."""
        self.reasons += [reason for reason in dict.fromkeys(reasons) if reason not in self.reasons]


def apply_plan(
    workspace: Workspace,
    shop: store.Shop,
    plan_id: str | None = None,
    *,
    confirmed: bool = False,
    progress: Progress = lambda _: None,
) -> Applied:
    """Apply a plan (the shop's open one by default); may be called again after any interruption.

    Looks up earlier writes without an answer first. That is all where none is given and none is open:
    ``Applied.plan`` is '' then, and ``unanswered`` what of them is still to be looked up.
    A plan beyond the risk limits of the settings begins only ``confirmed``; once begun it goes on without.
    Raises MisconfiguredError when it is not, or when there is no such plan, PermanentError when its
    operations are not those that were planned, RetryError while another worker writes to this shop.
    """
    with visit(workspace, shop, resource="push") as at:
        with at.read() as connection:
            before, _ = store.unanswered_writes(connection, shop.id)
        reasons = settle(at)
        with at.read() as connection:
            left, _ = store.unanswered_writes(connection, shop.id)
            opened = store.open_plan_of(connection, shop.id)
        if plan_id is None and opened is None:
            return Applied("", unanswered=left, looked_up=before - left, reasons=reasons)
        plan, kinds = _plan_to_apply(at, plan_id)
        if plan.state == "open" and not confirmed:
            refuse_beyond(shop.name, plan.id, plan.summary.get("beyond", ()))
        with at.write() as connection:
            store.set_plan_state(connection, plan.id, "applying", now=at.now())
        applied = Applied(plan.id)
        applied.explain(reasons)
        for batch in _batches(at, plan.id, kinds):
            _write(at, batch, applied)
            progress(len(batch))
        return _close(at, plan.id, applied)


def _plan_to_apply(at: Visit, plan_id: str | None) -> tuple[store.StoredPlan, list[str]]:
    """The plan, once its operations are known to be those that were planned, and the kinds it writes."""
    with at.read() as connection:
        plan = store.plan_of(connection, plan_id) if plan_id else store.open_plan_of(connection, at.shop.id)
    if plan is None or plan.shop_id != at.shop.id:
        raise MisconfiguredError(
            f"{at.shop.name}: there is no such plan to apply. Make one: regulars plan {at.shop.name}"
        )
    if plan.state not in {"open", "applying"}:
        raise MisconfiguredError(
            f"{at.shop.name}: plan {plan.id} is {plan.state}. Make a new one: regulars plan {at.shop.name}"
        )
    digest, kinds = blake2b(digest_size=16), set()
    for operation in _operations(at, plan.id):
        digest.update(operation_digest({name: getattr(operation, name) for name in VOUCHED_STRAY}))
        kinds.add(operation.target_kind)
    if digest.hexdigest() != plan.digest:
        raise PermanentError(
            f"{at.shop.name}: the operations of plan {plan.id} are not those that were planned. "
            f"Nothing was written. Make a new plan: regulars plan {at.shop.name}"
        )
    return plan, sorted(kinds)


def _operations(
    at: Visit,
    plan_id: str,
    *,
    state: str | None = None,
    kind: str | None = None,
    verbs: Sequence[str] | None = None,
) -> Iterator[store.StoredOperation]:
    after = -1
    while True:
        with at.read() as connection:
            page = store.operations_of(connection, plan_id, state=state, kind=kind, verbs=verbs, after=after)
        if not page:
            return
        yield from page
        after = page[-1].position


def _batches(at: Visit, plan_id: str, kinds: Sequence[str]) -> Iterator[Sequence[store.StoredOperation]]:
    """Planned operations in the platform's batches: a coupon before the label that shows its code, and a
    label taken away before its coupon is; strays last and by themselves."""
    size = at.connector.limits.push_batch
    for verbs in (store.WRITING, (store.DELETE,), (store.DISCARD,)):
        for kind in kinds if verbs == store.WRITING else reversed(kinds):
            batch: list[store.StoredOperation] = []
            for operation in _operations(at, plan_id, state="planned", kind=kind, verbs=verbs):
                batch.append(operation)
                if len(batch) == size:
                    yield batch
                    batch = []
            if batch:
                yield batch


def _write(at: Visit, batch: Sequence[store.StoredOperation], applied: Applied) -> None:
    wanted = _without_dependents(at, _without_overtaken(at, batch, applied), applied)
    if not wanted:
        return
    try:
        ready = _compare(at, wanted, applied)
    except HiddenTargetsError as error:
        # What stands there stays, and is planned again once it is shown; other kinds do not wait for it.
        with at.write() as connection:
            fates = {operation.id: ("refused", str(error)) for operation in wanted}
            store.mark_answered(connection, fates, now=at.now())
        applied.explain([str(error)])
        return
    if ready:
        _send(at, ready, applied)


def _without_overtaken(
    at: Visit, batch: Sequence[store.StoredOperation], applied: Applied
) -> Sequence[store.StoredOperation]:
    """Leave out what was written by hand and shall not be written so any more; the next plan looks again."""
    if batch[0].target_kind != store.PROFILE:
        return batch
    with at.read() as connection:
        plan = EditsPlan(at, store.properties(connection))
    wanted = plan.still_wanted(batch)
    overtaken = [operation for operation in batch if operation.id not in wanted]
    if overtaken:
        said = "a profile was left out because it is no longer to be written so"
        with at.write() as connection:
            fates = {operation.id: ("refused", said) for operation in overtaken}
            store.mark_answered(connection, fates, now=at.now())
            persons = store.persons_of(connection, sorted({each.account_id for each in overtaken}))
            store.mark_profiles(connection, persons, shop_id=at.shop.id)
        applied.explain([said])
    return [operation for operation in batch if operation.id in wanted]


def _without_dependents(
    at: Visit, batch: Sequence[store.StoredOperation], applied: Applied
) -> Sequence[store.StoredOperation]:
    """Leave out what shows something that the shop has not confirmed: a label without its coupon.

    It shares the fate of what it waits for; behind a write without an answer it stays planned.
    """
    if not batch or batch[0].verb not in store.WRITING or batch[0].target_kind == store.PROFILE:
        return batch
    accounts = [operation.account_id for operation in batch]
    with at.read() as connection:
        unconfirmed = store.unconfirmed_writes(
            connection, batch[0].plan_id, accounts, before_kind=batch[0].target_kind
        )
    if not unconfirmed:
        return batch
    said = f"a {batch[0].target_kind} was left out because what it shows does not stand in the shop"
    fates = {
        operation.id: (unconfirmed[operation.account_id], said)
        for operation in batch
        if unconfirmed.get(operation.account_id) in {"refused", "drifted"}
    }
    with at.write() as connection:
        store.mark_answered(connection, fates, now=at.now())
    applied.explain([said] if fates else [])
    return [operation for operation in batch if operation.account_id not in unconfirmed]


def _compare(
    at: Visit, batch: Sequence[store.StoredOperation], applied: Applied
) -> list[store.StoredOperation]:
    """Read what is to be written: it must read as the plan believes. The operations that may be sent."""
    known = [operation for operation in batch if operation.verb != "create" or operation.target_kind != CODED]
    found = dict(
        zip(
            (operation.id for operation in known),
            read_back(at, [target_of(operation) for operation in known]),
            strict=True,
        )
    )
    settled = sorted_out([(operation, found[operation.id]) for operation in known])
    if any(operation.verb == store.DISCARD for operation in settled.again):
        spare(at, settled, found)
    if settled.confirmed or settled.strange or settled.drifted:
        with at.write() as connection:
            store.confirm(connection, at.shop.id, settled.confirmed, now=at.now())
            keep_left_alone(connection, at, settled)
    applied.explain(settled.reasons)
    ready = {operation.id for operation in settled.again}
    # The platform's id as the shop gives it now: nobody can point an operation at another object.
    return [
        replace(operation, remote_id=found[operation.id].remote_id) if operation.id in ready else operation
        for operation in batch
        if operation.id in ready or operation.id not in found
    ]


def _send(at: Visit, batch: Sequence[store.StoredOperation], applied: Applied) -> None:
    ids = [operation.id for operation in batch]
    with at.write(durable=True) as connection:
        store.mark_sent(connection, ids, epoch=at.lease.epoch, now=at.now())
    try:
        results = at.connector.push([_operation(operation) for operation in batch])
    except (RetryError, MisconfiguredError) as error:
        # The contract: push raises these only where nothing can have had an effect. After any other error
        # the writes stay sent, to be looked up.
        if not isinstance(error, UnansweredError):
            with at.write() as connection:
                store.mark_unsent(connection, ids)
        raise
    _keep_answers(at, list(zip(batch, results, strict=True)), applied)


def _keep_answers(
    at: Visit, answers: Sequence[tuple[store.StoredOperation, PushResult]], applied: Applied
) -> None:
    done = [(operation, result.remote_id) for operation, result in answers if result.outcome is Outcome.DONE]
    refused = {
        operation.id: ("refused", f"{operation.target_kind} {operation.target_key}: {result.reason}")
        for operation, result in answers
        if result.outcome is Outcome.REFUSED
    }
    with at.write() as connection:
        store.confirm(connection, at.shop.id, done, now=at.now())
        store.mark_answered(connection, refused, now=at.now())
    applied.explain([said for _, said in refused.values()])
    _keep_half_done(at, [operation for operation, _ in answers if operation.id in refused], refused)
    taken = [operation for operation, result in answers if result.outcome is Outcome.EXISTS]
    if taken:
        applied.explain(look_up(at, taken))


def _keep_half_done(
    at: Visit,
    operations: Sequence[store.StoredOperation],
    refused: dict[str, tuple[str, str]],
) -> None:
    """A shop may refuse and yet have stored something: what stands there of ours is kept as it reads."""
    if not operations:
        return
    found = read_back(at, [target_of(operation) for operation in operations])
    standing = [
        (operation, store.Standing(there.document, there.remote_id, refused[operation.id][1]))
        for operation, there in zip(operations, found, strict=True)
        if there.document != operation.before and (there.ours or there.document is None)
    ]
    with at.write() as connection:
        store.adopt(connection, at.shop.id, standing, state="refused", now=at.now())


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


def _operation(operation: store.StoredOperation) -> Operation:
    return Operation(
        id=operation.id,
        verb=Verb.DELETE if operation.verb == store.DISCARD else Verb(operation.verb),
        target=target_of(operation),
        document=operation.document,
        remote_id=operation.remote_id,
        before=operation.before,
    )
