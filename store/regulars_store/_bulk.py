"""Many rows in one statement: upserts by primary key, and sets of ids as one parameter."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Connection,
    Dialect,
    Executable,
    Insert,
    Table,
    Text,
    any_,
    bindparam,
    delete,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

Row = dict[str, Any]


def among(connection: Connection, column: ColumnElement[Any], ids: Iterable[str]) -> ColumnElement[bool]:
    """``column IN ids`` with the ids as one parameter: one statement text whatever their number."""
    if connection.dialect.name == "postgresql":
        return column == any_(literal(list(ids), ARRAY(Text)))
    values = func.json_each(literal(orjson.dumps(list(ids)).decode(), Text)).table_valued("value")
    return column.in_(select(values.c.value))


def insert_or_update(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """The dialect's INSERT that knows ON CONFLICT."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def upsert(
    connection: Connection, table: Table, rows: Collection[Mapping[str, Any]], *, keeping: Sequence[str] = ()
) -> None:
    """Insert rows, all with the same columns, or overwrite those with their primary key.

    Columns in ``keeping`` are written to new rows only. Sorted by key, so that writers never wait for each
    other in a circle.
    """
    if rows:
        columns = tuple(next(iter(rows)))
        _compiled(connection.dialect, table, columns, tuple(keeping)).run(connection, _sorted(table, rows))


def insert_rows(connection: Connection, table: Table, rows: Collection[Mapping[str, Any]]) -> None:
    """Insert rows, all with the same columns."""
    if rows:
        columns = tuple(next(iter(rows)))
        _compiled(connection.dialect, table, columns, None).run(connection, _sorted(table, rows))


def update_rows(connection: Connection, table: Table, rows: Collection[Row]) -> None:
    """Overwrite the given columns of rows that exist, found by ``id``."""
    if rows:
        columns = tuple(name for name in next(iter(rows)) if name != "id")
        named = [{"key_id" if name == "id" else name: value for name, value in row.items()} for row in rows]
        named.sort(key=lambda row: str(row["key_id"]))
        connection.execute(_update(table, columns), named)


def delete_where(
    connection: Connection, column: ColumnElement[Any], table: Table, ids: Collection[str]
) -> None:
    """Delete the rows whose column is among the ids."""
    if ids:
        connection.execute(delete(table).where(among(connection, column, ids)))


def _sorted(table: Table, rows: Collection[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    keys = [column.name for column in table.primary_key if column.name in next(iter(rows))]
    if len(keys) == 1:
        key = keys[0]
        return sorted(rows, key=lambda row: row[key])
    return sorted(rows, key=lambda row: tuple(row[key] for key in keys))


class _Compiled:
    """An INSERT compiled once, whose rows go to the driver without SQLAlchemy touching each.

    Its general machinery costs more than SQLite's writing, since it serves every kind of parameter.
    """

    def __init__(self, dialect: Dialect, table: Table, columns: tuple[str, ...], statement: Insert) -> None:
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - told to the type checker
        self._sql = str(compiled)
        self._named = not dialect.positional
        # SQLAlchemy writes columns in the table's order.
        columns = tuple(compiled.positiontup or columns)
        self._columns = [(name, _processor(table.c[name].type, dialect)) for name in columns]

    def run(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Execute for every row."""
        values = [
            tuple([bind(row[name]) if bind else row[name] for name, bind in self._columns]) for row in rows
        ]
        if not self._named:
            connection.exec_driver_sql(self._sql, values)
            return
        names = [name for name, _ in self._columns]
        connection.exec_driver_sql(self._sql, [dict(zip(names, each, strict=True)) for each in values])


def _processor(type_: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    if isinstance(type_, Boolean):
        # Both drivers take Python's bool.
        return None
    return type_.dialect_impl(dialect).bind_processor(dialect)


@lru_cache(maxsize=256)
def _compiled(
    dialect: Dialect, table: Table, columns: tuple[str, ...], keeping: tuple[str, ...] | None
) -> _Compiled:
    values = {name: bindparam(name, type_=table.c[name].type) for name in columns}
    statement = (postgresql if dialect.name == "postgresql" else sqlite).insert(table).values(values)
    if keeping is None:
        return _Compiled(dialect, table, columns, statement)
    keys = [column.name for column in table.primary_key]
    changed = [name for name in columns if name not in keys and name not in keeping]
    return _Compiled(
        dialect,
        table,
        columns,
        statement.on_conflict_do_update(
            index_elements=keys, set_={name: statement.excluded[name] for name in changed}
        )
        if changed
        else statement.on_conflict_do_nothing(index_elements=keys),
    )


@lru_cache(maxsize=256)
def _update(table: Table, columns: tuple[str, ...]) -> Executable:
    values = {name: bindparam(name, type_=table.c[name].type) for name in columns}
    return update(table).where(table.c.id == bindparam("key_id")).values(values)
