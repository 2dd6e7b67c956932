"""Why a person is in a segment or not, and what would change that."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from regulars_marketing._segment_change import Fix, nearest_way
from regulars_marketing._segment_check import Evaluation, check_of, decimals
from regulars_marketing._segment_dates import day_in
from regulars_marketing._segment_fields import NUMBERS, Field, FieldType
from regulars_marketing._segment_predicate import Profile, holds, segment_predicate, stored_value
from regulars_marketing._segment_text import leaf_text, quoted
from regulars_marketing._segment_tree import (
    Among,
    And,
    Between,
    Comparison,
    Leaf,
    Node,
    Not,
    Offset,
    Or,
    leaves,
)

_LOOKED_AHEAD = 366
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Reason:
    """One comparison as it is written, the person's value in the same writing, and whether it holds."""

    condition: str
    value: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A field's value now and the one that it would have to have."""

    field: str
    now: str
    then: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether the person is in it, and because of which comparisons: those alone decide.

    ``change`` turns the answer: the fewest fields and the nearest values of those tried, empty where none
    did. ``turns_on`` is the first day, within a year, on which time alone turns it. ``held`` says for want
    of which rate a value that decides is not known, empty where all are.
    """

    matches: bool
    because: tuple[Reason, ...]
    change: tuple[Change, ...]
    turns_on: date | None
    held: str = ""


def explain_segment(node: Node, profile: Profile, evaluation: Evaluation) -> Explanation:
    """The answer about one profile, with its reasons."""
    way = nearest_way(node, profile, evaluation)
    because = tuple(dict.fromkeys(_reasons(node, profile, evaluation)))
    known = not any(_is_unknown(fix.field, profile) for fix in way)
    lacks = not known or any(reason.value == _UNKNOWN for reason in because)
    return Explanation(
        matches=segment_predicate(node, evaluation)(profile),
        because=because,
        change=tuple(_change(fix, profile, evaluation) for fix in way) if known else (),
        turns_on=_turns_on(node, profile, evaluation),
        held=profile["held"] if lacks else "",
    )


def _is_unknown(of: Field, profile: Profile) -> bool:
    """Whether there is no value for want of a rate, rather than because there is nothing."""
    return of.column in _BY_RATES and bool(profile.get("held")) and profile.get("spent") is None


def _reasons(node: Node, profile: Profile, evaluation: Evaluation) -> Iterator[Reason]:
    match node:
        case Not():
            yield from _reasons(node.term, profile, evaluation)
        case And() | Or():
            said = [segment_predicate(term, evaluation)(profile) for term in node.terms]
            whole = all(said) if isinstance(node, And) else any(said)
            for term, answer in zip(node.terms, said, strict=True):
                if answer == whole:
                    yield from _reasons(term, profile, evaluation)
        case _:
            check = check_of(node, evaluation)
            value = _said(node.field, stored_value(node.field, profile), evaluation)
            value = _UNKNOWN if _is_unknown(node.field, profile) else value
            yield Reason(leaf_text(node), value, holds(check, profile))


def _change(fix: Fix, profile: Profile, evaluation: Evaluation) -> Change:
    now = _said(fix.field, stored_value(fix.field, profile), evaluation)
    if fix.vague:
        return Change(fix.field.name, now, "any value" if now == _NOTHING else "another value")
    return Change(fix.field.name, now, _said(fix.field, None if fix.value == [] else fix.value, evaluation))


_NOTHING = "nothing"
_UNKNOWN = "not known"
_BY_RATES = frozenset(
    {
        "spent",
        "spent_365d",
        "average_order",
        "largest_order",
        "discount_share",
        "rating",
        "grade",
    }
)
"""Columns that are empty while a rate is missing."""


def _said(of: Field, value: Any, evaluation: Evaluation) -> str:
    """A stored value in the writing of expressions; moments by their day in the shop's zone."""
    if value is None:
        return _NOTHING
    if of.type in NUMBERS:
        number = Decimal(value).scaleb(-decimals(of, evaluation))
        return f"{number:f}{'%' if of.type is FieldType.PERCENT else ''}"
    if isinstance(value, datetime):
        return day_in(value, evaluation.zone).isoformat()
    return _plainly_said(of, value)


def _plainly_said(of: Field, value: Any) -> str:
    match of.type:
        case FieldType.YES_NO:
            return "true" if value else "false"
        case FieldType.DAY:
            return f"{value // 10_000:04}-{value // 100 % 100:02}-{value % 100:02}"
        case FieldType.ANNIVERSARY:
            return f"{value[:2]}-{value[2:]}"
        case FieldType.LIST:
            more = ", …" if len(value) > _SHOWN else ""
            return ", ".join(quoted(word) for word in value[:_SHOWN]) + more
        case _:
            return quoted(value)


def _turns_on(node: Node, profile: Profile, evaluation: Evaluation) -> date | None:
    if not any(_moves(leaf) for leaf in leaves(node)):
        return None
    now = segment_predicate(node, evaluation)(profile)
    for days in range(1, _LOOKED_AHEAD + 1):
        later = replace(evaluation, today=evaluation.today + timedelta(days=days))
        if segment_predicate(node, later)(profile) != now:
            return later.today
    return None


def _moves(leaf: Leaf) -> bool:
    """Whether the comparison depends on what day it is."""
    match leaf:
        case Comparison():
            given: tuple[object, ...] = (leaf.value,)
        case Between():
            given = (leaf.low, leaf.high)
        case Among():
            given = ()
        case _:
            return False
    return leaf.field.type is FieldType.ANNIVERSARY or any(isinstance(value, Offset) for value in given)
