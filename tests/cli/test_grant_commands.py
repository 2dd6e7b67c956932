"""``grant``: what people hold, on the command line."""

import pytest

from command_line import CommandLine
from regulars_store import open_store
from suggest_world import crowd, put_accounts

SCANNED = "4006381 333931"


@pytest.fixture
def emails(regulars: CommandLine) -> list[str]:
    """The e-mails of three persons of a workspace."""
    regulars.begin()
    store = open_store(f"sqlite:///{regulars.directory / 'regulars.sqlite3'}")
    put_accounts(store, crowd(3, twice=0))
    with store.read() as connection:
        rows = connection.exec_driver_sql("SELECT email_folded FROM account ORDER BY id").all()
    store.close()
    return [str(row[0]) for row in rows]


def test_a_code_is_attached_found_listed_moved_and_withdrawn(
    regulars: CommandLine, emails: list[str]
) -> None:
    ann, bob, _ = emails
    assert regulars.done("grant", "list", ann).out == "Nothing.\n"
    attach = ("grant", "attach", ann, SCANNED, "--unchecked", "--who", "Iryna")
    rehearsed = regulars.done(*attach, "--dry-run").out
    assert "attached by hand, Iryna" in rehearsed and "leave out --dry-run" in rehearsed
    assert regulars.done("grant", "list", ann, "--json").json == []
    made = regulars.done(*attach, "--json").json
    assert (made["already"], made["grant"]["state"], made["grant"]["kind"]) == (False, "given", "by_hand")
    assert "They have it already" in regulars.done(*attach).out
    found = regulars.done("grant", "find", "4006-3813-33931").out
    assert made["grant"]["id"] in found and made["grant"]["person"] in found
    taken = regulars("grant", "attach", bob, SCANNED)
    assert (taken.code, "somebody else's" in taken.err, "--move" in taken.err) == (1, True, True)
    moved = regulars.done("grant", "attach", bob, SCANNED, "--move", "--json").json
    assert moved["moved_from"] == made["grant"]["account_id"]
    listed = regulars.done("grant", "list", "--code", SCANNED, "--json").json
    assert [one["state"] for one in listed] == ["given", "replaced"]
    withdrawn = regulars.done("grant", "withdraw", listed[0]["id"]).out
    assert f"{SCANNED}: withdrawn" in withdrawn
    assert f"code {SCANNED}: replaced" in regulars.done("person", "show", ann).out


def test_wrong_words_are_refused(regulars: CommandLine, emails: list[str]) -> None:
    assert regulars("grant", "list").code == 2
    assert regulars("grant", "list", emails[0], "--code", "reg-x").code == 2
    assert regulars("grant", "withdraw", "none").code == 1
    short = regulars("grant", "attach", emails[0], "x")
    assert (short.code, "3 to 64" in short.err) == (1, True)
    nobody = regulars.done("grant", "find", "reg-aaaa").out
    assert "Nobody here has or had it" in nobody
