"""Queries compiled once and said to the database's driver, whose rows come as it gives them.

For SQLAlchemy to find a statement it compiled before, it looks at every part of it: with a few hundred parts
that takes longer than a small statement runs. And its work on each row costs more than the reading.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

import orjson
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Dialect,
    Select,
    Table,
    Text,
    TypeDecorator,
    bindparam,
    exists,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeEngine

from regulars_store._driver import Plain, is_sqlite, sqlite_of

Ids = Collection[str]
T = TypeVar("T")


class _Named(TypeDecorator[Ids]):
    """Ids in one parameter: of SQLite a JSON list."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Ids | None, dialect: Dialect) -> Any:
        named = list(value or ())
        return orjson.dumps(named).decode() if dialect.name == "sqlite" else named


class _Among(FunctionElement[Any]):
    # Of a Boolean SQLite would be asked whether it equals 1, which no index tells.
    type = NullType()
    inherit_cache = True


@compiles(_Among, "sqlite")
def _among_sqlite(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, ids = (compiler.process(each, **kw) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 - a column and a place


@compiles(_Among, "postgresql")
def _among_postgresql(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, ids = (compiler.process(each, **kw) for each in element.clauses)
    return f"{column} = ANY (CAST({ids} AS TEXT[]))"


def parameter(name: str, type_: TypeEngine[T]) -> BindParameter[T]:
    """What an `Asking` is given under this name."""
    return bindparam(name, type_=type_, required=False)


def among_ids(column: ColumnElement[Any], name: str = "ids") -> ColumnElement[bool]:
    """``column IN ids``, the ids that an `Asking` is given under this name."""
    found: ColumnElement[bool] = _Among(column, parameter(name, _Named()))
    return found


def is_anything(table: Table) -> ColumnElement[bool]:
    """Whether a table has any row: asked once a statement, which then looks none up where there is none."""
    # By another name, or it would be about the row that the statement has of it already.
    return exists().select_from(table.alias())


class Asking:
    """A query that is asked again and again, with other values for the parameters that it names."""

    def __init__(self, query: Select[Any]) -> None:
        self._query = query
        self._said: dict[str, _Said] = {}

    def rows(self, connection: Connection, ids: Ids | None = None, **given: Any) -> Sequence[Plain]:
        """The rows in plain tuples: of SQLite JSON and moments as texts, booleans as numbers."""
        if ids is not None:
            given["ids"] = ids
        dialect = connection.dialect
        said = self._said.get(dialect.name)
        if said is None:
            said = self._said[dialect.name] = _Said(dialect, self._query)
        if is_sqlite(connection):
            return sqlite_of(connection).execute(said.sql, said.placed(given)).fetchall()
        cursor = connection.exec_driver_sql(said.sql, said.named(given)).cursor
        assert cursor is not None  # noqa: S101 - told to the type checker
        rows: Sequence[Plain] = cursor.fetchall()
        return rows


class _Said:
    """A query as the text of one database, and what its parameters are."""

    def __init__(self, dialect: Dialect, query: Select[Any]) -> None:
        compiled = query.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - told to the type checker
        self.sql = str(compiled)
        self._bound: dict[str, Callable[[Any], Any] | None] = {
            name: each.type.dialect_impl(dialect).bind_processor(dialect)
            for name, each in compiled.binds.items()
        }
        self._fixed = {name: self._value(name, value) for name, value in compiled.params.items()}
        self._places = compiled.positiontup or ()

    def _value(self, name: str, value: Any) -> Any:
        bind = self._bound.get(name)
        return value if bind is None or value is None else bind(value)

    def named(self, given: dict[str, Any]) -> dict[str, Any]:
        """All parameters by name."""
        return {**self._fixed, **{name: self._value(name, value) for name, value in given.items()}}

    def placed(self, given: dict[str, Any]) -> Plain:
        """All parameters in their order."""
        values = self.named(given)
        return tuple([values[name] for name in self._places])
