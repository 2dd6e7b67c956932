"""A comparison as every evaluator reads it: a set of stored values, and what it counts as without one.

All that could differ between databases and Python is decided here: numbers are scaled to the integers that
are stored, texts folded, days turned into moments.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from functools import partial
from types import MappingProxyType
from typing import Self, cast

from regulars_mapping import fold_text, minor_digits
from regulars_marketing._segment_dates import (
    birthdays,
    day_after,
    day_before,
    day_number,
    day_start,
    resolved_day,
)
from regulars_marketing._segment_fields import LISTS, NUMBERS, Field, FieldType
from regulars_marketing._segment_tree import (
    Among,
    Between,
    Comparison,
    Leaf,
    Missing,
    Offset,
    Operator,
    Value,
)

_LEAST, _MOST = -(2**63), 2**63 - 1
_EXACT = Context(prec=200)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an expression is read against: today in the shop's zone, and the currency of the facts."""

    today: date
    zone: tzinfo
    currency: str

    @classmethod
    def at(cls, now: datetime, *, zone: tzinfo, currency: str) -> Self:
        """That of an aware moment. ``currency`` is an ISO code."""
        return cls(now.astimezone(zone).date(), zone, currency)


Stored = int | str | bool | datetime


@dataclass(frozen=True, slots=True)
class Range:
    """From ``low`` up to but without ``high``; None is no bound. Both are integers or both moments."""

    low: int | datetime | None
    high: int | datetime | None


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of these values; none at all where there are none."""

    values: tuple[Stored, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A text with this in it."""

    text: str


@dataclass(frozen=True, slots=True)
class Beginning:
    """A text that starts with this."""

    text: str


@dataclass(frozen=True, slots=True)
class Member:
    """A list with this word in it."""

    word: str


@dataclass(frozen=True, slots=True)
class Anything:
    """Any value; of a list any that is not empty."""


Wanted = Range | OneOf | Part | Beginning | Member | Anything


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a value is a wanted one, or is not (``inverted``); ``if_missing`` where there is none."""

    field: Field
    wanted: Wanted
    inverted: bool = False
    if_missing: bool = False


def check_of(leaf: Leaf, evaluation: Evaluation) -> Check:
    """The comparison's check on that day."""
    match leaf:
        case Missing():
            return Check(leaf.field, Anything(), inverted=not leaf.negated, if_missing=not leaf.negated)
        case Between():
            return Check(leaf.field, _between(leaf, evaluation))
        case Among():
            return Check(leaf.field, _among(leaf, evaluation), inverted=leaf.negated)
        case Comparison():
            inverted = leaf.operator in {Operator.UNEQUAL, Operator.NOT_CONTAINS}
            # A list is never missing, only empty.
            if_missing = inverted and leaf.field.type in LISTS
            return Check(leaf.field, _compared(leaf, evaluation), inverted=inverted, if_missing=if_missing)


def decimals(of: Field, evaluation: Evaluation) -> int:
    """How many digits of the stored integer are decimals of what is written."""
    if of.type is FieldType.MONEY:
        return minor_digits(evaluation.currency)
    return 1 if of.type is FieldType.PERCENT else of.digits


def _between(leaf: Between, evaluation: Evaluation) -> Wanted:
    if leaf.field.type in NUMBERS:
        low, high = (_scaled(leaf.field, value, evaluation) for value in (leaf.low, leaf.high))
        return _within(_ceiling(low), _floor(high) + 1)
    low_day, high_day = cast("date | Offset", leaf.low), cast("date | Offset", leaf.high)
    if leaf.field.type is FieldType.ANNIVERSARY:
        return OneOf(birthdays(low_day, high_day, evaluation.today))
    return _days(leaf.field, low_day, high_day, evaluation)


def _among(leaf: Among, evaluation: Evaluation) -> Wanted:
    if leaf.field.type not in NUMBERS:
        return OneOf(tuple(sorted({fold_text(cast("str", value)) for value in leaf.values})))
    scaled = (_scaled(leaf.field, value, evaluation) for value in leaf.values)
    return OneOf(tuple(sorted({int(number) for number in scaled if _storable(number)})))


def _compared(leaf: Comparison, evaluation: Evaluation) -> Wanted:
    if leaf.field.type in NUMBERS:
        return _number(leaf.operator, _scaled(leaf.field, leaf.value, evaluation))
    return _READ[leaf.field.type](leaf, evaluation)


def _scaled(of: Field, value: Value, evaluation: Evaluation) -> Decimal:
    return cast("Decimal", value).scaleb(decimals(of, evaluation), _EXACT)


def _floor(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_FLOOR))


def _ceiling(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_CEILING))


def _storable(number: Decimal) -> bool:
    return number == _floor(number) and _LEAST <= number <= _MOST


def _number(operator: Operator, number: Decimal) -> Wanted:
    match operator:
        case Operator.LESS:
            return _within(None, _ceiling(number))
        case Operator.AT_MOST:
            return _within(None, _floor(number) + 1)
        case Operator.MORE:
            return _within(_floor(number) + 1, None)
        case Operator.AT_LEAST:
            return _within(_ceiling(number), None)
        case _:
            return OneOf((int(number),) if _storable(number) else ())


def _within(low: int | None, high: int | None) -> Wanted:
    """The range; what no stored integer reaches is no bound, or none at all fits."""
    if low is not None and low <= _LEAST:
        low = None
    if high is not None and high > _MOST:
        high = None
    if (low is not None and low > _MOST) or (high is not None and high <= _LEAST):
        return OneOf(())
    if low is None and high is None:
        return Anything()
    return OneOf(()) if low is not None and high is not None and low >= high else Range(low, high)


def _days(of: Field, low: date | Offset | None, high: date | Offset | None, evaluation: Evaluation) -> Wanted:
    """From the first day to the last one, both included; None is no bound."""
    first = None if low is None else resolved_day(low, evaluation.today)
    after = None if high is None else day_after(resolved_day(high, evaluation.today))
    if first and after and first >= after:
        return OneOf(())
    stored = day_number if of.type is FieldType.DAY else partial(day_start, zone=evaluation.zone)
    return Range(stored(first) if first else None, stored(after) if after else None)


def _day(leaf: Comparison, evaluation: Evaluation) -> Wanted:
    day = resolved_day(cast("date | Offset", leaf.value), evaluation.today)
    match leaf.operator:
        case Operator.LESS:
            return _days(leaf.field, None, day_before(day), evaluation)
        case Operator.AT_MOST:
            return _days(leaf.field, None, day, evaluation)
        case Operator.MORE:
            return _days(leaf.field, day_after(day), None, evaluation)
        case Operator.AT_LEAST:
            return _days(leaf.field, day, None, evaluation)
        case _:
            return _days(leaf.field, day, day, evaluation)


def _anniversary(leaf: Comparison, evaluation: Evaluation) -> Wanted:
    day = cast("date | Offset", leaf.value)
    return OneOf(birthdays(day, day, evaluation.today))


def _text(leaf: Comparison, _evaluation: Evaluation) -> Wanted:
    words = fold_text(cast("str", leaf.value))
    match leaf.operator:
        case Operator.CONTAINS | Operator.NOT_CONTAINS:
            return Part(words)
        case Operator.STARTS_WITH:
            return Beginning(words)
        case _:
            return OneOf((words,))


def _word(leaf: Comparison, _evaluation: Evaluation) -> Wanted:
    return OneOf((fold_text(cast("str", leaf.value)),))


def _member(leaf: Comparison, _evaluation: Evaluation) -> Wanted:
    return Member(fold_text(cast("str", leaf.value)))


def _truth(leaf: Comparison, _evaluation: Evaluation) -> Wanted:
    said = cast("bool", leaf.value)
    # The owner's own fields are numbers and texts only.
    return OneOf((int(said) if leaf.field.key else said,))


_READ: Mapping[FieldType, Callable[[Comparison, Evaluation], Wanted]] = MappingProxyType(
    {
        FieldType.MOMENT: _day,
        FieldType.DAY: _day,
        FieldType.ANNIVERSARY: _anniversary,
        FieldType.TEXT: _text,
        FieldType.CHOICE: _word,
        FieldType.WORD: _word,
        FieldType.LIST: _member,
        FieldType.YES_NO: _truth,
    }
)
