"""Birth dates, whose year may be unknown: read as people and platforms write them."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

_MAX_LENGTH = 40
_OLDEST = 120
_LEAP_YEAR = 2000
_ISO = re.compile(r"(?:(\d{4})|-)-?(\d{1,2})-(\d{1,2})(?:[T ].*)?", re.ASCII)
_WRITTEN = re.compile(r"(\d{4}|-)-(\d\d)-(\d\d)", re.ASCII)
_EIGHT = re.compile(r"((?:1[6-9]|20)\d\d)(\d\d)(\d\d)", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})[./](\d{1,2})[./](\d{1,2})", re.ASCII)
_PARTS = re.compile(r"(\d{1,2})([./-])(\d{1,2})(?:[./-](\d{4}|\d{2})?)?", re.ASCII)
_MONTH_FIRST = frozenset(["AS", "FM", "GU", "MH", "MP", "PH", "PR", "PW", "US", "VI"])
_EITHER = frozenset(["", "CA"])
# Address books write a year for "unknown": Apple 1604, others nought, and databases their first days.
_NO_YEAR = frozenset([0, 1, 1004, 1604])
_FIRST_DAYS = frozenset([(1900, 1, 1), (1901, 1, 1), (1904, 1, 1), (1970, 1, 1)])


@dataclass(frozen=True, slots=True, order=True)
class BirthDate:
    """A day of the year, and the year where it is known. Impossible dates raise ValueError.

    29 February is a day like any other where the year is unknown. Whether an age is possible is asked of
    ``birth_date``, which knows the present day.
    """

    month: int
    day: int
    year: int | None = None

    @classmethod
    def of_iso(cls, text: str) -> "BirthDate":
        """What ``iso`` wrote; ValueError where it did not."""
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError("no birth date as it is kept")
        year = None if found[1] == "-" else int(found[1])
        return cls(int(found[2]), int(found[3]), year)

    def __post_init__(self) -> None:
        date(_LEAP_YEAR if self.year is None else self.year, self.month, self.day)

    @property
    def iso(self) -> str:
        """``1990-05-17``, or ``--05-17`` where the year is unknown."""
        return f"{'-' if self.year is None else format(self.year, '04d')}-{self.month:02d}-{self.day:02d}"

    @property
    def mmdd(self) -> str:
        """``0517``: the day on which birthdays are kept."""
        return f"{self.month:02d}{self.day:02d}"

    def age_on(self, day: date) -> int | None:
        """Full years on that day, None where the year is unknown; 29 February is the 28th in common years."""
        if self.year is None:
            return None
        had = (day.month, day.day) >= (self.month, self._day_in(day.year))
        return day.year - self.year - (not had)

    def contradicts(self, other: "BirthDate") -> bool:
        """Whether one person can hardly have both; symmetric.

        Day and month exchanged are a misreading, and 1 January is often all that is left of a known year.
        """
        if self.year is not None and other.year is not None and self.year != other.year:
            return True
        mine, others = (self.month, self.day), (other.month, other.day)
        return mine not in {others, others[::-1]} and (1, 1) not in {mine, others}

    def _day_in(self, year: int) -> int:
        return 28 if (self.month, self.day) == (2, 29) and not calendar.isleap(year) else self.day


def birth_date(text: str, *, country: str, today: date) -> BirthDate | None:
    """The birth date that a text tells, or None where it tells none, an impossible or a made-up one.

    ISO (1990-05-17, also with a time, 19900517, and --05-17 without the year), 17.05.1990, 17/05/90, 17.05.
    Day or month first goes by the ``country`` (ISO 3166-1 alpha-2, '' when unknown) where slashes or hyphens
    leave it open; where nobody knows, the answer is None unless only one reading is possible. A day in the
    future, an age over 120 and a database's first day (1970-01-01) are placeholders. Takes any string.
    """
    if not text or len(text) > _MAX_LENGTH:
        return None
    text = text.strip()
    read = _iso(text) or _local(text, country, today)
    return _believed(*read, today) if read else None


def _iso(text: str) -> tuple[int | None, int, int] | None:
    found = _ISO.fullmatch(text) or _EIGHT.fullmatch(text) or _YEAR_FIRST.fullmatch(text)
    if found is None:
        return None
    return int(found[1]) if found[1] else None, int(found[2]), int(found[3])


def _local(text: str, country: str, today: date) -> tuple[int | None, int, int] | None:
    found = _PARTS.fullmatch(text)
    if found is None:
        return None
    first, second = int(found[1]), int(found[3])
    year = _year(found[4], today) if found[4] else None
    if found[2] == "." or first > 12:
        return year, second, first
    if second > 12 or country in _MONTH_FIRST or _is_mmdd(found):
        return year, first, second
    return (year, second, first) if first == second or country not in _EITHER else None


def _is_mmdd(found: re.Match[str]) -> bool:
    """``05-17`` is how platforms without years keep a day."""
    return found[2] == "-" and found[4] is None


def _year(digits: str, today: date) -> int:
    year = int(digits)
    if len(digits) == 4:
        return year
    century = today.year - today.year % 100
    return century + year if century + year <= today.year else century - 100 + year


def _believed(year: int | None, month: int, day: int, today: date) -> BirthDate | None:
    if (year, month, day) in _FIRST_DAYS:
        return None
    try:
        read = BirthDate(month, day, None if year in _NO_YEAR else year)
    except ValueError:
        return None
    # Somewhere it is tomorrow already.
    age = read.age_on(today + timedelta(days=1))
    return read if age is None or 0 <= age <= _OLDEST else None
