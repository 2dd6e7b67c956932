"""Queries compiled once: the same rows on both databases, and by an index."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from regulars_store import Store, begin_run, mark_dirty, tables
from regulars_store._asking import Asking, among_ids, is_anything, parameter
from regulars_store._types import UtcDateTime

dirty, run = tables.dirty, tables.sync_run
NOW = datetime(2026, 3, 4, 5, tzinfo=UTC)

MARKED = Asking(
    select(dirty.c.key)
    .where(among_ids(dirty.c.stage, "stages"), among_ids(dirty.c.key))
    .order_by(dirty.c.key)
)
BEGUN = Asking(
    select(run.c.command)
    .where(run.c.started_at >= parameter("since", UtcDateTime()), run.c.command.in_(["pull", "derive"]))
    .order_by(run.c.command)
)


def test_ids_are_one_parameter_however_many_and_whatever_they_hold(store: Store) -> None:
    odd = ["plain", "it's", '"', "{a,b}", "ä→", "\\", ""]
    with store.write() as connection:
        mark_dirty(connection, "facts", odd)
        mark_dirty(connection, "identity", ["plain"])
        for wanted in (odd, ["plain"], [], ["nobody"]):
            rows = MARKED.rows(connection, wanted, stages=["facts"])
            assert sorted(key for (key,) in rows) == sorted(set(wanted) & set(odd))
        many = [f"k{number}" for number in range(40_000)]
        assert MARKED.rows(connection, many, stages=["facts", "identity"]) == []


def test_values_are_bound_as_their_types_say_and_what_is_fixed_stays(store: Store) -> None:
    with store.write() as connection:
        for hours, command in enumerate(("derive", "plan", "pull")):
            begin_run(connection, shop_id=None, command=command, now=NOW + timedelta(hours=hours))
        for hours, expected in ((0, ["derive", "pull"]), (1, ["pull"]), (3, [])):
            found = BEGUN.rows(connection, since=NOW + timedelta(hours=hours))
            assert [command for (command,) in found] == expected


def test_whether_a_table_has_anything_may_be_asked_of_a_row_of_that_table_itself(store: Store) -> None:
    asked = Asking(select(dirty.c.key, is_anything(run)).where(is_anything(dirty)))
    with store.write() as connection:
        assert list(asked.rows(connection)) == []
        mark_dirty(connection, "facts", ["k"])
        assert [(key, bool(found)) for key, found in asked.rows(connection)] == [("k", False)]
        begin_run(connection, shop_id=None, command="pull", now=NOW)
        assert [(key, bool(found)) for key, found in asked.rows(connection)] == [("k", True)]


def test_ids_are_found_by_an_index(sqlite_store: Store) -> None:
    """SQLite would look at every row where it took the condition for a value."""
    asked = select(tables.person.c.id).where(among_ids(tables.person.c.id))
    with sqlite_store.read() as connection:
        text = str(asked.compile(dialect=connection.dialect))
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", ("[]",)).all()
    assert any("SEARCH person" in row[3] for row in plan)
