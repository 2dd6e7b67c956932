"""How the admin says what the store keeps: money, percents, statuses, rules. In the user's language."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from babel import Locale, UnknownLocaleError
from babel.numbers import format_decimal
from django.utils.functional import Promise
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

from regulars_marketing import amount, language_of

Words: TypeAlias = str | Promise

STATUSES: dict[str, Words] = {
    "draft": _("Draft"),
    "pending": _("Pending payment"),
    "on_hold": _("On hold"),
    "processing": _("Processing"),
    "completed": _("Completed"),
    "cancelled": _("Cancelled"),
    "failed": _("Failed"),
    "refunded": _("Refunded"),
    "trashed": _("In the bin"),
    "other": _("Other"),
}
SOURCE_RULES: dict[str, Words] = {
    "only": _("the only one there is"),
    "valid": _("the only valid one"),
    "verified": _("of an account whose e-mail is known to be theirs"),
    "registered": _("of a registered account"),
    "newest": _("the newest"),
    "frequent": _("the most frequent"),
    "manual": _("written by hand"),
}
LINK_RULES: dict[str, Words] = {
    "must_link": _("somebody decided so"),
    "email": _("the same e-mail"),
    "phone": _("the same phone and a compatible name"),
    "card": _("the same card and a compatible name"),
}
SCOPES: dict[str, Words] = {
    "account": _("Only this account's own purchases count, because nobody has checked its e-mail."),
}
OWN_PURCHASES: Words = _("own purchases only")
FOR_A_GUEST: Words = _("Not given to a guest: it is what they get once they register in this shop.")
PLACES: dict[str, Words] = {
    "home": _("Home"),
    "office": _("Office"),
    "branch": _("Post branch"),
    "locker": _("Parcel locker"),
    "box": _("Post box"),
    "pickup": _("Pickup point"),
    "unknown": _("Not a full address"),
}
GRANT_STATES: dict[str, Words] = {
    "planned": _("Planned"),
    "given": _("Given"),
    "used": _("Used"),
    "expired": _("Expired"),
    "withdrawn": _("Withdrawn"),
    "replaced": _("Replaced"),
}


def said(words: dict[str, Words], key: str) -> Words:
    """The word for a key, and the key itself where there is none."""
    return words.get(key, key)


def money(minor: int, currency: str) -> str:
    """Minor units as an amount with its currency, as the shopper reads it: ``1,234.50 ₴``."""
    return amount(minor, currency, language_of(language()))


def number(value: Decimal | int) -> str:
    """A quantity without needless zeros."""
    text: str = format_decimal(value, locale=_locale())
    return text


def percent(hundredths: int) -> str:
    """``7.5 %``."""
    return f"{number(Decimal(hundredths).scaleb(-2))} %"


def discount(row: Mapping[str, Any]) -> str:
    """``7.5 %`` or ``100.00 ₴``, empty for nothing; the row is of an offer or a grant."""
    if row["amount"] and row["currency"]:
        return money(row["amount"], row["currency"])
    return percent(row["percent"]) if row["percent"] else ""


def language() -> str:
    """The tag of the user's language."""
    return get_language() or "en"


def _locale() -> Locale:
    try:
        return Locale.parse(to_locale(language()))
    except (UnknownLocaleError, ValueError):
        return Locale("en")
