"""What several discounts that are summed would come to after one more purchase, from the proof alone."""

from collections.abc import Iterator
from dataclasses import dataclass

from regulars_marketing._proof import Proof, ProofLadder


@dataclass(frozen=True, slots=True)
class SumStep:
    """``bought`` more (minor units), or ``in_one_order``, gives ``percent`` (hundredths) in all."""

    currency: str
    bought: int
    in_one_order: bool
    percent: int


def sum_step(proof: Proof) -> SumStep | None:
    """The smallest purchase after which the same programmes give more; None where none does.

    All of them that count purchases of its currency are looked at anew, up to their smallest cap. It is the
    least that is given then: without some of them, or with others, it may be more. Where they count several
    currencies, that of the first.
    """
    found = [step for part in proof.parts for step in _first_that_gains(proof, part)]
    alike = (step for step in found if step.currency == found[0].currency)
    return min(alike, key=lambda step: step.bought, default=None)


def _first_that_gains(proof: Proof, part: Proof) -> Iterator[SumStep]:
    rules = part.programme
    if not isinstance(rules, ProofLadder) or part.room is not None:
        return
    whole, cap = rules.counts == "largest_order", min(each.cap or 0 for each in proof.parts)
    for tier in rules.tiers:
        if tier.threshold > part.counted:
            bought = tier.threshold if whole else tier.threshold - part.counted
            step = SumStep(rules.currency, bought, whole, 0)
            percent = min(sum(_then(each, step) for each in proof.parts), cap)
            if percent > proof.percent:
                yield SumStep(rules.currency, bought, whole, percent)
                return


def _then(part: Proof, step: SumStep) -> int:
    """What a programme gives after such a purchase; a kept tier stays until a higher one is reached, and
    where its budget has no room for more it stays as well."""
    rules = part.programme
    if not isinstance(rules, ProofLadder) or part.room is not None or rules.currency != step.currency:
        return part.percent
    counted = part.counted + step.bought
    if rules.counts == "largest_order":
        counted = max(part.counted, step.bought if step.in_one_order else 0)
    return max(part.percent, *(tier.percent for tier in rules.tiers if tier.threshold <= counted), 0)
