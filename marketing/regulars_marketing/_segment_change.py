"""The least change of a profile that would turn a segment's answer about it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain, product
from types import MappingProxyType
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
    Stored,
    Wanted,
    check_of,
)
from regulars_marketing._segment_fields import NUMBERS, Field, FieldType
from regulars_marketing._segment_predicate import Profile, holds, segment_predicate, stored_value
from regulars_marketing._segment_tree import And, Node, Not, Or

_KEPT = 8
"""Ways that are kept of each part of the tree: the best alone may contradict what another part needs."""
_FARTHEST = 1_000
_MOMENT = timedelta(microseconds=1)
_OTHER = "~"
"""Stands for a text of which only is known what it is not."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A field and the value that it would have; None for none. ``vague`` where others would do as well."""

    field: Field
    value: Any
    vague: bool
    distance: int
    check: Check
    target: bool


Way = tuple[Fix, ...]


def nearest_way(node: Node, profile: Profile, evaluation: Evaluation) -> Way:
    """The fewest and then the smallest fixes that turn the answer; empty where none of those tried does."""
    predicate = segment_predicate(node, evaluation)
    target = not predicate(profile)
    for way in _ways(node, profile, evaluation, target=target):
        changed, taken = _applied(way, profile)
        if predicate(changed) == target:
            return taken
    return ()


def _ways(node: Node, profile: Profile, evaluation: Evaluation, *, target: bool) -> list[Way]:
    """Ways to make the node's answer the target, the nearest first; the empty way where it is already."""
    match node:
        case Not():
            return _ways(node.term, profile, evaluation, target=not target)
        case And() | Or():
            each = [_ways(term, profile, evaluation, target=target) for term in node.terms]
            all_needed = isinstance(node, And) == target
            return _together(each) if all_needed else _nearest([*chain.from_iterable(each)])
        case _:
            check = check_of(node, evaluation)
            fixed = holds(check, profile) == target
            return [()] if fixed else _nearest([(fix,) for fix in _fixes(check, profile, target=target)])


def _together(parts: list[list[Way]]) -> list[Way]:
    ways: list[Way] = [()]
    for part in parts:
        ways = _nearest([first + second for first, second in product(ways, part)])
    return ways


def _nearest(ways: list[Way]) -> list[Way]:
    return sorted(ways, key=_cost)[:_KEPT]


def _cost(way: Way) -> tuple[int, int]:
    return len({fix.field.name for fix in way}), sum(fix.distance for fix in way)


def _applied(way: Way, profile: Profile) -> tuple[Profile, Way]:
    """The profile after the fixes, and those of them that were needed after the ones before."""
    changed = dict(profile)
    taken: dict[str, Fix] = {}
    for fix in way:
        if holds(fix.check, changed) == fix.target:
            continue
        needed = _after_others(fix, changed)
        changed[fix.field.column] = _put(needed, changed)
        taken[fix.field.name] = needed
    return changed, tuple(taken.values())


def _put(fix: Fix, profile: Profile) -> Any:
    """What the column then holds."""
    key = fix.field.key
    return {**(profile.get(fix.field.column) or {}), key: fix.value} if key else fix.value


def _after_others(fix: Fix, profile: Profile) -> Fix:
    """The fix where those before it may have changed the same list."""
    if not isinstance(fix.check.wanted, Member) or fix.value is None:
        return fix
    value = stored_value(fix.field, profile)
    into = fix.target != fix.check.inverted
    words, _vague = next(_entering(fix.check, value) if into else _leaving(fix.check, value))
    return replace(fix, value=words)


def _fixes(check: Check, profile: Profile, *, target: bool) -> Iterator[Fix]:
    value = stored_value(check.field, profile)
    into = target != check.inverted
    options = _entering(check, value) if into else _leaving(check, value)
    for option, vague in options:
        distance = _FARTHEST if vague else _distance(value, option)
        yield Fix(check.field, option, vague=vague, distance=distance, check=check, target=target)
    if value is not None and check.if_missing == target:
        # The last resort, such as where every choice is taken.
        yield Fix(check.field, None, vague=False, distance=2 * _FARTHEST, check=check, target=target)


Option = tuple[Any, bool]


def _entering(check: Check, value: Any) -> Iterator[Option]:
    wanted: Wanted = check.wanted
    match wanted:
        case Range():
            yield _entered(wanted, value), False
        case OneOf():
            near = sorted(wanted.values, key=lambda each: (_distance(value, each), str(each)))
            yield from ((each, False) for each in near[:_KEPT])
        case Part() | Beginning():
            yield wanted.text, False
        case Member():
            yield [*(value or ()), wanted.word], False
        case Anything():
            yield _sample(check.field), True


def _entered(wanted: Range, value: Any) -> int | datetime:
    if wanted.low is not None and (value is None or value < wanted.low):
        return wanted.low
    return _before(cast("int | datetime", wanted.high))


def _before(bound: int | datetime) -> int | datetime:
    return bound - _MOMENT if isinstance(bound, datetime) else bound - 1


def _leaving(check: Check, value: Any) -> Iterator[Option]:
    wanted = check.wanted
    match wanted:
        case Range():
            yield from ((wanted.high, False),) if wanted.high is not None else ()
            yield from ((_before(wanted.low), False),) if wanted.low is not None else ()
        case OneOf():
            yield from _others(check.field, wanted.values, value)
        case Part() | Beginning():
            yield _OTHER if wanted.text != _OTHER else "-", True
        case Member():
            yield [word for word in value or () if word != wanted.word], False
        case Anything():
            yield None, False


def _others(of: Field, values: tuple[Stored, ...], value: Any) -> Iterator[Option]:
    """Values that are none of these."""
    if of.choices:
        yield from ((choice, False) for choice in of.choices if choice not in values)
    elif of.type is FieldType.YES_NO:
        yield from ((option, False) for option in _truths(of) if option not in values)
    elif of.type in NUMBERS:
        start = 0 if value is None else cast("int", value)
        yield from ((_next_other(start, values, step), value is None) for step in (1, -1))
    else:
        yield _OTHER if _OTHER not in values else "-", True


def _truths(of: Field) -> tuple[int, int]:
    """Yes and no as they are stored."""
    return (1, 0) if of.key else (True, False)


def _next_other(value: int, values: tuple[Stored, ...], step: int) -> int:
    while value in values:
        value += step
    return value


_SAMPLES: Mapping[FieldType, Any] = MappingProxyType(
    {
        FieldType.MOMENT: datetime(2000, 1, 1, tzinfo=UTC),
        FieldType.DAY: 20_000_101,
        FieldType.ANNIVERSARY: "0101",
        FieldType.LIST: (_OTHER,),
        FieldType.TEXT: _OTHER,
        FieldType.WORD: _OTHER,
    }
)


def _sample(of: Field) -> Any:
    """Some value of the field."""
    if of.type is FieldType.YES_NO:
        return _truths(of)[0]
    return of.choices[0] if of.choices else _SAMPLES.get(of.type, 0)


def _distance(value: Any, other: Any) -> int:
    """How far apart two values are, in thousandths of the larger one or of a year."""
    if isinstance(value, datetime) and isinstance(other, datetime):
        return min(_FARTHEST, abs((value - other).days) * _FARTHEST // 365)
    if isinstance(value, int) and isinstance(other, int) and not isinstance(value, bool):
        return min(_FARTHEST, abs(value - other) * _FARTHEST // max(abs(value), abs(other), 1))
    return _FARTHEST // 2
