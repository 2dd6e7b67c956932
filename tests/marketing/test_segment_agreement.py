"""SQLite, PostgreSQL, the Python predicate and an oracle of their own say the same of every person."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import insert, select

from conftest import Borrow
from regulars_marketing._segment_parse import parse_segment
from regulars_marketing._segment_predicate import segment_predicate
from regulars_marketing._segment_ready import ready_segment, ready_segments
from regulars_marketing._segment_sql import segment_condition
from regulars_marketing._segment_text import segment_text
from regulars_marketing._segment_tree import Node
from regulars_store import Store, open_store
from segment_world import CATALOGUE, EVALUATION, LEAVES, PROFILE, TREES, crowd, oracle

CROWD = crowd(200)


@pytest.fixture(scope="module")
def profiles(sqlite_files: Borrow, postgres_databases: Borrow) -> Iterator[list[Store]]:
    """The crowd on each database."""
    with ExitStack() as made:
        stores = [open_store(made.enter_context(borrow())) for borrow in (sqlite_files, postgres_databases)]
        for store in stores:
            made.callback(store.close)
            with store.write() as connection:
                PROFILE.metadata.create_all(connection)
                connection.execute(insert(PROFILE), CROWD)
        yield stores
        for store in stores:
            with store.write() as connection:
                PROFILE.metadata.drop_all(connection)


def found(store: Store, node: Node) -> set[int]:
    condition = segment_condition(node, PROFILE, EVALUATION)
    with store.read() as connection:
        return set(connection.scalars(select(PROFILE.c.person_id).where(condition)))


def check(node: Node, stores: list[Store]) -> None:
    predicate = segment_predicate(node, EVALUATION)
    wanted = {row["person_id"] for row in CROWD if oracle(node, row)}
    assert {row["person_id"] for row in CROWD if predicate(row)} == wanted
    assert [found(store, node) for store in stores] == [wanted, wanted]


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(node=LEAVES)
def test_all_agree_on_every_comparison(node: Node, profiles: list[Store]) -> None:
    check(node, profiles)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(node=TREES)
def test_all_agree_on_random_expressions(node: Node, profiles: list[Store]) -> None:
    check(node, profiles)


@pytest.mark.parametrize("key", [each.key for each in ready_segments() if "{" not in each.expression])
def test_all_agree_on_the_ready_ones(key: str, profiles: list[Store]) -> None:
    node = parse_segment(ready_segment(key).expression, CATALOGUE)
    check(node, profiles)
    assert any(oracle(node, row) for row in CROWD), key


@pytest.mark.slow
@settings(max_examples=1_000, suppress_health_check=[HealthCheck.too_slow])
@given(node=TREES)
def test_all_agree_on_a_thousand_random_expressions(node: Node, profiles: list[Store]) -> None:
    check(node, profiles)


@given(node=TREES)
def test_an_expression_survives_its_text(node: Node) -> None:
    text = segment_text(node)
    again = parse_segment(text, CATALOGUE)
    assert again == node
    assert segment_text(again) == text
