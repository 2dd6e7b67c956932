"""``segment``: kept, refused with the place, counted, listed, explained, exported."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from command_line import CommandLine
from profile_rows import profile, put_profiles
from regulars_cli._segment_place import place
from regulars_store import open_store, tables
from regulars_store._types import Document

BUYERS = {
    "p1": {"name": "Olena", "spent": 900_000, "email": "olena@example.com", "phone": "+380671112233"},
    "p2": {"name": "=HYPERLINK(1)", "spent": 600_000, "email": "ivan@example.com", "phone": ""},
    "p3": {"name": "Petro", "spent": 100_000, "email": "petro@example.com", "phone": ""},
}

NOBODY = {"accounts": 1} | {
    each.name: [] if each.name == "missing" else {} if each.type is Document else ""
    for each in tables.person.c
    if not each.nullable and each.name != "accounts"
}


@pytest.fixture
def filled(regulars: CommandLine) -> CommandLine:
    """A workspace with three buyers, all of whom bought last 100 days ago."""
    regulars.begin()
    regulars.environ["REGULARS_MONEY_CURRENCY"] = "UAH"
    store = open_store(f"sqlite:///{regulars.directory / 'regulars.sqlite3'}")
    last = datetime.now(UTC) - timedelta(days=100)
    put_profiles(store, [profile(key, spent=one["spent"], last_order_at=last) for key, one in BUYERS.items()])
    with store.write() as connection:
        for key, one in BUYERS.items():
            row = {
                **NOBODY,
                "id": key,
                "given_name": one["name"],
                "email": one["email"],
                "phone": one["phone"],
            }
            connection.execute(insert(tables.person), [row])
    store.close()
    return regulars


def test_a_segment_is_tried_kept_changed_and_switched_off(filled: CommandLine) -> None:
    tried = filled.done("segment", "try", "amount_spent > 5000 and gender is null", "--limit", "1").out
    assert "amount_spent > 5000 AND gender IS NULL\n  2 of them now" in tried
    assert "not in Shopify: gender: Shopify does not know it" in tried
    assert "p1  Olena  o…@example.com  …33" in tried
    assert "p2" not in tried

    foreseen = filled.done("segment", "add", "big", "amount_spent>5000", "--title", "Big", "--dry-run").out
    assert "big would be on, version 1: Big\n  amount_spent > 5000\n  2 persons" in foreseen
    assert filled.done("segment", "list", "--json").json["segments"] == []
    saved = filled.done("segment", "add", "big", "amount_spent>5000", "--title", "Big", "--json").json
    assert (saved["count"], saved["moved"]) == (2, {"entered": 2, "left": 0})
    assert "Nothing was changed" in filled.done("segment", "add", "big", "amount_spent > 5000").out
    changed = filled.done("segment", "change", "big", "amount_spent > 7000").out
    assert "0 came in, 1 went out" in changed
    shown = filled.done("segment", "show", "big").out
    assert "in Shopify: amount_spent > 7000" in shown
    assert [shown.count(words) for words in ("big  Big: 1 person", "version 1", "version 2")] == [1, 1, 1]
    assert filled.done("segment", "count", "big").out == "1\n"
    assert filled.done("segment", "off", "big", "--json").json["moved"]["left"] == 1
    assert "big  Big: off" in filled.done("segment", "list").out
    assert filled.done("segment", "add", "big", "--json").json["segment"]["version"] == 4


def test_a_mistake_is_shown_where_it_stands_and_nothing_is_kept(filled: CommandLine) -> None:
    said = filled("segment", "add", "big", "rating = 1 AND amount_spnt > 5")
    assert said.code == 1
    lines = said.err.splitlines()
    assert lines[0].endswith("there is no field 'amount_spnt'. Did you mean amount_spent?")
    assert lines[2].index("^") == lines[1].index("amount_spnt")
    assert filled("segment", "count", "rating = ").code == 1
    assert "no segment 'nothing'" in filled("segment", "members", "nothing").err
    assert "is no segment yet" in filled("segment", "add", "big").err
    assert filled("segment", "add", "big", "rating = 1", "--ready", "lost").code == 1
    assert filled.done("segment", "list", "--json").json["segments"] == []


def test_ready_made_ones_are_shown_until_they_are_switched_on(filled: CommandLine) -> None:
    before = filled.done("segment", "list", "--language", "uk").out
    assert "lost  Втрачені" in before
    added = filled.done("segment", "add", "--ready", "top", "--language", "de").out
    assert "top is on, version 1: Oberstes Zehntel nach Umsatz\n  amount_spent >= 9000\n  1 person" in added
    after = filled.done("segment", "list", "--json").json
    assert [each["segment"]["key"] for each in after["segments"]] == ["top"]
    assert "top" not in {each["key"] for each in after["ready"]}


def test_members_are_paged_masked_and_exported_without_formulas(filled: CommandLine) -> None:
    filled.done("segment", "add", "big", "amount_spent > 5000")
    page = filled.done("segment", "members", "big", "--limit", "1").out
    assert "p1  Olena  o…@example.com  …33  since" in page
    assert "More: regulars segment members big --after p1" in page
    (second,) = filled.done("segment", "members", "big", "--after", "p1", "--contacts", "--json").json
    assert (second["person"], second["email"]) == ("p2", "ivan@example.com")
    file = filled.directory / "big.csv"
    assert (
        filled.done("segment", "members", "big", "--csv", str(file), "--contacts", "--json").json["members"]
        == 2
    )
    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))
    assert [row["name"] for row in rows] == ["Olena", "'=HYPERLINK(1)"]
    assert rows[0]["phone"] == "+380671112233"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "is there already" in filled("segment", "members", "big", "--csv", str(file)).err


def test_the_place_of_a_long_expression_is_cut_out_of_it() -> None:
    expression = "rating = 1 AND\n" * 20 + "amount_spnt > 5"
    shown, mark = place(expression, 300).splitlines()
    assert shown[mark.index("^") :] == "amount_spnt > 5"
    assert len(shown) < 90
