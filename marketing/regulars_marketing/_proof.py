"""The proof that an offer carries: what was known, which rules were applied, and what came out.

It names no person. Amounts are minor units of the currency they stand beside, percents hundredths of a
percent, so that every figure is an integer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, Any, Literal, TypeAlias

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

RULE_VERSION = 4

Scope: TypeAlias = Literal["person", "account"]
"""Whose purchases count: all of the person's, or those of the one account only."""

Counts: TypeAlias = Literal["largest_order", "year"]
"""What a wholesale ladder counts: the largest order, or what was bought within 365 days."""

TierCounts: TypeAlias = Literal["all", "year"]
"""What tiers count: all that was ever bought, or what was within 365 days, today the last of them."""

Downgrade: TypeAlias = Literal["at_once", "never", "after"]
"""What becomes of a tier that was lost: it ends at once, it is kept for good, or for some days."""


@dataclass(frozen=True, slots=True)
class ProofFact:
    """What was bought in one currency, within the proof's scope and the programme's window.

    ``converted`` is the net in the programme's currency, each order by the rate of its own day: the net
    itself where the currency is the same, None where a rate is missing.
    """

    currency: str
    orders: int
    goods: int
    refunded: int
    net: int
    converted: int | None = None


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
    which order on and for how many orders (None: any).

    Days are those of ``zone``, empty where none count. ``until`` is the programme's own end, ``valid_until``
    that of the offer: earlier where a tier is kept for some days. ``keeps_days`` says for how many, None
    unless ``downgrade`` is "after".
    """

    kind: Literal["tier"]
    key: str
    version: int
    currency: str
    tiers: tuple[ProofTier, ...]
    goods: ProofGoods | None
    minimum: int | None
    orders: int | None
    valid_until: AwareDatetime | None
    counts: TierCounts = "all"
    downgrade: Downgrade = "at_once"
    keeps_days: int | None = None
    zone: str = ""
    until: AwareDatetime | None = None


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


@dataclass(frozen=True, slots=True)
class ProofWholesale:
    """The version of the wholesale ladder that was applied: what it counts, and the rest as of tiers."""

    kind: Literal["wholesale"]
    key: str
    version: int
    currency: str
    counts: Counts
    tiers: tuple[ProofTier, ...]
    goods: ProofGoods | None
    minimum: int | None
    orders: int | None
    valid_until: AwareDatetime | None


ProofLadder: TypeAlias = ProofTierProgramme | ProofWholesale
"""A programme that gives by a sum: the more, the higher the discount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofGift:
    """What proofs state of each programme that gives one discount on certain days, as it was applied.

    It gives a percent or an amount, and the other is 0; it has a currency where it has sums. Days are those
    of ``zone``, empty where none count. ``until`` is the programme's own end, ``valid_until`` that of the
    offer: the earlier one of that and of its days.
    """

    key: str
    version: int
    currency: str | None
    percent: int
    amount: int
    level: str
    goods: ProofGoods | None
    minimum: int | None
    orders: int | None
    zone: str
    until: AwareDatetime | None
    valid_until: AwareDatetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofBirthday(ProofGift):
    """The version of the birthday's programme that was applied: so many days before and after the day."""

    kind: Literal["birthday"] = "birthday"
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofWinback(ProofGift):
    """The version of the win-back that was applied; ``times`` are hundredths."""

    kind: Literal["winback"] = "winback"
    times: int
    least_days: int
    fallback_days: int
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofSeasonal(ProofGift):
    """The version of the season that was applied; its days as whole numbers, 20261127."""

    kind: Literal["seasonal"] = "seasonal"
    first_day: int
    last_day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofPersonal(ProofGift):
    """The version of the discount that was given by hand, and why."""

    kind: Literal["personal"] = "personal"
    why: str


ProofProgramme: TypeAlias = Annotated[
    ProofTierProgramme
    | ProofWelcomeProgramme
    | ProofWholesale
    | ProofBirthday
    | ProofWinback
    | ProofSeasonal
    | ProofPersonal,
    Field(discriminator="kind"),
]


StepName: TypeAlias = Literal[
    "net", "tier", "missing", "day", "rhythm", "least", "fallback", "begins", "ends", "year", "kept"
]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the arithmetic.

    ``net``: goods - refunded = net. ``tier``: net against a threshold, 1 when reached, else 0.
    ``missing``: the next threshold - net = what is missing. Days are whole numbers, 20260517. ``day``: a
    birthday, 517, in a year = the day it is celebrated. ``begins`` and ``ends``: a day and so many days
    before or after it = the first and the last day of the offer. ``rhythm``: the usual days between orders,
    times so many hundredths, rounded up; ``least``: that against the fewest days, the greater of both;
    ``fallback``: the days that count where there is no such time. A win-back begins so many days after that
    of the last order. ``year``: the day of the oldest purchase or refund that counts, and so many days after
    it = the last day on which it does, or the last of the calendar. ``kept``: the day on which a tier was
    lost, and so many days after it = the last on which it is kept; 0 and 0 where that is for good.
    """

    name: StepName
    left: int
    right: int
    result: int


@dataclass(frozen=True, slots=True)
class NextStep:
    """What would give more: ``missing`` more, in the programme's currency, gives ``percent`` or ``amount``
    off. Where a tier is kept for some days: what is missing for it to stay."""

    missing: int
    percent: int
    amount: int
    level: str


@dataclass(frozen=True, slots=True)
class ProofKept:
    """A tier that was lost and is kept for a while, or for good, by the programme's downgrade policy.

    The tier as the programme has it, the day on which it was lost, and the last on which it is kept (None:
    for good), as whole numbers, 20260517, in the shop's zone.
    """

    level: str
    threshold: int
    percent: int
    amount: int
    lost_day: int
    last_day: int | None


class Proof(BaseModel):
    """Why an offer is what it is; `verify_proof` checks it by itself.

    ``counted`` is the sum that was held against the thresholds: the facts as ``converted``, of a year never
    less than 0. ``reached`` is None below the first tier,
    ``next_step`` on the last. ``no_rate`` names the currencies that could not be counted for want of a rate:
    then nothing is decided. What is given is ``percent`` or ``amount``, in the programme's currency; both
    are 0 for nothing. Of a welcome there is nothing to count: no facts, no steps, no tier, and it gives what
    the programme says; so does a programme of certain days, whose steps are how those were worked out.
    Of a wholesale ladder ``counted`` is a figure of the person's profile. ``kept`` is the tier that is given
    though ``reached`` is a lower one, or none; ``room`` the tier that is given though ``reached`` is a higher
    one, since the budget has no room for more: then there is no next step. ``added`` are the sealed proofs of
    what is given besides: then ``percent`` is the sum of ``own``, which is what this programme gives alone,
    and of theirs, and no more than the smallest ``cap``, of this programme's and of theirs. Of a programme
    that is given alone, nothing is added, ``own`` is 0 and ``cap`` None.
    ``checksum`` is BLAKE2b of 16 bytes, in hex, over the rest as JSON in
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
    kept: ProofKept | None = None
    room: ProofTier | None = None
    own: int = 0
    added: tuple["Proof", ...] = ()
    cap: int | None = None
    checksum: str = ""

    @property
    def level(self) -> str:
        """What the shopper is called with what is given; empty where nothing is."""
        return level_of(self.programme, self.room or self.kept or self.reached)

    @property
    def parts(self) -> tuple["Proof", ...]:
        """The proofs of the programmes that are summed, each as if it were alone; itself where none are."""
        if not self.added:
            return (self,)
        return (self.model_copy(update={"percent": self.own, "own": 0, "added": ()}), *self.added)

    def document(self) -> dict[str, Any]:
        """The proof as it is stored."""
        return self.model_dump(mode="json")


def read_proof(document: Mapping[str, Any]) -> Proof | None:
    """A stored proof; None for what is none, as after a hand in the database."""
    try:
        return Proof.model_validate(document)
    except ValidationError:
        return None


def unreadable(person_id: str) -> str:
    """What is said in place of an offer whose proof cannot be read, with the remedy."""
    return f"The proof of this offer cannot be read. Have it made anew: regulars compute {person_id}"


def level_of(programme: ProofProgramme | ProofGift, standing: ProofTier | ProofKept | None) -> str:
    """What the shopper is called with what a programme gives, ``standing`` on this tier of a ladder."""
    if isinstance(programme, ProofTierProgramme | ProofWholesale):
        return standing.level if standing else ""
    return programme.level


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
        *(programme.get(name) for name in ("kind", "currency", "goods", "minimum", "orders", "counts")),
        *(document.get(name) for name in ("scope", "no_rate", "counted", "percent", "amount", "next_step")),
        document.get("kept"),
        # Bought and given back altogether reads otherwise than never bought.
        bool(document.get("facts")),
        *_said_of_sum(document),
    )


def _said_of_sum(document: dict[str, Any]) -> Iterator[object]:
    if added := document.get("added"):
        yield from (document["own"], document["cap"], _called(document))
        yield from ((said(each), each["cap"], _called(each)) for each in added)


def _called(document: dict[str, Any]) -> object:
    """By what name it is told in a sum."""
    tier = document.get("room") or document.get("kept") or document.get("reached") or {}
    return document["programme"].get("level", tier.get("level"))
