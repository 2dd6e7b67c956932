"""Whatever people are called and write, the terminal shows it as it is: no markup and no pictures."""

from dataclasses import replace
from getpass import getuser

import pytest

from command_line import CommandLine
from regulars_store import open_store
from suggest_world import crowd, put_accounts

GIVEN, FAMILY = "[bold]:a:", "[/x"
NAME = f"{GIVEN} {FAMILY}"
WORDS = "[red]:b: [/ \\"


@pytest.fixture
def filled(regulars: CommandLine) -> CommandLine:
    """A workspace with thirty people, three of whom have a second account; all are called the same."""
    regulars.done("init")
    store = open_store(f"sqlite:///{regulars.directory / 'regulars.sqlite3'}")
    put_accounts(store, [replace(one, given_name=GIVEN, family_name=FAMILY) for one in crowd(30, twice=3)])
    store.close()
    regulars.done("compute")
    regulars.environ["REGULARS_IDENTITY_SHARE"] = "1"
    return regulars


def test_hostile_names_and_texts_are_shown_as_they_are_by_every_command_about_people(
    filled: CommandLine,
) -> None:
    def shows(*arguments: str, words: str = NAME) -> None:
        assert words in filled.done(*arguments).out, arguments

    entered = filled.done("person", "list", "--status", "entered", "--json").json
    one, other = (each["id"] for each in entered[:2])
    shows("person", "find", one)
    shows("person", "list", "--status", "entered")
    filled.done("property", "add", "note", WORDS, "--type", "choice", "--choice", WORDS)
    shows("property", "list", words=WORDS.strip())
    filled.done("person", "set", one, "manager", WORDS, "--why", WORDS, "--who", WORDS)
    shows("person", "history", one, "manager", words=f"{WORDS}  (by hand, {WORDS}, ")
    filled.done("person", "set", one, "property:note", WORDS)
    shows("interactions", "add", one, WORDS, "--who", WORDS, words=f"{WORDS}: {WORDS}")
    shows("interactions", "list", one, words=f"{WORDS}: {WORDS}")
    shows("reminders", "add", one, "2026-12-01", WORDS, "--owner", WORDS, words=f", {WORDS}  {NAME} {one}")
    shows("reminders", "list")
    shows("stop-list", "add", one, "--why", WORDS)
    shows("stop-list", "list", words=f"{NAME} {one}: {WORDS}")
    shows("person", "show", one)
    shows("person", "show", one, words=f"{WORDS}: {WORDS}  (by hand, {getuser()} ")

    filled.done("person", "suggest")
    shows("person", "suggestions")
    shows("person", "suggestions", "--weights")
    (first, *_) = filled.done("person", "suggestions", "--json").json
    shows("person", "accept", first["id"], "--why", WORDS)
    shows("person", "merge", one, other, "--why", WORDS)
    shows("person", "decisions", one, words=f"one person. {WORDS}")
    shows("person", "explain", first["a"]["id"], first["b"]["id"], words=WORDS)
    pictures = {"\N{NEGATIVE SQUARED LATIN CAPITAL LETTER A}", "\N{NEGATIVE SQUARED LATIN CAPITAL LETTER B}"}
    for said in filled.heard:
        assert not pictures & {*said.out, *said.err}
