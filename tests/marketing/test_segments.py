"""Segments as they are kept: versions, what is refused, and those that are ready."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from profile_rows import MONEY, NOW, profile, put_profiles
from regulars_mapping import PermanentError, Property, PropertyType, SkipError
from regulars_marketing._segment_error import SegmentError
from regulars_marketing._segment_members import count_segment, some_of_segment
from regulars_marketing._segment_ready import ready_expression, ready_segment, ready_segments
from regulars_marketing._segments import (
    StoredSegment,
    add_segment,
    change_segment,
    disable_segment,
    evaluation_at,
    read_segment,
    segment_versions,
    segments,
    standing_segments,
)
from regulars_store import Store, save_property, tables

EVALUATION = evaluation_at(NOW, MONEY)


def added(store: Store, key: str, expression: str, title: str = "") -> StoredSegment:
    with store.write() as connection:
        return add_segment(connection, key, expression, title=title, who="Olha", now=NOW)


def rows(store: Store) -> int:
    with store.read() as connection:
        return connection.scalar(select(func.count()).select_from(tables.segment)) or 0


def test_every_change_is_a_version_and_the_same_again_is_none(store: Store) -> None:
    first = added(store, "big", "amount_spent>5000", "Big spenders")
    assert (first.version, first.expression) == (1, "amount_spent > 5000")
    assert added(store, "big", " AMOUNT_SPENT > 5000.00", "Big spenders") == first
    with store.write() as connection:
        say = {"who": "Ihor", "now": NOW + timedelta(days=1)}
        second = change_segment(connection, "big", expression="amount_spent > 9000", title=None, **say)
        assert (second.version, second.title, second.who) == (2, "Big spenders", "Ihor")
        assert change_segment(connection, "big", expression=None, title="Big spenders", **say) == second
        assert disable_segment(connection, "big", **say).version == 3
        assert disable_segment(connection, "big", **say).version == 3
    assert added(store, "big", "amount_spent > 7000").title == "Big spenders"
    with store.read() as connection:
        told = [
            (each.version, each.enabled, each.expression[-4:]) for each in segment_versions(connection, "big")
        ]
        assert told == [(4, True, "7000"), (3, False, "9000"), (2, True, "9000"), (1, True, "5000")]
        assert [each.version for each in segments(connection)] == [4]


def test_what_cannot_be_used_is_refused_and_nothing_of_it_is_kept(store: Store) -> None:
    with pytest.raises(SegmentError, match=r"character 16: .*'amount_spnt'.*amount_spent") as caught:
        added(store, "big", "rating = 1 AND amount_spnt > 5")
    assert caught.value.suggestion == "amount_spent"
    for key in ("", "Big", "9lives", "a b", "a" * 64, "ж"):
        with pytest.raises(PermanentError, match="key has small Latin letters"):
            added(store, key, "rating = 1")
    for title in ("\t", "a\x00b", "t" * 201):
        with pytest.raises(PermanentError, match="title"):
            added(store, "big", "rating = 1", title)
    with store.write() as connection, pytest.raises(SkipError, match="no segment 'gone'"):
        disable_segment(connection, "gone", who="Olha", now=NOW)
    assert rows(store) == 0
    added(store, "big", "rating = 1")
    with pytest.raises(PermanentError, match=r"already: rating = 1\. Change it"):
        added(store, "big", "rating = 2")
    with store.write() as connection, pytest.raises(SegmentError, match="character 8"):
        change_segment(connection, "big", expression="rating == 2", title=None, who="Olha", now=NOW)
    assert rows(store) == 1


def test_what_cannot_be_asked_any_more_is_told_with_the_reason(store: Store) -> None:
    vision = Property("vision", "Eyesight", PropertyType.NUMBER)
    with store.write() as connection:
        save_property(connection, vision, who="Olha", now=NOW)
    added(store, "weak", "property.vision < -2")
    added(store, "big", "amount_spent > 1")
    with store.write() as connection:
        assert set(standing_segments(connection, EVALUATION).trees) == {"weak", "big"}
        save_property(connection, replace(vision, sensitive=True), who="Olha", now=NOW)
        standing = standing_segments(connection, evaluation_at(NOW, replace(MONEY, currency=None)))
    assert not standing.trees
    assert "sensitive" in standing.problems["weak"]
    assert "no shop tells its currency" in standing.problems["big"]


def test_the_ready_ones_can_all_be_asked_and_have_a_title_in_every_language(store: Store) -> None:
    put_profiles(store, [profile(f"p{n:02}", spent=n * 1_000_050) for n in range(1, 21)])
    found = ready_segments()
    assert [each.key for each in found] == [
        *("regulars", "new", "one_off", "due", "lapsing", "lost", "top", "wholesale", "discount_hunters"),
        *("birthdays_soon", "quiet", "incomplete"),
    ]
    with store.read() as connection:
        for each in found:
            assert len(set(each.titles.values())) >= 3, each.key
            text = ready_expression(connection, each, currency="UAH")
            count = count_segment(connection, read_segment(connection, text), EVALUATION)
            assert count == (2 if each.key == "top" else 0)
            assert "{" not in text
        text = ready_expression(connection, ready_segment("top"), currency="UAH")
    assert text == "amount_spent >= 190009.50"
    assert (ready_segment("quiet").title("uk-UA"), ready_segment("quiet").title("fr")) == (
        "Не турбувати",
        "Quiet",
    )
    with pytest.raises(PermanentError, match=r"'loud'\. There are: regulars, new"):
        ready_segment("loud")


def test_the_top_of_nobody_is_refused(store: Store) -> None:
    with store.read() as connection, pytest.raises(PermanentError, match="nobody bought anything yet"):
        ready_expression(connection, ready_segment("top"), currency="UAH")


def days_ago(days: int, rhythm: int | None = None) -> dict[str, object]:
    """Of somebody who orders once in so many days: the last order was so long ago."""
    last = NOW - timedelta(days=days)
    following = None if rhythm is None else last + timedelta(days=rhythm)
    return {"last_order_at": last, "rhythm_days": rhythm, "next_order_at": following, "orders": 4}


def once(days: int) -> dict[str, object]:
    first = NOW - timedelta(days=days)
    return {**days_ago(days), "orders": 1, "frequency": "one_off", "first_order_at": first}


REGULAR, RARE = {"frequency": "regular"}, {"frequency": "rare"}
MIDNIGHT = datetime(2026, 6, 1, 21, tzinfo=UTC)
"""The end of today in Kyiv."""
LIVES: dict[str, tuple[dict[str, object], list[str]]] = {
    "faithful": (days_ago(20, 30) | REGULAR, ["regulars"]),
    "slow": (days_ago(400, 300) | REGULAR, ["regulars"]),
    "today": (once(0), ["new", "one_off"]),
    "once": (once(200), ["one_off"]),
    "never": ({}, []),
    # The pause is over by tomorrow, today, and 30 and 31 days ago.
    "day before": (days_ago(29, 30) | REGULAR, ["regulars"]),
    "due": (days_ago(30, 30) | REGULAR, ["regulars", "due"]),
    "due long": (days_ago(60, 30) | RARE, ["due"]),
    "missing": (days_ago(61, 30) | RARE, ["lapsing"]),
    "missing regular": (days_ago(61, 30) | REGULAR, ["regulars"]),
    "tonight": (days_ago(30, 30) | RARE | {"next_order_at": MIDNIGHT - timedelta(seconds=1)}, ["due"]),
    "at midnight": (days_ago(30, 30) | RARE | {"next_order_at": MIDNIGHT}, []),
    # Silent for long, and yet no longer than ever.
    "unhurried": (days_ago(120, 200) | RARE, []),
    "unhurried, due": (days_ago(210, 200) | RARE | {"orders": 2}, ["due"]),
    "unhurried, missing": (days_ago(231, 200) | RARE | {"orders": 2}, ["lapsing"]),
    "often": (days_ago(38, 7) | RARE | {"orders": 2}, ["lapsing"]),
    "going": (days_ago(365, 40) | RARE, ["lapsing"]),
    "gone": (days_ago(366, 40) | RARE, ["lost"]),
}


def test_the_ready_ones_tell_stages_of_a_customer_apart(store: Store) -> None:
    put_profiles(store, [profile(name, **life) for name, (life, _) in LIVES.items()])
    stages: dict[str, list[str]] = {name: [] for name in LIVES}
    with store.read() as connection:
        for key in ("regulars", "new", "one_off", "due", "lapsing", "lost"):
            tree = read_segment(connection, ready_segment(key).expression)
            for row in some_of_segment(connection, tree, EVALUATION, limit=100):
                stages[row.person_id].append(key)
    assert stages == {name: expected for name, (_, expected) in LIVES.items()}


def test_the_reference_names_every_ready_one() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/segments.md").read_text()
    table = page.split("## Ready-made")[1].split("## In Shopify")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == [each.key for each in ready_segments()]
