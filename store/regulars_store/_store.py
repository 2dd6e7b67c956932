"""The store: one database, and the two kinds of transaction on it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine

from regulars_mapping import MisconfiguredError
from regulars_store._engine import LOCK_WAIT, make_engine, parse_url
from regulars_store._failures import translated
from regulars_store._migrate import check_version, upgrade
from regulars_store._residue import clear_residue


class Store:
    """One SQLite file or PostgreSQL database. Safe to share by threads, not across a fork.

    Every method may raise RetryError (locked, unreachable) or MisconfiguredError (with the remedy).
    """

    def __init__(self, url: URL, engine: Engine) -> None:
        self._url = url
        self._engine = engine

    def __repr__(self) -> str:
        return f"Store({self._url.render_as_string(hide_password=True)})"

    @property
    def url(self) -> str:
        """The URL with its password, for those who connect beside this store. Never to be printed."""
        return self._url.set(drivername=self.dialect).render_as_string(hide_password=False)

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._url.get_backend_name()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read-only transaction: one snapshot, waits for no writer and holds up none. Writing fails.

        Raises MisconfiguredError where the SQLite file is not there: reading makes none.
        """
        if self._is_missing():
            raise MisconfiguredError(
                f"{self.file}: there is no such store. Was there one? Then restore it from a backup; a new, "
                "empty one is made by: regulars init"
            )
        options: dict[str, Any] = {"readonly": True}
        if self.dialect == "postgresql":
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._transaction(options) as connection:
            yield connection

    @contextmanager
    def write(self, *, interactive: bool = False, durable: bool = False) -> Iterator[Connection]:
        """One transaction of the one writer: whole or, after an exception, not at all.

        ``interactive`` is for whoever a person waits for (the site, webhooks): it gets its turn within
        milliseconds beside a backfill. ``durable`` survives a power cut once this returns; without it the
        last transactions may be missing after one, but never a part of one.
        """
        with self._transaction({"interactive": interactive, "durable": durable}) as connection:
            yield connection

    @contextmanager
    def rebuild(self) -> Iterator[Connection]:
        """``write`` for derivations that are made whole again out of rows read in the same transaction.

        SQLite does not look up the parent of every row then: what is written names only rows that were read.
        """
        with self._transaction({"unchecked": True}) as connection:
            yield connection

    def clear_residue(self) -> bool:
        """Rewrite what deleted and overwritten rows leave in the database's files; whether nothing is left.

        SQLite: the whole file (VACUUM) and its log, which takes seconds a gigabyte, as much free space again,
        and stays undone (False) while somebody reads. PostgreSQL: VACUUM, after which its pages are reused.
        """
        with translated(self.file), self._engine.connect() as plain:
            return clear_residue(plain)

    @contextmanager
    def _transaction(self, options: dict[str, Any]) -> Iterator[Connection]:
        with translated(self.file), self._engine.connect() as plain:
            connection = plain.execution_options(**options)
            with connection.begin():
                yield connection

    @property
    def file(self) -> str | None:
        """The SQLite file; None on PostgreSQL."""
        return self._url.database if self.dialect == "sqlite" else None

    def _is_missing(self) -> bool:
        """Whether the file alone is not there. Of a folder that is not there SQLite's own words say more."""
        if self.file is None:
            return False
        try:
            Path(self.file).stat()
        except OSError as error:
            return isinstance(error, FileNotFoundError) and Path(self.file).parent.is_dir()
        return False

    def upgrade(self) -> None:
        """Make or migrate the tables to what this version needs. Idempotent; several at once take turns.

        A new SQLite file, and what SQLite makes beside it, is for this user alone.
        """
        if self.file is not None:
            # SQLite itself would let everybody read it. Already there, or impossible: then it says so itself.
            with suppress(OSError):
                os.close(os.open(self.file, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        with self.write(durable=True) as connection:
            upgrade(connection)

    def check_version(self) -> None:
        """Raises MisconfiguredError with the remedy when the tables are not those of this version."""
        with self.read() as connection:
            check_version(connection)

    def close(self) -> None:
        """Give back every connection. Harmless twice; the store can still be used afterwards."""
        self._engine.dispose()


def open_store(url: str, *, lock_wait: float = LOCK_WAIT) -> Store:
    """The store at ``sqlite:///FILE`` or ``postgresql://…``. Nothing connects yet.

    A writer waits up to ``lock_wait`` seconds for its turn; then RetryError is raised.
    Raises MisconfiguredError for an URL that cannot be a store.
    """
    parsed = parse_url(url)
    return Store(parsed, make_engine(parsed, lock_wait=lock_wait))
