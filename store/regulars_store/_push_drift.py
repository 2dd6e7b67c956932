"""What the shop's people do by hand to what is ours there: the books of what stands, to be held against it.

Every function that writes runs inside the caller's transaction, which renews the push lease first.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update

from regulars_store._bulk import among
from regulars_store._push_planning import PushedTarget
from regulars_store._push_strays import DISCARD
from regulars_store._tables_derived import account
from regulars_store._tables_inputs import push_operation, push_state

_STANDING = (
    push_state.c.account_id,
    push_state.c.target_kind,
    push_state.c.target_key,
    push_state.c.document,
    push_state.c.remote_id,
)
_SAME_TARGET = (
    push_state.c.shop_id == bindparam("the_shop"),
    push_state.c.target_kind == bindparam("the_kind"),
    push_state.c.target_key == bindparam("the_key"),
)


@dataclass(frozen=True, slots=True)
class SeenTarget:
    """A target that stands in the books, and how it reads in the shop: None where it is not there."""

    standing: PushedTarget
    document: Mapping[str, Any] | None
    remote_id: str | None = None


def standing_of_keys(
    connection: Connection, shop_id: int, kind: str, keys: Sequence[str]
) -> dict[str, PushedTarget]:
    """Of these keys those that stand confirmed in a shop."""
    query = select(*_STANDING).where(
        push_state.c.shop_id == shop_id,
        push_state.c.target_kind == kind,
        among(connection, push_state.c.target_key, keys),
    )
    return {row.target_key: PushedTarget(*row) for row in connection.execute(query)}


def standing_of_remotes(
    connection: Connection, shop_id: int, kind: str, remote_ids: Sequence[str]
) -> dict[str, PushedTarget]:
    """What stands confirmed under these ids of the platform. Goes through all of the kind in the shop."""
    query = select(*_STANDING).where(
        push_state.c.shop_id == shop_id,
        push_state.c.target_kind == kind,
        among(connection, push_state.c.remote_id, remote_ids),
    )
    return {str(row.remote_id): PushedTarget(*row) for row in connection.execute(query)}


def standing_after(
    connection: Connection, shop_id: int, kind: str, *, after: str, limit: int
) -> list[PushedTarget]:
    """The next of a kind that stand in a shop, behind the key ``after``, by key."""
    query = select(*_STANDING).where(
        push_state.c.shop_id == shop_id, push_state.c.target_kind == kind, push_state.c.target_key > after
    )
    rows = connection.execute(query.order_by(push_state.c.target_key).limit(limit))
    return [PushedTarget(*row) for row in rows]


def unanswered_keys(connection: Connection, shop_id: int, kind: str, keys: Sequence[str]) -> set[str]:
    """Those of these keys that a write names which was sent and not answered yet."""
    query = select(push_operation.c.target_key).where(
        push_operation.c.shop_id == shop_id,
        push_operation.c.state == "sent",
        push_operation.c.target_kind == kind,
        among(connection, push_operation.c.target_key, keys),
    )
    return set(connection.scalars(query))


def differing_labels(
    connection: Connection, shop_id: int, kind: str, external_ids: Sequence[str]
) -> list[str]:
    """Of these customers, by external id, those whose labels landed otherwise than they stand in the books;
    by the targets' keys."""
    query = (
        select(push_state.c.target_key, push_state.c.document, account.c.labels)
        .join(account, account.c.id == push_state.c.account_id)
        .where(
            push_state.c.shop_id == shop_id,
            push_state.c.target_kind == kind,
            among(connection, push_state.c.target_key, external_ids),
            account.c.gone.is_(False),
        )
        .order_by(push_state.c.target_key)
    )
    return [row.target_key for row in connection.execute(query) if row.document != row.labels]


def adopt_seen(connection: Connection, shop_id: int, seen: Sequence[SeenTarget], *, now: datetime) -> None:
    """Keep how targets read that were changed or taken away in the shop, so that the next plan shows it."""
    changed, gone = [], []
    for each in seen:
        which = {"the_shop": shop_id, "the_kind": each.standing.kind, "the_key": each.standing.key}
        if each.document is None:
            gone.append(which)
        else:
            changed.append(which | {"read": dict(each.document), "remote": each.remote_id})
    if changed:
        values = {"document": bindparam("read"), "remote_id": bindparam("remote"), "confirmed_at": now}
        connection.execute(update(push_state).where(*_SAME_TARGET).values(values), changed)
    if gone:
        connection.execute(delete(push_state).where(*_SAME_TARGET), gone)


def last_left(
    connection: Connection, shop_id: int, keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Mapping[str, Any] | None]:
    """How our own writes last left these targets, by kind and key; None where they left nothing there.

    Without those of which the last write was refused, or nothing is known.
    """
    by_kind: dict[str, set[str]] = {}
    for kind, key in keys:
        by_kind.setdefault(kind, set()).add(key)
    found: dict[tuple[str, str], Mapping[str, Any] | None] = {}
    for kind, wanted in by_kind.items():
        found |= _last_left(connection, shop_id, kind, wanted)
    return found


def _last_left(
    connection: Connection, shop_id: int, kind: str, keys: Set[str]
) -> dict[tuple[str, str], Mapping[str, Any] | None]:
    newest = func.row_number().over(
        partition_by=push_operation.c.target_key,
        order_by=(push_operation.c.confirmed_at.desc(), push_operation.c.id.desc()),
    )
    names = ("target_key", "state", "before", "document")
    ranked = (
        select(*(push_operation.c[name] for name in names), newest.label("rank"))
        .where(
            push_operation.c.shop_id == shop_id,
            push_operation.c.target_kind == kind,
            push_operation.c.verb != DISCARD,
            push_operation.c.state.in_(("confirmed", "drifted", "refused")),
            among(connection, push_operation.c.target_key, sorted(keys)),
        )
        .subquery()
    )
    rows = connection.execute(select(ranked).where(ranked.c.rank == 1))
    return {
        (kind, row.target_key): row.document if row.state == "confirmed" else row.before
        for row in rows
        if row.state != "refused"
    }
