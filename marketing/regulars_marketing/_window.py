"""The days on which a programme gives something to somebody, worked out in steps of whole numbers. Pure."""

from calendar import isleap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from regulars_marketing._facts import Fact
from regulars_marketing._proof import ProofBirthday, ProofSeasonal, ProofWinback, Step
from regulars_marketing._segment_dates import day_after, day_in, day_number, day_start, days_on

_LAST_YEAR = 9998
_LEAP_DAY = 229
_BY_ZONE = 2
"""Days by which the dates of two moments may be further apart, or nearer, than the moments."""


@dataclass(frozen=True, slots=True)
class Window:
    """From ``begins`` to ``ends``, both included; ``told`` tells how they were worked out, which few ask."""

    begins: date
    ends: date
    told: Callable[[], tuple[Step, ...]] = tuple

    @property
    def steps(self) -> tuple[Step, ...]:
        """How they were worked out."""
        return self.told()

    def holds(self, today: date) -> bool:
        """Whether today is one of its days."""
        return self.begins <= today <= self.ends

    def opens(self, zone: ZoneInfo) -> datetime:
        """The first moment of it in the zone, in UTC."""
        return day_start(self.begins, zone)

    def closes(self, zone: ZoneInfo) -> datetime:
        """The first moment after it in the zone, in UTC."""
        return day_start(day_after(self.ends), zone)


def birthday_window(
    birth_date: str, programme: ProofBirthday, today: date, *, given: date | None
) -> Window | None:
    """The window around a birthday (``1990-05-17`` or ``--05-17``) that today lies in.

    None too where the birthday of the year before was celebrated later than its window, by another birth
    date than that of now: ``given`` is the day on which it was last given.
    """
    if not birth_date or not 1 < today.year < _LAST_YEAR:
        return None
    found = _holding(birth_date[-5:], today, programme.before, programme.after)
    if found is None:
        return None
    last, window = found
    return None if given is not None and last.ends < given < window.begins else window


# There are 366 birthdays.
@lru_cache(maxsize=2_048)
def _holding(birthday: str, today: date, before: int, after: int) -> tuple[Window, Window] | None:
    """The window that a day lies in, behind the one of the year before."""
    born = int(birthday[:2]) * 100 + int(birthday[-2:])
    windows = [_around(born, year, before, after) for year in range(today.year - 2, today.year + 2)]
    return next((pair for pair in pairwise(windows) if pair[1].holds(today)), None)


@lru_cache(maxsize=8_192)
def _around(born: int, year: int, before: int, after: int) -> Window:
    month, day = divmod(born, 100)
    celebrated = date(year, month, 28 if born == _LEAP_DAY and not isleap(year) else day)
    begins, ends = celebrated - timedelta(days=before), celebrated + timedelta(days=after)

    def steps() -> tuple[Step, ...]:
        whole = day_number(celebrated)
        return (
            Step(name="day", left=born, right=year, result=whole),
            Step(name="begins", left=whole, right=before, result=day_number(begins)),
            Step(name="ends", left=whole, right=after, result=day_number(ends)),
        )

    return Window(begins, ends, steps)


def may_be_away(facts: Sequence[Fact], rhythm: int | None, programme: ProofWinback, now: datetime) -> bool:
    """Whether the days of `winback_window` may be now, in whatever zone: a fraction of its work, and for
    nearly everybody all of it."""
    last = max((fact.last_order_at for fact in facts if fact.last_order_at is not None), default=None)
    if last is None:
        return False
    wait, days = _wait(rhythm, programme), (now - last).days
    return wait - _BY_ZONE <= days <= wait + programme.days + _BY_ZONE


def winback_window(
    facts: Sequence[Fact], rhythm: int | None, programme: ProofWinback, zone: ZoneInfo
) -> Window | None:
    """The window after the last order; None where nothing was bought. ``rhythm`` is the usual number of days
    between orders, None where there is none."""
    moments = [fact.last_order_at for fact in facts if fact.last_order_at is not None]
    if not moments:
        return None
    last = day_in(max(moments), zone)
    wait, more = _wait(rhythm, programme), programme.days - 1
    begins = days_on(last, wait)
    ends = days_on(begins, more)

    def steps() -> tuple[Step, ...]:
        first = day_number(begins)
        return (
            *_waiting(rhythm, programme),
            Step(name="begins", left=day_number(last), right=wait, result=first),
            Step(name="ends", left=first, right=more, result=day_number(ends)),
        )

    return Window(begins, ends, steps)


def _wait(rhythm: int | None, programme: ProofWinback) -> int:
    """The days after which somebody is away."""
    if rhythm is None:
        return programme.fallback_days
    return max(-(-rhythm * programme.times // 100), programme.least_days)


def _waiting(rhythm: int | None, programme: ProofWinback) -> Iterator[Step]:
    if rhythm is None:
        yield Step(name="fallback", left=programme.fallback_days, right=0, result=programme.fallback_days)
        return
    wait, least = -(-rhythm * programme.times // 100), programme.least_days
    yield Step(name="rhythm", left=rhythm, right=programme.times, result=wait)
    yield Step(name="least", left=wait, right=least, result=max(wait, least))


def season_window(programme: ProofSeasonal) -> Window:
    """The days of the season."""
    return Window(_day(programme.first_day), _day(programme.last_day))


def _day(number: int) -> date:
    year, rest = divmod(number, 10_000)
    return date(year, *divmod(rest, 100))
