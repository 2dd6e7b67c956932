"""What the figures of a proof should be, worked out of what the shops sent. Pure but for the rates it asks.

An offer says what was so when it was computed, and the moment is not kept: figures that move with time are
right where they were so at some moment since then.
"""

from calendar import isleap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from math import ceil
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from regulars_agent._proof_payloads import Odd, Purchase
from regulars_agent._proof_sums import DayRates, Told, day_at, later, oldest_since, rhythm, sums
from regulars_marketing import MoneyRules, Proof

_NONE = "none"
_TICK = timedelta(microseconds=1)
_LEAP_DAY = 229
_Window: TypeAlias = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Span:
    """The moments at which an offer may have been computed, both ends included."""

    first: datetime
    last: datetime

    def days(self, zone: ZoneInfo) -> tuple[date, date]:
        """The first and the last of them as days of a zone."""
        return self.first.astimezone(zone).date(), self.last.astimezone(zone).date()

    def moments(self, turns: Sequence[datetime]) -> Iterator[datetime]:
        """One of each stretch between the moments at which something turns into something else."""
        yield from (self.last, self.first)
        for turn in turns:
            yield from (each for each in (turn, turn + _TICK) if self.first <= each <= self.last)


@dataclass(frozen=True, slots=True)
class Stood:
    """A tier that one of the person's accounts stood in, and when it was lost, None while it is reached."""

    programme: str
    level: str
    lost_at: datetime | None

    def stood_in(self, programme: str, level: str) -> bool:
        """Whether it was this one."""
        return (self.programme, self.level) == (programme, level)


@dataclass(frozen=True, slots=True)
class Buyer:
    """Whom an offer is for, as inputs tell it: whose purchases count, and what else is known.

    ``own`` and ``all_of_them`` are the purchases of the account and of all the person's ``accounts``.
    ``birth_date`` and ``kind`` are as written by hand; ``stood`` are the tiers that count as reached once for
    the offer; ``zone`` is the shop's.
    """

    account: str
    registered: bool
    scope: str
    own: Sequence[Purchase]
    all_of_them: Sequence[Purchase]
    accounts: frozenset[str]
    birth_date: str
    kind: str
    stood: Sequence[Stood]
    zone: ZoneInfo
    span: Span
    money: MoneyRules
    rates: DayRates = field(repr=False)

    @property
    def purchases(self) -> Sequence[Purchase]:
        """Those that count for the offer."""
        return self.all_of_them if self.scope == "person" else self.own

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day on which the offer may have been made."""
        return self.span.days(self.zone)

    def told(self, quote: str) -> Told:
        """These in one currency."""
        return Told(self.purchases, self.money, self.rates, quote)


def figure_odds(proof: Proof, definition: Mapping[str, Any], buyer: Buyer) -> Iterator[Odd]:
    """Where the figures of a proof are not those of the buyer, by the programme as it was saved. What the
    verifier works out of the proof by itself is taken for checked."""
    return _Figures(proof, definition, buyer).odd()


@dataclass(frozen=True, slots=True)
class _Figures:
    proof: Proof
    definition: Mapping[str, Any]
    buyer: Buyer

    def odd(self) -> Iterator[Odd]:
        """Everything that is wrong, by the programme's kind."""
        checks: dict[str, Callable[[], Iterator[Odd]]] = {
            "tier": self._tier,
            "wholesale": self._wholesale,
            "welcome": self._welcome,
            "birthday": self._birthday,
            "winback": self._winback,
            "seasonal": self._seasonal,
            "personal": self._personal,
        }
        yield from checks[self.proof.programme.kind]()
        if self.proof.room is not None and self.definition["budget"] is None:
            yield Odd("proof", "budget", f"full above the tier from {self.proof.room.threshold}", _NONE)

    def _tier(self) -> Iterator[Odd]:
        if self.definition["counts"] == "all":
            yield from self._facts(None)
        else:
            yield from self._year()
        if self.proof.kept is not None:
            yield from self._kept(self.proof.kept.level, self.proof.kept.lost_day)

    def _facts(self, since: datetime | None) -> Iterator[Odd]:
        buyer = self.buyer
        due = sums(buyer.purchases, buyer.money, since)
        told = buyer.told(self.definition["currency"]).by_currency(since)
        stated = {fact.currency: fact for fact in self.proof.facts}
        for currency in sorted(due.keys() | stated.keys()):
            fact, right = stated.get(currency), due.get(currency)
            for name in ("orders", "goods", "refunded", "net"):
                said, is_so = getattr(fact, name, _NONE), getattr(right, name, _NONE)
                if said != is_so:
                    yield Odd(f"facts in {currency}", name, said, is_so)
            if fact and fact.converted != told.get(currency):
                yield Odd(f"facts in {currency}", "converted", fact.converted, told.get(currency))

    def _year(self) -> Iterator[Odd]:
        """The year is right as of some day on which the offer may have been computed."""
        first: list[Odd] | None = None
        for today in self._turning_days():
            found = list(self._year_until(today))
            if not found:
                return
            first = found if first is None else first
        yield from first or ()

    def _year_until(self, today: date) -> Iterator[Odd]:
        buyer = self.buyer
        since = datetime.combine(today - timedelta(364), time(), buyer.zone).astimezone(UTC)
        yield from self._facts(since)
        oldest = oldest_since(buyer.purchases, buyer.money, since)
        due = _number(day_at(oldest, buyer.zone)) if oldest else None
        stated = self._step("year")
        if stated != due and not self.proof.no_rate:
            yield Odd("year", "oldest day", stated or _NONE, due or _NONE)

    def _turning_days(self) -> Iterator[date]:
        """The last of the days, the first, and those on which something leaves the year."""
        first, last = self.buyer.days
        moments = (turn for each in self.buyer.purchases for turn in (each.placed_at, *_backs(each)))
        left = {later(day_at(moment, self.buyer.zone), 365) for moment in moments}
        both = {day + timedelta(more) for day in left for more in (-1, 0)}
        yield from (last, first, *sorted(day for day in both if first < day < last))

    def _kept(self, level: str, lost_day: int) -> Iterator[Odd]:
        """A tier that is kept was lost on the day that is noted of it."""
        noted = [each.lost_at for each in self.buyer.stood if each.stood_in(self.proof.programme.key, level)]
        days = {_number(each.astimezone(self.buyer.zone).date()) for each in noted if each is not None}
        if lost_day not in days:
            yield Odd(f"level {level}", "lost", lost_day, " or ".join(map(str, sorted(days))) or _NONE)

    def _wholesale(self) -> Iterator[Odd]:
        buyer, quote = self.buyer, self.definition["currency"]
        if buyer.kind != "company" and self.definition["audience"] is None:
            yield Odd("person", "kind", "company", buyer.kind)
        told = buyer.told(buyer.money.currency or "")
        lacking = buyer.money.currency != quote or not told.complete()
        if lacking != bool(self.proof.no_rate):
            stated = ", ".join(self.proof.no_rate) or _NONE
            yield Odd("purchases", "no rate", stated, f"one to {quote}" if lacking else _NONE)
        elif self.definition["counts"] == "largest_order" and not lacking:
            yield from self._counted([told.largest()])
        elif not lacking:
            yield from self._counted(told.year(at) for at in buyer.span.moments(sorted(told.turns())))

    def _counted(self, due: Iterable[int]) -> Iterator[Odd]:
        """Where what was counted is none of what it may be, told with the first of these."""
        first: int | None = None
        for figure in due:
            if figure == self.proof.counted:
                return
            first = figure if first is None else first
        yield Odd("purchases", "counted", self.proof.counted, first)

    def _welcome(self) -> Iterator[Odd]:
        if bought := len(self.buyer.all_of_them):
            yield Odd("purchases", "orders", 0, bought)
        yield from self._owned()

    def _owned(self) -> Iterator[Odd]:
        if self.buyer.scope != "person" or not self.buyer.registered:
            yield Odd("account", "ownership", "known", "unknown" if self.buyer.registered else "a guest's")

    def _birthday(self) -> Iterator[Odd]:
        yield from self._owned()
        birth_date = self.buyer.birth_date
        born = int(birth_date[-5:-3]) * 100 + int(birth_date[-2:]) if birth_date else None
        if (stated := self._step("day")) != born or born is None:
            yield Odd("birth date", "month and day", stated or _NONE, born or _NONE)
            return
        first, last = self.buyer.days
        windows = (self._around(born, year) for year in range(first.year - 1, last.year + 2))
        yield from self._days([window for window in windows if window[0] <= last and first <= window[1]])

    def _around(self, born: int, year: int) -> _Window:
        month, day = divmod(born, 100)
        whole = date(year, month, 28 if born == _LEAP_DAY and not isleap(year) else day)
        before, after = timedelta(self.definition["before"]), timedelta(self.definition["after"])
        return whole - before, whole + after

    def _winback(self) -> Iterator[Odd]:
        moments = [each.placed_at for each in self.buyer.purchases]
        last = day_at(max(moments), self.buyer.zone) if moments else None
        if last is None or self._step("begins") != _number(last):
            yield Odd("last order", "day", self._step("begins") or _NONE, _number(last) if last else _NONE)
            return
        usual = rhythm(self.buyer.purchases) if self.buyer.scope == "person" else None
        if self._step("rhythm") != usual:
            yield Odd("orders", "usual days between", self._step("rhythm") or _NONE, usual or _NONE)
            return
        begins = later(last, self._away(usual))
        window = begins, later(begins, self.definition["days"] - 1)
        yield from self._days([window])
        yield from self._open(window)

    def _away(self, usual: int | None) -> int:
        if usual is None:
            return int(self.definition["fallback_days"])
        return max(int(self.definition["least_days"]), ceil(usual * Fraction(self.definition["times"])))

    def _seasonal(self) -> Iterator[Odd]:
        first, last = (date.fromisoformat(self.definition[name]) for name in ("first_day", "last_day"))
        yield from self._open((first, last))

    def _personal(self) -> Iterator[Odd]:
        named, buyer = self.definition["account"], self.buyer
        if named != buyer.account and (buyer.scope != "person" or named not in buyer.accounts):
            yield Odd("account", "given by hand", buyer.account, named)

    def _days(self, due: Sequence[_Window]) -> Iterator[Odd]:
        """Where the days that the steps come to are none of these."""
        stated = self._step("begins", of="result"), self._step("ends", of="result")
        days = [(_number(begins), _number(ends)) for begins, ends in due]
        if stated not in days:
            said = " or ".join(f"{begins} to {ends}" for begins, ends in days) or _NONE
            yield Odd("offer", "days", f"{stated[0]} to {stated[1]}", said)

    def _open(self, window: _Window) -> Iterator[Odd]:
        """Where an offer of these days cannot have been made."""
        first, last = self.buyer.days
        if last < window[0] or window[1] < first:
            yield Odd("offer", "days", f"{window[0]} to {window[1]}", f"none on {last}")

    def _step(self, name: str, *, of: str = "left") -> int | None:
        return next((getattr(step, of) for step in self.proof.steps if step.name == name), None)


def _backs(purchase: Purchase) -> Iterator[datetime]:
    return (back.at for back in purchase.given_back)


def _number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day
