"""A segment's expression as a Python function on one profile."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from regulars_marketing._segment_check import (
    Anything,
    Beginning,
    Check,
    Evaluation,
    Member,
    OneOf,
    Part,
    Range,
    Wanted,
    check_of,
)
from regulars_marketing._segment_fields import Field, FieldType
from regulars_marketing._segment_tree import And, Node, Not, Or

Profile = Mapping[str, Any]
"""A row of the profile: column -> value as the database gives it, lists and objects of JSON as Python's."""
Predicate = Callable[[Profile], bool]


def segment_predicate(node: Node, evaluation: Evaluation) -> Predicate:
    """A function that says whether a profile is in the segment, as the database would."""
    match node:
        case Not():
            term = segment_predicate(node.term, evaluation)
            return lambda profile: not term(profile)
        case And():
            terms = [segment_predicate(each, evaluation) for each in node.terms]
            return lambda profile: all(each(profile) for each in terms)
        case Or():
            terms = [segment_predicate(each, evaluation) for each in node.terms]
            return lambda profile: any(each(profile) for each in terms)
        case _:
            check = check_of(node, evaluation)
            return lambda profile: holds(check, profile)


def holds(check: Check, profile: Profile) -> bool:
    """Whether the profile passes the check."""
    value = stored_value(check.field, profile)
    if value is None:
        return check.if_missing
    return _fits(check.wanted, value) != check.inverted


def stored_value(of: Field, profile: Profile) -> Any:
    """The field's value in the profile, None where there is none, or an empty list."""
    value = profile.get(of.column)
    if of.key:
        value = _own_value(of, value)
    return None if of.type is FieldType.LIST and not value else value


def _own_value(of: Field, properties: Any) -> Any:
    """The owner's own field, None where its type has been changed since the profile was written."""
    value = properties.get(of.key) if isinstance(properties, Mapping) else None
    wanted = str if of.type in {FieldType.TEXT, FieldType.CHOICE} else int
    return value if isinstance(value, wanted) and not isinstance(value, bool) else None


def _fits(wanted: Wanted, value: Any) -> bool:
    match wanted:
        case Range():
            return _is_within(wanted, cast("int | datetime", value))
        case OneOf():
            return value in wanted.values
        case Part():
            return wanted.text in cast("str", value)
        case Beginning():
            return cast("str", value).startswith(wanted.text)
        case Member():
            return wanted.word in cast("Sequence[str]", value)
        case Anything():
            return True


def _is_within(wanted: Range, value: Any) -> bool:
    return (wanted.low is None or value >= wanted.low) and (wanted.high is None or value < wanted.high)
