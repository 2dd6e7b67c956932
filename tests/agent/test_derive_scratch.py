"""Deriving very many accounts at once: from scratch, with what deriving them change by change leaves."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, delete, select, update

import regulars_store as store
from agent_world import ENVIRON, PROGRAMME, QUICK, Clock
from identity_scene import account_row, add_test_shops
from identity_world import Attributes
from regulars_agent import Settings, Workspace, derive, enable_programme, open_workspace
from regulars_mapping import LeaseLostError
from regulars_store import _identity_rebuild, tables

ACCOUNTS = 60
NEVER = 10**9


@pytest.fixture
def other_workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A second one, on SQLite."""
    directory = tmp_path / "other"
    directory.mkdir()
    url = SecretStr(f"sqlite:///{directory}/store.sqlite3")
    settings = Settings(directory=directory, store_url=url, keyring_cost=QUICK)
    with open_workspace(settings, clock=Clock(), environ=ENVIRON) as opened:
        opened.store.upgrade()
        yield opened


def row_of(number: int) -> dict[str, Any]:
    email = f"person{number // 2}@example.com" if number % 5 else ""
    phone = f"+38067{number // 12:07d}" if number % 3 == 0 else ""
    family = ("Koval", "Коваль", "Melnyk")[number % 3]
    return account_row(f"{1 + number % 2}:{number}", Attributes(email, phone, "Anna", family))


def settle(workspace: Workspace) -> None:
    rows = [row_of(number) for number in range(1, ACCOUNTS + 1)]
    with workspace.store.write() as connection:
        add_test_shops(connection)
        store.insert_rows(connection, tables.account, rows)
        store.mark_dirty(connection, "identity", [row["id"] for row in rows])


def change(workspace: Workspace) -> None:
    """Everybody lands once more, and a few as somebody else."""
    with workspace.store.write() as connection:
        every = list(connection.scalars(select(tables.account.c.id).order_by(tables.account.c.id)))
        moved = {"email_folded": "person1@example.com", "email": "person1@example.com", "gone": False}
        connection.execute(update(tables.account).where(tables.account.c.id.in_(every[::7])).values(moved))
        connection.execute(update(tables.account).where(tables.account.c.id == every[1]).values(gone=True))
        store.mark_dirty(connection, "identity", every)


def derived(workspace: Workspace) -> tuple[dict[str, str], set[tuple[str, str]]]:
    """What is derived, and what waits to be planned."""
    with workspace.store.read() as connection:
        marks = connection.execute(select(tables.dirty.c.stage, tables.dirty.c.key))
        return store.digest_parts(connection), {(stage, key) for stage, key in marks}


@pytest.fixture
def scratched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """From scratch however few there are; grows by a word each time that happens."""
    told: list[str] = []
    monkeypatch.setattr(_identity_rebuild, "_MANY", 1)
    whole = _identity_rebuild._clear

    def tell(connection: Connection) -> None:
        told.append("once")
        whole(connection)

    monkeypatch.setattr(_identity_rebuild, "_clear", tell)
    return told


def test_from_scratch_leaves_what_change_by_change_leaves(
    empty_workspace: Workspace,
    other_workspace: Workspace,
    scratched: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for workspace in (empty_workspace, other_workspace):
        monkeypatch.setattr(_identity_rebuild, "_MANY", 1 if workspace is empty_workspace else NEVER)
        settle(workspace)
        steps: list[int] = []
        done = derive(workspace, progress=steps.append)
        assert done.accounts == ACCOUNTS
        assert sum(steps) == done.accounts + done.persons
        enable_programme(workspace, PROGRAMME, who="the owner")
        with workspace.store.write() as connection:
            connection.execute(delete(tables.dirty))
        change(workspace)
        derive(workspace)
    assert scratched == ["once", "once"]
    (anew, planned), (by_change, planned_by_change) = derived(empty_workspace), derived(other_workspace)
    assert anew == by_change
    # Who was looked at anew is planned anew: everybody, and not only those who changed.
    assert {stage for stage, _ in planned} == {stage for stage, _ in planned_by_change} != set()
    assert planned >= planned_by_change


def test_a_lease_lost_in_the_middle_leaves_everything_as_it_was(
    empty_workspace: Workspace, scratched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(empty_workspace)
    before = derived(empty_workspace)
    taken = tables.lease.c.resource == "derive:identity"

    def lose(connection: Connection) -> None:
        connection.execute(update(tables.lease).where(taken).values(epoch=tables.lease.c.epoch + 1))

    with monkeypatch.context() as patch:
        patch.setattr(store, "mark_everybody_offered", lose)
        with pytest.raises(LeaseLostError):
            derive(empty_workspace)
    assert scratched == ["once"]
    assert derived(empty_workspace) == before
    assert derive(empty_workspace).accounts == ACCOUNTS
    assert len(scratched) == 2


def test_what_lands_meanwhile_waits_its_turn_and_is_derived_after_it(
    empty_workspace: Workspace, scratched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(empty_workspace)
    begun = threading.Event()
    landed: list[bool] = []

    def land() -> None:
        begun.set()
        with empty_workspace.store.write(interactive=True) as connection:
            landed.append(bool(connection.scalar(select(tables.person.c.id).limit(1))))
            store.insert_rows(connection, tables.account, [row_of(ACCOUNTS + 1)])
            store.mark_dirty(connection, "identity", [row_of(ACCOUNTS + 1)["id"]])

    thread = threading.Thread(target=land)

    def meanwhile(_: Connection) -> None:
        thread.start()
        assert begun.wait(10)
        assert not landed

    monkeypatch.setattr(store, "mark_everybody_offered", meanwhile)
    derive(empty_workspace)
    thread.join(10)
    assert landed == [True]
    derive(empty_workspace)
    with empty_workspace.store.read() as connection:
        assert store.dirty_count(connection, "identity") == 0
        query = select(tables.account.c.person_id).where(tables.account.c.id == row_of(ACCOUNTS + 1)["id"])
        assert connection.scalar(query) is not None


def test_whoever_would_wait_long_does_not(
    empty_workspace: Workspace, scratched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(empty_workspace)
    now = empty_workspace.clock()

    def disturbs() -> bool:
        with empty_workspace.store.read() as connection:
            return store.scratch_disturbs(connection, now=now)

    assert not disturbs()
    monkeypatch.setattr(_identity_rebuild, "SHORT", ACCOUNTS - 1)
    assert not disturbs()
    with empty_workspace.store.write() as connection:
        day = timedelta(days=1)
        pulling = store.take_lease(connection, "pull:2", owner="elsewhere:1:0", now=now, ttl=day)
    assert disturbs()
    assert derive(empty_workspace).accounts == ACCOUNTS
    assert scratched == []
    with empty_workspace.store.write() as connection:
        pulling.release(connection)
    assert disturbs(), "there are persons to serve now"
