"""Days of an expression as days of the calendar, and those as moments. No clock: today is given."""

from calendar import isleap, monthrange
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from regulars_marketing._segment_tree import Offset, Unit

_DAY = timedelta(days=1)
_ALL = 366


def resolved_day(value: date | Offset, today: date) -> date:
    """The day that is meant. A month that is too short gives its last day."""
    if isinstance(value, date):
        return value
    if value.unit in {Unit.MONTH, Unit.YEAR}:
        return _months_on(today, value.amount * (12 if value.unit is Unit.YEAR else 1))
    return today + timedelta(days=value.amount * (7 if value.unit is Unit.WEEK else 1))


def _months_on(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def day_start(day: date, zone: tzinfo) -> datetime:
    """The first moment of the day in the zone, in UTC. Where midnight is skipped: when that happens."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def day_in(moment: datetime, zone: tzinfo) -> date:
    """The day of an aware moment in the zone. Shops date orders as they like: where the zone's day would be
    beyond the calendar, the moment's own."""
    try:
        return moment.astimezone(zone).date()
    except OverflowError:
        return moment.date()


def days_on(day: date, days: int) -> date:
    """So many days later, or the calendar's last day."""
    return day + min(timedelta(days=days), date.max - day)


def day_after(day: date) -> date:
    """The next day."""
    return day + _DAY


def day_before(day: date) -> date:
    """The day before."""
    return day - _DAY


def day_number(day: date) -> int:
    """The day as an integer that sorts like it: 20260517."""
    return day.year * 10_000 + day.month * 100 + day.day


def birthdays(low: date | Offset, high: date | Offset, today: date) -> tuple[str, ...]:
    """The birthdays (0517) that are celebrated from ``low`` to ``high``, both included, in order.

    A given day's year plays no part: it is the next one from the window's other end, or this year's. Those
    born on 29 February celebrate on the 28th in common years.
    """
    first, last = _window(low, high, today)
    span = (last - first).days + 1
    days = (first + timedelta(days=each) for each in range(max(0, min(span, _ALL))))
    found = {birthday for day in days for birthday in _celebrated(day)}
    return tuple(sorted(found | {"0229"} if span >= _ALL else found))


def _window(low: date | Offset, high: date | Offset, today: date) -> tuple[date, date]:
    if isinstance(low, date) and isinstance(high, Offset):
        last = resolved_day(high, today)
        first = _in_year(low, last.year)
        return (first if first <= last else _in_year(low, last.year - 1)), last
    first = _in_year(low, today.year) if isinstance(low, date) else resolved_day(low, today)
    if isinstance(high, Offset):
        return first, resolved_day(high, today)
    last = _in_year(high, first.year)
    return first, (last if last >= first else _in_year(high, first.year + 1))


def _in_year(day: date, year: int) -> date:
    return date(year, day.month, min(day.day, monthrange(year, day.month)[1]))


def _celebrated(day: date) -> tuple[str, ...]:
    own = f"{day.month:02}{day.day:02}"
    return (own, "0229") if own == "0228" and not isleap(day.year) else (own,)
