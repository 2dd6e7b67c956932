"""Many rows in one statement: upserts by primary key, and sets of ids as one parameter."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    JSON,
    Boolean,
    ColumnElement,
    Connection,
    Dialect,
    Executable,
    Insert,
    LargeBinary,
    Table,
    Text,
    any_,
    bindparam,
    delete,
    literal,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import custom_op
from sqlalchemy.types import TypeEngine

Row = dict[str, Any]


def among(connection: Connection, column: ColumnElement[Any], ids: Iterable[str]) -> ColumnElement[bool]:
    """``column IN ids`` with the ids as one parameter: one statement text whatever their number."""
    if connection.dialect.name == "postgresql":
        return column == any_(literal(list(ids), ARRAY(Text)))
    found: ColumnElement[bool] = _IN(column, _Listed(literal(orjson.dumps(list(ids)).decode(), Text)))
    return found


# Said by itself: what SQLAlchemy makes of a table-valued function is the same, and takes as long to build as
# a small statement takes to run.
class _Listed(FunctionElement[str]):
    """The texts of a JSON array, on SQLite."""

    type = Text()
    inherit_cache = True


_IN = custom_op[bool]("IN", is_comparison=True, return_type=Boolean())


@compiles(_Listed, "sqlite")
def _listed_sqlite(element: _Listed, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **kw)}))"  # noqa: S608 - a place


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
        statement = _overwriting(connection.dialect, table, columns, tuple(keeping))
        statement.run(connection, _sorted(table, rows))


def keep_greatest(
    connection: Connection, table: Table, rows: Collection[Mapping[str, Any]], *, by: Sequence[str]
) -> None:
    """Insert rows; one whose primary key is there overwrites the columns ``by`` where its own are greater."""
    if rows:
        statement = _raising(connection.dialect, table, tuple(next(iter(rows))), tuple(by))
        statement.run(connection, _sorted(table, rows))


def insert_rows(connection: Connection, table: Table, rows: Collection[Mapping[str, Any]]) -> None:
    """Insert rows, all with the same columns."""
    if rows:
        columns = tuple(next(iter(rows)))
        _inserting(connection.dialect, table, columns).run(connection, _sorted(table, rows))


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
    return sorted(rows, key=itemgetter(*keys)) if keys else list(rows)


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
        self._names = tuple(compiled.positiontup or columns)
        found = [(place, _processor(table.c[name].type, dialect)) for place, name in enumerate(self._names)]
        self._processors = [(place, bind) for place, bind in found if bind is not None]

    def run(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Execute for every row."""
        # Converted column by column: one call of Python a value that needs it, none a row.
        columns: list[Iterable[Any]] = list(zip(*map(_getter(self._names), rows), strict=True))
        for place, bind in self._processors:
            columns[place] = map(bind, columns[place])
        values = list(zip(*columns, strict=True))
        if not self._named:
            connection.exec_driver_sql(self._sql, values)
            return
        connection.exec_driver_sql(self._sql, [dict(zip(self._names, each, strict=True)) for each in values])


def _getter(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    return itemgetter(*names) if len(names) > 1 else lambda row: (row[names[0]],)


def _processor(type_: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    if isinstance(type_, Boolean | LargeBinary):
        # Both drivers take Python's own.
        return None
    if isinstance(type_, JSON) and dialect.name == "sqlite":
        return _json_text
    return type_.dialect_impl(dialect).bind_processor(dialect)


def _json_text(document: Any) -> str | None:
    """JSON as the engine's own serialiser writes it; a missing document is NULL."""
    return None if document is None else orjson.dumps(document).decode()


def _insert(dialect: Dialect, table: Table, columns: tuple[str, ...]) -> sqlite.Insert | postgresql.Insert:
    values = {name: bindparam(name, type_=table.c[name].type) for name in columns}
    if dialect.name == "postgresql":
        return postgresql.insert(table).values(values)
    return sqlite.insert(table).values(values)


@lru_cache(maxsize=256)
def _inserting(dialect: Dialect, table: Table, columns: tuple[str, ...]) -> _Compiled:
    return _Compiled(dialect, table, columns, _insert(dialect, table, columns))


@lru_cache(maxsize=256)
def _overwriting(
    dialect: Dialect, table: Table, columns: tuple[str, ...], keeping: tuple[str, ...]
) -> _Compiled:
    statement = _insert(dialect, table, columns)
    keys = [column.name for column in table.primary_key]
    new = {name: statement.excluded[name] for name in columns if name not in {*keys, *keeping}}
    return _Compiled(
        dialect,
        table,
        columns,
        statement.on_conflict_do_update(index_elements=keys, set_=new)
        if new
        else statement.on_conflict_do_nothing(index_elements=keys),
    )


@lru_cache(maxsize=256)
def _raising(dialect: Dialect, table: Table, columns: tuple[str, ...], by: tuple[str, ...]) -> _Compiled:
    statement = _insert(dialect, table, columns)
    new = {name: statement.excluded[name] for name in by}
    greater = tuple_(*new.values()) > tuple_(*(table.c[name] for name in by))
    keys = [column.name for column in table.primary_key]
    return _Compiled(
        dialect,
        table,
        columns,
        statement.on_conflict_do_update(index_elements=keys, set_=new, where=greater),
    )


@lru_cache(maxsize=256)
def _update(table: Table, columns: tuple[str, ...]) -> Executable:
    values = {name: bindparam(name, type_=table.c[name].type) for name in columns}
    return update(table).where(table.c.id == bindparam("key_id")).values(values)
