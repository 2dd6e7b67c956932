"""Human decisions about who is who: which of them stand."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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


def standing(decisions: Iterable[Decision], active: Container[str]) -> list[Decision]:
    """The decisions that count, newest first: of each pair the newest by (at, id) that was not taken back.

    A decision about an account that is not active sleeps: it counts again when the account comes back. A
    revoke is a decision too and can be taken back; what is taken back is as if it had never been said.
    """
    heard = sorted(decisions, key=lambda decision: decision.id, reverse=True)
    void: set[int] = set()
    # By id, not by time: a revoke is always recorded after what it revokes, whatever the clock said.
    for decision in heard:
        if decision.kind == DecisionKind.REVOKE and decision.id not in void and decision.revokes is not None:
            void.add(decision.revokes)
    newest: dict[tuple[str, str], Decision] = {}
    for decision in sorted(heard, key=lambda decision: (decision.at, decision.id), reverse=True):
        if decision.kind != DecisionKind.REVOKE and decision.id not in void and decision.a != decision.b:
            newest.setdefault(decision.pair, decision)
    return [one for one in newest.values() if one.a in active and one.b in active]
