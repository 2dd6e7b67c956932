"""The verifier: reads a proof and nothing else, and recomputes all of it.

It shares no code with the decision, so that one mistake cannot stand on both sides.
"""

import json
from collections.abc import Iterator
from hashlib import blake2b

from regulars_marketing._proof import (
    Proof,
    ProofGift,
    ProofGoods,
    ProofProgramme,
    ProofWelcomeProgramme,
)
from regulars_marketing._verify_gifts import verify_gift
from regulars_marketing._verify_stack import verify_stack
from regulars_marketing._verify_tiers import verify_ladder

_KNOWN_RULES = (4,)
_MOST_WORDS = 100
_MOST_ORDERS = 1_000
_SCOPES = ("person", "account")


def verify_proof(proof: Proof) -> list[str]:
    """Every contradiction in the proof, in words; empty when it holds.

    That the facts are those of the person or of the account, as the scope says, is not in the proof: it
    names neither.
    """
    return [*_one(proof, proof.own if proof.added else proof.percent), *verify_stack(proof, _one)]


def _one(proof: Proof, percent: int) -> list[str]:
    """The contradictions in what a programme gives alone, which is so many hundredths."""
    if proof.rule not in _KNOWN_RULES:
        return [f"rule version {proof.rule} is not known to this verifier"]
    alone = proof.model_copy(update={"percent": percent})
    return [*_checksum(proof), *_scope(proof), *_facts(proof), *_terms(proof.programme), *_rules(alone)]


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
    yield from verify_ladder(proof, proof.programme)


def _welcome(proof: Proof, programme: ProofWelcomeProgramme) -> Iterator[str]:
    if proof.facts:
        yield "a welcome is for those who have bought nothing, yet purchases are named"
    if (proof.counted, proof.no_rate, proof.steps) != (0, (), ()):
        yield "a welcome counts nothing, yet something is counted"
    if (proof.reached, proof.room, proof.next_step) != (None, None, None):
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


def _is_of_a_year(programme: ProofProgramme) -> bool:
    return programme.kind == "tier" and programme.counts == "year"


def _facts(proof: Proof) -> Iterator[str]:
    currencies = [fact.currency for fact in proof.facts]
    if currencies != sorted(set(currencies)):
        yield "the facts do not name each currency once, in order"
    for fact in proof.facts:
        if fact.goods != fact.refunded + fact.net:
            yield f"{fact.currency}: goods {fact.goods} less refunded {fact.refunded} is not net {fact.net}"
        # Of a year there may be refunds only, of what was bought before.
        of_before = fact.orders == 0 and fact.goods == 0 and fact.refunded > 0
        if fact.orders < 1 and not (of_before and _is_of_a_year(proof.programme)):
            yield f"{fact.currency}: {fact.orders} orders cannot have bought anything"
        if fact.refunded < 0:
            yield f"{fact.currency}: refunded {fact.refunded} is below nothing"
