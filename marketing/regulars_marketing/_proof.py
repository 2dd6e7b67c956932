"""The proof that an offer carries: what was known, which rules were applied, and what came out.

It names no person. Amounts are minor units of the currency they stand beside, percents hundredths of a
percent, so that every figure is an integer.
"""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, Any, Literal, TypeAlias

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

RULE_VERSION = 3

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
    """A tier of the programme: it gives a percent or an amount, and the other is 0."""

    threshold: int
    percent: int
    amount: int
    level: str


@dataclass(frozen=True, slots=True)
class ProofGoods:
    """What the discount is for, in the owner's words: SKUs, and names of categories."""

    products: tuple[str, ...]
    categories: tuple[str, ...]
    except_products: tuple[str, ...]
    except_categories: tuple[str, ...]
    reduced: bool


@dataclass(frozen=True, slots=True)
class ProofTierProgramme:
    """The version of the tier programme that was applied, with its terms: for which goods (None: all), from
    which order on and for how many orders (None: any)."""

    kind: Literal["tier"]
    key: str
    version: int
    currency: str
    tiers: tuple[ProofTier, ...]
    goods: ProofGoods | None
    minimum: int | None
    orders: int | None
    valid_until: AwareDatetime | None


@dataclass(frozen=True, slots=True)
class ProofWelcomeProgramme:
    """The version of the welcome that was given: for one order, to a person who has bought nothing yet.

    It gives a percent or an amount, and the other is 0; it has a currency where it has sums.
    """

    kind: Literal["welcome"]
    key: str
    version: int
    currency: str | None
    percent: int
    amount: int
    level: str
    goods: ProofGoods | None
    minimum: int | None
    orders: int
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
    """What would give more: ``missing`` more, in the programme's currency, gives ``percent`` or ``amount``
    off."""

    missing: int
    percent: int
    amount: int
    level: str


class Proof(BaseModel):
    """Why an offer is what it is; `verify_proof` checks it by itself.

    ``counted`` is the sum that was held against the thresholds. ``reached`` is None below the first tier,
    ``next_step`` on the last. ``no_rate`` names the currencies that could not be counted for want of a rate:
    then nothing is decided. What is given is ``percent`` or ``amount``, in the programme's currency; both
    are 0 for nothing. Of a welcome there is nothing to count: no facts, no steps, no tier, and it gives what
    the programme says. ``checksum`` is BLAKE2b of 16 bytes, in hex, over the rest as JSON in
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
    amount: int
    checksum: str = ""

    @property
    def level(self) -> str:
        """What the shopper is called with what is given; empty where nothing is."""
        if self.programme.kind == "welcome":
            return self.programme.level
        return self.reached.level if self.reached else ""

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
    programme = document["programme"]
    return (
        *(programme.get(name) for name in ("kind", "currency", "goods", "minimum", "orders")),
        *(document.get(name) for name in ("scope", "no_rate", "counted", "percent", "amount", "next_step")),
        # Bought and given back altogether reads otherwise than never bought.
        bool(document.get("facts")),
    )
