"""``person set``, ``history``, ``list``, ``complete`` and the commands of ``property``."""

import pytest

from command_line import CommandLine
from regulars_store import open_store
from suggest_world import crowd, put_accounts

WAITING = "Changes wait to be computed. Run: regulars compute"


@pytest.fixture
def filled(regulars: CommandLine) -> CommandLine:
    """A workspace with five persons."""
    regulars.begin()
    store = open_store(f"sqlite:///{regulars.directory / 'regulars.sqlite3'}")
    put_accounts(store, crowd(5, twice=0))
    store.close()
    regulars.done("compute")
    return regulars


def anybody(command: CommandLine) -> str:
    return str(command.done("person", "list", "--status", "entered", "--json").json[0]["id"])


def test_an_opticians_record_is_defined_kept_and_asked_for(filled: CommandLine) -> None:
    assert "None. Add one" in filled.done("property", "list").out
    tried = filled.done("property", "add", "vision", "Eyesight", "--type", "number", "--dry-run").out
    assert "would be a field" in tried
    add = ("property", "add", "vision", "Eyesight", "--type", "number", "--required", "--sensitive")
    added = filled.done(*add).out
    assert "is a field now" in added
    assert "regulars compute" in added
    again = filled.done(*add).out
    assert "so already" in again
    assert "regulars compute" not in again
    assert "number), required, personal, sensitive" in filled.done("property", "list").out
    made = filled.done(
        "property", "add", "frame", "Frame", "--type", "choice", "--choice", "a", "--json"
    ).json
    assert (made["property"]["choices"], made["before"]) == (["a"], None)
    assert "has ended" in filled.done("property", "end", "frame").out
    assert [one["key"] for one in filled.done("property", "list", "--ended", "--json").json] == ["frame"]

    assert filled.done("person", "complete").out.strip() == "name, email or phone, property:vision"
    said = filled.done("person", "complete", "name", "birth_date|gender", "--why", "opticians").out
    assert "now: name, birth_date or gender, property:vision" in said
    person = anybody(filled)
    filled.done("compute")
    waiting = filled.done("person", "list").out
    assert waiting.count("lacks: birth_date or gender; Eyesight") == 5
    first = filled.done("person", "list", "--limit", "2")
    assert "More: --after" in first.out
    assert filled.done("person", "set", person, "birth_date", "1990-05-17").code == 0
    set_ = filled.done("person", "set", person, "property:vision", "-2.5", "--json").json
    assert (set_["value"], set_["status"], set_["missing"]) == ("-2.5", "entered", [])

    shown = filled.done("person", "show", person).out
    assert "Eyesight: -2.5  (by hand, " in shown
    assert "birth date: 1990-05-17" in shown
    history = filled.done("person", "history", person, "property:vision")
    assert "-2.5" not in history.out
    assert "shown by: regulars person show" in history.out
    assert "-2.5" not in filled.done("person", "history", person, "property:vision", "--json").out
    assert "-2.5" not in filled.done("person", "find", person, "--json").out


def test_an_edit_that_changes_an_offer_says_so_and_nothing_is_left_to_compute(filled: CommandLine) -> None:
    """A personal offer of the account that is archived."""
    account = str(filled.done("person", "show", anybody(filled), "--json").json["accounts"][0]["id"])
    until = "2999-01-01T00:00:00Z"
    file = filled.scratch / "sorry.toml"
    file.write_text(
        'kind = "personal"\nkey = "sorry"\ntitle = "Sorry"\npercent = "20"\nwhy = "A late parcel"\n'
        f'account = "{account}"\nvalid_until = {until}\n'
    )
    filled.done("programme", "enable", str(file))
    said = filled.done("person", "set", account, "archived", "true").out
    assert f"offer for {account}: 20 % Personal by its own purchases -> nothing" in said
    assert "This is computed already; the shops hear of it with the next plan." in said
    assert filled.done("compute", "--json").json["offers_changed"] == 0


def test_a_field_is_written_rehearsed_given_back_and_its_history_told(filled: CommandLine) -> None:
    person = anybody(filled)
    assert "nothing was done" in filled.done("person", "set", person, "manager", "Olha", "--dry-run").out
    written = filled.done("person", "set", person, "manager", "Olha\u202e", "--why", "new shift").out
    assert f"manager of {person} is set: edit 1" in written
    assert "so already" in filled.done("person", "set", person, "manager", "Olha").out
    assert "is the shops' again" in filled.done("person", "set", person, "manager", "--from-shops").out
    newest, oldest = filled.done("person", "history", person, "manager", "--json").json["versions"]
    assert (newest["value"], oldest["value"], oldest["why"]) == (None, "Olha", "new shift")
    assert "what the shops say" in filled.done("person", "history", person, "manager").out
    company = '{"name": "Optyka", "tax_id": "123"}'
    assert filled.done("person", "set", person, "company", company, "--json").json["value"]["tax_id"] == "123"
    filled.done("person", "set", person, "company.hours", "9-18")
    assert "company: name Optyka, tax id 123, hours 9-18" in filled.done("person", "show", person).out


def test_a_person_is_shown_by_what_only_they_have_and_told_when_the_record_is_behind(
    filled: CommandLine,
) -> None:
    found = filled.done("person", "find", anybody(filled), "--json").json[0]
    card = filled.done("person", "show", found["id"])
    assert filled.done("person", "show", found["email"]).out == card.out
    nobody = filled("person", "show", "nobody@example.com")
    assert (nobody.code, "regulars person find NAME" in nobody.err) == (1, True)
    assert WAITING not in nobody.err + card.err
    filled.done("property", "add", "frame", "Frame", "--required")
    filled.done("person", "set", found["id"], "manager", "Olha")
    filled.done("person", "complete", "name", "gender")
    assert WAITING in filled.done("person", "show", found["id"]).err
    assert WAITING in filled.done("person", "find", "nobody").err
    assert WAITING in filled("person", "show", "nobody@example.com").err
    assert WAITING in filled("person", "history", "nobody@example.com", "manager").err
    listed = filled.done("person", "find", "nobody", "--json")
    assert (listed.json, listed.err) == ([], "")


def test_what_cannot_be_is_refused_in_plain_words(filled: CommandLine) -> None:
    person = anybody(filled)
    for arguments, code, words in (
        (("birth_date", "1990-02-30"), 1, "no day 30 in month 2 of 1990"),
        (("preferred_channel", "pigeon"), 1, "There are: phone, email"),
        (("company", "{"), 1, "given as JSON"),
        (("shoe", "1"), 1, "is no field of a record"),
        (("manager",), 2, "--from-shops"),
        (("manager", "x", "--from-shops"), 2, "--from-shops"),
    ):
        said = filled("person", "set", person, *arguments)
        assert said.code == code
        assert words in " ".join(said.err.split())
    assert filled("person", "list", "--status", "what").code == 2
    assert "no field that a record can lack" in filled("person", "complete", "shoe").err
    assert filled("property", "end", "shoe").code == 1


def test_a_field_that_a_segment_asks_about_ends_only_anyway(filled: CommandLine) -> None:
    filled.done("property", "add", "vision", "Eyesight", "--type", "number")
    filled.done("segment", "add", "keen", "property.vision > 2")
    refused = filled("property", "end", "vision")
    assert refused.code == 1 and "is asked about by: segment keen." in refused.err
    assert "has ended" in filled.done("property", "end", "vision", "--anyway").out
    assert "segment keen" in filled("doctor").out
