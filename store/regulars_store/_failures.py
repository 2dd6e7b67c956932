"""The one place where the databases' errors become ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import SQLITE_CANTOPEN, SQLITE_CORRUPT, SQLITE_FULL, SQLITE_NOTADB, SQLITE_PERM, SQLITE_READONLY
from sqlite3 import DatabaseError as SqliteDatabaseError

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from regulars_mapping import MisconfiguredError, PermanentError, RegularsError, RetryError
from regulars_store._engine import is_busy

_SQLITE_REMEDIES = {
    SQLITE_CANTOPEN: "the store's file cannot be opened; check that its folder exists and may be written",
    SQLITE_READONLY: "the store's file may not be written; check its owner and rights",
    SQLITE_PERM: "the store's file may not be opened; check its owner and rights",
    SQLITE_CORRUPT: "the store's file is damaged; stop what uses it and restore a backup",
    SQLITE_NOTADB: "the store's file is no SQLite database; check the store's URL, or restore a backup",
    SQLITE_FULL: "the disk that holds the store is full; make room and try again",
}
_DAMAGED = {SQLITE_CORRUPT, SQLITE_NOTADB}
_POSTGRESQL_REMEDIES = {
    "28000": "PostgreSQL refused the user; check the user in the store's URL and the server's pg_hba.conf",
    "28P01": "PostgreSQL refused the password; check the store's URL",
    "3D000": "the PostgreSQL database of the store's URL does not exist; create it",
    "42501": "the PostgreSQL user has no right to do this; make it the owner of the database",
    "42P01": "the store has no tables yet; run: regulars init",
    "25006": "PostgreSQL is read-only here (a standby?); point the store's URL at the primary server",
    "53100": "the disk that holds the store is full; make room and try again",
}
_POSTGRESQL_RETRY = ("08", "25P03", "40", "53", "55P03", "57")


@contextmanager
def translated(file: str | None = None) -> Iterator[None]:
    """Raise RetryError for a locked store or a lost connection, MisconfiguredError for what a person must
    mend, PermanentError for a row that the schema refuses. ``file`` is the SQLite file, to be named."""
    try:
        yield
    except PoolTimeoutError as error:
        raise RetryError("every connection to the store is in use; try again") from error
    except IntegrityError as error:
        # PostgreSQL quotes the row's values, which are personal data: the chain ends here.
        raise PermanentError(f"the store refused a row: {_constraint(error)}") from None
    except DBAPIError as error:
        ours = _ours(error, file)
        if ours is None:
            raise
        raise ours from error
    except SqliteDatabaseError as error:
        # What is said to the driver without SQLAlchemy comes from it as it is.
        ours = _ours_of_sqlite(error, file)
        if ours is None:
            raise
        raise ours from error


def _constraint(error: IntegrityError) -> str:
    diagnostics = getattr(error.orig, "diag", None)
    if diagnostics is not None:
        return str(diagnostics.constraint_name or diagnostics.column_name or "a constraint")
    return str(error.orig)


def _ours(error: DBAPIError, file: str | None) -> RegularsError | None:
    if isinstance(error.orig, SqliteDatabaseError):
        return _ours_of_sqlite(error.orig, file)
    return _ours_of_postgresql(error)


def _ours_of_sqlite(error: SqliteDatabaseError, file: str | None) -> RegularsError | None:
    if is_busy(error):
        return RetryError("the store is locked by another process; try again", retry_after=1.0)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    remedy = _SQLITE_REMEDIES.get(code)
    if remedy is not None and file:
        remedy = f"{file}: {remedy}"
    if remedy is not None and code in _DAMAGED:
        remedy += "; then run: regulars doctor"
    if remedy is None and "no such table" in str(error):
        remedy = _POSTGRESQL_REMEDIES["42P01"]
    return None if remedy is None else MisconfiguredError(remedy)


def _ours_of_postgresql(error: DBAPIError) -> RegularsError | None:
    state = getattr(error.orig, "sqlstate", None)
    if state in _POSTGRESQL_REMEDIES:
        return MisconfiguredError(_POSTGRESQL_REMEDIES[state])
    if state is not None and state.startswith(_POSTGRESQL_RETRY):
        return RetryError(
            "PostgreSQL asks to try again: " + _RETRY_WORDS.get(state, f"error {state}"), retry_after=1.0
        )
    if state is None and (error.connection_invalidated or type(error).__name__ == "OperationalError"):
        return RetryError(
            "PostgreSQL cannot be reached or dropped the connection; try again", retry_after=1.0
        )
    return None


_RETRY_WORDS = {
    "25P03": "this worker was idle for too long inside a transaction",
    "40001": "two writers met",
    "40P01": "two writers waited for each other",
    "55P03": "another process is writing",
    "57014": "the statement took too long",
    "57P01": "the server is stopping",
    "57P03": "the server is starting",
}
