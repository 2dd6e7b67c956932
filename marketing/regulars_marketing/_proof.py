"""The proof that an offer carries: what was known, which rules were applied, and what came out.

It names no person. Amounts are minor units of the currency they stand beside, percents hundredths of a
percent, so that every figure is an integer.
"""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, Any, Literal, TypeAlias

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

RULE_VERSION = 2

Scope: TypeAlias = Literal["person", "account"]
"""Whose purchases count: all of the person's, or those of the one account only."""


@dataclass(frozen=True, slots=True)
class ProofFact:
    """What was bought in one currency, within the proof's scope."""

    currency: str
    orders: int
    goods: int
    refunded: int
    net: int


@dataclass(frozen=True, slots=True)
class ProofTier:
    """A tier of the programme."""

    threshold: int
    percent: int
    level: str


@dataclass(frozen=True, slots=True)
class ProofTierProgramme:
    """The version of the tier programme that was applied."""

    kind: Literal["tier"]
    key: str
    version: int
    currency: str
    tiers: tuple[ProofTier, ...]
    valid_until: AwareDatetime | None


@dataclass(frozen=True, slots=True)
class ProofWelcomeProgramme:
    """The version of the welcome that was given: for one order, to a person who has bought nothing yet."""

    kind: Literal["welcome"]
    key: str
    version: int
    percent: int
    level: str
    valid_until: AwareDatetime | None


ProofProgramme: TypeAlias = Annotated[ProofTierProgramme | ProofWelcomeProgramme, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the arithmetic.

    ``net``: goods - refunded = net. ``tier``: net against a threshold, 1 when reached, else 0.
    ``missing``: the next threshold - net = what is missing.
    """

    name: Literal["net", "tier", "missing"]
    left: int
    right: int
    result: int


@dataclass(frozen=True, slots=True)
class NextStep:
    """What would give more: ``missing`` more, in the programme's currency, gives ``percent``."""

    missing: int
    percent: int
    level: str


class Proof(BaseModel):
    """Why an offer is what it is; `verify_proof` checks it by itself.

    ``counted`` is the sum that was held against the thresholds. ``reached`` is None below the first tier,
    ``next_step`` on the last. ``no_rate`` names the currencies that could not be counted for want of a rate:
    then nothing is decided. Of a welcome there is nothing to count: no facts, no steps, no tier, and its
    ``percent`` is the programme's. ``checksum`` is BLAKE2b of 16 bytes, in hex, over the rest as JSON in
    UTF-8 with sorted keys and no spaces.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    rule: int = RULE_VERSION
    programme: ProofProgramme
    scope: Scope
    facts: tuple[ProofFact, ...]
    no_rate: tuple[str, ...]
    counted: int
    steps: tuple[Step, ...]
    reached: ProofTier | None
    next_step: NextStep | None
    percent: int
    checksum: str = ""

    @property
    def once(self) -> bool:
        """Whether the discount may be used for one order only."""
        return self.programme.kind == "welcome"

    def document(self) -> dict[str, Any]:
        """The proof as it is stored."""
        return self.model_dump(mode="json")


def sealed(proof: Proof) -> tuple[Proof, dict[str, Any]]:
    """The proof with its checksum, and as it is stored."""
    document = proof.document()
    del document["checksum"]
    packed = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    document["checksum"] = blake2b(packed, digest_size=16).hexdigest()
    return proof.model_copy(update={"checksum": document["checksum"]}), document


def said(document: dict[str, Any]) -> tuple[object, ...]:
    """What of a stored proof the shopper reads: proofs that agree in it give the same sentences."""
    return (
        document["programme"]["kind"],
        document["programme"].get("currency"),
        document["scope"],
        document["no_rate"],
        document["counted"],
        document["percent"],
        document["next_step"],
    )
