"""``person ownership-link`` and ``person export-evidence``."""

import json
from pathlib import Path
from zipfile import ZipFile

import pytest

from command_line import CommandLine
from regulars_store import open_store
from suggest_world import crowd, put_accounts

SITE = "https://www.example.com/regulars/"


@pytest.fixture
def account(regulars: CommandLine) -> str:
    """A registered account of a workspace with a few persons."""
    regulars.begin()
    store = open_store(f"sqlite:///{regulars.directory / 'regulars.sqlite3'}")
    put_accounts(store, crowd(3, twice=0))
    store.close()
    regulars.done("compute")
    person = regulars.done("person", "list", "--status", "entered", "--json").json[0]["id"]
    return str(regulars.done("person", "show", person, "--json").json["accounts"][0]["id"])


def test_a_link_is_made_for_the_owner_s_mail_tool(regulars: CommandLine, account: str) -> None:
    made = regulars.done("person", "ownership-link", account, "--site", SITE, "--json").json
    assert made["url"].startswith(f"{SITE}owner/")
    assert made["email"] not in made["url"]
    assert (made["account"], made["known"]) == (account, "unknown")
    said = regulars.done("person", "ownership-link", account, "--site", SITE).out
    assert f"Send this to {made['email']}, and to nobody else" in said
    assert any(line.startswith(f"{SITE}owner/") for line in said.splitlines())
    assert "No link has proven" in regulars.done("person", "ownership-link", account, "--withdraw").out
    assert regulars("person", "ownership-link", account).code == 2
    nobody = regulars("person", "ownership-link", "1:404", "--site", SITE, "--json")
    assert (nobody.code, "no account 1:404" in nobody.json["problem"]) == (1, True)


def test_everything_about_a_person_is_written_into_one_new_file(
    regulars: CommandLine, account: str, tmp_path: Path
) -> None:
    path = tmp_path / "hers.zip"
    export = ("person", "export-evidence", account, "--out", str(path))
    made = regulars.done(*export, "--json").json
    assert (made["file"], made["rows"]["account"], made["version"]) == (str(path), 1, 1)
    with ZipFile(path) as archive:
        head = json.loads(archive.read("evidence.json"))
    assert [row["id"] for row in head["tables"]["account"]] == [account]
    again = regulars(*export)
    assert (again.code, "nothing is overwritten" in again.err) == (1, True)
    path.unlink()
    assert "look through it" in regulars.done(*export).out
