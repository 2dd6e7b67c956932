"""A store file that is gone is named as missing, and nothing but ``init`` makes a new one."""

import pytest

from command_line import CommandLine


@pytest.mark.parametrize(
    "command",
    [
        ["status"],
        ["digest"],
        ["doctor"],
        ["shop", "list"],
        ["backfill"],
        ["compute"],
        ["person", "find", "x"],
        ["dead-letters", "drop", "1", "--why", "x"],
        ["agent"],
    ],
    ids=" ".join,
)
def test_a_missing_store_is_named_and_not_made(regulars: CommandLine, command: list[str]) -> None:
    regulars.done("init")
    file = regulars.directory / "regulars.sqlite3"
    for each in regulars.directory.glob("regulars.sqlite3*"):
        each.unlink()
    said = regulars(*command)
    assert said.code == 1
    told = " ".join((said.out + said.err).split())
    assert f"{file}: there is no such store" in told
    assert "restore it from a backup" in told
    assert "regulars init" in told
    assert "no tables" not in told
    assert list(regulars.directory.glob("regulars.*sqlite3*")) == []


def test_init_makes_a_new_one(regulars: CommandLine) -> None:
    regulars.done("init")
    (regulars.directory / "regulars.sqlite3").unlink()
    regulars.done("init")
    assert regulars.done("shop", "list", "--json").json == []
