"""What tiers count of purchases: of all time or of a year, in the programme's currency."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from regulars_marketing._accounts import Account
from regulars_marketing._converted_facts import ConvertedFacts, converted_facts
from regulars_marketing._facts import AccountFacts, Fact, summed
from regulars_marketing._money import MoneyRules
from regulars_marketing._programmes import StoredProgramme
from regulars_marketing._rates import MissingRate
from regulars_marketing._segment_dates import day_start
from regulars_marketing._tier_programme import TierProgramme
from regulars_marketing._window_facts import window_facts

YEAR = timedelta(days=365)
_DAY = timedelta(days=1)


class View(NamedTuple):
    """How tiers look at purchases: in the currency ``quote``, since a moment, or of all time where it is
    None."""

    quote: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Counted:
    """What counts for an account in a view, beside its facts of all time.

    ``facts`` are those since the view's moment, none for all time. ``told`` is the net of each currency in
    the view's own, or which rate is missing; currencies that need no rate are absent.
    """

    view: View
    facts: tuple[Fact, ...]
    told: tuple[tuple[str, int | MissingRate], ...]


def year_start(today: date, zone: ZoneInfo) -> datetime:
    """The first moment of the 365 days of which today is the last, in the zone."""
    return day_start(today - YEAR + _DAY, zone)


def view_of(programme: TierProgramme, today: date, zone: ZoneInfo) -> View:
    """How these tiers look at purchases today, in the zone of the shop."""
    return View(programme.currency, year_start(today, zone) if programme.counts == "year" else None)


Held = Mapping[str, Sequence[Account]]
Views = Mapping[int, Collection[View]]
"""By shop how the tiers that stand there look at purchases."""


def views_of(
    standing: Mapping[int, Sequence[StoredProgramme]], day_in: Callable[[int], tuple[date, ZoneInfo]]
) -> dict[int, set[View]]:
    """The views of the tiers that stand in each shop, where it is that day in that zone."""
    return {
        shop: {
            view_of(stored.programme, *day_in(shop))
            for stored in here
            if isinstance(stored.programme, TierProgramme)
        }
        for shop, here in standing.items()
    }


def load_counted(
    connection: Connection, accounts: Held, lifetime: AccountFacts, views: Views, *, money: MoneyRules
) -> dict[str, tuple[Counted, ...]]:
    """By account what counts beside its facts of all time, of these persons' ``accounts`` (of at most 500).

    One statement for each window in use; and where persons bought in another currency three for each
    currency that it is told in, four where rates were told of a third. None where all is in one currency
    and all tiers are of all time.
    """
    wanted = _wanted(accounts, lifetime, views)
    loaded = _Loaded(connection, money, lifetime)
    for view, persons in sorted(wanted.items(), key=lambda each: (each[0].quote, str(each[0].since))):
        loaded.load(view, persons)
    found: dict[str, tuple[Counted, ...]] = {}
    for person_id in set().union(*wanted.values()):
        for each in accounts[person_id]:
            seen = (loaded.counted(view, each) for view in sorted(views[each.shop_id], key=str))
            if told := tuple(one for one in seen if one is not None):
                found[each.id] = told
    return found


def _wanted(accounts: Held, lifetime: AccountFacts, views: Views) -> dict[View, list[str]]:
    """Of whom each view has something to say beyond the facts of all time."""
    wanted: dict[View, list[str]] = {}
    for person_id, held in accounts.items():
        facts = lifetime.get(person_id)
        if not facts:
            continue
        seen = views[held[0].shop_id]
        for view in seen if len(held) == 1 else {view for each in held for view in views[each.shop_id]}:
            if view.since is not None or _is_foreign(facts.values(), view):
                wanted.setdefault(view, []).append(person_id)
    return wanted


def _is_foreign(facts: Iterable[Sequence[Fact]], view: View) -> bool:
    """Whether some of it needs a rate. Within a time two sums that cancel out may have two rates."""
    for held in facts:
        for fact in held:
            if fact.currency != view.quote and (fact.net or (view.since is not None and fact.refunded)):
                return True
    return False


@dataclass(slots=True)
class _Loaded:
    """What was read, each window once."""

    connection: Connection
    money: MoneyRules
    lifetime: AccountFacts
    windows: dict[datetime, AccountFacts] = field(default_factory=dict)
    told: dict[View, ConvertedFacts] = field(default_factory=dict)

    def load(self, view: View, persons: Sequence[str]) -> None:
        facts = self.lifetime
        if view.since is not None:
            facts = self._window(view.since, persons)
        foreign = [each for each in persons if _is_foreign(facts.get(each, {}).values(), view)]
        self.told[view] = (
            converted_facts(self.connection, foreign, view.quote, money=self.money, since=view.since)
            if foreign
            else {}
        )

    def _window(self, since: datetime, persons: Sequence[str]) -> AccountFacts:
        known = self.windows.setdefault(since, {})
        if fresh := [each for each in persons if each not in known]:
            read = window_facts(self.connection, fresh, since=since, money=self.money)
            known.update({each: read.get(each, {}) for each in fresh})
        return known

    def counted(self, view: View, of: Account) -> Counted | None:
        """What counts for this account: by its scope the person's, or its own."""
        of_person = self.told.get(view, {}).get(of.person_id, {})
        mine = of_person if of.scope == "person" else {of.id: of_person.get(of.id, {})}
        told = _summed(mine.values())
        facts: tuple[Fact, ...] = ()
        if view.since is not None:
            held = self.windows.get(view.since, {}).get(of.person_id, {})
            own = held if of.scope == "person" else {of.id: held.get(of.id, ())}
            facts = summed({of.person_id: own}).get(of.person_id, ()) if any(own.values()) else ()
        return Counted(view, facts, told) if facts or told else None


def _summed(
    told: Iterable[Mapping[str, int | MissingRate]],
) -> tuple[tuple[str, int | MissingRate], ...]:
    """By currency the sum, or of missing rates the one of the earliest day."""
    found: dict[str, int | MissingRate] = {}
    for one in told:
        for currency, amount in one.items():
            before = found.get(currency, 0)
            if isinstance(amount, int) and isinstance(before, int):
                found[currency] = before + amount
            else:
                missing = [each for each in (before, amount) if isinstance(each, MissingRate)]
                found[currency] = min(missing, key=lambda each: each.day)
    return tuple(sorted(found.items()))
