"""Human decisions about who is who: which of them stand."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from regulars_mapping._identity import anchor_of


class DecisionKind(StrEnum):
    """What a human said about two accounts; the word kept in the database."""

    MUST_LINK = "must_link"
    CANNOT_LINK = "cannot_link"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class Decision:
    """A human's word about two accounts; never about persons, which come and go.

    A revoke names in ``revokes`` the decision that it takes back, and repeats its pair.
    """

    id: int
    kind: DecisionKind
    a: str
    b: str
    at: datetime
    revokes: int | None = None

    @property
    def pair(self) -> tuple[str, str]:
        """The two accounts, the smaller anchor first."""
        return (self.a, self.b) if anchor_of(self.a) < anchor_of(self.b) else (self.b, self.a)


class DecisionState(StrEnum):
    """What became of a decision, as it is told to people."""

    STANDS = "stands"
    SLEEPS = "sleeps"
    """One of its accounts is not active: it counts again when that comes back."""
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    """A newer decision about the same two stands instead."""


class Fate(NamedTuple):
    """What became of a decision. ``by`` is the decision that revoked or superseded it."""

    state: DecisionState
    by: int | None = None


def standing(decisions: Iterable[Decision], active: Container[str]) -> list[Decision]:
    """The decisions that count, newest first: of each pair the newest by (at, id) that was not taken back.

    A decision about an account that is not active sleeps: it counts again when the account comes back. A
    revoke is a decision too and can be taken back; what is taken back is as if it had never been said.
    """
    heard = list(decisions)
    void = _taken_back(heard)
    return [one for one in _newest(heard, void).values() if one.a in active and one.b in active]


def fates(decisions: Iterable[Decision], active: Container[str]) -> dict[int, Fate]:
    """What became of each decision, by its id. Those of ``standing`` stand, and revokes not taken back.

    Give every decision about the pairs that are asked for.
    """
    heard = list(decisions)
    void = _taken_back(heard)
    newest = _newest(heard, void)
    return {one.id: _fate(one, void, newest.get(one.pair), active) for one in heard}


def _fate(one: Decision, void: Mapping[int, int], newest: Decision | None, active: Container[str]) -> Fate:
    if one.id in void:
        return Fate(DecisionState.REVOKED, void[one.id])
    if one.kind != DecisionKind.REVOKE:
        if newest is not None and newest.id != one.id:
            return Fate(DecisionState.SUPERSEDED, newest.id)
        if one.a not in active or one.b not in active:
            return Fate(DecisionState.SLEEPS)
    return Fate(DecisionState.STANDS)


def _taken_back(heard: Iterable[Decision]) -> dict[int, int]:
    """Each decision that was taken back, and the revoke that did."""
    void: dict[int, int] = {}
    # By id, not by time: a revoke is always recorded after what it revokes, whatever the clock said.
    for decision in sorted(heard, key=lambda decision: decision.id, reverse=True):
        if decision.kind == DecisionKind.REVOKE and decision.id not in void and decision.revokes is not None:
            void.setdefault(decision.revokes, decision.id)
    return void


def _newest(heard: Iterable[Decision], void: Container[int]) -> dict[tuple[str, str], Decision]:
    """The newest decision of each pair that was not taken back, newest first."""
    newest: dict[tuple[str, str], Decision] = {}
    for decision in sorted(heard, key=lambda decision: (decision.at, decision.id), reverse=True):
        if decision.kind != DecisionKind.REVOKE and decision.id not in void and decision.a != decision.b:
            newest.setdefault(decision.pair, decision)
    return newest
