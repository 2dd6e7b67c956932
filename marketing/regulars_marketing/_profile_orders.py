"""What persons bought, counted for their profiles and account by account for the facts."""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import chain
from operator import sub
from typing import Any, NamedTuple

from sqlalchemy import Connection

from regulars_marketing._facts import AccountFacts, Fact, fact_of, fact_rows, summed_up
from regulars_marketing._money import MoneyRules
from regulars_marketing._profile_refused import read_refused
from regulars_marketing._profile_rules import ProfileRules
from regulars_marketing._profile_sql import Place, moments, read_places, stamp_of
from regulars_marketing._purchases import (
    BOUGHT,
    ENDED,
    GIVEN_BACK,
    NOTHING_BACK,
    Account,
    Back,
    Order,
    Raw,
    Unread,
    account_of,
    read_back,
    read_orders,
)
from regulars_marketing._rate_sql import converted
from regulars_marketing._rates import MissingRate, converting
from regulars_store._driver import Plain, utc

_ID, _TOLD, _COUNTED, _CURRENCY, _PAYMENT = (
    Order._fields.index(name) for name in ("id", "told", "counted", "currency", "payment")
)
_DAY, _TWO_DAYS = timedelta(days=1), timedelta(days=2)

Columns = Sequence[Sequence[Any]]
Rates = Mapping[tuple[str, Any], Fraction | MissingRate]


class Bought(NamedTuple):
    """What one person's bought orders come to.

    ``lacking`` names the day and currency of an order that has no rate, None where none lacks one: then sums
    mean nothing. ``returned`` counts those of which anything was given back, ``on_delivery`` those that were
    to be paid then; ``rhythm`` is the median of the days between them. Moments are as the driver gives them.
    ``products`` are those of each order, as it is read.
    """

    orders: int = 0
    orders_365d: int = 0
    spent: int = 0
    spent_365d: int = 0
    largest: int = 0
    discount: int = 0
    undiscounted: int = 0
    returned: int = 0
    on_delivery: int = 0
    rhythm: int | None = None
    first_at: Any = None
    last_at: Any = None
    first_source: str = ""
    last_source: str = ""
    last_payment: str = ""
    last_delivery: str = ""
    address_id: str = ""
    products: Sequence[str | None] = ()
    lacking: str | None = None


@dataclass(frozen=True, slots=True)
class Purchases:
    """What some persons bought, by person: for their profiles, and as rows of their facts; how many orders on
    delivery they refused; and the places that the last orders went to, by address.

    ``only`` has the one account of those who bought by one in the main currency, ``several`` the facts of the
    others.
    """

    bought: Mapping[str, Bought]
    rows: Mapping[str, Sequence[Plain]]
    refused: Mapping[str, int]
    places: Mapping[str, Place]
    only: Mapping[str, str]
    several: AccountFacts

    @property
    def facts(self) -> AccountFacts:
        """The facts, account by account, as `read_account_facts` tells them; made when they are asked for."""
        told: AccountFacts = {
            person_id: {account_id: (fact_of(self.rows[person_id][0]),)}
            for person_id, account_id in self.only.items()
        }
        return told | self.several


def read_purchases(
    connection: Connection,
    person_ids: Collection[str],
    rules: ProfileRules,
    since: datetime,
    on_delivery: Callable[[str], bool],
    *,
    products: bool,
) -> Purchases:
    """What these persons bought; who bought nothing is absent. The window of a year begins ``since`` then.
    ``products`` says whether those are wanted.

    Two statements, one more for each where anything was given back or ended badly on delivery, and two where
    something was bought in another currency than the main one.
    """
    quote = rules.money.currency or ""
    counting = _Counting(quote, stamp_of(since), moments(connection), on_delivery)
    bought: dict[str, Bought] = {}
    rows: dict[str, Sequence[Plain]] = {}
    only: dict[str, str] = {}
    odd = _Odd(quote, on_delivery)
    orders = read_orders(connection, person_ids, rules.money, rules.refusals, products=products)
    for person_id, unread in orders.items():
        accounts = odd.bought(person_id, unread)
        if len(accounts) == 1 and _is_plain(accounts[0], quote):
            ((only[person_id], _, columns),) = accounts
            figures = bought[person_id] = counting.plain(columns)
            rows[person_id] = [counting.row(person_id, figures)]
        elif accounts:
            odd.note(person_id, accounts)
    refused = read_refused(connection, odd.ended, rules.refusals)
    counting.back = read_back(connection, odd.back, rules.money, since)
    counting.rates, counting.day = _rates(connection, rules.money, odd.foreign)
    several: AccountFacts = {}
    for person_id, held in odd.accounts.items():
        bought[person_id], several[person_id] = counting.counted(held)
        rows[person_id] = fact_rows(connection, person_id, summed_up(several[person_id]))
    places = read_places(connection, {each.address_id for each in bought.values() if each.address_id})
    return Purchases(bought, rows, refused, places, only, several)


def _is_plain(account: Account, quote: str) -> bool:
    """Whether all that is bought is in the main currency, and nothing of it was given back."""
    told = account.columns[_TOLD]
    if account.columns[_CURRENCY].count(quote) != len(told):
        return False
    return told.count(BOUGHT) == len(told) or not any(each & GIVEN_BACK for each in told)


def _rates(
    connection: Connection, money: MoneyRules, foreign: Collection[str]
) -> tuple[Rates, Callable[[datetime], Any]]:
    if not foreign or not money.currency:
        return {}, datetime.date
    told = converting(connection, money.currency, zone=money.zone, person_ids=foreign)
    return told.known, told.day


@dataclass(slots=True)
class _Odd:
    """Persons of whom more is to be asked: of which orders there are refunds, which ended badly on delivery
    and whose they are, and who bought in another currency."""

    quote: str
    on_delivery: Callable[[str], bool]
    accounts: dict[str, Sequence[Account]] = field(default_factory=dict)
    back: dict[str, Raw] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    foreign: set[str] = field(default_factory=set)

    def bought(self, person_id: str, unread: Sequence[Unread]) -> list[Account]:
        """What is bought, by account, those left out of which nothing is; what ended is noted."""
        if len(unread) == 1:
            account = self._bought(person_id, account_of(unread[0]))
            return [] if account is None else [account]
        return [each for one in sorted(unread) if (each := self._bought(person_id, account_of(one)))]

    def _bought(self, person_id: str, account: Account) -> Account | None:
        told = account[2][_TOLD]
        if told.count(BOUGHT) == len(told):
            return account
        for order in account.orders:
            if order[_TOLD] & ENDED and self.on_delivery(order[_PAYMENT]):
                self.ended[order[_ID]] = person_id
        orders = [order for order in account.orders if order[_TOLD] & BOUGHT]
        if len(orders) == len(told):
            return account
        return Account(account.id, orders, list(zip(*orders, strict=True))) if orders else None

    def note(self, person_id: str, accounts: Sequence[Account]) -> None:
        """One more, who is counted when that is known."""
        self.accounts[person_id] = accounts
        for each in accounts:
            for order in each.orders:
                if order[_TOLD] & GIVEN_BACK:
                    self.back[order[_ID]] = order
            if each.columns[_CURRENCY].count(self.quote) != len(each.orders):
                self.foreign.add(person_id)


class _Sums(NamedTuple):
    """What is left of each order, the sums of what of them is recent, of discounts and of goods before these,
    how many were given back, and what rate lacks."""

    left: Sequence[int]
    recent: int
    discount: int
    undiscounted: int
    returned: int = 0
    lacking: str | None = None


@dataclass(slots=True)
class _Counting:
    """Counts by one set of rules, at one moment."""

    quote: str
    since: str
    moment: Callable[[str], Any]
    on_delivery: Callable[[str], bool]
    back: Mapping[str, Back] = field(default_factory=dict)
    rates: Rates = field(default_factory=dict)
    day: Callable[[datetime], Any] = datetime.date

    def plain(self, columns: Columns) -> Bought:
        """The figures where all is bought in the main currency, and nothing was given back."""
        placed, _, _, counted, discounts, before, *_ = columns
        first = bisect_left(placed, self.since)
        sums = _Sums(counted, sum(counted[first:]), sum(discounts), sum(before))
        return self._bought(columns, sums, first)

    def row(self, person_id: str, of: Bought) -> Plain:
        """The row of the fact, where the figures are plain."""
        return person_id, self.quote, of.orders, of.spent, 0, of.spent, of.first_at, of.last_at

    def counted(self, accounts: Sequence[Account]) -> tuple[Bought, dict[str, tuple[Fact, ...]]]:
        """One person's figures and facts."""
        facts = {each.id: tuple(self._facts(each)) for each in accounts}
        bought: list[Any] = accounts[0].orders
        columns = accounts[0].columns
        if len(accounts) > 1:
            bought = sorted(chain.from_iterable(each.orders for each in accounts))
            columns = list(zip(*bought, strict=True))
        first = bisect_left(columns[0], self.since)
        if columns[_CURRENCY].count(self.quote) == len(bought):
            sums = self._sums(columns, first)
        else:
            sums = self._sums_of_several(bought, first)
        return self._bought(columns, sums, first), facts

    def _bought(self, columns: Columns, sums: _Sums, first: int) -> Bought:
        placed, _, _, _, _, _, _, payments, deliveries, addresses, sources, products = columns
        count = len(placed)
        return Bought(
            count,
            count - first,
            sum(sums.left),
            sums.recent,
            max(sums.left, default=0),
            sums.discount,
            sums.undiscounted,
            sums.returned,
            sum(map(self.on_delivery, payments)),
            rhythm_days(placed) if count > 1 else None,
            self.moment(placed[0]),
            self.moment(placed[-1]),
            sources[0],
            sources[-1],
            payments[-1],
            deliveries[-1],
            addresses[-1] or next(filter(None, reversed(addresses)), ""),
            products,
            sums.lacking,
        )

    def _sums(self, columns: Columns, first: int) -> _Sums:
        """Where all is in the main currency."""
        _, ids, _, counted, discounts, before, *_ = columns
        back = [self.back.get(id_, NOTHING_BACK) for id_ in ids]
        given = [each.at_all for each in back]
        recent = sum(counted[first:]) - sum(given) + sum(each.before for each in back)
        returned = sum(each > 0 for each in given)
        return _Sums(list(map(sub, counted, given)), recent, sum(discounts), sum(before), returned)

    def _sums_of_several(self, orders: Sequence[Raw], first: int) -> _Sums:
        """Where some is in other currencies."""
        figures, lacking, returned = [], [], 0
        for place, order in enumerate(orders):
            back = self.back.get(order[_ID], NOTHING_BACK)
            returned += back.at_all > 0
            recent = (order[3] if place >= first else 0) - back.at_all + back.before
            each = self._converted(order, (order[3] - back.at_all, recent, order[4], order[5]))
            if isinstance(each, str):
                lacking.append(each)
            else:
                figures.append(each)
        if lacking:
            return _Sums((), 0, 0, 0, returned, min(lacking))
        left, recents, less, whole = zip(*figures, strict=True)
        return _Sums(left, sum(recents), sum(less), sum(whole), returned)

    def _converted(self, order: Raw, amounts: tuple[int, ...]) -> tuple[int, ...] | str:
        """The amounts in the main currency, or the day and currency of the rate that lacks."""
        currency = order[_CURRENCY]
        if currency == self.quote:
            return amounts
        day = self.day(utc(order[0]))
        rate = self.rates.get((currency, day))
        if isinstance(rate, Fraction):
            told = [converted(amount, rate) for amount in amounts]
            if None not in told:
                return tuple(amount for amount in told if amount is not None)
        return f"{day.isoformat()}{currency}"

    def _facts(self, account: Account) -> Iterator[Fact]:
        currencies = sorted(set(account.columns[_CURRENCY]))
        for currency in currencies:
            mine = account.orders
            if len(currencies) > 1:
                mine = [order for order in mine if order[_CURRENCY] == currency]
            goods = sum([order[_COUNTED] for order in mine])
            back = sum([self.back.get(order[_ID], NOTHING_BACK).at_all for order in mine])
            first, last = utc(mine[0][0]), utc(mine[-1][0])
            yield Fact(currency, len(mine), goods, back, goods - back, first, last)


def rhythm_days(placed: Sequence[str]) -> int:
    """The median of the days between orders by their stamps, in order, half up, at least one."""
    # Whole seconds: parts of one have never made a day.
    times = [datetime.fromisoformat(stamp[:19]) for stamp in placed]
    gaps: list[timedelta] = sorted(map(sub, times[1:], times))
    middle = gaps[(len(gaps) - 1) // 2] + gaps[len(gaps) // 2]
    return max(1, (middle + _DAY) // _TWO_DAYS)
