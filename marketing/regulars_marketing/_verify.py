"""The verifier: reads a proof and nothing else, and recomputes all of it.

It shares no code with the decision, so that one mistake cannot stand on both sides.
"""

import json
from collections.abc import Iterator
from hashlib import blake2b
from itertools import pairwise

from regulars_marketing._proof import (
    Proof,
    ProofGift,
    ProofGoods,
    ProofProgramme,
    ProofTier,
    ProofTierProgramme,
    ProofWelcomeProgramme,
    ProofWholesale,
)
from regulars_marketing._verify_gifts import verify_gift

_KNOWN_RULES = (3,)
_MOST_WORDS = 100
_MOST_ORDERS = 1_000
_Ladder = ProofTierProgramme | ProofWholesale
_SCOPES = ("person", "account")


def verify_proof(proof: Proof) -> list[str]:
    """Every contradiction in the proof, in words; empty when it holds.

    That the facts are those of the person or of the account, as the scope says, is not in the proof: it
    names neither.
    """
    if proof.rule not in _KNOWN_RULES:
        return [f"rule version {proof.rule} is not known to this verifier"]
    return [*_checksum(proof), *_scope(proof), *_facts(proof), *_terms(proof.programme), *_rules(proof)]


def _checksum(proof: Proof) -> Iterator[str]:
    body = proof.model_dump(mode="json")
    stated = body.pop("checksum")
    packed = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    if blake2b(packed, digest_size=16).hexdigest() != stated:
        yield "the checksum is not that of the proof"


def _scope(proof: Proof) -> Iterator[str]:
    if proof.scope not in _SCOPES:
        yield f"scope {proof.scope} is not known to this verifier"


def _terms(programme: ProofProgramme) -> Iterator[str]:
    if programme.goods is not None:
        yield from _goods(programme.goods)
    if programme.minimum is not None:
        if programme.minimum < 1:
            yield "the programme serves orders from a sum on that no programme may have"
        if programme.currency is None:
            yield "the programme has a smallest order in no currency"
    if programme.orders is not None and not 1 <= programme.orders <= _MOST_ORDERS:
        yield "the programme is for a number of orders that no programme may have"


def _goods(goods: ProofGoods) -> Iterator[str]:
    named = (goods.products, goods.categories, goods.except_products, goods.except_categories)
    if goods.reduced and not any(named):
        yield "the programme is bound to goods and names none"
    if any(len(words) > _MOST_WORDS for words in named):
        yield "the programme names more goods than a programme may"


def _rules(proof: Proof) -> Iterator[str]:
    if proof.programme.kind == "welcome":
        yield from _welcome(proof, proof.programme)
        return
    if isinstance(proof.programme, ProofGift):
        yield from verify_gift(proof, proof.programme)
        return
    counted = _counted_wholesale if isinstance(proof.programme, ProofWholesale) else _counted
    for check in (_tiers, counted, _outcome, _next, _arithmetic):
        yield from check(proof, proof.programme)


def _welcome(proof: Proof, programme: ProofWelcomeProgramme) -> Iterator[str]:
    if proof.facts:
        yield "a welcome is for those who have bought nothing, yet purchases are named"
    if (proof.counted, proof.no_rate, proof.steps) != (0, (), ()):
        yield "a welcome counts nothing, yet something is counted"
    if proof.reached is not None or proof.next_step is not None:
        yield "a welcome has no tiers, yet one is named"
    yield from _given(proof, programme.percent, programme.amount)
    if not _may_be_given(programme.percent, programme.amount):
        yield "the welcome has a percent or an amount that no programme may have"
    if programme.amount and programme.currency is None:
        yield "the welcome has an amount in no currency"
    if programme.orders != 1:
        yield f"a welcome is for one order, not {programme.orders}"


def _given(proof: Proof, percent: int, amount: int) -> Iterator[str]:
    if proof.percent != percent:
        yield f"the percent is {percent} hundredths, not {proof.percent}"
    if proof.amount != amount:
        yield f"the amount is {amount}, not {proof.amount}"


def _may_be_given(percent: int, amount: int) -> bool:
    return (0 < percent <= 10_000 and amount == 0) or (percent == 0 and amount > 0)


def _facts(proof: Proof) -> Iterator[str]:
    currencies = [fact.currency for fact in proof.facts]
    if currencies != sorted(set(currencies)):
        yield "the facts do not name each currency once, in order"
    for fact in proof.facts:
        if fact.goods != fact.refunded + fact.net:
            yield f"{fact.currency}: goods {fact.goods} less refunded {fact.refunded} is not net {fact.net}"
        if fact.orders < 1:
            yield f"{fact.currency}: {fact.orders} orders cannot have bought anything"
        if fact.refunded < 0:
            yield f"{fact.currency}: refunded {fact.refunded} is below nothing"


def _tiers(_: Proof, programme: _Ladder) -> Iterator[str]:
    if not programme.tiers:
        yield "the programme has no tiers"
    for lower, upper in pairwise(programme.tiers):
        rises = lower.amount < upper.amount if upper.amount else lower.percent < upper.percent
        if not (lower.threshold < upper.threshold and rises):
            yield f"the tier from {upper.threshold} does not rise above the one from {lower.threshold}"
    if any(not _may_be_given(tier.percent, tier.amount) or tier.threshold < 1 for tier in programme.tiers):
        yield "a tier has a percent, an amount or a threshold that no programme may have"
    if len({tier.amount > 0 for tier in programme.tiers}) > 1:
        yield "some tiers have a percent and some an amount"


def _counted(proof: Proof, programme: _Ladder) -> Iterator[str]:
    bought = {fact.currency: fact.goods - fact.refunded for fact in proof.facts}
    counted = bought.pop(programme.currency, 0)
    if proof.counted != counted:
        yield f"counted {proof.counted} is not {counted}, the net spend in {programme.currency}"
    foreign = [currency for currency, net in bought.items() if net]
    if list(proof.no_rate) != foreign:
        yield f"without a rate are {', '.join(foreign) or 'none'}, not {', '.join(proof.no_rate) or 'none'}"


def _counted_wholesale(proof: Proof, _: _Ladder) -> Iterator[str]:
    if proof.facts:
        yield "a wholesale ladder counts a figure of the profile, yet purchases are named"
    if proof.counted < 0 or (proof.no_rate and proof.counted):
        yield f"counted {proof.counted} is no sum that could be counted"


def _outcome(proof: Proof, programme: _Ladder) -> Iterator[str]:
    reached: ProofTier | None = None
    for tier in () if proof.no_rate else programme.tiers:
        if proof.counted >= tier.threshold:
            reached = tier
    if proof.reached != reached:
        yield f"the tier reached is {_named(reached)}, not {_named(proof.reached)}"
    yield from _given(proof, *((0, 0) if reached is None else (reached.percent, reached.amount)))


def _next(proof: Proof, programme: _Ladder) -> Iterator[str]:
    above = [tier for tier in programme.tiers if tier.threshold > proof.counted and not proof.no_rate]
    if not above:
        if proof.next_step is not None:
            yield "there is no next step, yet one is named"
        return
    lowest = min(above, key=lambda tier: tier.threshold)
    expected = (lowest.threshold - proof.counted, lowest.percent, lowest.amount, lowest.level)
    step = proof.next_step
    named = step and (step.missing, step.percent, step.amount, step.level)
    if named != expected:
        yield f"the next step is {expected}, not {named}"


def _arithmetic(proof: Proof, programme: _Ladder) -> Iterator[str]:
    stated = [(step.name, step.left, step.right, step.result) for step in proof.steps]
    expected = [] if proof.no_rate else list(_worked(proof, programme))
    if len(stated) != len(expected):
        yield f"{len(stated)} steps are written down where the arithmetic has {len(expected)}"
    for number, (was, due) in enumerate(zip(stated, expected, strict=False), 1):
        if was != due:
            yield f"step {number} reads {was}, but it is {due}"


def _worked(proof: Proof, programme: _Ladder) -> Iterator[tuple[str, int, int, int]]:
    for fact in proof.facts:
        if fact.currency == programme.currency:
            yield ("net", fact.goods, fact.refunded, fact.goods - fact.refunded)
    for tier in programme.tiers:
        yield ("tier", proof.counted, tier.threshold, 1 if proof.counted >= tier.threshold else 0)
    higher = [tier.threshold for tier in programme.tiers if tier.threshold > proof.counted]
    if higher:
        yield ("missing", min(higher), proof.counted, min(higher) - proof.counted)


def _named(tier: ProofTier | None) -> str:
    if tier is None:
        return "none"
    given = f"an amount of {tier.amount}" if tier.amount else f"{tier.percent} hundredths"
    return f"the one from {tier.threshold} at {given}"
