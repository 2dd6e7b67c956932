"""``person suggest``, ``suggestions``, ``accept`` and ``refuse``."""

import pytest

from command_line import CommandLine
from regulars_store import open_store
from suggest_world import crowd, put_accounts


@pytest.fixture
def filled(regulars: CommandLine) -> CommandLine:
    """A workspace in which five of sixty people have a second account."""
    regulars.begin()
    store = open_store(f"sqlite:///{regulars.directory / 'regulars.sqlite3'}")
    put_accounts(store, crowd(60, twice=5))
    store.close()
    regulars.environ["REGULARS_IDENTITY_SHARE"] = "1"
    return regulars


def test_the_queue_is_made_shown_with_its_weights_and_decided(filled: CommandLine) -> None:
    assert "Nothing waits" in filled.done("person", "suggestions").out
    made = filled.done("person", "suggest", "--json").json
    assert (made["accounts"], made["waiting"]) == (65, 5)

    first, second, *_ = filled.done("person", "suggestions", "--json").json
    assert {reason["trait"] for reason in first["reasons"]} >= {"name", "postcode"}
    shown = filled.done("person", "suggestions", "--limit", "1", "--weights").out
    assert first["id"] in shown
    assert second["id"] not in shown
    assert "same postcode" in shown
    assert f"{first['bits']:+.1f}" in shown

    tried = filled.done("person", "accept", first["id"], "--dry-run").out
    assert "Nothing was done" in tried
    done = filled.done("person", "accept", first["id"], "--why", "asked").out
    assert [done.count(words) for words in ("before:", "now:", "To take it back")] == [2, 1, 1]
    said = filled.done("person", "refuse", second["id"], "--json").json
    assert (said["one_person"], said["account_a"]) == (False, second["a"]["id"])
    filled.done("person", "suggest")
    left = [one["id"] for one in filled.done("person", "suggestions", "--json").json]
    assert {first["id"], second["id"]}.isdisjoint(left)

    again = filled("person", "accept", second["id"])
    assert again.code == 1
    assert "does not wait any more: it is refused" in again.err
    assert filled("person", "refuse", "nothing").code == 1
