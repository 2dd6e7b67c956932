"""What a shop that hides its older orders declares of them, worked out by hand; and the shop's own tags."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from profile_world import KYIV
from purchases import NOW, World
from regulars_mapping import RECENT_ORDERS
from regulars_marketing._money import MoneyRules
from regulars_marketing._opening import declared_abroad, lacking_openings
from regulars_marketing._profile import write_profiles
from regulars_marketing._profile_rules import ProfileRules
from regulars_store import rates, tables

READ = NOW - timedelta(days=10)
BEFORE, AFTER = READ - timedelta(days=20), READ + timedelta(days=1)
MONEY = MoneyRules("UAH", KYIV)


@pytest.fixture
def cut(world: World) -> World:
    """The shop "tea" hides its older orders."""
    world.change(tables.shop, 1, capabilities=[RECENT_ORDERS])  # type: ignore[arg-type]
    return world


def declare(
    world: World, person: str, spent: int, orders: int, *, read: datetime = READ, **changes: Any
) -> str:
    """An account of which its shop declared this much when it was read."""
    changes = {"declared_spent": spent, "declared_orders": orders, "declared_currency": "UAH", **changes}
    account = world.account(person, **changes)
    shop, number = account.split(":")
    with world.store.write() as connection:
        connection.execute(
            insert(tables.observation).values(
                shop_id=int(shop), kind="customer", external_id=number, sequence=1, observed_at=read,
                version_at=read, via="history", digest=bytes(16), outcome="mapped", payload=b"",
            )
        )  # fmt: skip
    return account


def paid(world: World, account: str, total: int, *, at: datetime = BEFORE, **changes: Any) -> str:
    goods = changes.pop("goods", total)
    return world.order(account, goods, **{"placed_at": at, "paid_at": at, "total": total, **changes})


def opening(world: World, *persons: str) -> list[tuple[int | None, int | None]]:
    """Balance and orders of each, computed."""
    with world.store.write() as connection:
        write_profiles(connection, persons, now=NOW, rules=ProfileRules(MONEY))
        profile = tables.person_profile.c
        query = select(profile.person_id, profile.opening_balance, profile.opening_orders)
        found = {row[0]: (row[1], row[2]) for row in connection.execute(query)}
    return [found[person] for person in persons]


def held(world: World, person: str) -> str | None:
    profile = tables.person_profile.c
    with world.store.read() as connection:
        return connection.scalar(select(profile.held).where(profile.person_id == person))


def test_the_opening_balance_is_what_is_declared_less_what_was_known_then_as_the_shop_counts(
    cut: World,
) -> None:
    account = declare(cut, "ann", 1_000_00, 9)
    # 100.00 of goods, with tax and shipping 120.00, of which 20.00 came back in time and 5.00 later.
    first = paid(cut, account, 120_00, goods=100_00, goods_tax=15_00, shipping=5_00)
    cut.change(tables.refund, cut.refund(first, 20_00), refunded_at=READ - timedelta(days=1))
    cut.refund(first, 5_00)
    paid(cut, account, 70_00, at=READ)
    # Bought after the total was read, not paid, a test, gone: none of them is in the total.
    paid(cut, account, 30_00, at=AFTER)
    cut.order(account, 40_00, placed_at=BEFORE)
    paid(cut, account, 50_00, bought=False)
    gone = paid(cut, account, 60_00)
    cut.change(tables.order, gone, gone=True)
    # Paid and called off: the money is in the total as long as it is not given back.
    paid(cut, account, 10_00, bought=False, status="cancelled")
    # 1000.00 - (120.00 - 20.00) - 70.00 - 10.00; nine orders, five of which are shown and were there then.
    assert opening(cut, "ann") == [(820_00, 4)]
    # Nobody bought in between, whatever is done to orders since: read again later it is the same.
    assert opening(cut, "ann") == [(820_00, 4)]
    assert held(cut, "ann") is None


def test_it_is_never_below_nothing_and_only_where_orders_are_hidden_and_a_total_is_declared(
    cut: World,
) -> None:
    cut.shop(2, "coffee")
    less = declare(cut, "less", 50_00, 1)
    for amount in (40_00, 60_00):
        paid(cut, less, amount)
    declare(cut, "shown", 900_00, 3, shop=2)
    cut.account("undeclared")
    declare(cut, "gone", 500_00, 5, gone=True)
    cut.account("gone", shop=2)
    assert opening(cut, "less", "shown", "undeclared", "gone") == [(0, 0), *[(None, None)] * 3]
    # The shop shows all of its orders from now on.
    declare(cut, "ann", 500_00, 5)
    assert opening(cut, "ann") == [(500_00, 5)]
    cut.change(tables.shop, 1, capabilities=[])  # type: ignore[arg-type]
    assert opening(cut, "ann", "less") == [(None, None)] * 2


def test_other_currencies_are_told_by_the_rate_of_the_day_on_which_the_total_was_read(cut: World) -> None:
    # Half an hour past midnight in Kyiv is the day before in UTC.
    read = datetime(2026, 5, 20, 21, 30, tzinfo=UTC)
    foreign = {"read": read, "declared_currency": "EUR"}
    declare(cut, "ann", 10_01, 2, **foreign)
    declare(cut, "ann", 100_00, 3)
    declare(cut, "bob", 70_00, 1)
    declare(cut, "none", 0, 0, **foreign)
    assert opening(cut, "ann", "bob", "none") == [(None, 5), (70_00, 1), (0, 0)]
    said = held(cut, "ann")
    assert said is not None and all(word in said for word in ("EUR", "UAH", "2026-05-21"))
    assert held(cut, "bob") is held(cut, "none") is None
    with cut.store.write() as connection:
        assert lacking_openings(connection, MONEY) == {("EUR", date(2026, 5, 21))}
        assert declared_abroad(connection, "UAH", limit=5) == ["ann"]
        told = [
            rates.CurrencyRate("EUR", "UAH", date(2026, 5, day), Fraction(value), "manual")
            for day, value in ((20, 50), (21, "45.5"))
        ]
        rates.save_rates(connection, told, now=NOW)
    # 10.01 x 45.5 = 455.455, half up.
    assert opening(cut, "ann") == [(455_46 + 100_00, 5)]
    assert held(cut, "ann") is None
    with cut.store.read() as connection:
        assert lacking_openings(connection, MONEY) == set()


def test_a_total_beside_orders_of_another_currency_cannot_be_told(cut: World) -> None:
    account = declare(cut, "ann", 900_00, 3)
    paid(cut, account, 5_00, currency="EUR", at=READ - timedelta(days=1))
    assert opening(cut, "ann") == [(None, 2)]


def test_tiers_do_not_count_what_no_payload_shows(cut: World) -> None:
    account = declare(cut, "ann", 20_000_00, 30)
    paid(cut, account, 5_000_00)
    cut.programme()
    cut.compute("ann")
    # Bronze, by what is shown; with what is declared it would be gold.
    assert (cut.percent("ann"), opening(cut, "ann")) == (500, [(15_000_00, 29)])


def test_tags_of_the_shop_are_words_that_segments_ask_for(cut: World) -> None:
    cut.account("ann", tags=["VIP", " Vip ", "Кав’яр"], labels={"level": "Gold", "sentence": "7 %"})
    cut.account("ann", tags=["x" * 150])
    cut.account("bob")
    opening(cut, "ann", "bob")
    profile = tables.person_profile.c
    with cut.store.write() as connection:
        query = select(profile.person_id, profile.labels)
        labels = {row[0]: row[1] for row in connection.execute(query)}
        assert labels == {"ann": ["gold", "vip", "x" * 100, "кав'яр"], "bob": []}
        connection.execute(update(tables.account).values(tags=[]))
    opening(cut, "ann")
    with cut.store.read() as connection:
        assert connection.scalar(select(profile.labels).where(profile.person_id == "ann")) == ["gold"]
