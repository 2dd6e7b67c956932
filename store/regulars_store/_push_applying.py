"""The journal of writes to shops: planned → sent → confirmed, and what stands confirmed afterwards.

Every function runs inside the caller's transaction, which renews the push lease first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from regulars_store._bulk import among
from regulars_store._push_strays import DELETE, DISCARD, PROFILE, WRITING
from regulars_store._tables_derived import offer
from regulars_store._tables_inputs import grant, plan, push_operation, push_state


@dataclass(frozen=True, slots=True)
class StoredOperation:
    """One write of a plan. ``before`` is what the shop last confirmed, None where there was nothing.

    ``verb`` is create, update, delete, or discard: a stray, exactly the object ``remote_id``, goes.
    """

    id: str
    plan_id: str
    position: int
    account_id: str
    target_kind: str
    target_key: str
    verb: str
    before: Mapping[str, Any] | None
    document: Mapping[str, Any] | None
    remote_id: str | None
    reason: str
    state: str
    sent_at: datetime | None
    attempts: int
    answer: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a target reads in the shop, None where it is not there; ``said`` tells an owner what happened."""

    document: Mapping[str, Any] | None
    remote_id: str | None
    said: str


_COLUMNS = [push_operation.c[name] for name in StoredOperation.__dataclass_fields__]


def operations_of(
    connection: Connection,
    plan_id: str,
    *,
    state: str | None = None,
    kind: str | None = None,
    verbs: Sequence[str] | None = None,
    after: int = -1,
    limit: int = 1_000,
) -> list[StoredOperation]:
    """A plan's operations in their order, from behind position ``after``; all of them, or those in a state,
    of a kind, of some verbs."""
    query = (
        select(*_COLUMNS)
        .where(push_operation.c.plan_id == plan_id, push_operation.c.position > after)
        .order_by(push_operation.c.position)
        .limit(limit)
    )
    if state is not None:
        query = query.where(push_operation.c.state == state)
    if kind is not None:
        query = query.where(push_operation.c.target_kind == kind)
    if verbs is not None:
        query = query.where(push_operation.c.verb.in_(verbs))
    return [StoredOperation(*row) for row in connection.execute(query)]


def unconfirmed_writes(
    connection: Connection, plan_id: str, account_ids: Sequence[str], *, before_kind: str
) -> dict[str, str]:
    """Of a plan's accounts those whose writes of an earlier kind are not confirmed, and their state."""
    query = select(push_operation.c.account_id, push_operation.c.state).where(
        push_operation.c.plan_id == plan_id,
        push_operation.c.target_kind < before_kind,
        push_operation.c.verb.in_(WRITING),
        push_operation.c.state != "confirmed",
        among(connection, push_operation.c.account_id, account_ids),
    )
    return {row.account_id: row.state for row in connection.execute(query)}


def sent_operations(
    connection: Connection, shop_id: int, *, sent_before: datetime, limit: int = 1_000
) -> list[StoredOperation]:
    """Writes of a shop whose answer never came and whose settle time is over, oldest first."""
    query = (
        select(*_COLUMNS)
        .where(
            push_operation.c.shop_id == shop_id,
            push_operation.c.state == "sent",
            push_operation.c.sent_at <= sent_before,
        )
        .order_by(push_operation.c.sent_at, push_operation.c.id)
        .limit(limit)
    )
    return [StoredOperation(*row) for row in connection.execute(query)]


def unanswered_writes(connection: Connection, shop_id: int) -> tuple[int, datetime | None]:
    """How many writes of a shop have no answer, and when the last of them was sent (None without any)."""
    sent = (push_operation.c.shop_id == shop_id) & (push_operation.c.state == "sent")
    count, last = connection.execute(
        select(func.count(), func.max(push_operation.c.sent_at)).where(sent)
    ).one()
    return count, last


def operation_counts(connection: Connection, plan_id: str) -> dict[str, int]:
    """How many operations of a plan stand in each state."""
    query = (
        select(push_operation.c.state, func.count())
        .where(push_operation.c.plan_id == plan_id)
        .group_by(push_operation.c.state)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def set_plan_state(connection: Connection, plan_id: str, state: str, *, now: datetime) -> None:
    """Move a plan on; ``applied`` keeps its time."""
    applied_at = now if state == "applied" else None
    connection.execute(update(plan).where(plan.c.id == plan_id).values(state=state, applied_at=applied_at))


def mark_sent(connection: Connection, operation_ids: Sequence[str], *, epoch: int, now: datetime) -> None:
    """Note that these are about to leave. Committed durably before the request does."""
    sent = {"state": "sent", "sent_at": now, "epoch": epoch, "attempts": push_operation.c.attempts + 1}
    connection.execute(update(push_operation).where(push_operation.c.id.in_(operation_ids)).values(sent))


def mark_unsent(connection: Connection, operation_ids: Sequence[str]) -> None:
    """Take back ``sent`` for requests that certainly never left or left no effect.

    They are planned again where their plan may still be applied; a later plan took the place of any other.
    """
    if not operation_ids:
        return
    applicable = select(plan.c.id).where(plan.c.state.in_(("open", "applying")))
    state = case((push_operation.c.plan_id.in_(applicable), "planned"), else_="superseded")
    connection.execute(
        update(push_operation).where(push_operation.c.id.in_(operation_ids)).values(state=state, sent_at=None)
    )


def mark_answered(connection: Connection, answers: Mapping[str, tuple[str, str]], *, now: datetime) -> None:
    """Keep definite answers that are no confirmation: operation id → (state, what the shop said)."""
    if answers:
        query = (
            update(push_operation)
            .where(push_operation.c.id == bindparam("operation"))
            .values(state=bindparam("new_state"), answer=bindparam("said"), confirmed_at=now)
        )
        rows = [
            {"operation": key, "new_state": state, "said": said} for key, (state, said) in answers.items()
        ]
        connection.execute(query, rows)


def confirm(
    connection: Connection,
    shop_id: int,
    confirmed: Sequence[tuple[StoredOperation, str | None]],
    *,
    now: datetime,
) -> None:
    """Keep what the shop confirmed: the operations, what stands there now, and the grants that took effect.

    ``confirmed`` pairs each operation with the platform's id of its target. Nothing stands behind a stray:
    one that is gone changes neither. Idempotent.
    """
    if not confirmed:
        return
    query = (
        update(push_operation)
        .where(push_operation.c.id == bindparam("operation"))
        .values(state="confirmed", confirmed_at=now, remote_id=bindparam("remote"))
    )
    # A stray keeps its id, which its plan vouches for, also where it is gone.
    remotes = [(op.id, op.remote_id if op.verb == DISCARD else remote) for op, remote in confirmed]
    connection.execute(query, [{"operation": key, "remote": remote} for key, remote in remotes])
    standing = [(op, remote) for op, remote in confirmed if op.verb != DISCARD]
    _keep_standing(connection, shop_id, standing, now)
    _move_grants(connection, [op for op, _ in standing if op.target_kind != PROFILE], now)


def adopt(
    connection: Connection,
    shop_id: int,
    seen: Sequence[tuple[StoredOperation, Standing]],
    *,
    state: str,
    now: datetime,
) -> None:
    """Keep how targets really read, so that the next plan shows the difference from that.

    Their operations end ``drifted`` (not carried out over what a plan did not know of) or ``refused``.
    """
    for operation, standing in seen:
        if operation.verb == DISCARD:
            continue
        verb = DELETE if standing.document is None else "update"
        read = replace(operation, verb=verb, document=standing.document)
        _keep_standing(connection, shop_id, [(read, standing.remote_id)], now)
    said = {operation.id: (state, standing.said) for operation, standing in seen}
    mark_answered(connection, said, now=now)


def _keep_standing(
    connection: Connection,
    shop_id: int,
    confirmed: Sequence[tuple[StoredOperation, str | None]],
    now: datetime,
) -> None:
    kept = _other_fields(connection, shop_id, [op for op, _ in confirmed if op.target_kind == PROFILE])
    written = [
        {
            "shop_id": shop_id,
            "target_kind": op.target_kind,
            "target_key": op.target_key,
            "account_id": op.account_id,
            "document": {**kept.get((op.target_kind, op.target_key), {}), **(op.document or {})},
            "remote_id": remote,
            "confirmed_at": now,
        }
        for op, remote in confirmed
        if op.verb != DELETE
    ]
    if written:
        insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        statement = insert(push_state)
        changed = {
            name: statement.excluded[name] for name in ("account_id", "document", "remote_id", "confirmed_at")
        }
        keys = ["shop_id", "target_kind", "target_key"]
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), written)
    removed = [{"kind": op.target_kind, "key": op.target_key} for op, _ in confirmed if op.verb == DELETE]
    if removed:
        gone = delete(push_state).where(
            push_state.c.shop_id == shop_id,
            push_state.c.target_kind == bindparam("kind"),
            push_state.c.target_key == bindparam("key"),
        )
        connection.execute(gone, removed)


def _other_fields(
    connection: Connection, shop_id: int, profiles: Sequence[StoredOperation]
) -> dict[tuple[str, str], Mapping[str, Any]]:
    """What else stands of these profiles: an operation on one names the fields that it writes, no others."""
    if not profiles:
        return {}
    query = select(push_state.c.target_key, push_state.c.document).where(
        push_state.c.shop_id == shop_id,
        push_state.c.target_kind == PROFILE,
        among(connection, push_state.c.target_key, [op.target_key for op in profiles]),
    )
    return {(PROFILE, row.target_key): row.document for row in connection.execute(query)}


def _move_grants(connection: Connection, operations: Sequence[StoredOperation], now: datetime) -> None:
    """A confirmed write gives the planned grant, replacing the last; a confirmed removal withdraws."""
    given = sorted({op.account_id for op in operations if op.verb != DELETE})
    removed = sorted({op.account_id for op in operations if op.verb == DELETE} - set(given))
    planned = select(grant.c.account_id).where(grant.c.account_id.in_(given), grant.c.state == "planned")
    successor = grant.alias()
    replaced_by = (
        select(successor.c.id)
        .where(successor.c.account_id == grant.c.account_id, successor.c.state == "planned")
        .scalar_subquery()
    )
    if given:
        connection.execute(
            update(grant)
            .where(grant.c.account_id.in_(planned), grant.c.state == "given", grant.c.programme_key != "")
            .values(state="replaced", withdrawn_at=now, replaced_by=replaced_by)
        )
        connection.execute(
            update(grant)
            .where(grant.c.account_id.in_(given), grant.c.state == "planned")
            .values(state="given", given_at=now)
        )
        _tell_ends(connection, given)
    if removed:
        standing = select(push_state.c.account_id).where(
            push_state.c.account_id.in_(removed), push_state.c.target_kind != PROFILE
        )
        connection.execute(
            update(grant)
            .where(
                grant.c.account_id.in_(removed),
                grant.c.account_id.not_in(standing),
                grant.c.programme_key != "",
                grant.c.state.in_(("planned", "given")),
            )
            .values(state="withdrawn", withdrawn_at=now)
        )


def _tell_ends(connection: Connection, account_ids: Sequence[str]) -> None:
    """Until when the grants hold that the shop has confirmed: their end may have moved, nothing else."""
    same = (offer.c.id == grant.c.account_id, offer.c.programme_key == grant.c.programme_key)
    connection.execute(
        update(grant)
        .where(grant.c.account_id.in_(account_ids), grant.c.state == "given", exists().where(*same))
        .values(valid_until=select(offer.c.valid_until).where(*same).scalar_subquery())
    )
