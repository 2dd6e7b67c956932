"""The verifier: reads a proof and nothing else, and recomputes all of it.

It shares no code with the decision, so that one mistake cannot stand on both sides.
"""

import json
from collections.abc import Iterator
from hashlib import blake2b
from itertools import pairwise

from regulars_marketing._proof import Proof, ProofTier

_KNOWN_RULES = (1,)


def verify_proof(proof: Proof) -> list[str]:
    """Every contradiction in the proof, in words; empty when it holds."""
    if proof.rule not in _KNOWN_RULES:
        return [f"rule version {proof.rule} is not known to this verifier"]
    checks = (_checksum, _facts, _tiers, _counted, _outcome, _next, _arithmetic)
    return [fault for check in checks for fault in check(proof)]


def _checksum(proof: Proof) -> Iterator[str]:
    body = proof.model_dump(mode="json")
    stated = body.pop("checksum")
    packed = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    if blake2b(packed, digest_size=16).hexdigest() != stated:
        yield "the checksum is not that of the proof"


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


def _tiers(proof: Proof) -> Iterator[str]:
    if not proof.programme.tiers:
        yield "the programme has no tiers"
    for lower, upper in pairwise(proof.programme.tiers):
        if not (lower.threshold < upper.threshold and lower.percent < upper.percent):
            yield f"the tier from {upper.threshold} does not rise above the one from {lower.threshold}"
    if any(not 0 < tier.percent <= 10_000 or tier.threshold < 1 for tier in proof.programme.tiers):
        yield "a tier has a percent or a threshold that no programme may have"


def _counted(proof: Proof) -> Iterator[str]:
    bought = {fact.currency: fact.goods - fact.refunded for fact in proof.facts}
    counted = bought.pop(proof.programme.currency, 0)
    if proof.counted != counted:
        yield f"counted {proof.counted} is not {counted}, the net spend in {proof.programme.currency}"
    foreign = [currency for currency, net in bought.items() if net]
    if list(proof.no_rate) != foreign:
        yield f"without a rate are {', '.join(foreign) or 'none'}, not {', '.join(proof.no_rate) or 'none'}"


def _outcome(proof: Proof) -> Iterator[str]:
    reached: ProofTier | None = None
    for tier in () if proof.no_rate else proof.programme.tiers:
        if proof.counted >= tier.threshold:
            reached = tier
    if proof.reached != reached:
        yield f"the tier reached is {_named(reached)}, not {_named(proof.reached)}"
    percent = 0 if reached is None else reached.percent
    if proof.percent != percent:
        yield f"the percent is {percent} hundredths, not {proof.percent}"


def _next(proof: Proof) -> Iterator[str]:
    above = [tier for tier in proof.programme.tiers if tier.threshold > proof.counted and not proof.no_rate]
    if not above:
        if proof.next_step is not None:
            yield "there is no next step, yet one is named"
        return
    lowest = min(above, key=lambda tier: tier.threshold)
    expected = (lowest.threshold - proof.counted, lowest.percent, lowest.level)
    named = proof.next_step and (proof.next_step.missing, proof.next_step.percent, proof.next_step.level)
    if named != expected:
        yield f"the next step is {expected}, not {named}"


def _arithmetic(proof: Proof) -> Iterator[str]:
    stated = [(step.name, step.left, step.right, step.result) for step in proof.steps]
    expected = [] if proof.no_rate else list(_worked(proof))
    if len(stated) != len(expected):
        yield f"{len(stated)} steps are written down where the arithmetic has {len(expected)}"
    for number, (was, due) in enumerate(zip(stated, expected, strict=False), 1):
        if was != due:
            yield f"step {number} reads {was}, but it is {due}"


def _worked(proof: Proof) -> Iterator[tuple[str, int, int, int]]:
    for fact in proof.facts:
        if fact.currency == proof.programme.currency:
            yield ("net", fact.goods, fact.refunded, fact.goods - fact.refunded)
    for tier in proof.programme.tiers:
        yield ("tier", proof.counted, tier.threshold, 1 if proof.counted >= tier.threshold else 0)
    higher = [tier.threshold for tier in proof.programme.tiers if tier.threshold > proof.counted]
    if higher:
        yield ("missing", min(higher), proof.counted, min(higher) - proof.counted)


def _named(tier: ProofTier | None) -> str:
    return "none" if tier is None else f"the one from {tier.threshold} at {tier.percent} hundredths"
