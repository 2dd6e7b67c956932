"""Sums of what was bought, added up in plain whole numbers from purchases. Shares no code with the facts.

What counts, what is given back and by which rate is what docs/reference/money.md says.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from fractions import Fraction
from itertools import pairwise
from math import floor
from statistics import median

from sqlalchemy import Connection, select

import regulars_store as store
from regulars_agent._proof_payloads import Purchase
from regulars_mapping import UnmappableError, minor_digits
from regulars_marketing import MoneyRules

YEAR = timedelta(days=365)
_TURNS_BEFORE = datetime.max.replace(tzinfo=UTC) - YEAR
_HOLDS = 14
_THIRDS = ("EUR", "UAH", "USD")
_MOST = 2**63 - 1
_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Sum:
    """What purchases in one currency come to."""

    orders: int
    goods: int
    refunded: int

    @property
    def net(self) -> int:
        """What is left of it."""
        return self.goods - self.refunded


def sums(purchases: Iterable[Purchase], money: MoneyRules, since: datetime | None = None) -> dict[str, Sum]:
    """By currency: of all time, or what was bought and given back ``since`` a moment."""
    found: dict[str, Sum] = {}
    for each in purchases:
        if since is None:
            part = Sum(1, counted(each, money), taken(each, money))
        else:
            placed, back = placed_since(each, money, since), given_back_since(each, money, since)
            if each.placed_at < since and not back:
                continue
            part = Sum(int(each.placed_at >= since), placed, back)
        before = found.get(each.currency, Sum(0, 0, 0))
        found[each.currency] = Sum(
            before.orders + part.orders, before.goods + part.goods, before.refunded + part.refunded
        )
    return found


def day_at(moment: datetime, zone: tzinfo) -> date:
    """The day of a moment in a zone; where that is none of the calendar, the one in UTC."""
    with suppress(OverflowError):
        return moment.astimezone(zone).date()
    return moment.date()


def later(day: date, days: int) -> date:
    """So many days later, as far as the calendar goes."""
    return date.fromordinal(min(day.toordinal() + days, date.max.toordinal()))


def counted(purchase: Purchase, money: MoneyRules) -> int:
    """What of an order counts."""
    tax = purchase.goods_tax + (purchase.shipping_tax if money.shipping else 0) if money.tax else 0
    return purchase.goods + tax + (purchase.shipping if money.shipping else 0)


def taken(purchase: Purchase, money: MoneyRules, *, before: datetime | None = None) -> int:
    """What of an order was given back, by the refunds ``before`` a moment or all, never more than counts."""
    counts = counted(purchase, money)
    back = [each for each in purchase.given_back if before is None or each.at < before]
    if money.shipping:
        lines, bare = 0, sum(each.amount for each in back)
    else:
        lines = sum(each.goods for each in back if each.goods is not None and each.goods > 0)
        bare = sum(each.amount for each in back if each.goods is None)
        if money.tax:
            lines = _share(lines, counts, purchase.goods)
    return min(max(counts, 0), lines + _share(bare, counts, purchase.total))


def _share(amount: int, part: int, whole: int) -> int:
    """What of an amount falls on a part of a whole, half up, no more than the part."""
    if amount <= 0 or part <= 0:
        return 0
    return min(part, amount if whole <= 0 else floor(Fraction(amount * part, whole) + _HALF))


def placed_since(purchase: Purchase, money: MoneyRules, since: datetime) -> int:
    """What counts of an order, if it was placed in a window that begins ``since``."""
    return counted(purchase, money) if purchase.placed_at >= since else 0


def given_back_since(purchase: Purchase, money: MoneyRules, since: datetime) -> int:
    """What of an order was given back in such a window, whenever it was placed."""
    return taken(purchase, money) - taken(purchase, money, before=since)


def oldest_since(purchases: Iterable[Purchase], money: MoneyRules, since: datetime) -> datetime | None:
    """When the first of what counts in such a window was placed or given back."""
    moments: list[datetime] = []
    for each in purchases:
        if each.placed_at >= since:
            moments.append(each.placed_at)
        if each.placed_at >= since or given_back_since(each, money, since):
            moments += [back.at for back in each.given_back if back.at >= since]
    return min(moments, default=None)


def rhythm(purchases: Sequence[Purchase]) -> int | None:
    """The usual days between orders: the median of what lies between them, half up, one at least."""
    times = sorted(floor(each.placed_at.timestamp()) for each in purchases)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    if not gaps:
        return None
    middle = median(Fraction(gap) for gap in gaps)
    return max(1, floor(middle / 86_400 + _HALF))


@dataclass(slots=True)
class DayRates:
    """What currencies were worth by the day, read as they were told; remembers what it was asked."""

    connection: Connection
    _told: dict[tuple[str, str, date], tuple[date, Fraction] | None] = field(default_factory=dict)

    def convert(self, amount: int, currency: str, quote: str, day: date) -> int | None:
        """An amount of that day in the quote, both in minor units, half up by size; None without a rate."""
        if currency == quote:
            return amount
        rate = self._rate(currency, quote, day)
        if rate is None:
            return None
        size = floor(abs(amount) * rate + _HALF)
        return None if size > _MOST else size if amount >= 0 else -size

    def _rate(self, currency: str, quote: str, day: date) -> Fraction | None:
        told = self._pair(currency, quote, day) or self._through(currency, quote, day)
        try:
            return told and told[1] * Fraction(10) ** (minor_digits(quote) - minor_digits(currency))
        except UnmappableError:
            return None

    def _through(self, currency: str, quote: str, day: date) -> tuple[date, Fraction] | None:
        legs = [
            (self._pair(currency, third, day), self._pair(third, quote, day))
            for third in _THIRDS
            if third not in {currency, quote}
        ]
        known = [(min(one[0], two[0]), one[1] * two[1]) for one, two in legs if one and two]
        return max(known, key=lambda each: each[0], default=None)

    def _pair(self, currency: str, quote: str, day: date) -> tuple[date, Fraction] | None:
        """The newer of what was told either way round; of one day the one as asked."""
        asked, turned = self._newest(currency, quote, day), self._newest(quote, currency, day)
        if turned is None or (asked is not None and asked[0] >= turned[0]):
            return asked
        return turned[0], 1 / turned[1]

    def _newest(self, currency: str, quote: str, day: date) -> tuple[date, Fraction] | None:
        key = (currency, quote, day)
        if key not in self._told:
            self._told[key] = self._read(*key)
        return self._told[key]

    def _read(self, currency: str, quote: str, day: date) -> tuple[date, Fraction] | None:
        rate = store.tables.currency_rate.c
        since = day - min(timedelta(days=_HOLDS), day - date.min)
        query = (
            select(rate.day, rate.numerator, rate.denominator)
            .where(rate.currency == currency, rate.quote == quote)
            .where(rate.day <= day.isoformat(), rate.day >= since.isoformat())
            .order_by(rate.day.desc())
            .limit(1)
        )
        found = self.connection.execute(query).first()
        return found and (date.fromisoformat(found.day), Fraction(found.numerator, found.denominator))


@dataclass(frozen=True, slots=True)
class Told:
    """Purchases told in one currency, each by the rate of its own day in the zone of the money rules."""

    purchases: Sequence[Purchase]
    money: MoneyRules
    rates: DayRates
    quote: str

    def nets(self, since: datetime | None = None) -> Iterator[tuple[Purchase, int | None]]:
        """Each purchase with its net, of all time or since; None where its rate is missing and it came to
        something."""
        for each in self.purchases:
            if since is None:
                net = counted(each, self.money) - taken(each, self.money)
            else:
                net = placed_since(each, self.money, since) - given_back_since(each, self.money, since)
            yield each, self._in_quote(each, net) if net else 0

    def by_currency(self, since: datetime | None = None) -> dict[str, int | None]:
        """The net by the currency that was paid in; None where a rate is missing."""
        found: dict[str, int | None] = {}
        for each, net in self.nets(since):
            before = found.get(each.currency, 0)
            found[each.currency] = None if before is None or net is None else before + net
        return found

    def complete(self) -> bool:
        """Whether each purchase in another currency has its rate, also where nothing is left of it."""
        return all(self._in_quote(each, 1) is not None for each in self.purchases)

    def largest(self) -> int:
        """The largest order, never less than nothing."""
        return max([0, *(net or 0 for _, net in self.nets())])

    def year(self, now: datetime) -> int:
        """What was bought within 365 days before a moment, never less than nothing."""
        return max(0, sum(net or 0 for _, net in self.nets(now - YEAR)))

    def turns(self) -> Iterator[datetime]:
        """The moments after which the year's sum is another."""
        for each in self.purchases:
            moments = (each.placed_at, *(back.at for back in each.given_back))
            yield from (moment + YEAR for moment in moments if moment <= _TURNS_BEFORE)

    def _in_quote(self, purchase: Purchase, amount: int) -> int | None:
        day = day_at(purchase.placed_at, self.money.zone)
        return self.rates.convert(amount, purchase.currency, self.quote, day)
