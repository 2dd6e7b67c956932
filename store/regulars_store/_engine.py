"""The engine of both databases: one writer at a time, and every transaction begun on purpose.

SQLite: the driver's own transaction handling is switched off, because SELECT, then BEGIN, then UPDATE loses
updates; writers say BEGIN IMMEDIATE. PostgreSQL: writers take one advisory lock, so that code which reads
and then writes is as right there as it is on SQLite.
"""

import time
from functools import partial
from importlib.util import find_spec
from sqlite3 import SQLITE_BUSY, SQLITE_LOCKED
from sqlite3 import Connection as SqliteConnection
from sqlite3 import OperationalError as SqliteOperationalError
from typing import Any, cast

import orjson
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from regulars_mapping import MisconfiguredError

LOCK_WAIT = 15.0
"""Seconds that a writer waits for its turn, on both databases, unless told otherwise."""
_POLL = 0.001
_STATEMENT_LIMIT = "300s"
_IDLE_LIMIT = "180s"
_WRITER_LOCK = 0x7265_6775_6C61
_PRAGMAS = (
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "wal_autocheckpoint=1000",
    "journal_size_limit=67108864",
    # 16 MB a connection: a landing batch touches more pages than SQLite's 2 MB hold.
    "cache_size=-16384",
)


def parse_url(url: str) -> URL:
    """The store's URL with its driver. Raises MisconfiguredError for what cannot be a store.

    ``sqlite:///file`` (``sqlite:////absolute/file``) or ``postgresql://user@host/database``.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise MisconfiguredError(
            "the store's URL cannot be read; use sqlite:///FILE or postgresql://…"
        ) from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _sqlite_url(parsed)
    if backend == "postgresql":
        return _postgresql_url(parsed)
    raise MisconfiguredError(f"the store cannot be kept in {backend}; use sqlite:///FILE or postgresql://…")


def _sqlite_url(url: URL) -> URL:
    if url.database in {None, "", ":memory:"} or "mode" in url.query:
        raise MisconfiguredError("the store needs a file that several processes can open: sqlite:///FILE")
    return url.set(drivername="sqlite+pysqlite")


def _postgresql_url(url: URL) -> URL:
    if find_spec("psycopg") is None:
        raise MisconfiguredError("PostgreSQL needs its driver: pip install 'regulars[postgres]'")
    return url.set(drivername="postgresql+psycopg")


def make_engine(url: URL, *, lock_wait: float) -> Engine:
    """An engine for a parsed URL. Nothing connects yet."""
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, lock_wait)
    return _postgresql_engine(url, lock_wait)


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


def shared_options() -> dict[str, Any]:
    """Options of every engine."""
    # Parameters are personal data: they must not reach an error's text.
    return {"json_serializer": _dumps, "json_deserializer": orjson.loads, "hide_parameters": True}


def _sqlite_engine(url: URL, lock_wait: float) -> Engine:
    engine = create_engine(url, connect_args={"timeout": lock_wait}, **shared_options())
    event.listen(engine, "connect", partial(_set_up_sqlite, lock_wait))
    event.listen(engine, "begin", partial(_begin_sqlite, lock_wait))
    event.listen(engine, "checkin", _check_again)
    return engine


def _set_up_sqlite(lock_wait: float, dbapi: SqliteConnection, _record: object) -> None:
    dbapi.isolation_level = None
    _use_wal(dbapi, lock_wait)
    for pragma in _PRAGMAS:
        dbapi.execute("PRAGMA " + pragma)


def _use_wal(dbapi: SqliteConnection, lock_wait: float) -> None:
    # Two processes that open a new file at once: the switch to WAL does not wait for the busy timeout.
    deadline = time.monotonic() + lock_wait
    while True:
        try:
            dbapi.execute("PRAGMA journal_mode=WAL")
        except SqliteOperationalError as error:
            if not is_busy(error) or time.monotonic() > deadline:
                raise
            time.sleep(_POLL)
        else:
            return


def is_busy(error: BaseException | None) -> bool:
    """Whether SQLite refused because somebody else is writing."""
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in {SQLITE_BUSY, SQLITE_LOCKED}


def _begin_sqlite(lock_wait: float, connection: Connection) -> None:
    options = connection.get_execution_options()
    readonly = bool(options.get("readonly"))
    if connection.info.get("readonly", False) is not readonly:
        # Only where it differs: with it SQLite forgets every statement that it has compiled.
        connection.exec_driver_sql(f"PRAGMA query_only={int(readonly)}")
        connection.info["readonly"] = readonly
    if readonly:
        connection.exec_driver_sql("BEGIN")
        return
    if options.get("unchecked"):
        # Only outside of a transaction does SQLite heed this.
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.info["unchecked"] = True
    connection.exec_driver_sql("PRAGMA synchronous=" + ("FULL" if options.get("durable") else "NORMAL"))
    if options.get("interactive"):
        _begin_polling(lock_wait, connection)
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _check_again(dbapi: SqliteConnection, record: ConnectionPoolEntry) -> None:
    """Whoever takes the connection next has its foreign keys checked, however this one's work ended."""
    if record.info.pop("unchecked", False):
        dbapi.execute("PRAGMA foreign_keys=ON")


def _begin_polling(lock_wait: float, connection: Connection) -> None:
    # SQLite's own busy handler backs off to 100 ms and starves whoever waits beside a backfill.
    dbapi = cast("SqliteConnection", connection.connection.dbapi_connection)
    dbapi.execute("PRAGMA busy_timeout=0")
    try:
        deadline = time.monotonic() + lock_wait
        while not _began(dbapi):
            if time.monotonic() > deadline:
                # Once more through SQLAlchemy, whose errors are the ones that are translated.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                return
            time.sleep(_POLL)
    finally:
        dbapi.execute(f"PRAGMA busy_timeout={int(lock_wait * 1000)}")


def _began(dbapi: SqliteConnection) -> bool:
    try:
        dbapi.execute("BEGIN IMMEDIATE")
    except SqliteOperationalError as error:
        if not is_busy(error):
            raise
        return False
    return True


def _read_jsonb(value: str | bytes) -> Any:
    # The database takes nothing but JSON; what is refused here is nested deeper than anything of ours.
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return {}


def _postgresql_engine(url: URL, lock_wait: float) -> Engine:
    settings = {
        "timezone": "UTC",
        "statement_timeout": _STATEMENT_LIMIT,
        "lock_timeout": f"{int(lock_wait * 1000)}ms",
        # A worker that froze inside a transaction must not keep everybody else from writing.
        "idle_in_transaction_session_timeout": _IDLE_LIMIT,
    }
    given = url.query.get("options", "")
    options = " ".join([*(f"-c {name}={value}" for name, value in settings.items()), str(given)]).strip()
    engine = create_engine(
        url,
        connect_args={"options": options, "connect_timeout": 10, "application_name": "regulars"},
        pool_pre_ping=True,
        **{**shared_options(), "json_deserializer": _read_jsonb},
    )
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _begin_postgresql(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("readonly"):
        return
    durable = "on" if options.get("durable") else "off"
    connection.exec_driver_sql(
        f"SELECT pg_advisory_xact_lock({_WRITER_LOCK}), set_config('synchronous_commit', '{durable}', true)"
    )
