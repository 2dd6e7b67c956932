"""Segments in the store: append-only, each change a new version."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select
from sqlalchemy.exc import IntegrityError

import regulars_store as store
from regulars_mapping import PermanentError, Property, RetryError, SkipError, one_line
from regulars_marketing._money import MoneyRules
from regulars_marketing._segment_check import Evaluation
from regulars_marketing._segment_error import SegmentError
from regulars_marketing._segment_fields import Catalogue, FieldType
from regulars_marketing._segment_parse import parse_segment
from regulars_marketing._segment_ready import ready_segments
from regulars_marketing._segment_text import segment_text
from regulars_marketing._segment_tree import Node, leaves
from regulars_store import tables

MOST_SEGMENTS = 200
LONGEST_TITLE = 200
_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_NO_CURRENCY = "no shop tells its currency yet, so that sums cannot be compared; set money.currency"
_SEE = "See: regulars segment list"
table = tables.segment


@dataclass(frozen=True, slots=True)
class StoredSegment:
    """A version of a segment; ``at`` and ``who`` tell when and by whom it was written."""

    key: str
    version: int
    title: str
    expression: str
    enabled: bool
    at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class StandingSegments:
    """The segments that are on: the trees of those that can be asked, and why the others cannot, by key.

    An expression that could be asked once cannot be where it names a field of the owner's that has ended or
    has become sensitive, or a sum while no currency is known.
    """

    trees: Mapping[str, Node] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)


def evaluation_at(now: datetime, money: MoneyRules) -> Evaluation:
    """What expressions are read against at an aware moment."""
    return Evaluation.at(now, zone=money.zone, currency=money.currency or "")


def is_segment_key(text: str) -> bool:
    """Whether a text can be a segment's key; no expression can."""
    return bool(_KEY.fullmatch(text))


def segments(connection: Connection) -> list[StoredSegment]:
    """The newest version of every segment, also of those that are off, by key; one statement."""
    return [_stored(row) for row in connection.execute(_newest_versions())]


def segment_named(connection: Connection, key: str) -> StoredSegment:
    """The newest version. Raises SkipError where there never was one."""
    last = _newest(connection, key)
    if last is None and key in {each.key for each in ready_segments()}:
        raise SkipError(
            f"The ready-made segment {key!r} is off: nobody is in it. "
            f"Switch it on: regulars segment add --ready {key}"
        )
    if last is None:
        raise SkipError(f"There is no segment {key[:63]!r}. {_SEE}")
    return last


def segment_versions(connection: Connection, key: str) -> list[StoredSegment]:
    """All versions of a segment, the newest first."""
    query = select(table).where(table.c.key == key).order_by(table.c.version.desc())
    return [_stored(row) for row in connection.execute(query)]


def read_segment(connection: Connection, text: str) -> Node:
    """An expression over the fields that there are now. Raises SegmentError with the place."""
    return _tree(text, tuple(store.properties(connection).values()))


def standing_segments(
    connection: Connection, evaluation: Evaluation, keys: Sequence[str] | None = None
) -> StandingSegments:
    """The segments that are on, of these keys only if some are given."""
    found = [each for each in segments(connection) if each.enabled and (keys is None or each.key in keys)]
    if not found:
        return StandingSegments()
    properties = tuple(store.properties(connection).values())
    trees: dict[str, Node] = {}
    problems: dict[str, str] = {}
    for each in found:
        try:
            trees[each.key] = _tree(each.expression, properties)
        except SegmentError as error:
            problems[each.key] = str(error)
            continue
        if problem := unanswerable(trees[each.key], evaluation):
            del trees[each.key]
            problems[each.key] = problem
    return StandingSegments(trees, problems)


def unanswerable(tree: Node, evaluation: Evaluation) -> str:
    """Why an expression cannot be asked at present; empty where it can."""
    asks_money = any(leaf.field.type is FieldType.MONEY for leaf in leaves(tree))
    return _NO_CURRENCY if asks_money and not evaluation.currency else ""


def add_segment(
    connection: Connection, key: str, expression: str, *, title: str, who: str, now: datetime
) -> StoredSegment:
    """Write a new segment, on; or take up again one that is off. The same as the last one writes nothing.

    Raises SegmentError for the expression; PermanentError for a key or title that cannot be, where one of
    that key is on and asks something else, and where there are too many; RetryError when somebody wrote it
    meanwhile.
    """
    last = _newest(connection, _checked_key(key))
    wanted = _wanted(connection, key, expression, title or (last.title if last else key))
    if last is not None and last.enabled:
        if (last.expression, last.title) == wanted:
            return last
        raise PermanentError(
            f"There is a segment {key} already: {last.expression}. Change it: regulars segment change {key} …"
        )
    _check_room(connection)
    return _append(connection, last, key, *wanted, enabled=True, who=who, now=now)


def change_segment(
    connection: Connection, key: str, *, expression: str | None, title: str | None, who: str, now: datetime
) -> StoredSegment:
    """Write the next version of a segment, on or off as it was; what is None stays.

    Nothing is written where nothing changes. Raises as `add_segment`, and SkipError where there is none.
    """
    last = segment_named(connection, key)
    wanted = (
        last.expression if expression is None else segment_text(read_segment(connection, expression)),
        last.title if title is None else _checked_title(title),
    )
    if (last.expression, last.title) == wanted:
        return last
    return _append(connection, last, key, *wanted, enabled=last.enabled, who=who, now=now)


def disable_segment(connection: Connection, key: str, *, who: str, now: datetime) -> StoredSegment:
    """End a segment by a new version that is off; the last one where it is off already.

    Its members go when they are refreshed next. Raises SkipError where there is none.
    """
    last = segment_named(connection, key)
    if not last.enabled:
        return last
    return _append(connection, last, key, last.expression, last.title, enabled=False, who=who, now=now)


# Kept, since every person that is computed asks all segments, and parsing costs many times what asking does.
@lru_cache(maxsize=2 * MOST_SEGMENTS)
def _tree(expression: str, properties: tuple[Property, ...]) -> Node:
    return parse_segment(expression, Catalogue(properties))


def _wanted(connection: Connection, key: str, expression: str, title: str) -> tuple[str, str]:
    return segment_text(read_segment(connection, expression)), _checked_title(title or key)


def _checked_key(key: str) -> str:
    if not is_segment_key(key):
        raise PermanentError(
            f"A segment's key has small Latin letters, digits, - and _, begins with a letter and has at most "
            f"63 signs; {key[:63]!r} is none. Write it like coffee_lovers."
        )
    return key


def _checked_title(title: str) -> str:
    said = one_line(title, what="The title", most=LONGEST_TITLE)
    if not said:
        raise PermanentError("The title is empty. Write what people call the segment.")
    return said


def _check_room(connection: Connection) -> None:
    if sum(each.enabled for each in segments(connection)) >= MOST_SEGMENTS:
        raise PermanentError(
            f"There are {MOST_SEGMENTS} segments, which is the most there can be. End one: "
            "regulars segment off KEY"
        )


@cache
def _newest_versions() -> Select[Any]:
    last = select(table.c.key, func.max(table.c.version).label("version")).group_by(table.c.key).subquery()
    query = select(table).join(last, (table.c.key == last.c.key) & (table.c.version == last.c.version))
    return query.order_by(table.c.key)


def _newest(connection: Connection, key: str) -> StoredSegment | None:
    query = select(table).where(table.c.key == key).order_by(table.c.version.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _stored(row)


def _append(
    connection: Connection,
    last: StoredSegment | None,
    key: str,
    expression: str,
    title: str,
    *,
    enabled: bool,
    who: str,
    now: datetime,
) -> StoredSegment:
    version = 1 if last is None else last.version + 1
    made = StoredSegment(key, version, title, expression, enabled, now, who)
    try:
        connection.execute(insert(table), [{name: getattr(made, name) for name in StoredSegment.__slots__}])
    except IntegrityError as error:
        raise RetryError(f"Segment {key} was changed by somebody else just now; try again") from error
    return made


def _stored(row: Row[Any]) -> StoredSegment:
    return StoredSegment(*(row._mapping[name] for name in StoredSegment.__slots__))
