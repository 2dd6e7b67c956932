"""What is read of tiers: the text for the shopper, and that for staff."""

from collections.abc import Callable, Mapping
from datetime import date

from babel.dates import format_date

from regulars_marketing._proof import Proof, ProofTierProgramme

_Gettext = Callable[[str], str]
# By the time that counts, whose purchases count, and what they came to.
_Texts = Mapping[str, Mapping[str, Mapping[str, str]]]


def _(text: str) -> str:
    """To be translated where it is told."""
    return text


_SENTENCES: _Texts = {
    "all": {
        "person": {
            "given": _("{discount}, because you bought for {spent} in our shops."),
            "not_yet": _("No discount yet: you bought for {spent} in our shops."),
            "nothing": _("No discount yet: you have not bought anything in our shops."),
        },
        "account": {
            "given": _("{discount}, because you bought for {spent} with this account."),
            "not_yet": _("No discount yet: you bought for {spent} with this account."),
            "nothing": _("No discount yet: you have not bought anything with this account."),
        },
    },
    "year": {
        "person": {
            "given": _("{discount}, because you bought for {spent} within a year."),
            "not_yet": _("No discount yet: you bought for {spent} in our shops within a year."),
            "nothing": _("No discount yet: you have not bought anything in our shops within a year."),
        },
        "account": {
            "given": _("{discount}, because you bought for {spent} with this account within a year."),
            "not_yet": _("No discount yet: you bought for {spent} with this account within a year."),
            "nothing": _("No discount yet: you have not bought anything with this account within a year."),
        },
    },
}
_REASONS: _Texts = {
    "all": {
        "person": {
            "given": _("{discount}: bought for {spent} in all shops."),
            "not_yet": _("No discount yet: bought for {spent} in all shops."),
        },
        "account": {
            "given": _("{discount}: bought for {spent} with this account."),
            "not_yet": _("No discount yet: bought for {spent} with this account."),
        },
    },
    "year": {
        "person": {
            "given": _("{discount}: bought for {spent} within a year."),
            "not_yet": _("No discount yet: bought for {spent} within a year."),
        },
        "account": {
            "given": _("{discount}: bought for {spent} with this account within a year."),
            "not_yet": _("No discount yet: bought for {spent} with this account within a year."),
        },
    },
}
_NOTHING = {
    "all": _("No discount yet: nothing was bought."),
    "year": _("No discount yet: nothing was bought within a year."),
}


def tier_sentence(proof: Proof, gettext: _Gettext) -> str:
    """The text for the shopper, with places for discount, spent, level and day."""
    if proof.kept is not None:
        if proof.kept.last_day is None:
            return gettext("{discount}: you keep {level} for good.")
        return gettext("{discount}: you keep {level} up to and including {day}.")
    return _of_purchases(proof, gettext)


def _of_purchases(proof: Proof, gettext: _Gettext) -> str:
    stage = "given" if proof.percent or proof.amount else "not_yet" if proof.facts else "nothing"
    return gettext(_SENTENCES[_window(proof)][proof.scope][stage])


def stays(proof: Proof, gettext: _Gettext) -> str:
    """The text of the next step of a tier that is kept for some days; empty of any other proof."""
    if proof.kept is None or proof.kept.last_day is None:
        return ""
    return gettext("{missing} more and {level} stays.")


def tier_reason(proof: Proof, gettext: _Gettext) -> str:
    """The text for staff, with the same places."""
    if proof.kept is not None:
        if proof.kept.last_day is None:
            return gettext("{discount}: {level} is kept for good. What counts now: {spent}.")
        return gettext("{discount}: {level} is kept up to and including {day}. What counts now: {spent}.")
    if not proof.facts:
        return gettext(_NOTHING[_window(proof)])
    stage = "given" if proof.percent or proof.amount else "not_yet"
    return gettext(_REASONS[_window(proof)][proof.scope][stage])


def last_day(proof: Proof, language: str) -> str:
    """The last day on which a tier is kept, "May 17, 2026"; empty where there is none."""
    if proof.kept is None or proof.kept.last_day is None:
        return ""
    said: str = format_date(date.fromisoformat(str(proof.kept.last_day)), "long", language)
    return said


def _window(proof: Proof) -> str:
    return (
        "year"
        if isinstance(proof.programme, ProofTierProgramme) and proof.programme.counts == "year"
        else "all"
    )
