"""The dressed log is the log."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from cdnow import SAMPLE, LogEntry, dressed, dressed_population, read_log
from regulars_sandbox._history import OrderStatus
from regulars_sandbox.population import Anchor, Population

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def log() -> tuple[LogEntry, ...]:
    return read_log(SAMPLE)


@pytest.fixture(scope="module")
def shop() -> Population:
    return dressed_population(SAMPLE, now=NOW)


def test_the_sample_is_the_published_one(log: tuple[LogEntry, ...]) -> None:
    assert len(log) == 6919
    assert len({entry.customer for entry in log}) == 2357


def test_orders_customers_items_and_money_are_the_logs_to_the_cent(
    log: tuple[LogEntry, ...], shop: Population
) -> None:
    orders = shop.history.orders
    assert len(orders) == len(log)
    assert len(shop.people) == len(set(shop.truth.values())) == 2357
    assert sum(order.total for order in orders) == sum(entry.cents for entry in log)
    assert sum(line.quantity for order in orders for line in order.lines) == sum(entry.items for entry in log)


def test_every_customers_orders_are_the_logged_ones(log: tuple[LogEntry, ...], shop: Population) -> None:
    logged: dict[str, Counter[int]] = defaultdict(Counter)
    for entry in log:
        logged[entry.customer][entry.cents] += 1
    found: dict[int, Counter[int]] = defaultdict(Counter)
    for order in shop.history.orders:
        found[shop.truth[Anchor("order", order.id)]][order.total] += 1
    assert [found[number] for number in sorted(found)] == list(logged.values())


def test_the_last_order_was_yesterday_and_the_first_as_long_before_as_in_the_log(
    log: tuple[LogEntry, ...], shop: Population
) -> None:
    days = [order.created.astimezone(ZoneInfo("Europe/Kyiv")).date() for order in shop.history.orders]
    logged = [entry.day for entry in log]
    assert max(days) == date(2026, 11, 21)
    assert max(days) - min(days) == max(logged) - min(logged)


def test_a_dressed_order_is_a_sale_and_may_be_returned(shop: Population) -> None:
    sold = {OrderStatus.COMPLETED, OrderStatus.REFUNDED, OrderStatus.PROCESSING, OrderStatus.ON_HOLD}
    assert {order.status for order in shop.history.orders} <= sold
    assert any(order.refunds for order in shop.history.orders)
    assert any(order.customer_id is None for order in shop.history.orders)


def test_a_limit_keeps_the_first_customers_whole(log: tuple[LogEntry, ...]) -> None:
    first = list(dict.fromkeys(entry.customer for entry in log))[:50]
    history = dressed(SAMPLE, now=NOW, limit=50)
    assert len(history.orders) == sum(entry.customer in first for entry in log)
    assert sum(order.total for order in history.orders) == sum(e.cents for e in log if e.customer in first)
