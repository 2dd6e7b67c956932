"""The decision: facts and programmes in, one offer out. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from regulars_marketing._facts import Fact
from regulars_marketing._programmes import StoredProgramme
from regulars_marketing._proof import NextStep, Proof, ProofFact, ProofProgramme, ProofTier, Step, sealed


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person is offered in one shop.

    ``percent`` is in hundredths, 0 for nothing yet; ``document`` is the proof as it is stored. ``held`` says
    in words why nothing could be decided; an offer that the person had then stays, so long as its programme
    is among ``standing``, the keys of those that stand in the shop now.
    """

    programme_key: str
    programme_version: int
    level: str
    percent: int
    valid_until: datetime | None
    proof: Proof
    document: dict[str, Any]
    held: str | None
    standing: tuple[str, ...]


def decide(
    facts: Sequence[Fact], programmes: Sequence[StoredProgramme], shop: str, now: datetime
) -> Decision | None:
    """The offer for a person with these facts in the shop of this name; None where no programme stands.

    The highest percent wins, then the smallest key. Where a programme cannot be decided for want of a rate
    nothing is: it might have been the better one.
    """
    standing = sorted(
        (each for each in programmes if each.enabled and each.programme.stands(shop=shop, now=now)),
        key=lambda each: each.key,
    )
    if not standing:
        return None
    proofs = [_prove(facts, each.stated) for each in standing]
    best = next((proof for proof in proofs if proof.no_rate), None)
    best = best or min(proofs, key=lambda proof: (-proof.percent, proof.programme.key))
    return _offered(best, tuple(each.key for each in standing))


def _offered(proof: Proof, standing: tuple[str, ...]) -> Decision:
    proof, document = sealed(proof)
    return Decision(
        programme_key=proof.programme.key,
        programme_version=proof.programme.version,
        level=proof.reached.level if proof.reached else "",
        percent=proof.percent,
        valid_until=proof.programme.valid_until,
        proof=proof,
        document=document,
        held=_no_rate(proof) if proof.no_rate else None,
        standing=standing,
    )


def _prove(facts: Sequence[Fact], programme: ProofProgramme) -> Proof:
    used = tuple(
        ProofFact(
            currency=fact.currency, orders=fact.orders, goods=fact.goods, refunded=fact.refunded, net=fact.net
        )
        for fact in sorted(facts, key=lambda fact: fact.currency)
    )
    counted = next((fact.net for fact in used if fact.currency == programme.currency), 0)
    no_rate = tuple(fact.currency for fact in used if fact.currency != programme.currency and fact.net != 0)
    if no_rate:
        return _undecided(used, programme, counted, no_rate)
    return _decided(used, programme, counted)


def _undecided(
    used: tuple[ProofFact, ...], programme: ProofProgramme, counted: int, no_rate: tuple[str, ...]
) -> Proof:
    return Proof(
        programme=programme,
        facts=used,
        no_rate=no_rate,
        counted=counted,
        steps=(),
        reached=None,
        next_step=None,
        percent=0,
    )


def _decided(used: tuple[ProofFact, ...], programme: ProofProgramme, counted: int) -> Proof:
    reached = next((tier for tier in reversed(programme.tiers) if counted >= tier.threshold), None)
    above = next((tier for tier in programme.tiers if counted < tier.threshold), None)
    return Proof(
        programme=programme,
        facts=used,
        no_rate=(),
        counted=counted,
        steps=_steps(used, programme, counted, above),
        reached=reached,
        next_step=_next(above, counted) if above else None,
        percent=reached.percent if reached else 0,
    )


def _steps(
    used: tuple[ProofFact, ...], programme: ProofProgramme, counted: int, above: ProofTier | None
) -> tuple[Step, ...]:
    net = [
        Step(name="net", left=fact.goods, right=fact.refunded, result=fact.net)
        for fact in used
        if fact.currency == programme.currency
    ]
    tiers = [
        Step(name="tier", left=counted, right=tier.threshold, result=int(counted >= tier.threshold))
        for tier in programme.tiers
    ]
    missing = (
        [Step(name="missing", left=above.threshold, right=counted, result=above.threshold - counted)]
        if above
        else []
    )
    return (*net, *tiers, *missing)


def _next(above: ProofTier, counted: int) -> NextStep:
    return NextStep(missing=above.threshold - counted, percent=above.percent, level=above.level)


def _no_rate(proof: Proof) -> str:
    target = proof.programme.currency
    pairs = " and ".join(f"from {currency} to {target}" for currency in proof.no_rate)
    return (
        f"No rate {pairs}: programme {proof.programme.key} cannot count what was bought in "
        f"{' and '.join(proof.no_rate)}, so the offer stays as it was until the rate is known."
    )
