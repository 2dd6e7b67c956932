"""The journal of human decisions about who is who."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from regulars_mapping import DecisionKind, PermanentError
from regulars_store._dirty import mark_dirty
from regulars_store._tables_derived import account
from regulars_store._tables_inputs import identity_decision


def decide(
    connection: Connection,
    *,
    kind: DecisionKind | str,
    account_a: str,
    account_b: str,
    who: str,
    why: str,
    now: datetime,
) -> int:
    """Record that two accounts are one person's (must_link) or are not (cannot_link); returns its id.

    Both accounts become dirty for stage "identity"; the next ``resolve`` applies it. For one pair the
    newest decision stands. Raises PermanentError for one account twice, or one that never was.
    """
    kind = DecisionKind(kind)
    if kind is DecisionKind.REVOKE:
        raise PermanentError("a decision is taken back by its number, with revoke")
    if account_a == account_b:
        raise PermanentError(f"account {account_a} is one account: name two")
    known = set(connection.scalars(select(account.c.id).where(account.c.id.in_([account_a, account_b]))))
    for name in (account_a, account_b):
        if name not in known:
            raise PermanentError(f"there is no account {name}; look it up with `regulars person find`")
    return _record(connection, kind, (account_a, account_b), None, who=who, why=why, now=now)


def revoke(connection: Connection, decision_id: int, *, who: str, why: str, now: datetime) -> int:
    """Take a decision back, a revoke too; returns the id of the revoke. Harmless twice.

    Once resolved, the derivations are those of never having said it. Both accounts become dirty for stage
    "identity". Raises PermanentError when there is no such decision.
    """
    found = connection.execute(select(identity_decision).where(identity_decision.c.id == decision_id)).first()
    if found is None:
        raise PermanentError(f"there is no decision {decision_id}; see the person's card for the numbers")
    pair = (found.account_a, found.account_b)
    return _record(connection, DecisionKind.REVOKE, pair, decision_id, who=who, why=why, now=now)


def _record(
    connection: Connection,
    kind: DecisionKind,
    pair: tuple[str, str],
    revokes: int | None,
    *,
    who: str,
    why: str,
    now: datetime,
) -> int:
    statement = insert(identity_decision).values(
        kind=kind.value, account_a=pair[0], account_b=pair[1], revokes=revokes, at=now, who=who, why=why
    )
    result = connection.execute(statement)
    mark_dirty(connection, "identity", sorted(pair))
    (decision_id,) = result.inserted_primary_key or (0,)
    return int(decision_id)
