"""Who is in which segment, kept up to date for a few persons, for spans of them and for everybody."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, insert, select

from conftest import Borrow
from profile_rows import MONEY, NOW, profile, put_profiles
from purchases import World
from regulars_mapping import Property, PropertyType
from regulars_marketing._segment_fields import Catalogue
from regulars_marketing._segment_members import count_segment, member_predicate, refresh_members
from regulars_marketing._segment_parse import parse_segment
from regulars_marketing._segment_text import segment_text
from regulars_marketing._segment_tree import Node
from regulars_marketing._segments import (
    add_segment,
    change_segment,
    disable_segment,
    evaluation_at,
    read_segment,
)
from regulars_store import Store, open_store, save_property, tables
from regulars_store._segments import MembersChange, spans_of_profiles
from segment_world import PROPERTIES, TREES, person

KEYS = ("one", "two", "three")
EVALUATION = evaluation_at(NOW, MONEY)


def add(store: Store, key: str, expression: str) -> None:
    with store.write() as connection:
        add_segment(connection, key, expression, title="", who="Olha", now=NOW)


def refresh(
    store: Store, persons: list[str] | None = None, now: datetime = NOW, **given: Any
) -> MembersChange:
    with store.write() as connection:
        return refresh_members(connection, None, persons, now=now, money=MONEY, **given)


def members(store: Store) -> dict[tuple[str, str], datetime]:
    with store.read() as connection:
        rows = connection.execute(select(tables.segment_member))
        return {(row.segment_key, row.person_id): row.since for row in rows}


def test_who_comes_and_goes_is_written_and_who_stays_keeps_since_when(store: Store) -> None:
    add(store, "big", "amount_spent >= 100")
    add(store, "late", "last_order_date < -90d")
    put_profiles(
        store, [profile(name, spent=spent) for name, spent in (("a", 9_999), ("b", 10_000), ("c", None))]
    )
    assert refresh(store) == MembersChange(1, 0)
    later = NOW + timedelta(hours=1)
    put_profiles(store, [profile("a", spent=10_000), profile("b", spent=10_001)])
    assert refresh(store, ["a", "b"], later) == MembersChange(1, 0)
    assert members(store) == {("big", "b"): NOW, ("big", "a"): later}
    put_profiles(store, [profile("b", spent=1, last_order_at=NOW - timedelta(days=90))])
    assert refresh(store, ["b", "nobody"], later) == MembersChange(0, 1)
    with store.write() as connection:
        connection.execute(delete(tables.person_profile).where(tables.person_profile.c.person_id == "a"))
    assert refresh(store, ["a"]) == MembersChange(0, 1)


@pytest.mark.parametrize("persons", [None, ["b"]])
def test_time_alone_moves_people_at_midnight_of_the_zone(store: Store, persons: list[str] | None) -> None:
    add(store, "late", "last_order_date < -90d")
    put_profiles(store, [profile("b", last_order_at=NOW - timedelta(days=90))])
    # Midnight in Kyiv is at 21:00 in summer.
    assert refresh(store, persons, NOW.replace(hour=20, minute=59)) == MembersChange()
    assert refresh(store, persons, NOW.replace(hour=21)) == MembersChange(1, 0)
    assert refresh(store, persons, NOW.replace(hour=22)) == MembersChange()


@pytest.mark.parametrize("persons", [None, ["a", "b", "x"]])
def test_archived_persons_are_in_it_only_where_it_names_their_status(
    store: Store, persons: list[str] | None
) -> None:
    add(store, "women", "gender = 'f'")
    add(store, "away", "gender = 'f' AND status != 'control'")
    put_profiles(store, [profile("a", gender="f", status="archived"), profile("b", gender="f"), profile("x")])
    refresh(store, persons)
    assert sorted(members(store)) == [("away", "a"), ("away", "b"), ("women", "b")]


@pytest.mark.parametrize("persons", [None, ["p1", "p2"]])
def test_an_erased_person_is_in_none_and_leaves_those_they_were_in(
    world: World, persons: list[str] | None
) -> None:
    store = world.store
    accounts = [world.account(each) for each in ("p1", "p2")]
    add(store, "all", "number_of_orders = 0")
    add(store, "away", "status = 'archived' OR status = 'entered'")
    put_profiles(store, [profile("p1"), profile("p2")])
    refresh(store, persons)
    assert len(members(store)) == 4
    with store.write() as connection:
        connection.execute(insert(tables.erased_account), [{"account_id": accounts[0], "token": "t1"}])
        connection.execute(
            insert(tables.suppression), [{"token": "t1", "kind": "account", "at": NOW, "digest": "d"}]
        )
    assert refresh(store, persons) == MembersChange(0, 2)
    assert sorted(members(store)) == [("all", "p2"), ("away", "p2")]


@pytest.mark.parametrize("persons", [None, ["a", "b", "c"]])
def test_of_what_cannot_be_asked_any_more_nobody_comes_and_only_the_dead_go(
    store: Store, persons: list[str] | None
) -> None:
    vision = Property("vision", "Eyesight", PropertyType.NUMBER)
    with store.write() as connection:
        save_property(connection, vision, who="Olha", now=NOW)
    add(store, "weak", "property.vision < 0")
    add(store, "off", "stopped = false")
    weak = {"properties": {"vision": -1_000_000}}
    put_profiles(store, [profile("a", **weak), profile("b", **weak)])
    refresh(store, persons)
    with store.write() as connection:
        save_property(connection, replace(vision, sensitive=True), who="Olha", now=NOW)
        disable_segment(connection, "off", who="Olha", now=NOW)
        connection.execute(delete(tables.person_profile).where(tables.person_profile.c.person_id == "b"))
    put_profiles(store, [profile("a"), profile("c", **weak)])
    assert refresh(store, persons) == MembersChange(0, 3)
    assert list(members(store)) == [("weak", "a")]


def test_whoever_is_computed_moves_at_once_and_whoever_is_no_more_leaves(world: World) -> None:
    add(world.store, "big", "amount_spent >= 50 AND shops CONTAINS 'tea'")
    account = world.account("p1")
    order = world.order(account, 5_000)
    world.compute("p1")
    assert members(world.store) == {("big", "p1"): NOW}
    world.refund(order, 1)
    world.compute("p1", now=NOW + timedelta(minutes=1))
    assert members(world.store) == {}
    world.order(account, 9_000)
    world.compute("p1")
    # The account is somebody else's now.
    world.change(tables.account, account, person_id="p2")
    world.compute("p1", "p2")
    assert list(members(world.store)) == [("big", "p2")]


def test_some_segments_are_refreshed_alone(store: Store) -> None:
    for key in KEYS:
        add(store, key, "stopped = false")
    put_profiles(store, [profile("a")])
    for persons in (None, ["a"]):
        with store.write() as connection:
            refresh_members(connection, ["two"], persons, now=NOW, money=MONEY)
        assert list(members(store)) == [("two", "a")]


def test_a_few_persons_cost_a_handful_of_statements_whatever_the_number_of_segments(store: Store) -> None:
    for number in range(40):
        add(store, f"s{number}", f"number_of_orders < {number} AND customer_tags NOT CONTAINS 't{number}'")
    put_profiles(store, [profile(f"p{number}", orders=number) for number in range(40)])
    told: list[str] = []
    with store.write() as connection:
        event.listen(connection, "before_cursor_execute", lambda *given: told.append(given[2]))
        done = refresh_members(connection, None, [f"p{n}" for n in range(40)], now=NOW, money=MONEY)
    assert done.entered == sum(range(40))
    assert len(told) <= 5


@pytest.fixture(scope="module")
def stores(sqlite_files: Borrow, postgres_databases: Borrow) -> Iterator[list[Store]]:
    """The owner's fields and three segments on each database."""
    with ExitStack() as made:
        found = [open_store(made.enter_context(borrow())) for borrow in (sqlite_files, postgres_databases)]
        for store in found:
            made.callback(store.close)
            with store.write() as connection:
                for each in PROPERTIES:
                    save_property(connection, each, who="Olha", now=NOW)
            for key in KEYS:
                add(store, key, "stopped = true")
        yield found


def somebody(name: str, random: Random) -> dict[str, Any]:
    drawn = {column: value for column, value in person(random).items() if value is not None}
    whole = {"orders", "orders_365d", "returned_orders", "refused_cod", "cod_share", "discount_share"}
    whole |= {"rhythm_days", "birth_year", "rating"}
    small = {column: drawn[column] % 2**31 for column in whole & drawn.keys()}
    return profile(name, **(drawn | small))


KINDS_OF_SEGMENTS = st.lists(TREES, min_size=3, max_size=3)


@settings(max_examples=5, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck))
@given(trees=KINDS_OF_SEGMENTS, seed=st.integers(0, 10_000))
def test_members_are_those_whom_the_expressions_describe_however_they_came_to_be(
    trees: list[Node], seed: int, stores: list[Store]
) -> None:
    check(trees, seed, stores)


@pytest.mark.slow
@settings(max_examples=30, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck))
@given(trees=KINDS_OF_SEGMENTS, seed=st.integers(0, 10_000))
def test_members_are_those_described_in_thirty_random_worlds(
    trees: list[Node], seed: int, stores: list[Store]
) -> None:
    check(trees, seed, stores)


def check(trees: list[Node], seed: int, stores: list[Store]) -> None:
    for store in stores:
        random = Random(seed)
        people = {f"p{number}": somebody(f"p{number}", random) for number in range(24)}
        put_profiles(store, people.values())
        with store.write() as connection:
            for key, tree in zip(KEYS, trees, strict=True):
                change_segment(
                    connection, key, expression=segment_text(tree), title=None, who="Olha", now=NOW
                )
            spans = spans_of_profiles(connection, 7)
            assert len(spans) == 4
            for span in spans:
                refresh_members(connection, now=NOW, money=MONEY, span=span)
        assert set(members(store)) == described(store, people)
        moved = random.sample(sorted(people), 6)
        people |= {name: somebody(name, random) for name in moved}
        put_profiles(store, [people[name] for name in moved])
        refresh(store, moved)
        assert set(members(store)) == described(store, people)
        assert refresh(store) == MembersChange()


def described(store: Store, people: dict[str, dict[str, Any]]) -> set[tuple[str, str]]:
    with store.read() as connection:
        rows = connection.execute(select(tables.segment).order_by(tables.segment.c.id))
        newest = {row.key: read_segment(connection, row.expression) for row in rows}
    asked = {key: member_predicate(tree, EVALUATION) for key, tree in newest.items()}
    return {(key, name) for key, fits in asked.items() for name, row in people.items() if fits(row)}


def steps_of_counting(folder: Path, expression: str) -> list[str]:
    """What SQLite does to count who is described."""
    store = open_store(f"sqlite:///{folder}/store.sqlite3")
    store.upgrade()
    said: list[Any] = []
    with store.read() as connection:
        event.listen(connection, "before_cursor_execute", lambda *call: said.append(call[2:4]))
        count_segment(connection, parse_segment(expression, Catalogue()), EVALUATION)
        sql, given = said[0]
        steps = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given)]
    store.close()
    return steps


def test_who_was_erased_is_found_from_the_few_and_not_among_all_accounts(tmp_path: Path) -> None:
    steps = steps_of_counting(tmp_path, "number_of_orders > 0")
    assert any(step.startswith("SEARCH account ") for step in steps)
    assert not any(step.startswith("SCAN account") for step in steps)


def test_to_count_who_bought_what_and_when_the_wide_rows_are_not_read(tmp_path: Path) -> None:
    steps = steps_of_counting(
        tmp_path,
        "amount_spent > 100 AND amount_spent_365d > 50 AND average_order > 20 AND number_of_orders > 2 AND "
        "number_of_orders_365d < 9 AND first_order_date < -400d AND last_order_date >= -30d AND "
        "rhythm_days < 40 AND next_order_date < today AND frequency = 'regular' AND discount_share < 60% "
        "AND rating > 50 AND grade = 'a' AND kind = 'person' AND status = 'entered'",
    )
    assert steps[0] == "SCAN person_profile USING COVERING INDEX ix_person_profile_facts"
