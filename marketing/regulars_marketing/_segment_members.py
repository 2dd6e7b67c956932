"""Who is in a segment: counted, shown, and kept up to date for a few persons or for everybody."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, and_

import regulars_store as store
from regulars_mapping import PermanentError
from regulars_marketing._money import MoneyRules
from regulars_marketing._segment_check import Evaluation
from regulars_marketing._segment_predicate import Predicate, segment_predicate
from regulars_marketing._segment_sql import Condition, segment_condition
from regulars_marketing._segment_tree import Node, leaves
from regulars_marketing._segments import StandingSegments, evaluation_at, standing_segments, unanswerable
from regulars_store import tables
from regulars_store._segments import (
    EVERYBODY,
    MembersChange,
    Membership,
    Span,
    Whom,
    spans_of_profiles,
)

_CHUNK = 1_000
_SPAN = 5_000
_LARGEST = 3_000
"""Parts of expressions in one statement: PostgreSQL takes 65,535 parameters, SQLite 32,766."""
_STATUS, _ARCHIVED = "status", "archived"


def asks_status(tree: Node) -> bool:
    """Whether an expression says itself what status its persons have."""
    return any(leaf.field.name == _STATUS for leaf in leaves(tree))


def member_condition(tree: Node, evaluation: Evaluation) -> Condition:
    """Who is in it, as a condition on the profiles: archived persons only where it names their status.

    Raises PermanentError where it cannot be asked at present.
    """
    if problem := unanswerable(tree, evaluation):
        raise PermanentError(f"The expression cannot be asked: {problem}.")
    return _condition(tree, evaluation)


# Built once a day and segment; a person that changes would wait longer for that than for the database.
@lru_cache(maxsize=400)
def _condition(tree: Node, evaluation: Evaluation) -> Condition:
    condition = segment_condition(tree, tables.person_profile, evaluation)
    if asks_status(tree):
        return condition
    return and_(condition, tables.person_profile.c.status != _ARCHIVED)


def member_predicate(tree: Node, evaluation: Evaluation) -> Predicate:
    """The same of one profile, in Python. That nobody erased is in it is the caller's to see to."""
    fits = segment_predicate(tree, evaluation)
    if asks_status(tree):
        return fits
    return lambda profile: fits(profile) and profile[_STATUS] != _ARCHIVED


def count_segment(connection: Connection, tree: Node, evaluation: Evaluation) -> int:
    """How many persons an expression describes now. Raises as `member_condition`."""
    return store.segments.count_fitting(connection, member_condition(tree, evaluation))


def some_of_segment(
    connection: Connection, tree: Node, evaluation: Evaluation, *, limit: int
) -> Sequence[Row[Any]]:
    """The first by id: person_id, given_name, family_name, email, phone. Raises as `member_condition`."""
    return store.segments.fitting_page(connection, member_condition(tree, evaluation), limit=limit)


def refresh_members(
    connection: Connection,
    keys: Sequence[str] | None = None,
    person_ids: Collection[str] | None = None,
    *,
    now: datetime,
    money: MoneyRules,
    span: Span = EVERYBODY,
) -> MembersChange:
    """Bring the members of segments up to date with the profiles, within the caller's transaction.

    ``keys`` are the segments, all of them by default; ``person_ids`` the persons, all of the ``span`` by
    default. Differences only are written; who stays keeps their ``since``. A segment that is off is emptied;
    of one whose expression cannot be asked any more only those go who were erased or are no more. Idempotent.
    ``now`` is aware; with the zone of ``money`` it says which day it is. Whoever changes profiles and whoever
    calls this exclude each other.
    """
    evaluation = evaluation_at(now, money)
    standing, done = standing_segments(connection, evaluation, keys), MembersChange()
    for whom in _whom(connection, standing, person_ids, span):
        before = store.segments.memberships(connection, whom, keys)
        after = _described(connection, standing, whom, before, evaluation)
        done += store.segments.move_members(
            connection, entering=after - before, leaving=before - after, now=now
        )
    return done


def _whom(
    connection: Connection, standing: StandingSegments, person_ids: Collection[str] | None, span: Span
) -> Iterator[Whom]:
    """The persons in groups of which each is held in memory."""
    if person_ids is None:
        spans = spans_of_profiles(connection, _SPAN) if span == EVERYBODY else [span]
        yield from map(store.segments.within, spans)
    elif standing.trees or standing.problems:
        wanted = sorted(set(person_ids))
        for start in range(0, len(wanted), _CHUNK):
            yield store.segments.these(wanted[start : start + _CHUNK])
    # Else one statement was all: what one that went off left behind goes once a day.


def _described(
    connection: Connection,
    standing: StandingSegments,
    whom: Whom,
    before: set[Membership],
    evaluation: Evaluation,
) -> set[Membership]:
    """Who shall be in which segment."""
    after: set[Membership] = set()
    for part in _parts(standing.trees):
        conditions = {key: _condition(tree, evaluation) for key, tree in part.items()}
        after |= store.segments.fitting(connection, conditions, whom)
    held = {pair for pair in before if pair[0] in standing.problems}
    if held:
        known = store.segments.known_persons(connection, whom)
        after |= {pair for pair in held if pair[1] in known}
    return after


def _parts(trees: Mapping[str, Node]) -> Iterator[dict[str, Node]]:
    """The trees in groups that one statement takes."""
    part: dict[str, Node] = {}
    size = 0
    for key, tree in trees.items():
        if part and size + tree.size > _LARGEST:
            yield part
            part, size = {}, 0
        part[key] = tree
        size += tree.size
    if part:
        yield part
