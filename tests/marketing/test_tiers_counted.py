"""What tiers count: other currencies by the day of each order, and a year by the days of the shop."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from sqlalchemy import event

from purchases import NOW, World, tiers
from regulars_marketing import (
    Proof,
    compute,
    disable_programme,
    enable_programme,
    reason,
    sentence,
    verify_proof,
)
from regulars_marketing._proof import sealed
from regulars_store import Store, tables
from regulars_store._rates import CurrencyRate, save_rates

Buyer = Callable[..., str]
NBSP = "\u00a0"
DAY = timedelta(days=1)


def keep(store: Store, day: date, value: str, currency: str = "EUR", quote: str = "UAH") -> None:
    with store.write() as connection:
        save_rates(connection, [CurrencyRate(currency, quote, day, Fraction(value), "csv")], now=NOW)


def proof_at(world: World, account: str, now: datetime = NOW) -> Proof:
    """The proof of an account's offer, computed at that moment; it holds."""
    world.compute(world.offers()[account].person_id if account in world.offers() else "ann", now=now)
    proof = Proof.model_validate(world.offers()[account].proof)
    assert verify_proof(proof) == []
    return proof


def figures(proof: Proof) -> dict[str, tuple[int, int | None]]:
    return {fact.currency: (fact.net, fact.converted) for fact in proof.facts}


def test_each_order_in_another_currency_counts_by_the_rate_of_its_own_day(world: World) -> None:
    world.programme()
    account = world.account("ann")
    world.order(account, 4_000_00)
    keep(world.store, date(2026, 3, 2), "40.005")
    keep(world.store, date(2026, 4, 1), "45")
    world.order(account, 33_33, currency="EUR", placed_at=datetime(2026, 3, 5, 12, tzinfo=UTC))
    order = world.order(account, 100_00, currency="EUR", placed_at=datetime(2026, 4, 3, 12, tzinfo=UTC))
    # 33.33 x 40.005 = 1,333.36665, half up 1,333.37; 100 x 45 = 4,500.
    proof = proof_at(world, account)
    assert figures(proof) == {"EUR": (133_33, 5_833_37), "UAH": (4_000_00, 4_000_00)}
    assert (proof.counted, proof.percent, proof.no_rate) == (9_833_37, 500, ())
    assert proof.next_step is not None
    assert proof.next_step.missing == 166_63
    assert sentence(proof) == f"5 %, because you bought for 9,833.37{NBSP}₴ in our shops."
    world.refund(order, 50_00)
    assert proof_at(world, account).counted == 4_000_00 + 1_333_37 + 2_250_00


def test_a_missing_rate_holds_its_person_only_and_names_the_rate_and_the_day(
    world: World, buyer: Buyer
) -> None:
    world.programme()
    held, free = buyer("ann", 6_000_00), buyer("bob", 12_000_00)
    keep(world.store, date(2026, 4, 1), "45")
    world.order(held, 10_00, currency="EUR", placed_at=datetime(2026, 4, 3, 12, tzinfo=UTC))
    world.order(held, 10_00, currency="EUR", placed_at=datetime(2026, 5, 20, 12, tzinfo=UTC))
    done = world.compute("ann", "bob")
    offers = world.offers()
    assert (done.held, offers[free].percent, offers[free].held) == (1, 700, None)
    assert offers[held].held.startswith("No rate from EUR to UAH for 2026-05-20: programme regulars")
    proof = Proof.model_validate(offers[held].proof)
    assert (proof.no_rate, figures(proof)["EUR"], verify_proof(proof)) == (("EUR",), (20_00, None), [])
    keep(world.store, date(2026, 5, 18), "50")
    proof = proof_at(world, held)
    assert (proof.counted, world.offers()[held].held) == (6_000_00 + 450_00 + 500_00, None)


def test_an_account_of_its_own_counts_its_own_foreign_purchases_only(store: Store) -> None:
    world = World(store)
    world.shop(1, "tea")
    world.shop(2, "coffee", checks_emails="yes")
    world.programme()
    keep(store, date(2026, 5, 1), "50")
    known, strange = world.account("ann", shop=2), world.account("ann")
    for account, amount in ((known, 300_00), (strange, 110_00)):
        world.order(account, amount, currency="EUR")
    world.compute("ann")
    told = {key: (row.scope, row.proof["counted"], row.percent) for key, row in world.offers().items()}
    assert told == {known: ("person", 20_500_00, 1000), strange: ("account", 5_500_00, 500)}


def test_only_those_who_bought_in_another_currency_cost_further_statements(
    world: World, buyer: Buyer
) -> None:
    keep(world.store, date(2026, 5, 1), "50")
    plain, foreign = ("ann", "bob"), ("ann", "cleo", "dora")
    for person in {*plain, *foreign}:
        buyer(person, 6_000_00)
    for person in ("cleo", "dora"):
        buyer(person, 10_00, currency="EUR")

    def statements(persons: tuple[str, ...]) -> int:
        said: list[str] = []

        def note(_: Any, __: Any, statement: str, *___: Any) -> None:
            said.append(statement)

        world.compute(*persons)
        with world.store.write() as connection:
            event.listen(connection, "before_cursor_execute", note)
            compute(connection, persons, now=NOW)
            event.remove(connection, "before_cursor_execute", note)
        return len(said)

    def both() -> tuple[int, int]:
        return statements(plain), statements(foreign)

    without = both()
    world.programme()
    tiers_on = both()
    assert (tiers_on[0] - without[0], tiers_on[1] - without[1]) == (0, 3)
    world.programme(tiers(key="yearly", counts="year"))
    a_year_too = both()
    assert (a_year_too[0] - tiers_on[0], a_year_too[1] - tiers_on[1]) == (1, 4)


def midnight(day: date) -> datetime:
    """In Kyiv, in summer."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=3)


def test_a_year_is_today_and_the_364_days_before_it_in_the_shop_s_zone(world: World) -> None:
    world.change(tables.shop, 1, zone="Europe/Kyiv")
    world.programme(tiers(counts="year"))
    account = world.account("ann")
    first = midnight(date(2025, 6, 2))
    world.order(account, 5_000_00, placed_at=first)
    world.order(account, 1_00, placed_at=first - timedelta(seconds=1))
    ends = midnight(date(2026, 6, 2))
    proof = proof_at(world, account, ends - timedelta(seconds=1))
    assert (proof.counted, proof.percent) == (5_000_00, 500)
    year = [(step.left, step.right, step.result) for step in proof.steps if step.name == "year"]
    assert year == [(20250602, 364, 20260601)]
    assert sentence(proof) == f"5 %, because you bought for 5,000.00{NBSP}₴ within a year."
    proof = proof_at(world, account, ends)
    assert (proof.counted, proof.percent, proof.facts) == (0, 0, ())
    assert sentence(proof) == "No discount yet: you have not bought anything in our shops within a year."
    assert reason(proof) == "No discount yet: nothing was bought within a year."


def test_a_year_with_a_leap_day_has_365_days_too(world: World) -> None:
    world.programme(tiers(counts="year"))
    account = world.account("ann")
    world.order(account, 5_000_00, placed_at=datetime(2027, 3, 1, tzinfo=UTC))
    last = datetime(2028, 2, 28, 23, 59, 59, tzinfo=UTC)
    assert proof_at(world, account, last).percent == 500
    assert proof_at(world, account, last + timedelta(seconds=1)).percent == 0


def test_a_refund_within_the_year_lowers_it_whenever_the_order_was_and_never_below_nothing(
    world: World,
) -> None:
    world.programme(tiers(counts="year"))
    account = world.account("ann")
    old = world.order(account, 9_000_00, placed_at=NOW - 400 * DAY)
    before = world.refund(old, 1_000_00)
    world.change(tables.refund, before, refunded_at=NOW - 370 * DAY)
    world.order(account, 12_000_00, placed_at=NOW - 100 * DAY)
    assert proof_at(world, account).counted == 12_000_00
    back = world.refund(old, 3_000_00)
    world.change(tables.refund, back, refunded_at=NOW - 10 * DAY)
    proof = proof_at(world, account)
    fact = proof.facts[0]
    assert (fact.orders, fact.goods, fact.refunded, proof.counted) == (1, 12_000_00, 3_000_00, 9_000_00)
    # The order leaves the year, the refund stays: less than nothing counts as nothing.
    proof = proof_at(world, account, NOW + 300 * DAY)
    fact = proof.facts[0]
    assert (fact.orders, fact.net, proof.counted, proof.percent) == (0, -3_000_00, 0, 0)
    assert next(step.left for step in proof.steps if step.name == "year") == 20260522


def test_a_year_in_another_currency_goes_by_the_rates_of_the_orders_days(world: World) -> None:
    world.programme(tiers(counts="year"))
    account = world.account("ann")
    keep(world.store, date(2026, 5, 1), "50")
    keep(world.store, date(2025, 3, 1), "30")
    world.order(account, 120_00, currency="EUR")
    old = world.order(account, 10_00, currency="EUR", placed_at=datetime(2025, 3, 3, tzinfo=UTC))
    world.refund(old, 4_00)
    proof = proof_at(world, account)
    assert figures(proof) == {"EUR": (116_00, 120_00 * 50 - 4_00 * 30)}
    assert (proof.counted, proof.percent) == (5_880_00, 500)


@pytest.mark.parametrize("counts", ["all", "year"])
def test_a_cent_more_of_what_was_converted_is_caught_under_a_new_checksum(world: World, counts: str) -> None:
    world.programme(tiers(counts=counts))
    account = world.account("ann")
    keep(world.store, date(2026, 5, 1), "50")
    for amount, currency in ((100_00, "EUR"), (2_000_00, "UAH")):
        world.order(account, amount, currency=currency)
    proof = proof_at(world, account)
    assert proof.counted == 7_000_00
    paths = [("facts", n, "converted") for n in range(2)] + [("counted",)]
    paths += [("steps", n, name) for n in range(len(proof.steps)) for name in ("left", "right", "result")]
    for path in paths:
        forged = proof.document()
        node: Any = forged
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] += 1
        # The oldest day is one that the proof starts from; that alone may be another.
        day = path[0] == "steps" and node.get("name") == "year" and path[-1] == "left"
        if day:
            node["result"] += 1
        faults = verify_proof(sealed(Proof.model_validate(forged))[0])
        assert bool(faults) is not day, path


RATES = {"EUR": Fraction("45.1234"), "USD": Fraction("40.5")}


@dataclass(frozen=True)
class Bought:
    """An order of a drawn world, with its refunds: when, how much, and whether line by line."""

    currency: str
    days: int
    goods: int
    total: int
    refunds: tuple[tuple[int, int, bool], ...]

    def taken(self, oldest: int) -> int:
        """What was given back of it, at least so many days ago."""
        lines = sum(amount for days, amount, by_line in self.refunds if by_line and days >= oldest)
        bare = sum(amount for days, amount, by_line in self.refunds if not by_line and days >= oldest)
        share = min(self.goods, int(Fraction(bare * self.goods, self.total) + Fraction(1, 2)))
        return min(self.goods, lines + share)

    def net(self, within: int | None) -> int:
        if within is None:
            return self.goods - self.taken(-1)
        return (self.goods if self.days <= within else 0) - self.taken(-1) + self.taken(within + 1)

    def told(self, within: int | None) -> int:
        exact = self.net(within) * RATES.get(self.currency, Fraction(1))
        half_up = int(abs(exact) + Fraction(1, 2))
        return half_up if exact > 0 else -half_up


def drawn(random: Random) -> Bought:
    goods = random.randint(1, 5_000_00)
    refunds = [
        (random.choice([0, 3, 363, 364, 365, 366]), random.randint(1, 3_000_00), random.random() < 0.5)
        for _ in range(random.choice([0, 0, 1, 2, 3]))
    ]
    currency, days = random.choice(["UAH", "UAH", "EUR", "USD"]), random.choice([0, 9, 364, 365, 500])
    return Bought(currency, days, goods, goods + random.choice([0, 75_00]), tuple(refunds))


def test_a_second_working_out_in_plain_python_counts_the_same(world: World) -> None:
    random = Random(20261122)
    for programme in (tiers(), tiers(key="yearly", counts="year")):
        world.programme(programme)
    for currency, value in RATES.items():
        for month in range(0, 600, 14):
            keep(world.store, (NOW - month * DAY).date(), str(value), currency)
    accounts: dict[str, list[Bought]] = {}
    for number in range(25):
        account = world.account(f"p{number}")
        accounts[account] = [drawn(random) for _ in range(random.randint(1, 6))]
        for each in accounts[account]:
            at = NOW - each.days * DAY
            order = world.order(account, each.goods, total=each.total, currency=each.currency, placed_at=at)
            for days, amount, by_line in each.refunds:
                refund = world.refund(order, amount, goods=amount if by_line else None)
                world.change(tables.refund, refund, refunded_at=NOW - days * DAY)
    for key, within in (("regulars", None), ("yearly", 364)):
        with world.store.write() as connection:
            disable_programme(connection, {"regulars": "yearly", "yearly": "regulars"}[key], who="o", now=NOW)
            enable_programme(connection, key, who="o", now=NOW)
        world.compute(*(f"p{number}" for number in range(25)))
        offers = world.offers()
        for account, bought in accounts.items():
            proof = Proof.model_validate(offers[account].proof)
            counted = sum(each.told(within) for each in bought)
            assert proof.counted == (counted if within is None else max(0, counted)), (account, bought)
            assert verify_proof(proof) == []
