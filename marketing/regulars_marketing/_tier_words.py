"""What is read of tiers: the text for the shopper, and that for staff."""

from collections.abc import Callable
from datetime import date

from babel.dates import format_date

from regulars_marketing._proof import Proof, ProofTierProgramme

_Gettext = Callable[[str], str]


def tier_sentence(proof: Proof, gettext: _Gettext) -> str:
    """The text for the shopper, with places for discount, spent, level and day."""
    if proof.kept is not None:
        if proof.kept.last_day is None:
            return gettext("{discount}: you keep {level} for good.")
        return gettext("{discount}: you keep {level} up to and including {day}.")
    return (_of_a_year if _is_of_a_year(proof) else _of_all_time)(proof, gettext)


def _of_all_time(proof: Proof, gettext: _Gettext) -> str:
    shops, given = proof.scope == "person", proof.percent or proof.amount
    if given and shops:
        return gettext("{discount}, because you bought for {spent} in our shops.")
    if given:
        return gettext("{discount}, because you bought for {spent} with this account.")
    if proof.facts and shops:
        return gettext("No discount yet: you bought for {spent} in our shops.")
    if proof.facts:
        return gettext("No discount yet: you bought for {spent} with this account.")
    if shops:
        return gettext("No discount yet: you have not bought anything in our shops.")
    return gettext("No discount yet: you have not bought anything with this account.")


def _of_a_year(proof: Proof, gettext: _Gettext) -> str:
    shops, given = proof.scope == "person", proof.percent or proof.amount
    if given and shops:
        return gettext("{discount}, because you bought for {spent} within a year.")
    if given:
        return gettext("{discount}, because you bought for {spent} with this account within a year.")
    if proof.facts and shops:
        return gettext("No discount yet: you bought for {spent} in our shops within a year.")
    if proof.facts:
        return gettext("No discount yet: you bought for {spent} with this account within a year.")
    if shops:
        return gettext("No discount yet: you have not bought anything in our shops within a year.")
    return gettext("No discount yet: you have not bought anything with this account within a year.")


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
        if _is_of_a_year(proof):
            return gettext("No discount yet: nothing was bought within a year.")
        return gettext("No discount yet: nothing was bought.")
    if proof.percent or proof.amount:
        return _reason_given(proof, gettext)
    return _reason_not_yet(proof, gettext)


def _reason_given(proof: Proof, gettext: _Gettext) -> str:
    if proof.scope == "person":
        if _is_of_a_year(proof):
            return gettext("{discount}: bought for {spent} within a year.")
        return gettext("{discount}: bought for {spent} in all shops.")
    if _is_of_a_year(proof):
        return gettext("{discount}: bought for {spent} with this account within a year.")
    return gettext("{discount}: bought for {spent} with this account.")


def _reason_not_yet(proof: Proof, gettext: _Gettext) -> str:
    if proof.scope == "person":
        if _is_of_a_year(proof):
            return gettext("No discount yet: bought for {spent} within a year.")
        return gettext("No discount yet: bought for {spent} in all shops.")
    if _is_of_a_year(proof):
        return gettext("No discount yet: bought for {spent} with this account within a year.")
    return gettext("No discount yet: bought for {spent} with this account.")


def last_day(proof: Proof, language: str) -> str:
    """The last day on which a tier is kept, "May 17, 2026"; empty where there is none."""
    if proof.kept is None or proof.kept.last_day is None:
        return ""
    said: str = format_date(date.fromisoformat(str(proof.kept.last_day)), "long", language)
    return said


def _is_of_a_year(proof: Proof) -> bool:
    return isinstance(proof.programme, ProofTierProgramme) and proof.programme.counts == "year"
