"""Profiles against an oracle of plain loops, and cases that were worked out by hand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from profile_world import UAH, Oracle, town
from purchases import NOW, World
from regulars_marketing._facts import read_account_facts
from regulars_marketing._profile import Profiles, write_profiles
from regulars_marketing._profile_rules import ProfileRules
from regulars_store import Store, tables

Buyer = Callable[..., str]
PROFILE = tables.person_profile


def profile(world: World, person: str, **given: Any) -> Any:
    with world.store.write() as connection:
        write_profiles(connection, [person], now=given.pop("now", NOW), **given)
        return connection.execute(select(PROFILE).where(PROFILE.c.person_id == person)).one_or_none()


def stored(store: Store) -> dict[str, dict[str, Any]]:
    with store.read() as connection:
        return {row["person_id"]: dict(row) for row in connection.execute(select(PROFILE)).mappings()}


def written(store: Store, persons: list[str] | None, **given: Any) -> int:
    with store.write() as connection:
        return write_profiles(connection, persons, now=NOW, **given)


@pytest.mark.parametrize(("tax", "shipping"), [(False, False), (True, False), (True, True)])
def test_every_profile_is_what_plain_loops_count(store: Store, tax: bool, shipping: bool) -> None:
    money = replace(UAH, tax=tax, shipping=shipping)
    made = town(tax + 2 * shipping, 60)
    made.store(store)
    written(store, None, rules=ProfileRules(money))
    found, expected = stored(store), Oracle(made, money).profiles()
    assert found.keys() == expected.keys()
    for person, facts in expected.items():
        row = found[person] | {"held": found[person]["held"] is not None}
        assert {name: row[name] for name in facts} == facts, person
    assert len({str(facts) for facts in expected.values()}) > 40
    assert {facts["held"] for facts in expected.values()} == {True, False}


@pytest.mark.parametrize(("tax", "shipping"), [(False, False), (True, False), (True, True)])
def test_what_profiles_count_and_the_facts_come_from_the_same_orders(
    store: Store, tax: bool, shipping: bool
) -> None:
    made, rules = town(11, 40), ProfileRules(replace(UAH, tax=tax, shipping=shipping))
    made.store(store)
    everybody = sorted({row["person_id"] for row in made.of("account")})
    with store.read() as connection:
        read = Profiles.read(connection, rules, now=NOW).purchases(connection, everybody)
        told = read_account_facts(connection, everybody, money=rules.money)
    assert read.facts == told
    assert any(len(facts) > 1 for held in told.values() for facts in held.values())
    assert any(fact.refunded for held in told.values() for facts in held.values() for fact in facts)


def test_one_by_one_equals_all_at_once_and_only_differences_are_written(store: Store) -> None:
    made, rules = town(7, 40), ProfileRules(UAH)
    made.store(store)
    everybody = sorted({row["person_id"] for row in made.of("account")})
    changed = sum(written(store, [person], rules=rules) for person in everybody)
    one_by_one = stored(store)
    assert changed == len(one_by_one) > 25
    assert written(store, None, rules=rules) == written(store, everybody, rules=rules) == 0
    with store.write() as connection:
        # What others keep in the row stays; what is only ours is made anew.
        connection.execute(update(PROFILE).values(rating=50, grade="c", spent=1))
    assert written(store, None, rules=rules) > 25
    kept = {"rating": 50, "grade": "c"}
    assert stored(store) == {person: row | kept for person, row in one_by_one.items()}


def test_a_product_s_new_category_shows_when_everybody_is_brought_up_to_date(store: Store) -> None:
    made = town(3, 30)
    made.store(store)
    written(store, None, rules=ProfileRules(UAH))
    before = {person: row["categories"] for person, row in stored(store).items()}
    with store.write() as connection:
        moved = update(tables.product_category).where(tables.product_category.c.name_folded == "tea")
        connection.execute(moved.values(name="Leaves", name_folded="leaves"))
    drinkers = sum("tea" in categories for categories in before.values())
    assert written(store, None, rules=ProfileRules(UAH)) == drinkers > 5
    after = {person: row["categories"] for person, row in stored(store).items()}
    renamed = {"tea": "leaves"}
    assert after == {
        person: sorted(renamed.get(name, name) for name in names) for person, names in before.items()
    }


def test_what_was_bought_is_told_net_of_refunds_at_their_own_dates(world: World, buyer: Buyer) -> None:
    account = buyer("ann", 100_00, 50_00)
    over = world.order(account, 30_00, placed_at=NOW - timedelta(days=400))
    world.refund(over, 10_00)
    row = profile(world, "ann")
    assert (row.currency, row.spent, row.orders, row.largest_order) == ("UAH", 170_00, 3, 100_00)
    # The refund came within the year, its order before: 150.00 less 10.00.
    assert (row.spent_365d, row.orders_365d, row.average_order) == (140_00, 2, 56_67)
    assert (row.returned_orders, row.frequency, row.held) == (1, "regular", None)
    # 370 days and none: 185 in the middle.
    assert (row.rhythm_days, row.shops, row.kind) == (185, ["tea"], "person")
    year = profile(world, "ann", now=NOW + timedelta(days=366))
    assert (year.spent, year.spent_365d, year.orders_365d, year.frequency) == (170_00, 0, 0, "rare")
    assert profile(world, "ann", now=NOW + timedelta(days=340)).frequency == "regular"


def test_the_next_order_is_awaited_when_the_usual_pause_after_the_last_one_is_over(
    world: World, buyer: Buyer
) -> None:
    account = buyer("ann", 100_00)
    row = profile(world, "ann")
    assert (row.last_order_at, row.rhythm_days, row.next_order_at) == (NOW - timedelta(days=30), None, None)
    world.order(account, 5_00, placed_at=NOW - timedelta(days=10, hours=1, microseconds=7))
    row = profile(world, "ann")
    assert row.rhythm_days == 20
    assert row.next_order_at == NOW + timedelta(days=10) - timedelta(hours=1, microseconds=7)
    assert row.next_order_at.utcoffset() == timedelta(0)
    assert written(world.store, ["ann"]) == 0
    # A shop dates orders as it likes: of a day after the last one that there is nothing is known.
    world.order(buyer("bob", 1_00), 5_00, placed_at=datetime(9990, 1, 1, tzinfo=UTC))
    row = profile(world, "bob")
    assert (row.orders, row.rhythm_days > 2_900_000, row.next_order_at) == (2, True, None)


def test_sums_in_another_currency_wait_for_its_rate(world: World, buyer: Buyer) -> None:
    buyer("ann", 100_00)
    buyer("ann", 3_00, currency="EUR")
    buyer("bob", 7_00)
    held = profile(world, "ann")
    assert held.held.startswith("There is no rate from EUR to UAH for 2026-05-02")
    assert (held.spent, held.spent_365d, held.average_order, held.largest_order) == (None,) * 4
    assert (held.orders, held.frequency, profile(world, "bob").spent) == (2, "rare", 7_00)
    rate = {"currency": "EUR", "quote": "UAH", "day": "2026-04-20", "source": "csv", "at": NOW}
    world._insert(tables.currency_rate, numerator=4_167, denominator=100, **rate)
    told = profile(world, "ann")
    assert (told.spent, told.held, told.largest_order) == (225_01, None, 125_01)


def test_a_person_who_is_no_more_has_no_profile_and_whoever_has_the_account_now_has_it(
    world: World, buyer: Buyer
) -> None:
    account = buyer("ann", 100_00)
    world.compute("ann")
    world.change(tables.account, account, person_id="zoe")
    world.compute("ann", "zoe")
    assert {person: row["spent"] for person, row in stored(world.store).items()} == {"zoe": 100_00}
    world.change(tables.account, account, gone=True)
    world.compute("zoe")
    assert stored(world.store) == {}


def test_where_no_shop_tells_a_currency_sums_are_not_known(world: World, buyer: Buyer) -> None:
    buyer("ann", 100_00)
    world.change(tables.shop, 1, currency=None)
    row = profile(world, "ann")
    assert (row.currency, row.spent, row.orders) == ("", None, 1)
    assert "No shop tells its currency" in row.held


def test_a_zone_that_a_shop_calls_by_no_known_name_stops_nobody(world: World, buyer: Buyer) -> None:
    buyer("ann", 100_00)
    world.change(tables.shop, 1, zone="+02:00")
    assert profile(world, "ann").spent == 100_00
