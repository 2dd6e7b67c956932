"""What the shopper reads of a proof, in plain words and in the shopper's language.

The texts are translated with gettext; the catalogues lie in ``locale/`` beside this module, the ``.mo`` files
compiled (``pybabel compile -D regulars_marketing -d marketing/regulars_marketing/locale``), since a wheel is
built without a step that would compile them.
"""

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from gettext import GNUTranslations
from importlib.resources import files

from babel import Locale
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal

from regulars_mapping import Money, from_minor, minor_digits
from regulars_marketing._proof import (
    NextStep,
    Proof,
    ProofBirthday,
    ProofGift,
    ProofLadder,
    ProofPersonal,
    ProofSeasonal,
    ProofWelcomeProgramme,
    ProofWholesale,
    ProofWinback,
)
from regulars_marketing._sum_step import SumStep, sum_step
from regulars_marketing._tier_words import last_day, stays, tier_sentence

LANGUAGES = ("en", "uk", "ru", "de")
_DOMAIN = "regulars_marketing"


def sentence(proof: Proof, *, language: str = "en") -> str:
    """The offer and its reason: "7 %, because you bought for 12,400.00 ₴ in our shops.", or "100.00 ₴ off as
    Silver, because …". On what terms says `terms`.

    Where only the account's own purchases count it says "with this account", and no other's can be read from
    it. ``language`` is a language tag (``uk``, ``de-AT``); one without a catalogue reads English. Agrees with
    the proof to the last minor unit.
    """
    known = language_of(language)
    gettext = catalogue(known).gettext
    if proof.added:
        return _sum_text(proof, known)
    if proof.programme.kind == "welcome":
        return _welcome_text(proof, known)
    if isinstance(proof.programme, ProofGift):
        text = _gift_text(proof.programme, gettext)
        return text.format(discount=discount(proof, known), level=proof.level)
    if proof.no_rate:
        text = gettext("Your discount is not known yet, because you also bought in {currencies}.")
        return text.format(currencies=", ".join(proof.no_rate))
    spent = amount(proof.counted, proof.programme.currency, known)
    if isinstance(proof.programme, ProofWholesale):
        text = _wholesale_text(proof, proof.programme, gettext)
        return text.format(discount=_discount(proof, known), spent=spent)
    given = discount(proof, known) if proof.kept else _discount(proof, known)
    places = {"discount": given, "spent": spent, "level": proof.level, "day": last_day(proof, known)}
    return tier_sentence(proof, gettext).format(**places)


def _welcome_text(proof: Proof, language: str) -> str:
    gettext = catalogue(language).gettext
    if proof.amount:
        text = gettext("{amount} off to welcome you: it works for one order.")
        return text.format(amount=amount(proof.amount, proof.programme.currency or "", language))
    text = gettext("{percent} % to welcome you: it works for one order.")
    return text.format(percent=percentage(proof.percent, language))


def _sum_text(proof: Proof, language: str) -> str:
    """15 %: 5 % as Silver and 10 % for your birthday."""
    gettext, parts = catalogue(language).gettext, sorted(proof.parts, key=_as_told)
    told = format_list([_part_text(each, language) for each in parts], locale=language)
    if sum(each.percent for each in parts) > proof.percent:
        text = gettext("{discount}, the most that is given together: {parts}.")
    else:
        text = gettext("{discount}: {parts}.")
    return text.format(discount=discount(proof, language), parts=told)


def _as_told(part: Proof) -> bool:
    """What was earned is told before what is given."""
    return not isinstance(part.programme, ProofLadder)


def _part_text(part: Proof, language: str) -> str:
    gettext = catalogue(language).gettext
    match part.programme:
        case ProofBirthday():
            text = gettext("{discount} for your birthday")
        case ProofWinback():
            text = gettext("{discount} because we have missed you")
        case ProofSeasonal():
            text = gettext("{discount} ({level})")
        case ProofPersonal():
            text = gettext("{discount} for you personally")
        case ProofWelcomeProgramme():
            text = gettext("{discount} to welcome you")
        case _:
            text = gettext("{discount} as {level}")
    return text.format(discount=discount(part, language), level=part.level)


def discount(proof: Proof, language: str) -> str:
    """What is given: ``7 %`` or ``100.00 ₴ off``; ``language`` is one of LANGUAGES."""
    if not proof.amount:
        return f"{percentage(proof.percent, language)} %"
    given = amount(proof.amount, proof.programme.currency or "", language)
    return catalogue(language).gettext("{amount} off").format(amount=given)


def _gift_text(programme: ProofGift, gettext: Callable[[str], str]) -> str:
    match programme:
        case ProofBirthday():
            return gettext("{discount} for your birthday.")
        case ProofWinback():
            return gettext("{discount}, because we have missed you.")
        case ProofSeasonal():
            return gettext("{discount}: {level}.")
        case ProofPersonal():
            return gettext("{discount}, for you personally.")
        case _:
            raise TypeError(f"a programme {type(programme).__name__} has no sentence")


def _wholesale_text(proof: Proof, programme: ProofWholesale, gettext: Callable[[str], str]) -> str:
    given, year = proof.percent or proof.amount, programme.counts == "year"
    if given and year:
        return gettext("{discount}, because you bought for {spent} within a year.")
    if given:
        return gettext("{discount}, because you placed an order of {spent}.")
    if year:
        return gettext("No wholesale discount yet: you bought for {spent} within a year.")
    return gettext("No wholesale discount yet: your largest order came to {spent}.")


def _discount(proof: Proof, language: str) -> str:
    """``7 %``, or the amount with the level for which it is given."""
    if not proof.amount:
        return f"{percentage(proof.percent, language)} %"
    text = catalogue(language).gettext("{amount} off as {level}")
    return text.format(
        amount=amount(proof.amount, proof.programme.currency or "", language), level=proof.level
    )


def next_step(proof: Proof, *, language: str = "en") -> str:
    """What gives more: "660.00 ₴ more gives 10 %.", or "660.00 ₴ more and Gold stays."; empty on the highest
    tier, where held, of a welcome.

    Of several that are added up it tells what the same ones would give in all.
    """
    if proof.added:
        return _next_sum(sum_step(proof), language_of(language))
    if proof.next_step is None or not isinstance(proof.programme, ProofLadder):
        return ""
    known = language_of(language)
    gettext, currency = catalogue(known).gettext, proof.programme.currency
    if isinstance(proof.programme, ProofWholesale) and proof.programme.counts == "largest_order":
        return _next_order(proof.next_step, proof.counted, currency, known)
    missing = amount(proof.next_step.missing, currency, known)
    if text := stays(proof, gettext):
        return text.format(missing=missing, level=proof.level)
    if proof.next_step.amount:
        given = amount(proof.next_step.amount, currency, known)
        return gettext("{missing} more gives {amount} off.").format(missing=missing, amount=given)
    given = percentage(proof.next_step.percent, known)
    return gettext("{missing} more gives {percent} %.").format(missing=missing, percent=given)


def _next_sum(step: SumStep | None, language: str) -> str:
    if step is None:
        return ""
    gettext, given = catalogue(language).gettext, percentage(step.percent, language)
    bought = amount(step.bought, step.currency, language)
    if step.in_one_order:
        return gettext("An order of {least} gives {percent} %.").format(least=bought, percent=given)
    return gettext("{missing} more gives {percent} %.").format(missing=bought, percent=given)


def _next_order(step: NextStep, counted: int, currency: str, language: str) -> str:
    gettext, least = catalogue(language).gettext, amount(counted + step.missing, currency, language)
    if step.amount:
        given = amount(step.amount, currency, language)
        return gettext("An order of {least} gives {amount} off.").format(least=least, amount=given)
    given = percentage(step.percent, language)
    return gettext("An order of {least} gives {percent} %.").format(least=least, percent=given)


def invitation(*, language: str = "en") -> str:
    """What everybody reads of whom nothing may be shown."""
    return catalogue(language_of(language)).gettext("Log in to see your discount.")


def preparation(*, language: str = "en") -> str:
    """What is read while the shop has not yet confirmed a discount."""
    return catalogue(language_of(language)).gettext("Your discount is on its way.")


def confirmation(given: int | Money, *, language: str = "en") -> str:
    """The discount (hundredths of a percent, or an amount) that works now, while another is on its way."""
    known = language_of(language)
    if isinstance(given, Money):
        text = catalogue(known).gettext("Your discount is {amount}.")
        return text.format(amount=amount(given.minor, given.currency, known))
    text = catalogue(known).gettext("Your discount is {percent} %.")
    return text.format(percent=percentage(given, known))


def language_of(tag: str) -> str:
    """The catalogue for a language tag: its first part where there is one, else English."""
    first = tag.replace("_", "-").split("-")[0].lower()
    return first if first in LANGUAGES else "en"


def percentage(hundredths: int, language: str) -> str:
    """Hundredths of a percent as a number: ``7.5``."""
    text: str = format_decimal(Decimal(hundredths).scaleb(-2), locale=language)
    return text


def amount(minor: int, currency: str, language: str) -> str:
    """Minor units as an amount, ``12,400.00 ₴``; ``language`` is one of LANGUAGES.

    With every decimal of its minor unit, which the locale's own rules would round for some.
    """
    text: str = format_currency(
        from_minor(minor, currency), currency, _pattern(currency, language), language, currency_digits=False
    )
    return text.replace(currency, _sign(currency, language))


@lru_cache(maxsize=1_000)
def _pattern(currency: str, language: str) -> str:
    # A sign that is not the language's own (₴ in English) stands behind the number.
    digits = minor_digits(currency)
    number = "#,##0" + ("." + "0" * digits if digits else "")
    before = str(Locale(language).currency_formats["standard"].pattern).startswith("¤")
    return f"¤{number}" if before and _own_sign(currency, language) else f"{number}\u00a0¤"


@lru_cache(maxsize=1_000)
def _sign(currency: str, language: str) -> str:
    return next(filter(None, (_own_sign(currency, each) for each in (language, *LANGUAGES))), currency)


def _own_sign(currency: str, language: str) -> str:
    sign: str = Locale(language).currency_symbols.get(currency, currency)
    return "" if sign == currency else sign


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> GNUTranslations:
    """The texts of one of LANGUAGES."""
    place = files("regulars_marketing").joinpath("locale", language, "LC_MESSAGES", f"{_DOMAIN}.mo")
    with place.open("rb") as file:
        return GNUTranslations(file)
