"""``dead-letters drop``: what was given up, and letters that are not there."""

from datetime import UTC, datetime

import pytest

from command_line import CommandLine
from regulars_store import add_shop, open_store, tables

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def letter(regulars: CommandLine) -> int:
    """The number of the one dead letter there is."""
    regulars.begin()
    store = open_store(f"sqlite:///{regulars.directory / 'regulars.sqlite3'}")
    with store.write() as connection:
        shop = add_shop(
            connection, name="main", platform="woocommerce", url="https://a.example", options={}, now=NOW
        )
        row = {
            "shop_id": shop.id,
            "kind": "order",
            "external_id": "11",
            "sequence": 1,
            "failure": "permanent",
        }
        said = {"path": "total", "reason": "is no amount", "attempts": 1, "first_at": NOW, "last_at": NOW}
        connection.execute(tables.dead_letter.insert().values(row | said))
        number = connection.scalar(tables.dead_letter.select().with_only_columns(tables.dead_letter.c.id))
    store.close()
    assert isinstance(number, int)
    return number


def dropping(number: int) -> tuple[str, ...]:
    return ("dead-letters", "drop", str(number), "--why", "a test order")


def test_a_letter_is_dropped_once(regulars: CommandLine, letter: int) -> None:
    assert regulars.done(*dropping(letter), "--dry-run").out == f"Would drop {letter}.\n"
    assert regulars.done(*dropping(letter), "--dry-run", "--json").json == {"dropped": 0}
    assert regulars.done(*dropping(letter), "--json").json == {"dropped": 1}
    assert regulars.done("dead-letters", "list").out == "No dead letters.\n"
    assert regulars(*dropping(letter)).code == 1


@pytest.mark.parametrize("more", [[], ["--json"], ["--dry-run"]], ids=" ".join)
def test_a_letter_that_is_not_there_is_a_failure_that_says_where_they_are_listed(
    regulars: CommandLine, letter: int, more: list[str]
) -> None:
    said = regulars(*dropping(letter + 98), *more)
    assert said.code == 1
    assert (said.json["exit"] == 1) if "--json" in more else (said.out == "")
    assert said.err == f"There is no dead letter {letter + 98}. To see them: regulars dead-letters list\n"
