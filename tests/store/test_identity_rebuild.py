"""Resolving everybody from scratch: by two processes, broken off, and what stands around it."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Connection, select, text

from identity_scene import CANNOT, MUST, Scene, account_row, add_test_shops, steps
from identity_world import Attributes
from regulars_mapping import LeaseLostError, PermanentError, RetryError
from regulars_store import (
    Store,
    _identity_beside,
    _identity_rebuild,
    clear_dirty,
    digest_parts,
    dirty_count,
    dirty_marks,
    insert_rows,
    mark_dirty,
    resolve_all,
    scratch_pays,
    tables,
)

few_examples = settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def at_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second process however few accounts there are."""
    monkeypatch.setattr(_identity_beside, "LONG", 0)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def settle(store: Store, accounts: int) -> None:
    """Pairs of accounts with one e-mail, each third with a phone of twenty."""
    rows = [
        account_row(
            f"1:{number}",
            Attributes(
                f"person{number // 2}@example.com",
                f"+38067{number // 60:07d}" if number % 3 == 0 else "",
                "Anna",
                "Koval",
            ),
        )
        for number in range(1, accounts + 1)
    ]
    with store.write() as connection:
        add_test_shops(connection)
        insert_rows(connection, tables.account, rows)
        mark_dirty(connection, "identity", [row["id"] for row in rows])


def contents(store: Store) -> dict[str, str]:
    with store.read() as connection:
        return digest_parts(connection)


def indexes(store: Store) -> set[str]:
    sql = "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    with store.read() as connection:
        return set(connection.scalars(text(sql)))


def count_dirty(store: Store, stage: str) -> int:
    with store.read() as connection:
        return dirty_count(connection, stage)


@few_examples
@given(steps)
def test_two_processes_give_the_rows_of_one(sqlite_store: Store, at_any_size: None, history: list) -> None:
    scene = Scene(sqlite_store).play(history)
    before = scene.rows()
    resolve_all(sqlite_store, chunk=2, guard=scene.guard)
    assert scene.rows() == before


def test_on_postgres_two_processes_give_the_rows_of_one(postgres_store: Store, at_any_size: None) -> None:
    one = Attributes("anna@example.com", "+380671234567", "Anna", "Koval")
    history = [("put", id_, one) for id_ in ("1:2", "1:9", "2:1", "2:10")]
    history += [("say", CANNOT, ("1:2", "2:1"), 0), ("say", MUST, ("1:9", "2:10"), 1)]
    scene = Scene(postgres_store).play(history)
    before = scene.rows()
    resolve_all(postgres_store, chunk=2, guard=scene.guard)
    assert scene.rows() == before


def test_postgres_learns_how_many_accounts_there_are_before_they_are_written(postgres_store: Store) -> None:
    counted = text("SELECT reltuples FROM pg_class WHERE oid = 'account'::regclass")
    rows = [account_row(f"1:{n}", Attributes(f"p{n}@example.com", "", "Anna", "Koval")) for n in range(50)]
    with postgres_store.write() as connection:
        add_test_shops(connection)
        insert_rows(connection, tables.account, rows)
        connection.execute(tables.account.delete())
        # As the server's own round may do just when there is nobody.
        connection.execute(text("ANALYZE account"))
        assert connection.scalar(counted) == 0
        insert_rows(connection, tables.account, rows)
    resolve_all(postgres_store)
    with postgres_store.read() as connection:
        assert connection.scalar(counted) == 50


@pytest.mark.parametrize("chunk", [2, 5_000])
def test_who_is_linked_in_either_process_is_one_person(store: Store, at_any_size: None, chunk: int) -> None:
    """Every second link of each chain is an e-mail's, which one process finds, the others are a phone's."""
    chains, long = 30, 6
    found: list[tuple] = []
    for chain in range(chains):
        for nth in range(long):
            email, phone = f"p{chain}.{(nth + 1) // 2}@example.com", f"+38067{chain:03d}{nth // 2:04d}"
            found.append(("put", f"1:{chain * long + nth + 1}", Attributes(email, phone, "Anna", "Koval")))
    alone = 40
    found += [("put", f"2:{nth + 1}", Attributes(f"alone{nth}@example.com")) for nth in range(alone)]
    scene = Scene(store).play(found)
    before = scene.rows()
    assert resolve_all(store, chunk=chunk, guard=scene.guard) == chains + alone
    assert scene.rows() == before


def test_the_indexes_stand_as_before(sqlite_store: Store) -> None:
    settle(sqlite_store, 50)
    before = indexes(sqlite_store)
    resolve_all(sqlite_store)
    assert indexes(sqlite_store) == before


def test_nothing_of_a_person_stays_that_nobody_said(store: Store) -> None:
    settle(store, 20)
    resolve_all(store)
    with store.write() as connection:
        connection.execute(tables.person.update().values(manager="olha"))
    resolve_all(store)
    with store.read() as connection:
        assert set(connection.scalars(select(tables.person.c.manager))) == {""}


def test_foreign_keys_are_checked_again_afterwards(sqlite_store: Store) -> None:
    settle(sqlite_store, 10)
    resolve_all(sqlite_store)
    with pytest.raises(PermanentError), sqlite_store.write() as connection:
        connection.execute(
            tables.identity_key.insert().values(kind="email", value="a@example.com", account_id="1:404")
        )


def test_resolving_from_scratch_leaves_nothing_to_resolve_and_everybody_to_compute(store: Store) -> None:
    settle(store, 100)
    count = resolve_all(store)
    assert count_dirty(store, "identity") == 0
    assert count_dirty(store, "facts") == count


def test_an_end_of_the_second_process_changes_nothing(
    sqlite_store: Store, at_any_size: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(sqlite_store, 100)
    before = contents(sqlite_store)
    monkeypatch.setattr(_identity_beside, "_PROGRAM", "import sys; sys.stdin.buffer.read(8); sys.exit(1)")
    with pytest.raises(RetryError):
        resolve_all(sqlite_store)
    assert contents(sqlite_store) == before
    assert count_dirty(sqlite_store, "identity") == 100
    assert not [one for one in threading.enumerate() if one.name == "regulars-judged" and not one.daemon]
    assert resolve_all(sqlite_store, processes=1) > 0


def test_scratch_pays_for_most_of_very_many(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_identity_rebuild, "_MANY", 10)
    settle(sqlite_store, 20)
    with sqlite_store.write() as connection:
        marks = dirty_marks(connection, "identity", limit=20)
        assert scratch_pays(connection)
        clear_dirty(connection, "identity", marks[:9])
        assert scratch_pays(connection)
        clear_dirty(connection, "identity", marks[9:11])
        assert not scratch_pays(connection)


def test_what_is_done_also_can_call_everything_off(store: Store) -> None:
    settle(store, 20)
    before = contents(store)

    def refuse(_: Connection) -> None:
        raise LeaseLostError("taken over")

    with pytest.raises(LeaseLostError):
        resolve_all(store, also=refuse)
    assert contents(store) == before
    assert count_dirty(store, "identity") == 20


_REBUILD = "import sys; from regulars_store import *; print(resolve_all(open_store(sys.argv[1])))"


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_all_or_nothing(sqlite_store: Store) -> None:
    settle(sqlite_store, 60_000)
    before = contents(sqlite_store)
    stood = indexes(sqlite_store)
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", _REBUILD, _copied(sqlite_store)], check=True)
    whole = time.monotonic() - started
    for part in range(1, 11):
        process = subprocess.Popen([sys.executable, "-c", _REBUILD, sqlite_store.url])
        time.sleep(whole * part / 10)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if count_dirty(sqlite_store, "identity"):
            assert contents(sqlite_store) == before
    assert indexes(sqlite_store) == stood
    resolve_all(sqlite_store)
    with sqlite_store.read() as connection:
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
        assert connection.execute(text("PRAGMA foreign_key_check")).all() == []


def _copied(store: Store) -> str:
    path = store.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("VACUUM INTO ?", [f"{path}.copy"])
    return f"{store.url}.copy"
