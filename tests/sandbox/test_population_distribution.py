"""A generated shop buys as the real one did."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import mean, median
from zoneinfo import ZoneInfo

import pytest

from regulars_sandbox._history import ShopOrder
from regulars_sandbox.population import Anchor, Population, generate
from regulars_sandbox.population import _tables as tables
from regulars_sandbox.population._goods import MINOR_PER_CENT

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KYIV = ZoneInfo("Europe/Kyiv")


@pytest.fixture(scope="module")
def shop() -> Population:
    return generate(seed=11, customers=5000, orders=None, now=NOW)


@pytest.fixture(scope="module")
def by_person(shop: Population) -> dict[int, list[ShopOrder]]:
    found: dict[int, list[ShopOrder]] = defaultdict(list)
    for order in shop.history.orders:
        found[shop.truth[Anchor("order", order.id)]].append(order)
    return found


def test_orders_a_buyer_and_one_time_buyers_are_the_logs(by_person: dict[int, list[ShopOrder]]) -> None:
    counts = Counter(len(orders) for orders in by_person.values())
    buyers = counts.total()
    assert sum(size * many for size, many in counts.items()) / buyers == pytest.approx(
        tables.MEAN_ORDERS, rel=0.03
    )
    assert counts[1] / buyers == pytest.approx(tables.ONE_TIME_SHARE, rel=0.02)


def test_the_gap_between_two_orders_is_the_logs(by_person: dict[int, list[ShopOrder]]) -> None:
    gaps = [
        (later.created.astimezone(KYIV).date() - earlier.created.astimezone(KYIV).date()).days
        for orders in by_person.values()
        for earlier, later in pairwise(orders)
    ]
    assert median(gaps) == pytest.approx(tables.MEDIAN_GAP_DAYS, abs=3)


def test_items_and_spend_of_an_order_are_the_logs(shop: Population) -> None:
    orders = shop.history.orders
    items = mean(sum(line.quantity for line in order.lines) for order in orders)
    spend = [sum(line.subtotal for line in order.lines) for order in orders]
    level = MINOR_PER_CENT["UAH"]
    assert items == pytest.approx(tables.MEAN_ITEMS, rel=0.04)
    assert mean(spend) / level == pytest.approx(tables.MEAN_SPEND_CENTS, rel=0.04)
    assert median(spend) / level == pytest.approx(tables.SPEND_CENTS[10], rel=0.10)


def test_the_history_spans_two_years_and_ends_yesterday(shop: Population) -> None:
    days = [order.created.astimezone(KYIV).date() for order in shop.history.orders]
    assert max(days) == date(2026, 11, 21)
    assert date(2026, 11, 21) - min(days) == timedelta(days=729)
    months = Counter(day.strftime("%Y-%m") for day in days)
    assert min(months[month] for month in sorted(months)[1:-1]) > 200


def test_nothing_happens_after_now_or_before_its_order(shop: Population) -> None:
    for order in shop.history.orders:
        moments = [order.modified, *(refund.created for refund in order.refunds)]
        moments += [moment for moment in (order.paid, order.completed) if moment]
        assert order.created <= min(moments)
        assert max(moments) <= NOW


def test_a_shop_in_euro_has_the_price_level_of_the_log() -> None:
    orders = generate(seed=2, customers=1500, orders=None, now=NOW, currency="EUR").history.orders
    spend = mean(sum(line.subtotal for line in order.lines) for order in orders)
    assert spend == pytest.approx(tables.MEAN_SPEND_CENTS, rel=0.08)


def test_a_given_number_of_orders_leaves_the_share_of_one_time_buyers() -> None:
    population = generate(seed=4, customers=800, orders=2400, now=NOW)
    counts = Counter(population.truth[Anchor("order", order.id)] for order in population.history.orders)
    once = sum(count == 1 for count in counts.values())
    assert once / len(counts) == pytest.approx(tables.ONE_TIME_SHARE, rel=0.02)
