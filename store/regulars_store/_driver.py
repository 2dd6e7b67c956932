"""Statements said to the database's driver: for a million rows, or for one in less than a millisecond.

SQLAlchemy's general machinery costs more than SQLite's own work on a small statement. Rows are plain tuples
as the driver gives and takes them: JSON and moments as texts on SQLite. PostgreSQL's statements go through
SQLAlchemy, whose errors are the ones that are translated there.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from sqlite3 import Connection as SqliteConnection
from typing import Any, cast

import orjson
from sqlalchemy import Column, Connection, Table
from sqlalchemy.dialects import postgresql

Plain = tuple[Any, ...]

_NAME = re.compile(r"(?<!:):(\w+)")
_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]


def is_sqlite(connection: Connection) -> bool:
    """Whether this is SQLite; else it is PostgreSQL."""
    return connection.dialect.name == "sqlite"


def sqlite_of(connection: Connection) -> SqliteConnection:
    """SQLite's own connection, inside the same transaction."""
    return cast("SqliteConnection", connection.connection.dbapi_connection)


def fetch(connection: Connection, sql: str, **parameters: Any) -> Sequence[Plain]:
    """All rows. Parameters are written ``:name``."""
    if is_sqlite(connection):
        return sqlite_of(connection).execute(sql, parameters).fetchall()
    return cast("Sequence[Plain]", connection.exec_driver_sql(_psycopg(sql), parameters).all())


def stream(connection: Connection, sql: str) -> Iterator[Plain]:
    """The rows one after the other; nothing that the statement reads may be written meanwhile."""
    if is_sqlite(connection):
        return iter(sqlite_of(connection).execute(sql))
    rows = connection.exec_driver_sql(sql, execution_options={"yield_per": 5_000})
    return cast("Iterator[Plain]", iter(rows))


def run(connection: Connection, sql: str, **parameters: Any) -> None:
    """One statement that gives no rows. Parameters are written ``:name``."""
    if is_sqlite(connection):
        sqlite_of(connection).execute(sql, parameters)
    else:
        connection.exec_driver_sql(_psycopg(sql), parameters)


def put(connection: Connection, table: Table, names: tuple[str, ...], rows: Sequence[Plain]) -> None:
    """Insert rows of these columns, or overwrite those with their primary key. No key may come twice."""
    if not rows:
        return
    if is_sqlite(connection):
        sqlite_of(connection).executemany(_put(table, names, sqlite=True), rows)
    else:
        connection.exec_driver_sql(_put(table, names, sqlite=False), _columns(rows))


def remove(connection: Connection, table: Table, keys: Sequence[Plain]) -> None:
    """Delete the rows with these primary keys."""
    if not keys:
        return
    if is_sqlite(connection):
        sqlite_of(connection).executemany(_remove(table, sqlite=True), keys)
    else:
        connection.exec_driver_sql(_remove(table, sqlite=False), _columns(keys))


def change(
    connection: Connection, table: Table, names: tuple[str, ...], by: str, rows: Sequence[Plain]
) -> None:
    """Overwrite these columns of the rows found ``by`` a column, whose value comes last."""
    if not rows:
        return
    if is_sqlite(connection):
        sqlite_of(connection).executemany(_change(table, names, by, sqlite=True), rows)
    else:
        connection.exec_driver_sql(_change(table, names, by, sqlite=False), _columns(rows))


def _columns(rows: Sequence[Plain]) -> Plain:
    # A column as one array: a statement a row is what makes psycopg slow.
    return tuple(list(column) for column in zip(*rows, strict=True))


@cache
def _put(table: Table, names: tuple[str, ...], *, sqlite: bool) -> str:
    keys = [column.name for column in table.primary_key]
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in keys)
    source = _marks(names) if sqlite else _arrays(table, names)
    action = f"UPDATE SET {changes}" if changes else "NOTHING"
    return (
        f"INSERT INTO {table.name} ({', '.join(names)}) {source} ON CONFLICT ({', '.join(keys)}) DO {action}"
    )


@cache
def _remove(table: Table, *, sqlite: bool) -> str:
    keys = [column.name for column in table.primary_key]
    if sqlite:
        found = " AND ".join(f"{name} = ?" for name in keys)
    else:
        found = f"({', '.join(keys)}) IN ({_arrays(table, keys)})"
    return f"DELETE FROM {table.name} WHERE {found}"  # noqa: S608 - as above


@cache
def _change(table: Table, names: tuple[str, ...], by: str, *, sqlite: bool) -> str:
    if sqlite:
        changes = ", ".join(f"{name} = ?" for name in names)
        return f"UPDATE {table.name} SET {changes} WHERE {by} = ?"  # noqa: S608 - as above
    changes = ", ".join(f"{name} = found.{name}" for name in names)
    found = f"({_arrays(table, [*names, by])}) AS found({', '.join([*names, 'by'])})"
    return f"UPDATE {table.name} SET {changes} FROM {found} WHERE {table.name}.{by} = found.by"  # noqa: S608


def _marks(names: Sequence[str]) -> str:
    return f"VALUES ({', '.join('?' * len(names))})"


def _arrays(table: Table, names: Sequence[str]) -> str:
    typed = ", ".join(f"%s::{_type(table.c[name])}[]" for name in names)
    return f"SELECT * FROM unnest({typed})"  # noqa: S608 - types only


def _type(column: Column[Any]) -> str:
    return column.type.compile(_POSTGRESQL).partition(" COLLATE")[0]


@cache
def _psycopg(sql: str) -> str:
    return _NAME.sub(r"%(\1)s", sql)


def utc(value: str | datetime) -> datetime:
    """A moment as the driver gives it."""
    if isinstance(value, datetime):
        return value if value.tzinfo is UTC else value.astimezone(UTC)
    # The zone in the text: to put it in afterwards would take five times as long.
    return datetime.fromisoformat(value + "+00:00")


def json_text(value: Any) -> str:
    """A JSON document as both drivers take it: one text for equal documents, read or to be written."""
    return value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
