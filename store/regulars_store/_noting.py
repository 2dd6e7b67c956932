"""A reader of a SQLite store on whose connection writing is noted instead of done.

So code that reads, works out and writes can do all but the writing beside others, in any process; whoever
has the turn to write says the noted statements then, in a fraction of the time. What is written to the
overlaid tables is done as well, in temporary tables that hide the store's, so that it can be read again.
"""

import re
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import orjson
from sqlalchemy import Connection, Engine, StaticPool, Table, create_engine, event

from regulars_store._driver import Plain, sqlite_of
from regulars_store._engine import shared_options

Note = tuple[str, str, list[Any]]
"""The table that is written, the statement, and the parameters of each time that it was said."""

_WRITES = re.compile(r"\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+\"?(\w+)", re.IGNORECASE)
_COVERED = "SELECT 1 FROM sqlite_temp_master"
_CACHE_KIB = 65_536
_MAPPED = 256 * 1024 * 1024
_STATEMENTS = 512


class Noting:
    """Reads the store in a SQLite file, one short transaction after the other."""

    def __init__(self, file: str, overlaid: Table) -> None:
        self._overlaid = overlaid
        self._engine = _engine(file)

    @contextmanager
    def over(
        self, keys: Collection[str], *, read_again: bool = True
    ) -> Iterator[tuple[Connection, list[Note]]]:
        """One look at the store, as it is now; what is written in it is noted in the list.

        Where the overlaid table is to be ``read_again`` after it was written, only its rows with these
        primary keys are seen, with what is written to it; else it is seen as the store has it.
        """
        with self._engine.connect() as plain, plain.begin():
            sqlite = sqlite_of(plain)
            assert isinstance(sqlite, _Connection)  # noqa: S101 - told to the type checker
            if read_again:
                sqlite.overlay(self._overlaid, keys)
            else:
                sqlite.uncover(self._overlaid)
            sqlite.notes, sqlite.overlaid = [], self._overlaid.name if read_again else ""
            yield plain, sqlite.notes

    def close(self) -> None:
        """Give back the connection."""
        self._engine.dispose()


def say(connection: Connection, notes: Iterable[Note]) -> None:
    """Do what was noted, in the transaction of a writer."""
    sqlite = sqlite_of(connection)
    for _table, sql, rows in notes:
        sqlite.executemany(sql, rows)


def _engine(file: str) -> Engine:
    uri = f"{Path(file).absolute().as_uri()}?mode=ro"

    def connect() -> "_Connection":
        made = sqlite3.connect(
            uri, uri=True, factory=_Connection, cached_statements=_STATEMENTS, check_same_thread=False
        )
        made.isolation_level = None
        made.notes, made.overlaid = [], ""
        for pragma in (f"cache_size=-{_CACHE_KIB}", "temp_store=MEMORY", f"mmap_size={_MAPPED}"):
            made.execute(f"PRAGMA {pragma}")
        return made

    engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=StaticPool, **shared_options())
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


class _Cursor(sqlite3.Cursor):
    def execute(self, sql: str, parameters: Any = (), /) -> Self:
        if (found := _WRITES.match(sql)) is None:
            return super().execute(sql, parameters)
        if self._noted(found[1], sql, [parameters]):
            super().execute(sql, parameters)
        return self

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Self:
        rows: list[Plain] = list(parameters)
        found = _WRITES.match(sql)
        if found is None:
            raise ValueError("This statement neither inserts nor changes nor deletes rows.")
        if self._noted(found[1], sql, rows):
            super().executemany(sql, rows)
        return self

    def _noted(self, table: str, sql: str, rows: list[Any]) -> bool:
        """Note it; whether it is to be done as well."""
        connection = self.connection
        assert isinstance(connection, _Connection)  # noqa: S101 - told to the type checker
        connection.notes.append((table, sql, rows))
        return table == connection.overlaid


class _Connection(sqlite3.Connection):
    notes: list[Note]
    overlaid: str

    def cursor(self, factory: Any = None) -> Any:
        return super().cursor(factory or _Cursor)

    # The driver's own would not ask for a cursor here.
    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        return _Cursor(self).execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> sqlite3.Cursor:
        return _Cursor(self).executemany(sql, parameters)

    def overlay(self, table: Table, keys: Collection[str]) -> None:
        """Put the rows with these keys where they hide the store's table."""
        (key,) = table.primary_key
        made = super().cursor(sqlite3.Cursor)
        if not made.execute(_COVERED).fetchone():
            (said,) = made.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table.name]).fetchone()
            made.execute(said.replace("CREATE TABLE", "CREATE TEMP TABLE", 1))
        rows = f"SELECT p.* FROM json_each(?) AS k CROSS JOIN main.{table.name} AS p"  # noqa: S608 - names of ours
        made.execute(f"DELETE FROM temp.{table.name}")  # noqa: S608 - as above
        made.execute(
            f"INSERT INTO temp.{table.name} {rows} WHERE p.{key.name} = k.value",
            [orjson.dumps(sorted(keys)).decode()],
        )

    def uncover(self, table: Table) -> None:
        """Show the store's table again."""
        made = super().cursor(sqlite3.Cursor)
        # Only where there is one: with it every statement has to be compiled again.
        if made.execute(_COVERED).fetchone():
            made.execute(f"DROP TABLE temp.{table.name}")
