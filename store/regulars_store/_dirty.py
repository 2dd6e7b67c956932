"""Marks on what must be derived again. One that is made anew while it is worked on survives its clearing."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Select, bindparam, delete, func, literal, select

from regulars_store._bulk import insert_or_update, upsert
from regulars_store._tables import dirty, person

_MANY = 20_000

_CLEAR = delete(dirty).where(
    dirty.c.stage == bindparam("the_stage"),
    dirty.c.key == bindparam("the_key"),
    dirty.c.stamp == bindparam("the_stamp"),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A key to derive again, and the marking that asked for it."""

    key: str
    stamp: int


def new_stamp() -> int:
    """What tells a marking from every other."""
    # Drawn, not counted: a count would start again after a clearing, and an old clearing would match it.
    return secrets.randbits(62)


def mark_dirty(connection: Connection, stage: str, keys: Iterable[str]) -> None:
    """Mark keys of a stage: ``identity`` (account ids), ``facts`` or ``offers:<shop id>`` (person ids)."""
    stamp = new_stamp()
    rows = [{"stage": stage, "key": key, "stamp": stamp} for key in dict.fromkeys(keys)]
    upsert(connection, dirty, rows)


def mark_dirty_among(connection: Connection, stage: str, keys: Select[tuple[str]]) -> None:
    """Mark the keys that a query gives, in one statement."""
    found = keys.subquery()
    columns = [literal(stage), found.c[0], literal(new_stamp())]
    rows = select(*columns).distinct().order_by(found.c[0])
    marking = insert_or_update(connection, dirty).from_select(["stage", "key", "stamp"], rows)
    key = [dirty.c.stage, dirty.c.key]
    connection.execute(
        marking.on_conflict_do_update(index_elements=key, set_={"stamp": marking.excluded.stamp})
    )


def dirty_marks(connection: Connection, stage: str, *, limit: int, after: str = "") -> list[Mark]:
    """The first marks of a stage behind the key ``after``, in the order of their keys."""
    query = select(dirty.c.key, dirty.c.stamp).where(dirty.c.stage == stage, dirty.c.key > after)
    query = query.order_by(dirty.c.key)
    return [Mark(key, stamp) for key, stamp in connection.execute(query.limit(limit))]


def clear_dirty(connection: Connection, stage: str, marks: Sequence[Mark]) -> None:
    """Take these marks away, but for keys that were marked again since."""
    if marks:
        named = [{"the_stage": stage, "the_key": mark.key, "the_stamp": mark.stamp} for mark in marks]
        connection.execute(_CLEAR, sorted(named, key=lambda row: str(row["the_key"])))


def dirty_count(connection: Connection, stage: str) -> int:
    """How many keys of a stage are marked."""
    return connection.scalar(select(func.count()).where(dirty.c.stage == stage)) or 0


def most_are_marked(connection: Connection) -> bool:
    """Whether very many persons are to be computed, most of all: then everybody is sooner done."""
    marked = dirty_count(connection, "facts")
    return marked >= _MANY and 2 * marked >= (connection.scalar(select(func.count(person.c.id))) or 0)


def clear_stage(connection: Connection, stage: str) -> int:
    """Take all marks of a stage away; how many."""
    return connection.execute(delete(dirty).where(dirty.c.stage == stage)).rowcount
