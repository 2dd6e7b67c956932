"""What staff read of a proof: the same facts as the shopper's sentence, addressed to nobody."""

from collections.abc import Callable

from regulars_marketing._proof import Proof
from regulars_marketing._sentence import amount, catalogue, language_of, percentage


def reason(proof: Proof, *, language: str = "en") -> str:
    """The offer and its reason: "7 %: bought for 12,400.00 ₴ in all shops." On what terms says `terms`.

    ``language`` as in `sentence`. Agrees with the proof to the last minor unit.
    """
    known = language_of(language)
    gettext = catalogue(known).gettext
    discount = f"{percentage(proof.percent, known)} %"
    if proof.amount:
        given = amount(proof.amount, proof.programme.currency or "", known)
        discount = gettext("{amount} off").format(amount=given)
    if proof.programme.kind == "welcome":
        return gettext("{discount} as a welcome, for one order.").format(discount=discount)
    if proof.no_rate:
        text = gettext("Not decided: no exchange rate for what was bought in {currencies}.")
        return text.format(currencies=", ".join(proof.no_rate))
    spent = amount(proof.counted, proof.programme.currency, known)
    return _tier_text(proof, gettext).format(discount=discount, spent=spent)


def _tier_text(proof: Proof, gettext: Callable[[str], str]) -> str:
    if not proof.facts:
        return gettext("No discount yet: nothing was bought.")
    given = proof.percent or proof.amount
    if proof.scope == "person":
        return (
            gettext("{discount}: bought for {spent} in all shops.")
            if given
            else gettext("No discount yet: bought for {spent} in all shops.")
        )
    return (
        gettext("{discount}: bought for {spent} with this account.")
        if given
        else gettext("No discount yet: bought for {spent} with this account.")
    )
