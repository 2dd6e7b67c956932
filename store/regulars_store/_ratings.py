"""Ratings of persons: their history, and the score that stands in the profile."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ARRAY, Connection, Integer, Text, bindparam, column, func, insert, select, update

from regulars_store._bulk import insert_rows
from regulars_store._tables_derived import person
from regulars_store._tables_marketing import person_profile, rating, rating_scale
from regulars_store._types import UtcDateTime

_COLUMNS = ("person_id", "at", "score", "grade", "contributions", "facts", "cause", "scale_id")
_INSERT = f"INSERT INTO rating ({', '.join(_COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - names of ours


class RatingRow(NamedTuple):
    """A row of the history; ``score`` and ``grade`` are None where the person could not be rated any more."""

    person_id: str
    at: datetime
    score: int | None
    grade: str | None
    contributions: Mapping[str, int]
    facts: Mapping[str, Any]
    cause: Mapping[str, Any]
    scale_id: int | None


class StoredScale(NamedTuple):
    """A row of ``rating_scale``."""

    id: int
    at: datetime
    currency: str
    persons: int
    newcomers: int
    cuts: Mapping[str, Any]
    rules: Mapping[str, Any]
    applied_at: datetime | None


def rating_history(connection: Connection, person_id: str, *, limit: int = 100) -> list[RatingRow]:
    """What a person was rated, the newest first."""
    columns = [rating.c[name] for name in _COLUMNS]
    query = select(*columns).where(rating.c.person_id == person_id).order_by(rating.c.id.desc()).limit(limit)
    return [RatingRow(*row) for row in connection.execute(query)]


def rating_facts(connection: Connection, rating_ids: Collection[int]) -> dict[int, Mapping[str, Any]]:
    """What these rows of the history rested on, by their ids."""
    if not rating_ids:
        return {}
    query = select(rating.c.id, rating.c.facts).where(rating.c.id.in_(bindparam("ids", expanding=True)))
    return {row[0]: row[1] for row in connection.execute(query, {"ids": list(rating_ids)})}


def write_ratings(connection: Connection, rows: Sequence[RatingRow]) -> None:
    """Add rows of one moment to the history, and note the scores in the profiles."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        insert_rows(connection, rating, [row._asdict() for row in rows])
    else:
        # To the driver itself: SQLAlchemy's work on each row would cost more than the writing.
        bound = UtcDateTime().bind_processor(connection.dialect)
        at = bound(rows[0].at) if bound else rows[0].at
        connection.exec_driver_sql(
            _INSERT,
            [
                (person_id, at, score, grade, _json(points), _json(facts), _json(cause), scale_id)
                for person_id, _, score, grade, points, facts, cause, scale_id in rows
            ],
        )
    note_scores(connection, [(row.score, row.grade, row.person_id) for row in rows])


def _json(document: Mapping[str, Any]) -> str:
    return orjson.dumps(document).decode()


def note_scores(connection: Connection, scores: Sequence[tuple[int | None, str | None, str]]) -> None:
    """Write (score, grade, person id) into the profiles that are there."""
    if not scores:
        return
    if connection.dialect.name != "postgresql":
        connection.exec_driver_sql(
            "UPDATE person_profile SET rating = ?, grade = ? WHERE person_id = ?", list(scores)
        )
        return
    found, grades, persons = zip(*scores, strict=True)
    given = (
        func.unnest(
            bindparam("scores", list(found), ARRAY(Integer)),
            bindparam("grades", list(grades), ARRAY(Text)),
            bindparam("persons", list(persons), ARRAY(Text)),
        )
        .table_valued(column("score", Integer), column("grade", Text), column("person", Text), name="given")
        .render_derived()
    )
    changed = update(person_profile).where(person_profile.c.person_id == given.c.person)
    connection.execute(changed.values(rating=given.c.score, grade=given.c.grade))


def newest_scale(connection: Connection) -> StoredScale | None:
    """The scale that counts; None before the first rating."""
    query = select(*(rating_scale.c[name] for name in StoredScale._fields))
    row = connection.execute(query.order_by(rating_scale.c.id.desc()).limit(1)).first()
    return None if row is None else StoredScale(*row)


def scales(connection: Connection, scale_ids: Collection[int]) -> dict[int, StoredScale]:
    """These scales by their ids."""
    query = select(*(rating_scale.c[name] for name in StoredScale._fields))
    wanted = query.where(rating_scale.c.id.in_(sorted(scale_ids)))
    return {row[0]: StoredScale(*row) for row in connection.execute(wanted)}


def add_scale(connection: Connection, scale: Mapping[str, Any], *, now: datetime) -> StoredScale:
    """Keep a scale (currency, persons, cuts, rules) as the newest."""
    row = {"at": now, "newcomers": 0, "applied_at": None, **scale}
    connection.execute(insert(rating_scale).values(row))
    found = newest_scale(connection)
    assert found is not None  # noqa: S101 - told to the type checker
    return found


def count_newcomers(connection: Connection, scale_id: int, more: int) -> None:
    """Note that so many more persons were rated for the first time since the scale was made."""
    if more:
        counted = update(rating_scale).where(rating_scale.c.id == scale_id)
        connection.execute(counted.values(newcomers=rating_scale.c.newcomers + more))


def note_applied(connection: Connection, scale_id: int, *, now: datetime) -> None:
    """Note that everybody was rated by the scale."""
    connection.execute(update(rating_scale).where(rating_scale.c.id == scale_id).values(applied_at=now))


def rated_persons(
    connection: Connection, *, grade: str | None = None, limit: int = 50, worst: bool = False
) -> list[Mapping[str, Any]]:
    """Persons by their rating, the best or the worst first: id, score, grade, name, and what they
    spent."""
    profile = person_profile.c
    known = (profile.rating, profile.grade, profile.spent, profile.orders, profile.currency)
    query = (
        select(profile.person_id, *known, person.c.given_name, person.c.family_name)
        .join_from(person_profile, person, person.c.id == profile.person_id)
        .where(profile.rating.is_not(None))
        .order_by(profile.rating if worst else profile.rating.desc(), profile.person_id)
        .limit(limit)
    )
    if grade is not None:
        query = query.where(profile.grade == grade)
    return [dict(row) for row in connection.execute(query).mappings()]


def grade_counts(connection: Connection) -> dict[str | None, int]:
    """How many persons have each grade; under None those who cannot be rated yet."""
    query = select(person_profile.c.grade, func.count()).group_by(person_profile.c.grade)
    return {row[0]: row[1] for row in connection.execute(query)}
