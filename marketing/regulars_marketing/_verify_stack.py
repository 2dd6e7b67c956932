"""The verifier of what is added up: recomputes the sum from the proof alone.

It shares no code with the decision, so that one mistake cannot stand on both sides.
"""

from collections.abc import Callable, Iterator

from regulars_marketing._proof import Proof

_WHOLE = 10_000
_MANY = 1_001


def verify_stack(proof: Proof, verify: Callable[[Proof, int], list[str]]) -> Iterator[str]:
    """Every contradiction in what is added, in words; ``verify`` reads an added proof, and what it gives."""
    if not proof.added:
        if (proof.own, proof.cap) != (0, None):
            yield f"nothing is added, yet a part of {proof.own} and a cap of {proof.cap} are named"
        return
    for each in proof.added:
        if each.added or each.own:
            yield f"{each.programme.key} is added and adds others itself"
        yield from (f"{each.programme.key}: {fault}" for fault in verify(each, each.percent))
    yield from _together(proof)
    yield from _summed(proof)
    yield from _needed(proof)


def _together(proof: Proof) -> Iterator[str]:
    every = (proof, *proof.added)
    keys = [each.programme.key for each in every]
    if len(set(keys)) < len(keys):
        yield "a programme is added to itself"
    if len({each.scope for each in every}) > 1:
        yield "what is added counts other purchases"
    if any(each.programme.goods != proof.programme.goods for each in proof.added):
        yield "what is added is for other goods"
    if len({_least_order(each) for each in every}) > 1:
        yield "what is added is for other orders"
    if any(each.amount or each.no_rate for each in every):
        yield "something is added that is no percent"
    if any(_uses(each) < _uses(proof) for each in proof.added):
        yield "the programme for the fewest orders does not lead"


def _least_order(proof: Proof) -> tuple[int, str | None] | None:
    least = proof.programme.minimum
    return None if least is None else (least, proof.programme.currency)


def _uses(proof: Proof) -> int:
    return _MANY if proof.programme.orders is None else proof.programme.orders


def _summed(proof: Proof) -> Iterator[str]:
    caps = [each.cap for each in (proof, *proof.added) if each.cap is not None]
    if len(caps) <= len(proof.added):
        yield "something is added that names no cap"
    if proof.cap is not None and not proof.own <= proof.cap <= _WHOLE:
        yield f"a cap of {proof.cap} is none for {proof.own} hundredths"
    total = proof.own
    for each in proof.added:
        total += each.percent
    due = min([total, *caps])
    if proof.percent != due:
        yield f"the sum is {due} hundredths, not {proof.percent}"


def _needed(proof: Proof) -> Iterator[str]:
    """A sum gives more than the least of its programmes does alone."""
    least = min(proof.own, *(each.percent for each in proof.added))
    if least < 1 or proof.percent <= least:
        yield "something is added that gives nothing, or to which nothing is added"
