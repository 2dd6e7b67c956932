"""``person merge``, ``split``, ``distinct``, ``undo``, ``decisions``, ``explain``, and their exit codes."""

from typing import Any

import pytest

from agent_world import SPENT, a_history
from command_line import CommandLine
from regulars_sandbox import WooCommerceShop

WHY = ("--why", "told us at the till")


@pytest.fixture
def line(regulars: CommandLine, served: Any) -> CommandLine:
    """A workspace with a shop of six people: accounts 1:1 to 1:6, each a person."""
    server = served(WooCommerceShop.of(a_history(SPENT)))
    assert regulars.connected(server).code == 0
    regulars.done("backfill")
    regulars.done("compute")
    return regulars


def test_from_a_merge_to_its_undoing(line: CommandLine) -> None:
    rehearsed = line.done("person", "merge", "1:1", "person2@example.com", *WHY, "--dry-run", "--json").json
    assert (rehearsed["rehearsed"], rehearsed["decisions"]) == (True, [])
    assert rehearsed["after"][0]["accounts"] == ["1:1", "1:2"]
    assert line.done("person", "decisions", "1:1").out == "Nothing was decided about them.\n"

    done = line.done("person", "merge", "1:1", "1:2", *WHY, "--who", "Olha", "--json").json
    assert done["after"] == rehearsed["after"]
    (number,) = done["decisions"]
    again = line.done("person", "merge", "1:2", "1:1", *WHY)
    assert "one person already. Nothing was done." in again.out
    (act,) = line.done("person", "decisions", "1:2", "--json").json
    assert (act["who"], act["why"], act["kind"]) == ("Olha", WHY[1], "must_link")
    assert act["lines"][0]["effect"] == "holds the two together"
    assert f"(decision {number})" in line.done("person", "explain", "1:1", "1:2").out

    undone = line.done("person", "undo", str(number), *WHY).out
    assert undone.count("now:") == 2
    assert "taken back already" in line.done("person", "undo", str(number), *WHY).out
    assert "on the command line" in line.done("person", "decisions", "1:1").out


def test_from_keeping_apart_to_splitting(line: CommandLine) -> None:
    apart = line.done("person", "distinct", "1:1", "1:2", *WHY)
    assert "To take it back: regulars person undo 1" in apart.out
    assert "kept apart already" in line.done("person", "distinct", "1:2", "1:1", *WHY).out
    assert "1:1 and 1:2 are two persons" in line.done("person", "explain", "1:1", "1:2").out
    line.done("person", "merge", "1:1", "1:2", "1:3", *WHY)
    parted = line.done("person", "split", "1:1", "1:3", *WHY, "--json").json
    assert sorted(person["accounts"] for person in parted["after"]) == [["1:1", "1:2"], ["1:3"]]
    explained = line.done("person", "explain", "1:1", "1:3", "--json").json
    assert (explained["one_person"], explained["path"]) == (False, [])
    assert "nothing would join the two now" in line.done("person", "explain", "1:1", "1:3").out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("merge", "1:1", "1:2"), 2, "--why"),
        (("merge", "1:1", "1:2", "--why", " "), 1, "Say why"),
        (("merge", "1:1", *WHY), 1, "Name two persons"),
        (("merge", "1:1", "1:77", *WHY), 1, "regulars person find"),
        (("split", "1:1", "1:1", *WHY), 1, "not all"),
        (("split", "1:1", "1:2", *WHY), 1, "it is person"),
        (("distinct", "1:1", "1:1", *WHY), 1, "regulars person split"),
        (("undo", "77", *WHY), 1, "There is no decision 77. To see them: regulars person decisions PERSON"),
        (("undo", "None", *WHY), 2, "Invalid value for 'DECISION': It must be a whole number."),
        (("decisions", "nobody@example.com"), 1, "regulars person find"),
        (("explain", "1:1", "1:77"), 1, "regulars person find"),
    ],
)
def test_what_cannot_be_is_refused_with_the_remedy(
    line: CommandLine, arguments: tuple[str, ...], code: int, words: str
) -> None:
    said = line("person", *arguments)
    assert (said.code, said.out) == (code, "")
    assert words in said.err
