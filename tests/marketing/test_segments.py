"""Segments as they are kept: versions, what is refused, and those that are ready."""

import re
from dataclasses import replace
from datetime import timedelta
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
    with store.write() as connection, pytest.raises(SegmentError, match="character 9"):
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


def days_ago(days: int) -> dict[str, object]:
    return {"last_order_at": NOW - timedelta(days=days), "orders": 4}


LIVES = {
    "faithful": {**days_ago(20), "frequency": "regular", "rhythm_days": 30},
    "slow": {**days_ago(400), "frequency": "regular", "rhythm_days": 300},
    "today": {**days_ago(0), "orders": 1, "frequency": "one_off", "first_order_at": NOW},
    "once": {
        **days_ago(200),
        "orders": 1,
        "frequency": "one_off",
        "first_order_at": NOW - timedelta(days=200),
    },
    "going": {**days_ago(130), "frequency": "rare", "rhythm_days": 40},
    "gone": {**days_ago(366), "frequency": "rare", "rhythm_days": 40},
    "due": {**days_ago(31), "frequency": "regular", "rhythm_days": 30},
    "never": {},
}


def test_the_ready_ones_tell_stages_of_a_customer_apart(store: Store) -> None:
    put_profiles(store, [profile(name, **life) for name, life in LIVES.items()])
    stages: dict[str, list[str]] = {name: [] for name in LIVES}
    with store.read() as connection:
        for key in ("regulars", "new", "one_off", "due", "lapsing", "lost"):
            tree = read_segment(connection, ready_segment(key).expression)
            for row in some_of_segment(connection, tree, EVALUATION, limit=100):
                stages[row.person_id].append(key)
    assert stages == {
        "faithful": ["regulars"],
        "slow": ["regulars"],
        "today": ["new", "one_off"],
        "once": ["one_off"],
        "going": ["lapsing"],
        "gone": ["lost"],
        "due": ["regulars", "due"],
        "never": [],
    }


def test_the_reference_names_every_ready_one() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/segments.md").read_text()
    table = page.split("## Ready-made")[1].split("## In Shopify")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == [each.key for each in ready_segments()]
