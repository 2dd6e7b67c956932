"""Clearing a database's files of what was deleted from it."""

from sqlalchemy import Connection

from regulars_store._driver import is_sqlite, sqlite_of


def clear_residue(plain: Connection) -> bool:
    """Rewrite the files, on a connection without a transaction; False where a reader was in the way."""
    if is_sqlite(plain):
        return _rewritten(plain)
    alone = plain.execution_options(isolation_level="AUTOCOMMIT", readonly=True)
    alone.exec_driver_sql("SET statement_timeout = 0")
    try:
        alone.exec_driver_sql("VACUUM")
    finally:
        alone.exec_driver_sql("RESET statement_timeout")
    return True


def _rewritten(plain: Connection) -> bool:
    # Outside of a transaction, which SQLAlchemy would begin: VACUUM knows none.
    file = sqlite_of(plain)
    file.execute("PRAGMA query_only=0")
    file.execute("VACUUM")
    (waits,) = file.execute("PRAGMA busy_timeout").fetchone()
    file.execute("PRAGMA busy_timeout=0")
    try:
        busy, _, _ = file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        file.execute(f"PRAGMA busy_timeout={waits}")
    return not busy
