"""The journal of decisions about a person: who said what, why and when, and what became of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._identity_sides import side_of
from regulars_agent._workspace import Workspace
from regulars_mapping import DecisionKind, DecisionState, Fate, Rule, SkipError, fates


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One decision about two accounts. ``state``: stands, sleeps, revoked or superseded, ``by`` which other
    decision; ``effect`` says in words what it does today. ``revokes`` is the decision it takes back."""

    number: int
    a: str
    b: str
    state: str
    by: int | None
    effect: str
    revokes: int | None = None


@dataclass(frozen=True, slots=True)
class JournalAct:
    """What somebody decided at once. ``kind``: must_link, cannot_link or revoke."""

    kind: str
    at: datetime
    who: str
    why: str
    lines: tuple[JournalLine, ...]


def identity_journal(workspace: Workspace, person: str) -> tuple[JournalAct, ...]:
    """Every decision that names an account of this person, the oldest act first.

    An account that is gone is shown too, by its id. Raises as ``person merge`` does where nobody is meant.
    """
    with workspace.store.read() as connection:
        return journal_of(connection, _accounts(connection, person))


def journal_of(connection: Connection, accounts: Collection[str]) -> tuple[JournalAct, ...]:
    """Every decision that names one of these accounts."""
    entries = store.journal_about(connection, accounts)
    lines = _Lines(connection, entries)
    ordered = sorted(entries, key=lambda entry: (entry.act, entry.decision.id))
    acts = [list(group) for _, group in groupby(ordered, key=lambda entry: entry.act)]
    return tuple(_act(group, lines) for group in acts)


def _accounts(connection: Connection, text: str) -> list[str]:
    try:
        return list(side_of(connection, text).members)
    except SkipError:
        if text not in store.accounts_named(connection, [text]):
            raise
        return [text]


def _act(group: Sequence[store.JournalEntry], lines: "_Lines") -> JournalAct:
    first = group[0]
    told = tuple(lines.told(entry) for entry in group)
    return JournalAct(first.decision.kind.value, first.decision.at, first.who, first.why, told)


class _Lines:
    """What became of each of some decisions, and what each does."""

    def __init__(self, connection: Connection, entries: Sequence[store.JournalEntry]) -> None:
        decisions = [entry.decision for entry in entries]
        named = {name for one in decisions for name in one.pair}
        self._accounts: Mapping[str, Mapping[str, Any]] = store.accounts_named(connection, named)
        self._active = {name for name, row in self._accounts.items() if not row["gone"]}
        self._fates = fates(decisions, self._active)
        self._taken = {
            (row["account_a"], row["account_b"]): bool(row["taken"])
            for row in store.links_among(connection, named)
            if row["rule"] == Rule.MUST_LINK.value
        }

    def told(self, entry: store.JournalEntry) -> JournalLine:
        one, fate = entry.decision, self._fates[entry.decision.id]
        return JournalLine(
            one.id, one.a, one.b, fate.state.value, fate.by, self._effect(entry, fate), one.revokes
        )

    def _effect(self, entry: store.JournalEntry, fate: Fate) -> str:
        one = entry.decision
        if fate.state is DecisionState.REVOKED:
            return f"taken back by decision {fate.by}"
        if fate.state is DecisionState.SUPERSEDED:
            return f"decision {fate.by} about the same two is newer"
        if fate.state is DecisionState.SLEEPS:
            absent = " and ".join(name for name in (one.a, one.b) if name not in self._active)
            return f"sleeps: the shop has no account {absent} now"
        if one.kind is DecisionKind.REVOKE:
            return f"takes decision {one.revokes} back"
        return self._standing(one.pair, must=one.kind is DecisionKind.MUST_LINK)

    def _standing(self, pair: tuple[str, str], *, must: bool) -> str:
        if not must:
            clusters = {self._accounts[name]["cluster_id"] for name in pair}
            joined = len(clusters) == 1
            return "keeps apart what evidence connects" if joined else "nothing would join the two now"
        taken = self._taken.get(pair)
        if taken is None:
            return "waits to be resolved"
        return "holds the two together" if taken else "joins nothing: accounts between them are kept apart"
