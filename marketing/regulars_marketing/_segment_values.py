"""A field's values as they are written and as the tree keeps them; which operators go with which type."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Context, Decimal
from difflib import get_close_matches
from types import MappingProxyType

from lark import Token

from regulars_mapping import fold_text
from regulars_marketing._segment_error import SegmentError
from regulars_marketing._segment_fields import DAYS, LISTS, NUMBERS, Field, FieldType
from regulars_marketing._segment_tree import Offset, Operator, Unit, Value

LONGEST_TEXT = 250
FIRST_YEAR, LAST_YEAR = 1900, 2199
_FARTHEST = {Unit.DAY: 36_600, Unit.WEEK: 5_200, Unit.MONTH: 1_200, Unit.YEAR: 100}
_NAMED = {"today": 0, "yesterday": -1, "tomorrow": 1}
# A literal has at most 80 digits; the usual context would round those.
_EXACT = Context(prec=100)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_O = Operator
_ORDERED = frozenset({_O.EQUAL, _O.UNEQUAL, _O.LESS, _O.AT_MOST, _O.MORE, _O.AT_LEAST})
_SAME = frozenset({_O.EQUAL, _O.UNEQUAL})
_CONTAINED = frozenset({_O.CONTAINS, _O.NOT_CONTAINS})
_OPERATORS: Mapping[FieldType, frozenset[Operator]] = MappingProxyType(
    dict.fromkeys(NUMBERS | DAYS, _ORDERED)
    | dict.fromkeys(LISTS, _CONTAINED)
    | {
        FieldType.TEXT: _SAME | _CONTAINED | {_O.STARTS_WITH},
        FieldType.CHOICE: _SAME,
        FieldType.YES_NO: _SAME,
        FieldType.ANNIVERSARY: frozenset({_O.EQUAL}),
    }
)
_LISTED_AS = {_O.EQUAL: "CONTAINS", _O.UNEQUAL: "NOT CONTAINS"}
LISTED = NUMBERS | {FieldType.TEXT, FieldType.CHOICE}
"""The types that IN takes."""
RANGED = NUMBERS | DAYS | {FieldType.ANNIVERSARY}
"""The types that BETWEEN takes."""


def check_operator(of: Field, operator: Operator) -> None:
    """Raises SegmentError where the field cannot be compared so."""
    if operator not in _OPERATORS[of.type]:
        suggestion = _LISTED_AS.get(operator, "") if of.type in LISTS else ""
        raise SegmentError(
            f"{of.name} cannot be compared by {operator}", expected=taken(of), suggestion=suggestion
        )


def taken(of: Field) -> str:
    """The operators of the field, in words."""
    words = [operator.value for operator in Operator if operator in _OPERATORS[of.type]]
    words += ["BETWEEN"] if of.type in RANGED else []
    words += ["IN", "NOT IN"] if of.type in LISTED else []
    return f"{', '.join([*words, 'IS NULL'])} or IS NOT NULL"


def value_of(of: Field, token: Token) -> Value:
    """The value that is written. Raises SegmentError, without a place, where the field takes no such."""
    return _READ[of.type](of, token)


def text_of(token: Token) -> str:
    """A text between quotation marks, without them and their backslashes."""
    return _ESCAPED.sub(r"\1", str(token)[1:-1])


def check_order(low: Value, high: Value, *, cyclic: bool) -> None:
    """Raises SegmentError where nothing at all can be between both. ``cyclic`` dates have no year."""
    if isinstance(low, Decimal) and isinstance(high, Decimal) and low > high:
        raise _turned_round()
    if isinstance(low, date) and isinstance(high, date) and low > high and not cyclic:
        raise _turned_round()
    if isinstance(low, Offset) and isinstance(high, Offset) and _days(low)[0] > _days(high)[1]:
        raise _turned_round()


def _turned_round() -> SegmentError:
    return SegmentError("BETWEEN has its ends the wrong way round", expected="the lower or earlier one first")


def _days(of: Offset) -> tuple[int, int]:
    """The days that an offset is at least and at most."""
    shortest, longest = {Unit.DAY: (1, 1), Unit.WEEK: (7, 7), Unit.MONTH: (28, 31), Unit.YEAR: (365, 366)}[
        of.unit
    ]
    both = of.amount * shortest, of.amount * longest
    return min(both), max(both)


def _number(of: Field, token: Token) -> Decimal:
    words = str(token)
    percent = words.endswith("%")
    if token.type != "NUMBER" or percent != (of.type is FieldType.PERCENT):
        if token.type == "NUMBER" and of.type is FieldType.PERCENT:
            raise _percent_wanted(of, words)
        raise SegmentError(f"{_shown(token)} is no value of {of.name}", expected="a number such as 1000.50")
    return _plain(Decimal(words.removesuffix("%")))


def _percent_wanted(of: Field, words: str) -> SegmentError:
    number = Decimal(words)
    meant = f"{_plain(number * 100 if 0 < number < 1 else number):f}%"
    return SegmentError(f"{of.name} is a percentage", expected="a number with %", suggestion=meant)


def _plain(number: Decimal) -> Decimal:
    """One form of each number, of any length: -0 is 0, 1.50 is 1.5."""
    return number.normalize(_EXACT) if number else Decimal(0)


def _day(of: Field, token: Token) -> date | Offset:
    words = str(token).lower()
    if token.type == "TEXT" and _ISO_DAY.fullmatch(text_of(token)):
        return _absolute(text_of(token))
    if token.type == "DATE":
        return _absolute(words)
    if token.type == "DAY":
        return Offset(_NAMED[words], Unit.DAY)
    if token.type == "DAYS_AGO":
        amount, unit, _ago = words.split("_")
        return _near(Offset(-int(amount), Unit(unit[0])))
    if token.type == "OFFSET":
        return _near(Offset(int(words[:-1]), Unit(words[-1])))
    raise SegmentError(
        f"{_shown(token)} is no value of {of.name}", expected="a date such as 2026-05-17, today, -90d or +3m"
    )


def _absolute(words: str) -> date:
    try:
        day = date.fromisoformat(words)
    except ValueError:
        raise SegmentError(f"there is no day {words}", expected="year, month, day: 2026-05-17") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise SegmentError(f"{words} is out of range", expected=f"a year from {FIRST_YEAR} to {LAST_YEAR}")
    return day


def _near(offset: Offset) -> Offset:
    most = _FARTHEST[offset.unit]
    if abs(offset.amount) > most:
        raise SegmentError(
            f"{offset.amount}{offset.unit} is too far away", expected=f"at most {most}{offset.unit}"
        )
    return offset


def _text(of: Field, token: Token) -> str:
    if token.type != "TEXT":
        raise SegmentError(
            f"{_shown(token)} is no value of {of.name}",
            expected="a text in quotation marks",
            suggestion=f"'{str(token)[:40]}'",
        )
    words = text_of(token)
    if len(words) > LONGEST_TEXT:
        raise SegmentError(f"the text has more than {LONGEST_TEXT} characters")
    if not fold_text(words):
        raise SegmentError("the text is empty", expected=f"a value, or: {of.name} IS NULL")
    return words


def _choice(of: Field, token: Token) -> str:
    words = fold_text(_text(of, token))
    if words in of.choices:
        return words
    near = get_close_matches(words, of.choices, n=1, cutoff=0.5)
    shown = ", ".join(f"'{choice}'" for choice in of.choices[:20])
    raise SegmentError(
        f"{_shown(token)} is no value of {of.name}",
        expected=f"one of {shown}{', …' if len(of.choices) > 20 else ''}",
        suggestion=f"'{near[0]}'" if near else "",
    )


def _truth(of: Field, token: Token) -> bool:
    if token.type != "TRUTH":
        raise SegmentError(f"{_shown(token)} is no value of {of.name}", expected="true or false")
    return token.lower() == "true"


def _shown(token: Token) -> str:
    words = str(token)
    return words if len(words) <= 60 else f"{words[:60]}…"


_READ: Mapping[FieldType, Callable[[Field, Token], Value]] = MappingProxyType(
    dict.fromkeys(NUMBERS, _number)
    | dict.fromkeys(DAYS | {FieldType.ANNIVERSARY}, _day)
    | dict.fromkeys(LISTS | {FieldType.TEXT}, _text)
    | {FieldType.CHOICE: _choice, FieldType.YES_NO: _truth}
)
