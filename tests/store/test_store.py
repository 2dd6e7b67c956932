"""Transactions: one writer at a time, whole or not at all, and errors that say what to do."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import OperationalError, ProgrammingError

from regulars_mapping import MisconfiguredError, PermanentError, RetryError
from regulars_store import Store, mark_dirty, open_store, tables
from shop_objects import open_counter, order

_INCREMENT = """
import sys
from regulars_store import open_store, tables
from sqlalchemy import select, update
store = open_store(sys.argv[1])
for _ in range(100):
    with store.write(interactive=sys.argv[2] == "interactive") as connection:
        seen = connection.scalar(select(tables.lease.c.epoch))
        connection.execute(update(tables.lease).values(epoch=seen + 1))
"""

_HALF_A_TRANSACTION = """
import sys, time
sys.path.insert(0, sys.argv[2])
from regulars_store import open_store, land, shop_named
from shop_objects import DAY_0, order
store = open_store(sys.argv[1])
with store.write() as connection:
    shop = shop_named(connection, "main")
    page = [order(str(number)) for number in range(200)]
    land(connection, shop, page, via="history", now=DAY_0, lease=None, checkpoint=None)
    print("written", flush=True)
    time.sleep(60)
"""

_TESTS = str(Path(__file__).parents[1])


def _count(store: Store) -> int:
    with store.write() as connection:
        row = {"resource": "counter", "owner": "", "epoch": 0, "expires_at": func.now()}
        connection.execute(insert(tables.lease).values(row | {"expires_at": text("'2026-01-01 00:00:00'")}))
    words = [sys.executable, "-c", _INCREMENT, store.url]
    started = [subprocess.Popen([*words, kind]) for kind in ("batch", "interactive")]
    assert [process.wait(120) for process in started] == [0, 0]
    with store.read() as connection:
        return connection.scalar(select(tables.lease.c.epoch)) or 0


def test_two_processes_that_read_and_then_write_lose_no_update(store: Store) -> None:
    assert _count(store) == 200


def test_killing_a_writer_in_mid_transaction_leaves_the_store_whole(store: Store) -> None:
    counter = open_counter(store)
    counter.land(order("1"))
    before = counter.parts()
    words = [sys.executable, "-c", _HALF_A_TRANSACTION, store.url, _TESTS]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "written\n"
        os.kill(writer.pid, signal.SIGKILL)
    assert counter.parts() == before
    assert counter.land(order("2")).new == 1
    if store.dialect == "sqlite":
        with store.read() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_an_error_inside_a_transaction_undoes_it(store: Store) -> None:
    class WrongError(Exception):
        pass

    with pytest.raises(WrongError), store.write() as connection:
        mark_dirty(connection, "facts", ["p"])
        raise WrongError
    with store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(tables.dirty)) == 0


def test_a_read_transaction_cannot_write(store: Store) -> None:
    with pytest.raises((OperationalError, ProgrammingError, MisconfiguredError)), store.read() as connection:
        mark_dirty(connection, "facts", ["p"])
    with store.write() as connection:
        mark_dirty(connection, "facts", ["p"])


def test_a_reader_sees_one_snapshot_and_does_not_hold_up_a_writer(store: Store) -> None:
    with store.read() as reader:
        marks = select(func.count()).select_from(tables.dirty)
        assert reader.scalar(marks) == 0
        with store.write() as connection:
            mark_dirty(connection, "facts", ["p"])
        assert reader.scalar(marks) == 0


@pytest.mark.parametrize("interactive", [False, True])
def test_a_writer_waits_for_its_turn(store: Store, interactive: bool) -> None:
    began, seen = threading.Event(), []

    def wait_and_see() -> None:
        began.set()
        with store.write(interactive=interactive) as connection:
            seen.append(connection.scalar(select(func.count()).select_from(tables.dirty)))

    with store.write() as connection:
        waiting = threading.Thread(target=wait_and_see)
        waiting.start()
        began.wait(10)
        waiting.join(0.2)
        assert waiting.is_alive()
        mark_dirty(connection, "facts", ["p"])
    waiting.join(20)
    assert seen == [1]


@pytest.mark.parametrize("interactive", [False, True])
def test_a_store_that_stays_locked_asks_to_try_again(store: Store, interactive: bool) -> None:
    impatient = open_store(store.url, lock_wait=0.3)
    with store.write():
        started = time.monotonic()
        with pytest.raises(RetryError), impatient.write(interactive=interactive):
            pass
        assert time.monotonic() - started < 10
    with impatient.write():
        pass
    impatient.close()


@pytest.mark.parametrize(("durable", "level"), [(True, 2), (False, 1)])
def test_sqlite_waits_for_the_disk_only_where_a_promise_is_given(
    sqlite_store: Store, durable: bool, level: int
) -> None:
    with sqlite_store.write(durable=durable) as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == level


@pytest.mark.parametrize(("durable", "word"), [(True, "on"), (False, "off")])
def test_postgresql_waits_for_the_disk_only_where_a_promise_is_given(
    postgres_store: Store, durable: bool, word: str
) -> None:
    with postgres_store.write(durable=durable) as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == word


def test_sqlite_keeps_a_write_ahead_log_and_foreign_keys(sqlite_store: Store) -> None:
    with sqlite_store.read() as connection:
        pragmas = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in (
            "journal_mode", "foreign_keys", "busy_timeout", "wal_autocheckpoint",
        )}  # fmt: skip
    assert pragmas == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "busy_timeout": 15_000,
        "wal_autocheckpoint": 1_000,
    }


def test_postgresql_speaks_utc_and_bounds_every_wait(postgres_store: Store) -> None:
    names = ("timezone", "lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    with postgres_store.read() as connection:
        found = {name: connection.exec_driver_sql(f"SHOW {name}").scalar() for name in names}
    assert found == dict(zip(names, ("UTC", "15s", "5min", "3min"), strict=True))


def test_a_lost_connection_asks_to_try_again(postgres_store: Store) -> None:
    with pytest.raises(RetryError), postgres_store.write() as connection:
        with postgres_store.read() as other:
            victim = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
            other.execute(select(func.pg_terminate_backend(victim)))
        connection.exec_driver_sql("SELECT 1")
    with postgres_store.write() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1


def test_an_unreachable_server_asks_to_try_again(tmp_path: Path) -> None:
    store = open_store(f"postgresql://nobody@/nothing?host={tmp_path}")
    with pytest.raises(RetryError, match="cannot be reached"), store.read():
        pass


def test_a_refused_row_is_reported_without_its_values(store: Store) -> None:
    row = {"id": "1:1", "account_id": "1:nobody", "line1": "Secret Street"}
    blank = {column.name: "" for column in tables.address.c} | row
    with pytest.raises(PermanentError) as caught, store.write() as connection:
        connection.execute(insert(tables.address).values(blank))
    assert "Secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_parameters_stay_out_of_the_databases_own_errors(store: Store) -> None:
    with pytest.raises((OperationalError, ProgrammingError)) as caught, store.write() as connection:
        connection.execute(text("UPDATE shop SET nothing = :secret"), {"secret": "anna@example.com"})
    assert "anna" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://host/db",
        "nonsense",
        "sqlite:///file:x?mode=memory&uri=true",
    ],
)
def test_what_cannot_be_a_store_is_refused_with_the_remedy(url: str) -> None:
    with pytest.raises(MisconfiguredError, match="sqlite:///FILE"):
        open_store(url)


def test_a_file_that_cannot_be_opened_names_the_remedy(tmp_path: Path) -> None:
    with (
        pytest.raises(MisconfiguredError, match="folder exists"),
        open_store(f"sqlite:///{tmp_path}/no/such/folder.sqlite3").read(),
    ):
        pass


def test_a_file_that_is_no_database_names_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sir or Madam, " * 100)
    with (
        pytest.raises(MisconfiguredError, match="no SQLite database"),
        open_store(f"sqlite:///{path}").read(),
    ):
        pass


def damage(path: Path) -> None:
    """Overwrite every page of a SQLite file but the first."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))


def test_a_damaged_file_is_named_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "damaged.sqlite3"
    opened = open_store(f"sqlite:///{path}")
    opened.upgrade()
    opened.close()
    damage(path)
    with (
        pytest.raises(MisconfiguredError, match="restore a backup") as caught,
        open_store(f"sqlite:///{path}").read() as connection,
    ):
        connection.exec_driver_sql("SELECT * FROM shop").all()
    assert str(path) in str(caught.value)
    assert "regulars doctor" in str(caught.value)


def test_a_stores_representation_hides_the_password() -> None:
    store = open_store("postgresql://me:secret@db.example/regulars")
    assert "secret" not in repr(store)
    assert store.url == "postgresql://me:secret@db.example/regulars"
    assert store.dialect == "postgresql"


def test_closing_twice_is_harmless_and_the_file_is_whole(sqlite_store: Store) -> None:
    sqlite_store.close()
    sqlite_store.close()
    path = sqlite_store.url.removeprefix("sqlite:///")
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_naive_time_is_refused(store: Store) -> None:
    from datetime import datetime

    with pytest.raises(Exception, match="naive datetime"), store.write() as connection:
        connection.execute(update(tables.shop).values(added_at=datetime(2026, 1, 1)))  # noqa: DTZ001
