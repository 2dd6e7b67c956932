"""On what terms a discount is given, in the words of whoever reads it."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from regulars_marketing._proof import Proof
from regulars_marketing._sentence import amount, catalogue, language_of

_NAMED = 8
"""Goods that are named of each sort; of more their number."""


class Goods(Protocol):
    """What a discount is for, as its owner names it."""

    @property
    def products(self) -> Sequence[str]:
        """SKUs."""

    @property
    def categories(self) -> Sequence[str]:
        """Names of categories."""

    @property
    def except_products(self) -> Sequence[str]:
        """SKUs that it is not for."""

    @property
    def except_categories(self) -> Sequence[str]:
        """Categories that it is not for."""

    @property
    def reduced(self) -> bool:
        """Whether it is for goods that are already reduced."""


def terms(proof: Proof, *, language: str = "en") -> str:
    """What the offer is for: "Only on: Coffee. For orders of 500.00 ₴ or more. It works for 3 orders."

    Goods by their owner's words. Empty where it is for everything, or nothing is given. That a welcome is for
    one order says its sentence, unless others are added to it. ``language`` as in `sentence`.
    """
    if not (proof.percent or proof.amount):
        return ""
    known = language_of(language)
    return " ".join(_said(proof, known))


def terms_of(
    goods: Goods | None, *, minimum: int | None, orders: int | None, currency: str | None, language: str
) -> str:
    """The same of a programme: its goods, its smallest order in minor units, its number of orders."""
    known = language_of(language)
    return " ".join(_all(goods, minimum, orders, currency or "", known))


def _said(proof: Proof, language: str) -> Iterator[str]:
    programme = proof.programme
    orders = None if programme.kind == "welcome" and not proof.added else programme.orders
    yield from _all(programme.goods, programme.minimum, orders, programme.currency or "", language)


def _all(
    goods: Goods | None, minimum: int | None, orders: int | None, currency: str, language: str
) -> Iterator[str]:
    words = catalogue(language)
    if goods is not None:
        yield from _goods(goods, language)
    if minimum is not None:
        text = words.gettext("For orders of {minimum} or more.")
        yield text.format(minimum=amount(minimum, currency, language))
    if orders is not None:
        text = words.ngettext("It works for {count} order.", "It works for {count} orders.", orders)
        yield text.format(count=orders)


def _goods(goods: Goods, language: str) -> Iterator[str]:
    gettext = catalogue(language).gettext
    if named := (*goods.categories, *goods.products):
        yield gettext("Only on: {names}.").format(names=_names(named, language))
    if excepted := (*goods.except_categories, *goods.except_products):
        yield gettext("Not on: {names}.").format(names=_names(excepted, language))
    if not goods.reduced:
        yield gettext("Not on goods that are already reduced.")


def _names(words: Sequence[str], language: str) -> str:
    names = ", ".join(words[:_NAMED])
    if len(words) <= _NAMED:
        return names
    text = catalogue(language).gettext("{names} and {count} more")
    return text.format(names=names, count=len(words) - _NAMED)
