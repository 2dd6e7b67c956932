"""Talks, reminders and stop-list entries as rows: by account, counted in the digest."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, update

from identity_scene import Scene
from identity_world import Attributes
from regulars_store import (
    StopState,
    Store,
    add_interaction,
    add_reminder,
    add_stop_entry,
    born,
    born_on,
    digest,
    finish_reminder,
    interactions_of,
    open_reminders,
    restate_stop,
    stop_entries,
    tables,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TALK = {"kind": "note", "direction": "", "text": "Hello", "at": NOW, "who": "Olha", "revokes": None}
REMINDER = {"kind": "call", "due_at": NOW, "text": "", "owner": "", "at": NOW, "who": "Olha"}
STOP = {"reason": "rude", "evidence": {}, "until": None, "at": NOW, "who": "Olha", "why": "", "entry": None}


@pytest.fixture
def scene(store: Store) -> Scene:
    """Two persons of a shop."""
    made = Scene(store)
    made.put("1:2", Attributes("anna@example.com", "", "Anna", "Koval"))
    made.put("1:9", Attributes("oleh@example.com", "", "Oleh", "Bondar"))
    return made.play([])


def born_as(connection: Connection, account: str, birth_date: str, status: str = "entered") -> str:
    """The person of an account, with a birth date; its id."""
    table = tables.person
    mine = table.c.anchor == account
    connection.execute(update(table).where(mine).values(birth_date=birth_date, status=status))
    return str(connection.scalar(table.select().with_only_columns(table.c.id).where(mine)))


def test_who_was_born_on_a_day_is_found_with_and_without_the_year(scene: Scene) -> None:
    with scene.store.write() as connection:
        anna = born_as(connection, "1:2", "1990-05-17")
        oleh = born_as(connection, "1:9", "--05-17")
    with scene.store.read() as connection:
        assert {one.person for one in born_on(connection, {"05-17"})} == {anna, oleh}
        assert born_on(connection, {"05-18", "17-05"}) == []
        assert [one.birth_date for one in born(connection, [anna])] == ["1990-05-17"]


def test_the_archived_and_those_of_unknown_birth_are_not_found(scene: Scene) -> None:
    with scene.store.write() as connection:
        anna = born_as(connection, "1:2", "1990-05-17", "archived")
        oleh = born_as(connection, "1:9", "")
    with scene.store.read() as connection:
        assert born_on(connection, {"05-17", ""}) == []
        assert born(connection, [anna, oleh]) == []


def test_rows_about_an_account_that_is_nobodys_are_kept_and_told_without_a_name(scene: Scene) -> None:
    with scene.store.write() as connection:
        add_reminder(connection, {"account_id": "1:77", **REMINDER})
        add_stop_entry(connection, {"account_id": "1:77", "state": "confirmed", **STOP})
        (reminder,) = open_reminders(connection, limit=9)
        (entry,) = stop_entries(connection)
    for row in (reminder, entry):
        assert (row["account_id"], row["person_id"], row["given_name"]) == ("1:77", None, None)


def test_an_entry_keeps_its_number_through_all_that_is_said_of_it(store: Store) -> None:
    with store.write() as connection:
        numbers = [
            add_stop_entry(connection, {"account_id": each, "state": "suggested", **STOP})
            for each in ("1:1", "1:2")
        ]
        for state in (StopState.CONFIRMED, StopState.LIFTED):
            (row,) = stop_entries(connection, number=numbers[0])
            restate_stop(connection, row, state, until=None, who="Olha", why="", now=NOW)
        found = {row["number"]: row["state"] for row in stop_entries(connection)}
    assert found == dict(zip(numbers, ("lifted", "suggested"), strict=True))


def _talk(connection: Connection) -> None:
    add_interaction(connection, {"account_id": "1:2", **TALK})


def _remind(connection: Connection) -> None:
    add_reminder(connection, {"account_id": "1:2", **REMINDER})


def _stop(connection: Connection) -> None:
    add_stop_entry(connection, {"account_id": "1:2", "state": "confirmed", **STOP})


@pytest.mark.parametrize("write", [_talk, _remind, _stop])
def test_each_row_counts_in_the_digest(store: Store, write: Callable[[Connection], Any]) -> None:
    with store.write() as connection:
        before = digest(connection)
        write(connection)
        once = digest(connection)
        write(connection)
        assert len({before, once, digest(connection)}) == 3


def test_when_it_was_written_does_not_count_but_who_dealt_with_it_does(store: Store) -> None:
    with store.write() as connection:
        number = add_reminder(connection, {"account_id": "1:2", **REMINDER})
        before = digest(connection)
        connection.execute(update(tables.reminder).values(at=NOW + timedelta(days=1)))
        assert digest(connection) == before
        finish_reminder(connection, number, who="Ivan", now=NOW)
        assert digest(connection) != before


def test_talks_of_several_accounts_come_newest_first_up_to_the_limit(store: Store) -> None:
    with store.write() as connection:
        for day, account in enumerate(["1:1", "1:2", "1:3", "1:1"]):
            at = NOW + timedelta(days=day)
            add_interaction(connection, {**TALK, "account_id": account, "text": f"{day}", "at": at})
        found = interactions_of(connection, ["1:1", "1:2"], limit=2)
    assert [row["text"] for row in found] == ["3", "1"]
