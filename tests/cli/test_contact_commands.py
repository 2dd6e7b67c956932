"""``interactions``, ``reminders`` and ``stop-list``."""

from datetime import UTC, datetime, timedelta

import pytest

from command_line import CommandLine
from offer_rows import give_offer
from purchases import fact, proof_of
from regulars_store import open_store
from suggest_world import crowd, put_accounts

IN_A_WEEK = datetime.now(UTC) + timedelta(days=7)


@pytest.fixture
def person(regulars: CommandLine) -> str:
    """The first of three persons of a workspace, by an account."""
    regulars.begin()
    store = open_store(f"sqlite:///{regulars.directory / 'regulars.sqlite3'}")
    put_accounts(store, crowd(3, twice=0))
    with store.read() as connection:
        row = connection.exec_driver_sql("SELECT id FROM account ORDER BY id LIMIT 1").one()
    give_offer(store, str(row[0]), proof=proof_of(fact(12_000_00)).model_dump(mode="json"))
    store.close()
    return str(row[0])


def test_talks_are_added_listed_shown_and_taken_back(regulars: CommandLine, person: str) -> None:
    said = "Likes [bold]dark[/] roast\nnot decaf"
    made = regulars.done(
        "interactions", "add", person, said, "--kind", "call", "--direction", "in", "--json"
    ).json
    assert (made["text"], made["kind"], made["number"]) == (said, "call", 1)
    regulars.done("interactions", "add", person, "Came by", "--at", "2026-01-02T10:30", "--who", "Olha")
    listed = regulars.done("interactions", "list", person).out.splitlines()
    assert "call in" in listed[0] and "[bold]dark[/] roast not decaf" in listed[0]
    assert listed[1] == "2  2026-01-02 10:30 note, Olha: Came by"
    assert listed[1] in regulars.done("person", "show", person).out
    regulars.done("interactions", "take-back", "2", "--why", "a mistake")
    assert len(regulars.done("interactions", "list", person, "--json").json) == 1
    again = regulars("interactions", "take-back", "2")
    assert (again.code, "There is no interaction 2" in again.err) == (1, True)
    assert regulars("interactions", "add", person, "x", "--kind", "dream").code == 2


def test_reminders_are_made_listed_and_done(regulars: CommandLine, person: str) -> None:
    day = f"{IN_A_WEEK:%Y-%m-%d}"
    made = regulars.done(
        "reminders", "add", person, f"{day}T15:00", "About the roast", "--owner", "Ivan", "--json"
    )
    assert (made.json["number"], made.json["due_at"][:16], made.json["owner"]) == (1, f"{day}T15:00", "Ivan")
    assert "Nothing is to be done" in regulars.done("reminders", "list", "--due").out
    assert f"{day} 15:00 UTC call, Ivan" in regulars.done("reminders", "list", "--owner", "Ivan").out
    assert "reminder 1" in regulars.done("person", "show", person).out
    assert regulars.done("reminders", "done", "1").out == "Reminder 1 is done.\n"
    assert regulars.done("reminders", "list", "--person", person, "--json").json == []
    assert regulars("reminders", "done", "9").code == 1
    for day in ("tomorrow", "2020-13-45"):
        refused = regulars("reminders", "add", person, day)
        assert (refused.code, f"'{day}' is no day" in refused.err, "%" in refused.err) == (2, True, False)


def test_birthdays_make_reminders_by_a_command(regulars: CommandLine, person: str) -> None:
    regulars.done("person", "set", person, "birth_date", f"1990{IN_A_WEEK:-%m-%d}")
    assert regulars.done("reminders", "birthdays", "--json").json == {"made": 1, "moved": 0, "dropped": 0}
    assert "congratulate (birthday)" in regulars.done("reminders", "list").out


def test_the_calendar_is_written_whole_and_private_with_names_or_without(
    regulars: CommandLine, person: str
) -> None:
    regulars.done("reminders", "add", person, f"{IN_A_WEEK:%Y-%m-%d}", "Ask about decaf")
    file = regulars.scratch / "calls.ics"
    assert regulars.done("reminders", "ical", str(file), "--json").json == {"file": str(file), "entries": 1}
    text = file.read_bytes().decode()
    assert text.startswith("BEGIN:VCALENDAR\r\n") and "DESCRIPTION:Ask about decaf\r\n" in text
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    assert "1 entries" in regulars.done("reminders", "ical", str(file), "--without-names").out
    assert "decaf" not in file.read_text() and "SUMMARY:Call (reminder 1)" in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o644
    assert "VEVENT" in regulars.done("reminders", "ical", "-").out
    nowhere = regulars("reminders", "ical", str(regulars.scratch / "no" / "calls.ics"))
    assert (nowhere.code, "cannot be written" in nowhere.err) == (1, True)
    assert [path for path in regulars.scratch.iterdir() if path.name.startswith(".")] == []


def test_a_person_is_put_on_the_stop_list_and_taken_off(regulars: CommandLine, person: str) -> None:
    assert "Nobody new" in regulars.done("stop-list", "suggest", "--dry-run").out
    add = ("stop-list", "add", person, "--why", "rude", "--until", f"{IN_A_WEEK:%Y-%m-%d}")
    rehearsed = regulars.done(*add, "--dry-run").out
    assert f"{person} loses its offer" in rehearsed and "Nothing was done" in rehearsed
    assert regulars.done("stop-list", "list").out == "Nobody.\n"
    made = regulars.done(*add, "--json").json
    assert (made["entry"]["holds"], made["entry"]["state"], made["offers"][0]["account"]) == (
        True,
        "confirmed",
        person,
    )
    assert f"until {IN_A_WEEK:%Y-%m-%d}" in regulars.done("stop-list", "list", "--state", "confirmed").out
    assert "on the stop-list: nothing is offered" in regulars.done("person", "show", person).out
    assert regulars.done("stop-list", "confirm", "1", "--json").json["entry"]["until"] is None
    assert "stands so already" in regulars.done("stop-list", "confirm", "1").out
    refused = regulars("stop-list", "refuse", "1")
    assert (refused.code, "is confirmed, and cannot become refused" in refused.err) == (1, True)
    assert (
        regulars.done("stop-list", "lift", "1", "--why", "sorry", "--json").json["entry"]["state"] == "lifted"
    )
    assert "stop-list" not in regulars.done("person", "show", person).out
    assert regulars("stop-list", "lift", "7").code == 1
    assert regulars("stop-list", "add", person).code == 2
