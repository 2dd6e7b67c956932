"""What staff read of a proof: the same facts as the shopper's sentence, addressed to nobody."""

from collections.abc import Callable

from regulars_marketing._proof import (
    Proof,
    ProofBirthday,
    ProofGift,
    ProofPersonal,
    ProofSeasonal,
    ProofWholesale,
    ProofWinback,
)
from regulars_marketing._sentence import amount, catalogue, language_of, percentage
from regulars_marketing._sentence import discount as given_discount
from regulars_marketing._tier_words import last_day, tier_reason


def reason(proof: Proof, *, language: str = "en") -> str:
    """The offer and its reason: "7 %: bought for 12,400.00 ₴ in all shops." On what terms says `terms`.

    ``language`` as in `sentence`. Agrees with the proof to the last minor unit.
    """
    known = language_of(language)
    gettext = catalogue(known).gettext
    if proof.added:
        return _sum_text(proof, known)
    discount = given_discount(proof, known)
    if proof.programme.kind == "welcome":
        return gettext("{discount} as a welcome, for one order.").format(discount=discount)
    if isinstance(proof.programme, ProofGift):
        why = proof.programme.why if isinstance(proof.programme, ProofPersonal) else ""
        text = _gift_text(proof, gettext)
        return text.format(discount=discount, level=proof.level, days=_away(proof), why=why)
    if proof.no_rate:
        text = gettext("Not decided: no exchange rate for what was bought in {currencies}.")
        return text.format(currencies=", ".join(proof.no_rate))
    spent = amount(proof.counted, proof.programme.currency, known)
    if isinstance(proof.programme, ProofWholesale):
        return _wholesale_text(proof, proof.programme, gettext).format(discount=discount, spent=spent)
    places = {"discount": discount, "spent": spent, "level": proof.level, "day": last_day(proof, known)}
    return tier_reason(proof, gettext).format(**places)


def _sum_text(proof: Proof, language: str) -> str:
    cap = min(each.cap for each in proof.parts if each.cap is not None)
    text = catalogue(language).gettext("{discount} together, of {cap} at most. {reasons}")
    return text.format(
        discount=given_discount(proof, language),
        cap=f"{percentage(cap, language)} %",
        reasons=" ".join(reason(each, language=language) for each in proof.parts),
    )


def _away(proof: Proof) -> int:
    """After how many days without an order a win-back begins."""
    return next((step.right for step in proof.steps if step.name == "begins"), 0)


def _gift_text(proof: Proof, gettext: Callable[[str], str]) -> str:
    match proof.programme:
        case ProofBirthday():
            return gettext("{discount} for the birthday.")
        case ProofWinback():
            return gettext("{discount} to win back: no order for {days} days or more.")
        case ProofSeasonal():
            return gettext("{discount}: {level}.")
        case ProofPersonal():
            return gettext("{discount}, given by hand: {why}")
        case _:
            raise TypeError(f"a programme {proof.programme.kind} has no reason")


def _wholesale_text(proof: Proof, programme: ProofWholesale, gettext: Callable[[str], str]) -> str:
    given, year = proof.percent or proof.amount, programme.counts == "year"
    if given and year:
        return gettext("{discount}: bought for {spent} within a year.")
    if given:
        return gettext("{discount}: the largest order came to {spent}.")
    if year:
        return gettext("No discount yet: bought for {spent} within a year.")
    return gettext("No discount yet: the largest order came to {spent}.")
