"""SQLite, PostgreSQL, the Python predicate and the oracle agree on the profiles themselves.

On the table that segments are asked of, with its own types and null values; of random persons written
straight into it, and of others whose profiles were computed from what they bought. Expressions compare with
what these persons have, a little more and a little less.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from conftest import Borrow
from profile_rows import profile, put_profiles
from profile_world import UAH, town
from purchases import NOW
from rating_world import STANDARD
from regulars_marketing import Rhythm, compute
from regulars_marketing._profile_rules import ProfileRules
from regulars_marketing._rating_run import rate
from regulars_marketing._segment_fields import Field, FieldType
from regulars_marketing._segment_predicate import segment_predicate
from regulars_marketing._segment_sql import segment_condition
from regulars_marketing._segment_tree import Node, Offset, Unit, Value
from regulars_store import Store, add_sendings, open_store, tables
from regulars_store._frequency_bounds import OwnBound, add_bound
from segment_world import (
    CATALOGUE,
    EVALUATION,
    KYIV,
    LEAVES,
    TREES,
    leaves_of,
    offsets,
    oracle,
    person,
    trees,
)

T = FieldType
table = tables.person_profile
Rows = dict[str, dict[str, Any]]
_WHOLE = ("orders", "orders_365d", "returned_orders", "refused_cod", "cod_share", "discount_share")
_SMALL = (*_WHOLE, "rhythm_days", "birth_year", "rating")
"""Columns of 32 bits."""


def somebody(name: str, random: Random) -> dict[str, Any]:
    """Anybody, with what the table wants of everybody."""
    drawn = {column: value for column, value in person(random).items() if value is not None}
    small = {column: drawn[column] % 2**31 for column in _SMALL if column in drawn}
    return profile(name, **(drawn | small))


def peopled(store: Store) -> Rows:
    """Forty who bought, computed, and a hundred of every kind; their rows as the database gives them."""
    made = town(3, 40)
    made.store(store)
    buyers = sorted({row["person_id"] for row in made.of("account")} - {None})
    rules = ProfileRules(UAH, topics={"news": Rhythm(0, None, 30)})
    some = [row["id"] for row in made.of("account") if row["person_id"] in buyers[::3]]
    with store.write() as connection:
        for number, account in enumerate(some):
            add_bound(connection, OwnBound(account, "news", None, 1, number % 3 + 1, NOW, "Iryna"))
        add_sendings(connection, some[::2], topic="news", kind="email", who="Iryna", at=NOW - timedelta(1))
        compute(connection, buyers, now=NOW, profiles=rules)
        rate(connection, None, now=NOW, settings=STANDARD)
    random = Random(7)
    put_profiles(store, [somebody(f"x{number:03}", random) for number in range(100)])
    with store.read() as connection:
        rows = connection.execute(select(table).order_by(table.c.person_id))
        return {row.person_id: dict(row._mapping) for row in rows}


@pytest.fixture(scope="module")
def profiles(sqlite_files: Borrow, postgres_databases: Borrow) -> Iterator[dict[str, tuple[Store, Rows]]]:
    """On each database the store, and its profiles."""
    with ExitStack() as made:
        found: dict[str, tuple[Store, Rows]] = {}
        for name, borrow in (("sqlite", sqlite_files), ("postgresql", postgres_databases)):
            store = open_store(made.enter_context(borrow()))
            made.callback(store.close)
            found[name] = store, peopled(store)
        _HELD.update(found["sqlite"][1])
        yield found


_HELD: Rows = {}
"""The profiles of this module, once they are there: what expressions compare with is drawn from them."""


@cache
def had(of: Field) -> tuple[Value, ...]:
    """What the profiles have of a field, as expressions write it, with its neighbours."""
    values = [row[of.column] for row in _HELD.values() if row[of.column] is not None]
    match of.type:
        case T.MONEY | T.NUMBER | T.PERCENT:
            scale = {T.MONEY: 2, T.PERCENT: 1}.get(of.type, 0)
            near = {value + more for value in values for more in (-1, 0, 1)}
            return tuple(Decimal(value).scaleb(-scale) for value in sorted(near))
        case T.MOMENT:
            days = {value.astimezone(KYIV).date() for value in values}
            return tuple(sorted({day + timedelta(days=more) for day in days for more in (-1, 0, 1)}))
        case T.LIST:
            return tuple(sorted({word for words in values for word in words}))
        case T.YES_NO:
            return (False, True)
        case _:
            return tuple(sorted(set(values)))


@st.composite
def nearby(draw: st.DrawFn) -> Node:
    """An expression about what these persons have."""
    fields = [each for each in CATALOGUE.fields if not each.key]

    def drawn(of: Field) -> st.SearchStrategy[Value]:
        if of.type is T.ANNIVERSARY:
            return offsets() | st.builds(Offset, st.integers(-200, 200), st.just(Unit.DAY))
        return st.sampled_from(had(of))

    asked = [each for each in fields if each.type is T.ANNIVERSARY or had(each)]
    node: Node = draw(trees(st.sampled_from(asked).flatmap(lambda of: leaves_of(of, drawn(of)))))
    return node


def check(node: Node, profiles: dict[str, tuple[Store, Rows]]) -> None:
    predicate, condition = segment_predicate(node, EVALUATION), segment_condition(node, table, EVALUATION)
    for name, (store, rows) in profiles.items():
        wanted = {key for key, row in rows.items() if oracle(node, row)}
        assert {key for key, row in rows.items() if predicate(row)} == wanted, name
        with store.read() as connection:
            found = set(connection.scalars(select(table.c.person_id).where(condition)))
        assert found == wanted, name


def test_both_databases_have_the_same_profiles(profiles: dict[str, tuple[Store, Rows]]) -> None:
    (_, one), (_, other) = profiles.values()
    assert one == other
    computed = [row for key, row in one.items() if not key.startswith("x")]
    assert len(computed) > 30
    # Each column has something to be asked about.
    fields = {each.column for each in CATALOGUE.fields}
    assert all(any(row[name] not in (None, [], {}) for row in one.values()) for name in fields)
    unknown = {name for name in fields if all(row[name] in (None, [], {}) for row in computed)}
    assert unknown <= {"labels", "email_subscription", "sms_subscription"}


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(node=nearby())
def test_all_agree_on_what_these_persons_have(node: Node, profiles: dict[str, tuple[Store, Rows]]) -> None:
    check(node, profiles)


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(node=LEAVES | TREES)
def test_all_agree_on_random_expressions_about_profiles(
    node: Node, profiles: dict[str, tuple[Store, Rows]]
) -> None:
    check(node, profiles)


@pytest.mark.slow
@settings(max_examples=400, suppress_health_check=list(HealthCheck))
@given(node=nearby() | TREES)
def test_all_agree_on_four_hundred_expressions_about_profiles(
    node: Node, profiles: dict[str, tuple[Store, Rows]]
) -> None:
    check(node, profiles)
