"""``regulars shop demands``: what the law had a shop demand, by when, and the owner's word about it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from command_line import CommandLine
from regulars_store import Store, add_shop, erasing, open_store

NOW = datetime.now(UTC)


@pytest.fixture
def kept(regulars: CommandLine) -> Iterator[Store]:
    """A workspace whose shop, which cannot be reached, had two demands passed on."""
    regulars.begin()
    opened = open_store(f"sqlite:///{regulars.directory}/regulars.sqlite3")
    with opened.write() as connection:
        url = "https://tea.myshopify.com"
        shop = add_shop(connection, name="tea", platform="shopify", url=url, options={}, now=NOW)
        for what, account in (("data_request", f"{shop.id}:7"), ("shop_erasure", "")):
            given = {"account_id": account, "orders": [], "now": NOW, "term": NOW + timedelta(days=30)}
            erasing.demands.put_demand(connection, shop.id, what, what, **given)
        note = {"state": "waiting", "note": "It waits for you."}
        erasing.demands.change_demand(connection, 2, **note)
    yield opened
    opened.close()


def test_without_demands_it_says_so(regulars: CommandLine) -> None:
    regulars.begin()
    assert regulars.done("shop", "demands").out == "Nothing is demanded.\n"


def test_what_waits_is_shown_here_and_in_the_status(regulars: CommandLine, kept: Store) -> None:
    said = regulars.done("shop", "demands").out
    assert "1: tea" in said and f"({1}:7)" in said and f"{NOW + timedelta(days=30):%Y-%m-%d}" in said
    assert "It waits for you." in regulars.done("status").out
    (told,) = regulars.done("status", "--json").json["demands"]
    assert (told["subject"], "--erase 2" in told["remedy"]) == ("demand 2 of tea", True)


def test_who_is_not_known_is_done_at_once_where_no_agent_runs(regulars: CommandLine, kept: Store) -> None:
    regulars.done("shop", "demands", "--now", "--dry-run")
    assert [each["state"] for each in regulars.done("shop", "demands", "--json").json["demands"]] == [
        "due",
        "waiting",
    ]
    regulars.done("shop", "demands", "--now")
    (first,) = (each for each in all_of(regulars) if each["number"] == 1)
    assert (first["state"], first["note"]) == ("done", "Nobody of that number is known here.")


def all_of(regulars: CommandLine) -> list[dict[str, object]]:
    return regulars.done("shop", "demands", "--all", "--json").json["demands"]


def test_the_owner_s_word_ends_a_demand_or_lets_it_be(regulars: CommandLine, kept: Store) -> None:
    regulars.done("shop", "demands", "--done", "2", "--dry-run")
    assert {each["state"] for each in all_of(regulars)} == {"due", "waiting"}
    regulars.done("shop", "demands", "--erase", "2")
    assert {each["state"] for each in all_of(regulars)} == {"due"}
    regulars.done("shop", "demands", "--done", "2")
    assert {each["state"] for each in all_of(regulars)} == {"due", "done"}
    said = regulars("shop", "demands", "--erase", "2")
    assert (said.code, "none of a shop that waits" in said.err) == (1, True)
    assert regulars("shop", "demands", "--erase", "2", "--done", "1").code == 2
