"""Files of currency rates: the European Central Bank's XML, the National Bank of Ukraine's JSON, and CSV.

Everything in them is checked before anything is kept; what cannot be is refused with its place.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from io import StringIO
from typing import Literal, NoReturn, get_args
from xml.parsers import expat

from regulars_mapping import MisconfiguredError, currency_fault
from regulars_store._rates import BY_HAND, CurrencyRate, contradict

RateFormat = Literal["ecb", "nbu", "csv"]
RATE_FORMATS: tuple[RateFormat, ...] = get_args(RateFormat)
MOST_RATES = 500_000
LARGEST_RATE = 10**9
MOST_FAULTS = 20
"""Bad places that are told one by one; of more their number."""
_LONGEST = 40
_FITS = 2**63 - 1
# The National Bank tells a day's rate on the working day before: on a Friday, Monday's.
_TOLD_AHEAD = timedelta(days=4)
_FIRST = date(1970, 1, 1)
_CODE = re.compile("[A-Z]{3}")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]{1,2})?")
_COLUMNS = ("day", "currency", "quote", "rate")


@dataclass(frozen=True, slots=True)
class ReadRates:
    """What a file of rates holds. ``unknown`` are currencies of a bank's list that ISO 4217 does not know."""

    format: RateFormat
    rates: tuple[CurrencyRate, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Told:
    """A rate as it is written, ``units`` of the currency being worth ``rate``."""

    place: str
    currency: object
    quote: object
    day: date
    rate: object
    units: object = None


class _FaultError(Exception):
    """What is wrong with a place of the file."""


@dataclass(slots=True)
class _Faults:
    """Takes what is wrong within ``with``: the first faults in words, and how many there are."""

    told: list[str] = field(default_factory=list)
    number: int = 0
    last: str = ""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, _FaultError):
            return False
        # A bank's line may hold many rates with the same fault.
        if str(error) != self.last:
            self.last = str(error)
            self.number += 1
            self.told += [self.last] if self.number <= MOST_FAULTS else []
        return True

    def refuse(self, what: str) -> None:
        """Raise MisconfiguredError where there was any; ``what`` are the places of such a file."""
        if self.number:
            more = f" and {self.number - MOST_FAULTS} more {what}" if self.number > MOST_FAULTS else ""
            raise MisconfiguredError("; ".join(self.told) + more + ". Nothing was kept.")


def parse_rates(content: bytes, *, format: RateFormat | None = None, today: date) -> ReadRates:  # noqa: A002 - the option's name
    """The rates of a file; its format is seen from its beginning where none is given.

    Raises MisconfiguredError that names every bad place and the reason: whatever is no rate, contradicts the
    one of the other way round of its day, or is of a day after ``today`` (the National Bank's list: four days
    after).
    """
    text = _decoded(content)
    format = format or _seen(text)  # noqa: A001
    faults = _Faults()
    latest = today + (_TOLD_AHEAD if format == "nbu" else timedelta())
    unknown: set[str] = set()
    found: dict[tuple[str, str, date], CurrencyRate] = {}
    # What ends the reading is caught here, what is wrong with one place within.
    with faults:
        for each in _READERS[format](text, faults):
            listed = str(each.quote if format == "ecb" else each.currency)
            if format != "csv" and _is_code(listed) and currency_fault(listed, on=each.day):
                unknown.add(listed)
                continue
            with faults:
                _keep(found, _rate(each, format, latest), each.place)
            if len(found) > MOST_RATES:
                _refuse(each.place, f"there are more than {MOST_RATES:,} rates; split the file")
    faults.refuse("entries" if format == "nbu" else "lines")
    if not found:
        raise MisconfiguredError(f"The file holds no rate. Is it of the format {format}? {_EXPECTED[format]}")
    return ReadRates(format, tuple(found.values()), tuple(sorted(unknown)))


def rate_by_hand(currency: str, quote: str, rate: str, *, day: date, today: date) -> CurrencyRate:
    """A rate as it is entered: one of ``currency`` is ``rate`` of ``quote``. Raises MisconfiguredError."""
    told = _Told("What was entered", currency, quote, day, rate)
    try:
        return _rate(told, BY_HAND, today)
    except _FaultError as fault:
        raise MisconfiguredError(f"{fault}. Nothing was kept.") from None


def _keep(found: dict[tuple[str, str, date], CurrencyRate], rate: CurrencyRate, place: str) -> None:
    before = found.setdefault((rate.currency, rate.quote, rate.day), rate)
    if before.value != rate.value:
        _refuse(place, f"another rate from {rate.currency} to {rate.quote} stands above for {rate.day}")
    turned = found.get((rate.quote, rate.currency, rate.day))
    if turned is not None and contradict(rate, turned):
        _refuse(place, f"{rate} contradicts {turned} above for {rate.day}")


def _rate(told: _Told, source: str, latest: date) -> CurrencyRate:
    currency, quote = (_currency(each, told.day, told.place) for each in (told.currency, told.quote))
    if currency == quote:
        _refuse(told.place, f"a rate from {currency} to {currency} is 1 and is not kept")
    if told.day > latest:
        _refuse(told.place, f"{told.day} has not come yet")
    if told.day < _FIRST:
        _refuse(told.place, f"{told.day} is too long ago")
    value = _number(told.rate, told.place, "the rate")
    if told.units is not None:
        value /= _number(told.units, told.place, "the units")
    if not 1 <= LARGEST_RATE * value <= LARGEST_RATE**2:
        _refuse(
            told.place, f"the rate is beyond what can be: at most {LARGEST_RATE:,}, at least one part of it"
        )
    if max(value.numerator, value.denominator) > _FITS:
        _refuse(told.place, "the rate has too many digits")
    return CurrencyRate(currency, quote, told.day, value, source)


def _currency(given: object, day: date, place: str) -> str:
    if not _is_code(given):
        _refuse(place, f"{str(given)[:20]!r} is no currency; write its three letters, such as EUR")
    if fault := currency_fault(str(given), on=day):
        _refuse(place, f"{given} {fault}")
    return str(given)


def _is_code(given: object) -> bool:
    return isinstance(given, str) and _CODE.fullmatch(given) is not None


def _number(given: object, place: str, what: str) -> Fraction:
    text = given.strip() if isinstance(given, str) else str(given) if isinstance(given, Decimal) else ""
    if len(text) > _LONGEST or not _NUMBER.fullmatch(text):
        _refuse(place, f"{what} {str(given)[:20]!r} is no number; write it with a point, as 1.0867")
    number = Fraction(Decimal(text))
    if number <= 0:
        _refuse(place, f"{what} is {text[:20]}; it must be more than 0")
    return number


def _day(text: object, form: str, place: str) -> date:
    try:
        return datetime.strptime(str(text)[:20], form).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        shape = {"%Y-%m-%d": "2026-05-31", "%d.%m.%Y": "31.05.2026"}[form]
        _refuse(place, f"{str(text)[:20]!r} is no day; one looks like {shape}")


def _refuse(place: str, reason: str) -> NoReturn:
    raise _FaultError(f"{place}: {reason}")


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MisconfiguredError(
            f"Byte {error.start + 1} of the file is no UTF-8. Save it as UTF-8. Nothing was kept."
        ) from error


def _seen(text: str) -> RateFormat:
    first = text.lstrip()[:1]
    return "ecb" if first == "<" else "nbu" if first in {"[", "{"} else "csv"


def _ecb(text: str, _: _Faults) -> Iterable[_Told]:
    """``<Cube time="2026-05-29"><Cube currency="USD" rate="1.0867"/>``: one euro in each currency."""
    found: list[_Told] = []
    parser = expat.ParserCreate()
    days: list[date | None] = []

    def opened(name: str, attributes: Mapping[str, str]) -> None:
        place = f"Line {parser.CurrentLineNumber}"
        day = days[-1] if days else None
        if "time" in attributes:
            day = _day(attributes["time"], "%Y-%m-%d", place)
        days.append(day)
        if len(days) > _LONGEST:
            _refuse(place, "the elements are nested too deeply")
        if name.rpartition(":")[2] == "Cube" and {"currency", "rate"} & attributes.keys():
            if day is None:
                _refuse(place, "the rate stands in no day")
            given = attributes.get("currency"), attributes.get("rate")
            found.append(_Told(place, "EUR", given[0], day, given[1]))

    def forbidden(*_declared: object) -> None:
        _refuse(f"Line {parser.CurrentLineNumber}", "a document type is declared, which no list of rates has")

    parser.StartElementHandler = opened
    parser.EndElementHandler = lambda _name: days.pop()
    parser.StartDoctypeDeclHandler = forbidden
    try:
        parser.Parse(text.encode(), True)  # noqa: FBT003 - the parser's own signature
    except expat.ExpatError as error:
        _refuse(f"Line {error.lineno}", f"this is no XML ({expat.ErrorString(error.code)})")
    return found


def _nbu(text: str, faults: _Faults) -> Iterable[_Told]:
    """``{"cc": "USD", "rate": 41.2, "exchangedate": "02.03.2026"}``, where ``units`` are told for so many."""
    try:
        document = json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=Decimal)
    except json.JSONDecodeError as error:
        _refuse(f"Line {error.lineno}", "this is no JSON")
    except RecursionError:
        _refuse("The file", "it is nested too deeply")
    entries = document if isinstance(document, list) else [document]
    for number, entry in enumerate(entries, start=1):
        place = f"Entry {number}"
        with faults:
            yield _entry(entry, place)


def _entry(entry: object, place: str) -> _Told:
    if not isinstance(entry, dict):
        _refuse(place, "it is no rate")
    missing = [name for name in ("cc", "rate", "exchangedate") if entry.get(name) is None]
    if missing:
        _refuse(place, f"{missing[0]} is missing")
    day = _day(entry["exchangedate"], "%d.%m.%Y", place)
    return _Told(place, entry["cc"], "UAH", day, entry["rate"], entry.get("units"))


def _csv(text: str, faults: _Faults) -> Iterator[_Told]:
    """``day,currency,quote,rate`` with these names in the first line, in any order; or semicolons, tabs."""
    first = text.partition("\n")[0]
    delimiter = next((each for each in ";\t" if each in first), ",")
    rows = csv.reader(StringIO(text), delimiter=delimiter, strict=True)
    try:
        names = [name.strip().casefold() for name in next(rows, [])]
        if sorted(names) != sorted(_COLUMNS):
            _refuse("Line 1", f"its names must be these four: {delimiter.join(_COLUMNS)}")
        for row in rows:
            if row:
                with faults:
                    cells = dict(zip(names, row, strict=False))
                    yield _line(cells, len(row), f"Line {rows.line_num}", delimiter)
    except csv.Error as error:
        _refuse(f"Line {rows.line_num}", f"this is no CSV ({error})")


def _line(row: Mapping[str, str], cells: int, place: str, delimiter: str) -> _Told:
    if cells != len(_COLUMNS):
        _refuse(place, f"it has {cells} columns instead of {len(_COLUMNS)}")
    currency, quote = (row[name].strip().upper() for name in ("currency", "quote"))
    # Where commas do not part the columns, they may be decimal ones.
    rate = row["rate"] if delimiter == "," else row["rate"].replace(",", ".")
    return _Told(place, currency, quote, _day(row["day"].strip(), "%Y-%m-%d", place), rate)


_READERS: Mapping[RateFormat, Callable[[str, _Faults], Iterable[_Told]]] = {
    "ecb": _ecb,
    "nbu": _nbu,
    "csv": _csv,
}
_EXPECTED: Mapping[RateFormat, str] = {
    "ecb": "That has <Cube time=…> with <Cube currency=… rate=…/> in it.",
    "nbu": "That is a list of entries with cc, rate and exchangedate.",
    "csv": "That begins with the line day,currency,quote,rate.",
}
