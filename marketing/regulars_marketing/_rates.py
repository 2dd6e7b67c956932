"""Currencies told in another one: exact, by the day of each order, and never 1:1 for want of a rate.

A rate holds from its day until the next of its pair, for `RATE_HOLDS` at most: none are told at weekends and
on holidays. What one of a currency was in another is taken from

1. what was told of the pair, either way round; of both ways the newer, of the same day the one as asked;
2. else through one third currency that both were told in, the euro (as the European Central Bank does), the
   hryvnia (as the National Bank of Ukraine does) or the dollar: the one whose older rate is newest, of equals
   the first of these.

An order is converted by its own day in the zone of the money settings, half up, once: what of it was given
back is taken off before, whenever that was, so that an order that was given back whole comes to nothing.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CTE, ColumnElement, Connection, and_, case, select, true

from regulars_mapping import UnmappableError, minor_digits
from regulars_marketing._rate_sql import Converted, DayIn, converted, rates_table, teach_rates
from regulars_marketing._segment_dates import day_in
from regulars_store import tables
from regulars_store._bulk import among
from regulars_store._rates import CurrencyRate, newest_rates

account, order = tables.account, tables.order

RATE_HOLDS = timedelta(days=14)
_THIRDS = ("EUR", "UAH", "USD")
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class MissingRate:
    """No rate is known of one currency in another for a day. Its text says so, and what to do."""

    currency: str
    quote: str
    day: date

    def __str__(self) -> str:
        return (
            f"There is no rate from {self.currency} to {self.quote} for {self.day.isoformat()}, nor for the "
            f"{RATE_HOLDS.days} days before. Bring it in: regulars rate import FILE, or regulars rate set "
            f"{self.currency} {self.quote} RATE --day {self.day.isoformat()}"
        )


_Told = tuple[list[date], list[Fraction]]


class RateBook:
    """What was told, to be asked for any pair and day. Pure; the order of what was told plays no part."""

    def __init__(self, told: Iterable[CurrencyRate]) -> None:
        self._pairs: dict[tuple[str, str], _Told] = {}
        for each in sorted(set(told), key=lambda each: each.day):
            days, values = self._pairs.setdefault((each.currency, each.quote), ([], []))
            days.append(each.day)
            values.append(each.value)

    def rate(self, currency: str, quote: str, day: date) -> Fraction | None:
        """What one of ``currency`` is in ``quote``, both whole units; None where that is not known."""
        if currency == quote:
            return Fraction(1)
        found = self.direct(currency, quote, day) or self._crossed(currency, quote, day)
        return found and found[1]

    def direct(self, currency: str, quote: str, day: date) -> tuple[date, Fraction] | None:
        """The same by what was told of the pair itself, with the day that it was told of."""
        asked, turned = self._told((currency, quote), day), self._told((quote, currency), day)
        if turned and (asked is None or turned[0] > asked[0]):
            return turned[0], 1 / turned[1]
        return asked

    def _crossed(self, currency: str, quote: str, day: date) -> tuple[date, Fraction] | None:
        best: tuple[date, Fraction] | None = None
        for third in _THIRDS:
            there, on = self.direct(currency, third, day), self.direct(third, quote, day)
            if there and on and (best is None or min(there[0], on[0]) > best[0]):
                best = min(there[0], on[0]), there[1] * on[1]
        return best

    def _told(self, pair: tuple[str, str], day: date) -> tuple[date, Fraction] | None:
        days, values = self._pairs.get(pair, ([], []))
        place = bisect_right(days, day) - 1
        if place < 0 or day - days[place] > RATE_HOLDS:
            return None
        return days[place], values[place]


Wanted = tuple[str, str, date]
"""A currency, the one it is wanted in, and the day."""


def conversion(connection: Connection, wanted: Iterable[Wanted]) -> dict[Wanted, Fraction | MissingRate]:
    """For each that is wanted: what one minor unit is in minor units of the quote, exactly; or what lacks.

    One statement, whatever their number, and a second where something was told of a third currency only;
    none where every currency is the quote itself.
    """
    asked = set(wanted)
    foreign = {each for each in asked if each[0] != each[1]}
    told = _newest(connection, {leg for each in foreign for leg in _legs(*each)})
    book = RateBook(told)
    lacking = {each for each in foreign if book.direct(*each) is None}
    if lacking:
        book = RateBook([*told, *_newest(connection, {leg for each in lacking for leg in _through(*each)})])
    return {each: _in_minor_units(book, *each) for each in asked}


def _newest(connection: Connection, legs: Collection[Wanted]) -> list[CurrencyRate]:
    return newest_rates(connection, legs, holds=RATE_HOLDS) if legs else []


def _legs(currency: str, quote: str, day: date) -> tuple[Wanted, Wanted]:
    return (currency, quote, day), (quote, currency, day)


def _through(currency: str, quote: str, day: date) -> Iterator[Wanted]:
    for third in _THIRDS:
        if third not in {currency, quote}:
            yield from (*_legs(currency, third, day), *_legs(third, quote, day))


def _in_minor_units(book: RateBook, currency: str, quote: str, day: date) -> Fraction | MissingRate:
    found = book.rate(currency, quote, day)
    if found is None:
        return MissingRate(currency, quote, day)
    try:
        return found * Fraction(10) ** (minor_digits(quote) - minor_digits(currency))
    except UnmappableError:
        return found if currency == quote else MissingRate(currency, quote, day)


@dataclass(frozen=True, slots=True)
class Converting:
    """Amounts of orders in one currency, in Python and in SQL. Made by `converting`.

    In a statement over orders; whoever has no rate, and needs one, gets NULL::

        select(converting.amount(net, order.c.currency)).outerjoin(
            converting.rates, converting.on(order.c.currency, order.c.placed_at)
        )
    """

    quote: str
    zone: ZoneInfo
    rates: CTE
    known: Mapping[tuple[str, date], Fraction | MissingRate]
    """By currency and day, of the foreign orders that it was made for."""

    def on(self, currency: ColumnElement[str], placed_at: ColumnElement[datetime]) -> ColumnElement[bool]:
        """What joins an order with its rate in ``rates``; the order must be joined from the outer side."""
        # Where no rate is needed the day is never worked out.
        day = case((currency != self.quote, DayIn(placed_at, self.zone)))
        return and_(self.rates.c.currency == currency, self.rates.c.day == day)

    def amount(self, amount: ColumnElement[int], currency: ColumnElement[str]) -> ColumnElement[int | None]:
        """The amount of an order in ``quote``; NULL where a rate is missing."""
        rates = self.rates.c
        return case(
            (currency == self.quote, amount), else_=Converted(amount, rates.numerator, rates.denominator)
        )

    def day(self, moment: datetime) -> date:
        """The day by which an order of that moment is converted."""
        return day_in(moment, self.zone)

    def of(self, amount: int, currency: str, placed_at: datetime) -> int | MissingRate:
        """An order's amount in ``quote``, the same as in SQL."""
        day = self.day(placed_at)
        rate = Fraction(1) if currency == self.quote else self.known.get((currency, day))
        found = converted(amount, rate) if isinstance(rate, Fraction) else None
        return MissingRate(currency, self.quote, day) if found is None else found

    def missing(self, currency: str, placed_at: datetime) -> str:
        """In words what is missing for an order whose amount is NULL."""
        return str(MissingRate(currency, self.quote, self.day(placed_at)))


def converting(
    connection: Connection,
    quote: str,
    *,
    zone: ZoneInfo = _UTC,
    person_ids: Collection[str] | None = None,
) -> Converting:
    """What is needed to tell the bought orders of these persons, or of all, in ``quote``; two statements.

    Holds within the transaction it was made in, and teaches its connection what the SQL needs.
    """
    teach_rates(connection)
    query = select(order.c.currency, DayIn(order.c.placed_at, zone)).where(
        order.c.bought == true(), ~order.c.gone, order.c.currency != quote
    )
    if person_ids is not None:
        mine = among(connection, account.c.person_id, person_ids)
        query = query.join_from(account, order, order.c.account_id == account.c.id).where(mine)
    rows: Iterable[Any] = connection.execute(query.distinct())
    wanted = [(currency, quote, day) for currency, found in rows if (day := _parsed(found))]
    known = {(each[0], each[2]): rate for each, rate in conversion(connection, wanted).items()}
    told = ((name, on, rate) for (name, on), rate in known.items() if isinstance(rate, Fraction))
    return Converting(quote, zone, rates_table(connection, told), known)


def _parsed(day: str) -> date | None:
    """The day; None for one before the first or after the last year that Python knows."""
    with suppress(ValueError):
        return date.fromisoformat(day)
    return None
