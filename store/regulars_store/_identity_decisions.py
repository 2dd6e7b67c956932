"""The journal of decisions about who is who: humans' words, and those of shops that merged two customers."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select

from regulars_mapping import Decision, DecisionKind, DecisionState, PermanentError, fates
from regulars_store._bulk import among
from regulars_store._dirty import mark_dirty
from regulars_store._tables_derived import account
from regulars_store._tables_inputs import identity_decision

_TICK = timedelta(microseconds=1)
_A_SHOP = "shop "
_LONGEST_CHAIN = 20


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A decision as it was recorded. Those of one act have the same time, author and reason."""

    decision: Decision
    who: str
    why: str

    @property
    def act(self) -> tuple[datetime, str, str, bool]:
        """What tells the act from every other: the decisions of one share it."""
        return self.decision.at, self.who, self.why, self.decision.kind is DecisionKind.REVOKE


def shop_author(shop: str) -> str:
    """Under which name the decisions of a shop stand."""
    return f"{_A_SHOP}{shop}"


def is_shop_author(who: str) -> bool:
    """Whether a name is one under which only shops decide."""
    return who.startswith(_A_SHOP)


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
    (decision_id,) = decide_all(connection, kind, [(account_a, account_b)], who=who, why=why, now=now)
    return decision_id


def decide_all(
    connection: Connection,
    kind: DecisionKind | str,
    pairs: Sequence[tuple[str, str]],
    *,
    who: str,
    why: str,
    now: datetime,
) -> list[int]:
    """``decide`` for all these pairs as one act; their ids, in the same order."""
    kind = DecisionKind(kind)
    if kind is DecisionKind.REVOKE:
        raise PermanentError("a decision is taken back by its number, with revoke")
    for one, other in pairs:
        if one == other:
            raise PermanentError(f"account {one} is one account: name two")
    wanted = {name for pair in pairs for name in pair}
    known = set(connection.scalars(select(account.c.id).where(among(connection, account.c.id, wanted))))
    for name in sorted(wanted - known):
        raise PermanentError(f"there is no account {name}; look it up with `regulars person find`")
    return _record(connection, kind, [(*pair, None) for pair in pairs], who=who, why=why, now=now)


def revoke(connection: Connection, decision_id: int, *, who: str, why: str, now: datetime) -> int:
    """Take a decision back, a revoke too; returns the id of the revoke. Harmless twice.

    Once resolved, the derivations are those of never having said it. Both accounts become dirty for stage
    "identity". Raises PermanentError when there is no such decision.
    """
    found = decision_numbered(connection, decision_id).decision
    (revoke_id,) = revoke_all(connection, [found], who=who, why=why, now=now)
    return revoke_id


def revoke_all(
    connection: Connection, decisions: Sequence[Decision], *, who: str, why: str, now: datetime
) -> list[int]:
    """``revoke`` for all these decisions as one act; the ids of the revokes, in the same order."""
    rows = [(one.a, one.b, one.id) for one in decisions]
    return _record(connection, DecisionKind.REVOKE, rows, who=who, why=why, now=now)


def decision_numbered(connection: Connection, decision_id: int) -> JournalEntry:
    """One decision. Raises PermanentError when there is no such decision."""
    found = _entries(connection, identity_decision.c.id == decision_id)
    if not found:
        raise PermanentError(
            f"There is no decision {decision_id}. To see them: regulars person decisions PERSON"
        )
    return found[0]


def decisions_of_act(connection: Connection, entry: JournalEntry) -> list[JournalEntry]:
    """Every decision of the act to which this one belongs, by id."""
    decision = entry.decision
    # All of an act name an account of its first decision's person, but which one is not known any more.
    same = (identity_decision.c.at == decision.at, identity_decision.c.who == entry.who)
    return [each for each in _entries(connection, *same) if each.act == entry.act]


def journal_about(connection: Connection, accounts: Collection[str]) -> list[JournalEntry]:
    """Every decision that names one of these accounts, oldest first."""
    columns = (identity_decision.c.account_a, identity_decision.c.account_b)
    return _entries(connection, or_(*(among(connection, column, accounts) for column in columns)))


def time_of_act(connection: Connection, accounts: Collection[str], *, now: datetime) -> datetime:
    """``now``, or the first moment after every decision about these accounts and the newest of all.

    A clock that was set back makes no word older than what it answers, and no two acts have one time.
    """
    newest = connection.scalar(
        select(identity_decision.c.at).order_by(identity_decision.c.id.desc()).limit(1)
    )
    about = (entry.decision.at for entry in journal_about(connection, accounts))
    latest = max((at for at in (newest, *about) if at is not None), default=None)
    return now if latest is None or latest < now else latest + _TICK


def active_accounts(connection: Connection, accounts: Iterable[str]) -> set[str]:
    """Those of these accounts that the shops still have."""
    query = select(account.c.id).where(among(connection, account.c.id, accounts), account.c.gone.is_(False))
    return set(connection.scalars(query))


def merged_into(connection: Connection, account_id: str) -> str | None:
    """The account that a shop put in the place of one that is gone, None where no shop said so.

    Through merges of merges, to one that the shop still has.
    """
    seen = {account_id}
    while len(seen) <= _LONGEST_CHAIN:
        partner = _partner(connection, account_id)
        if partner is None or partner in seen:
            return None
        if active_accounts(connection, [partner]):
            return partner
        seen.add(partner)
        account_id = partner
    return None


def merged_away(connection: Connection, accounts: Collection[str]) -> dict[str, str]:
    """Those of these accounts that a shop merged into others, as its word stands: gone -> kept. The one kept
    may be gone, too."""
    heard = journal_about(connection, accounts) if accounts else []
    decisions = [entry.decision for entry in heard]
    states = fates(decisions, {name for one in decisions for name in one.pair})
    return {
        entry.decision.b: entry.decision.a
        for entry in heard
        if is_shop_author(entry.who)
        and entry.decision.kind is DecisionKind.MUST_LINK
        and states[entry.decision.id].state is DecisionState.STANDS
        # The one kept is named first.
        and entry.decision.b in accounts
    }


def _partner(connection: Connection, account_id: str) -> str | None:
    return merged_away(connection, [account_id]).get(account_id)


def shop_merged(
    connection: Connection, *, shop: str, kept: str, gone: str, why: str, now: datetime
) -> int | None:
    """Record that a shop made two of its customers one, ``gone`` into ``kept``; the decision's id.

    Once a pair, whatever became of the word since: None where it was said before, and where the account that
    is gone was never known here, so that nothing hangs on it. The kept one may land later.
    """
    known = connection.scalar(select(account.c.id).where(account.c.id == gone))
    who = shop_author(shop)
    if known is None or kept == gone or _said_before(connection, who, kept, gone):
        return None
    at = time_of_act(connection, [kept, gone], now=now)
    kind = DecisionKind.MUST_LINK
    (decision_id,) = _record(connection, kind, [(kept, gone, None)], who=who, why=why, now=at)
    return decision_id


def _said_before(connection: Connection, who: str, kept: str, gone: str) -> bool:
    query = select(func.count()).where(
        identity_decision.c.account_a == kept,
        identity_decision.c.account_b == gone,
        identity_decision.c.who == who,
        identity_decision.c.kind == DecisionKind.MUST_LINK.value,
    )
    return bool(connection.scalar(query))


def _entries(connection: Connection, *conditions: ColumnElement[bool]) -> list[JournalEntry]:
    query = select(identity_decision).where(*conditions).order_by(identity_decision.c.id)
    return [
        JournalEntry(
            Decision(row.id, DecisionKind(row.kind), row.account_a, row.account_b, row.at, row.revokes),
            row.who,
            row.why,
        )
        for row in connection.execute(query)
    ]


def _record(
    connection: Connection,
    kind: DecisionKind,
    rows: Sequence[tuple[str, str, int | None]],
    *,
    who: str,
    why: str,
    now: datetime,
) -> list[int]:
    values = [
        {
            "kind": kind.value,
            "account_a": a,
            "account_b": b,
            "revokes": revokes,
            "at": now,
            "who": who,
            "why": why,
        }
        for a, b, revokes in rows
    ]
    statement = insert(identity_decision).returning(identity_decision.c.id, sort_by_parameter_order=True)
    ids = list(connection.scalars(statement, values)) if values else []
    mark_dirty(connection, "identity", sorted({name for a, b, _ in rows for name in (a, b)}))
    return ids
