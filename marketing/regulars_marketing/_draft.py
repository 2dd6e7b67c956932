"""What a decision works out, in plain values; and the text of its proof, as it is stored, made once.

A `Proof` is for whoever reads one: to make its parts, and to look at each of them again, costs more than the
decision.
"""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, TypeAlias

import orjson
from pydantic import TypeAdapter

from regulars_marketing._proof import (
    RULE_VERSION,
    Proof,
    ProofGift,
    ProofKept,
    ProofProgramme,
    ProofTier,
    Scope,
    Step,
    StepName,
    level_of,
)

DraftFact: TypeAlias = tuple[str, int, int, int, int, int | None]
"""The fields of a `ProofFact`."""
DraftStep: TypeAlias = tuple[StepName, int, int, int]
"""The fields of a `Step`."""
_Fragments: TypeAlias = tuple[orjson.Fragment, orjson.Fragment]

_PROGRAMMES: TypeAdapter[ProofProgramme | ProofGift] = TypeAdapter(ProofProgramme)
_MOST = 4_096
_said: dict[int, tuple[ProofProgramme | ProofGift, _Fragments]] = {}
"""By identity the programmes that were told last, which lasts as long as they are held here."""


@dataclass(slots=True)
class Draft:
    """A `Proof` to be, by the same names; ``above`` is the tier of its next step, ``added`` what is added."""

    programme: ProofProgramme | ProofGift
    scope: Scope
    percent: int
    amount: int
    facts: tuple[DraftFact, ...] = ()
    no_rate: tuple[str, ...] = ()
    counted: int = 0
    steps: tuple[DraftStep, ...] = ()
    reached: ProofTier | None = None
    above: ProofTier | None = None
    kept: ProofKept | None = None
    room: ProofTier | None = None
    own: int = 0
    added: "tuple[Draft, ...]" = ()
    cap: int | None = None

    @property
    def level(self) -> str:
        """What the shopper is called with what is given; empty where nothing is."""
        return level_of(self.programme, self.room or self.kept or self.reached)

    def sealed(self) -> str:
        """The proof with its checksum, as it is stored."""
        plain, ordered = _fragments(self.programme)
        document = self._document()
        document["programme"] = ordered
        packed = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
        document["programme"] = plain
        document["checksum"] = blake2b(packed, digest_size=16).hexdigest()
        return orjson.dumps(document).decode()

    def _document(self) -> dict[str, Any]:
        """The proof as it is stored, without its checksum."""
        kept, above = self.kept, self.above
        return {
            "rule": RULE_VERSION,
            "programme": None,
            "scope": self.scope,
            "facts": [
                {
                    "currency": currency,
                    "orders": orders,
                    "goods": goods,
                    "refunded": refunded,
                    "net": net,
                    "converted": converted,
                }
                for currency, orders, goods, refunded, net, converted in self.facts
            ],
            "no_rate": self.no_rate,
            "counted": self.counted,
            "steps": [
                {"name": name, "left": left, "right": right, "result": result}
                for name, left, right, result in self.steps
            ],
            "reached": self.reached and _tier(self.reached),
            "next_step": above and _next(above, self.counted),
            "percent": self.percent,
            "amount": self.amount,
            "kept": kept and {**_tier(kept), "lost_day": kept.lost_day, "last_day": kept.last_day},
            "room": self.room and _tier(self.room),
            "own": self.own,
            "added": [orjson.loads(each.sealed()) for each in self.added],
            "cap": self.cap,
        }


def step_of(step: Step) -> DraftStep:
    """The step in plain values."""
    return step.name, step.left, step.right, step.result


def proof_of(sealed: str) -> Proof:
    """The proof of which this is the text."""
    return Proof.model_validate_json(sealed)


def _tier(tier: ProofTier | ProofKept) -> dict[str, Any]:
    if isinstance(tier, ProofKept):
        gift = {"percent": tier.percent, "amount": tier.amount}
        return {"level": tier.level, "threshold": tier.threshold, **gift}
    return {
        "threshold": tier.threshold,
        "percent": tier.percent,
        "amount": tier.amount,
        "level": tier.level,
    }


def _next(above: ProofTier, counted: int) -> dict[str, Any]:
    return {
        "missing": above.threshold - counted,
        "percent": above.percent,
        "amount": above.amount,
        "level": above.level,
    }


def _fragments(programme: ProofProgramme | ProofGift) -> _Fragments:
    """The programme's part of the text: as it stands there, and in the order of the checksum."""
    found = _said.get(id(programme))
    if found is not None:
        return found[1]
    if len(_said) >= _MOST:
        _said.clear()
    document = _PROGRAMMES.dump_python(programme, mode="json")
    ordered = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    made = orjson.Fragment(orjson.dumps(document)), orjson.Fragment(ordered)
    _said[id(programme)] = programme, made
    return made
