"""A backfill by months: each is closed only when its own count agrees, and what does not is named."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from backfill_world import (
    Asked,
    Past,
    asked_for_orders,
    meddling,
    month,
    orders_at,
    past,
    spread,
    total_plus,
    without,
)
from regulars_agent import Hole, Step, _months, sync
from regulars_agent._progress import Pace
from regulars_mapping import Kind
from regulars_sandbox import Request, Response, ShopOrder
from regulars_store import checkpoint_of

SECOND = timedelta(seconds=1)
FIRST, LAST = month(2025, 11), month(2026, 3)
MONTHS = [month(2025, 11), month(2025, 12), month(2026, 1), month(2026, 2)]
EACH = 130


@pytest.fixture(autouse=True)
def _small_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_months, "MOST", 150)
    monkeypatch.setattr(_months, "FEW", 20)


def four_months() -> tuple[ShopOrder, ...]:
    """More than a page in each month, up to the edges of each, in a shop whose zone is not UTC."""
    times = [
        time
        for start in MONTHS
        for time in (
            start,
            *spread(EACH - 2, start + timedelta(days=1), start + timedelta(days=27)),
            _end(start),
        )
    ]
    return orders_at(times)


def _end(start: datetime) -> datetime:
    return (start + timedelta(days=32)).replace(day=1) - SECOND


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Past]:
    with past(tmp_path / "base", four_months()) as made:
        yield made


def everything(shop: Past) -> set[int]:
    return {order.id for order in four_months()}


def asked(shop: Past) -> list[Asked]:
    """Every request for orders from now on, as it comes."""
    found: list[Asked] = []

    def note(request: Request) -> None:
        if (one := asked_for_orders(request)) is not None:
            found.append(one)

    shop.front.before = note
    return found


def history_row(shop: Past) -> tuple[object, bool] | None:
    with shop.workspace.store.read() as connection:
        found = checkpoint_of(connection, shop.shop.id, Kind.ORDER, "history")
    return None if found is None else (found.cursor, found.done)


def test_months_are_read_newest_first_and_each_is_closed(shop: Past) -> None:
    seen = asked(shop)
    assert shop.backfill().complete
    assert shop.landed() == everything(shop)
    stretches = shop.stretches()
    assert sorted(stretches) == ["2025-12", "2026-01", "2026-02", "first"]
    assert all(one.done for one in stretches.values())
    assert history_row(shop) == (None, True)
    firsts = [start for one in seen if one.is_page for start in MONTHS[1:] if one.starts(start)]
    assert list(dict.fromkeys(firsts)) == [month(2026, 2), month(2026, 1), month(2025, 12)]


def test_the_requests_of_a_backfill_are_pages_counts_and_nothing_else(shop: Past) -> None:
    seen = asked(shop)
    shop.backfill()
    pages = [one for one in seen if one.is_page]
    # Two pages a month; the whole counted twice, the oldest, a year halved, each stretch closed.
    assert len(pages) == 8
    assert len(seen) - len(pages) <= 2 + 1 + 5 + 4


def test_orders_that_come_in_while_their_month_is_read_are_in_it_when_it_is_closed(shop: Past) -> None:
    placed: list[int] = []

    def place(one: Asked, response: Response) -> Response:
        if one.is_page and not placed:
            placed.append(shop.front.shop.place_order(items=[(90_001, 1)]))
        return response

    shop.front.after = meddling(place)
    report = shop.backfill()
    assert report.complete
    assert shop.landed() == everything(shop) | set(placed)


def test_an_order_that_a_page_left_out_is_found_by_its_months_count(shop: Past) -> None:
    lost = four_months()[EACH + 20].id

    def lose(one: Asked, response: Response) -> Response:
        return without(response, lost) if one.is_page else response

    shop.front.after = meddling(lose)
    report = shop.backfill()
    assert (report.complete, report.holes) == (True, [])
    assert lost in shop.landed()


@pytest.mark.parametrize("more", [1, -1])
def test_a_month_whose_count_lies_is_never_closed_silently(shop: Past, more: int) -> None:
    december, january = month(2025, 12), month(2026, 1)

    def lie(one: Asked, response: Response) -> Response:
        return total_plus(response, more) if one.starts(december) and not one.is_page else response

    shop.front.after = meddling(lie)
    report = shop.backfill()
    assert report.holes == [Hole(Kind.ORDER, "2025-12", EACH + more, EACH)]
    assert not report.complete
    done = {name: one.done for name, one in shop.stretches().items()}
    assert done == {"first": True, "2025-12": False, "2026-01": True, "2026-02": True}
    assert history_row(shop) == (None, False)
    assert not shop.backfill().complete, "it lies on"
    shop.front.after = lambda _, response: response
    seen = asked(shop)
    assert shop.backfill().complete
    assert history_row(shop) == (None, True)
    assert not [one for one in seen if one.is_page or one.starts(january)], (
        "what was closed is not read again"
    )


def test_a_list_that_leaves_out_what_its_month_counts_is_a_hole(shop: Past) -> None:
    """Neither page nor list shows an order, and the count knows of it."""
    lost = four_months()[EACH + 20].id
    december = month(2025, 12)

    def lose(one: Asked, response: Response) -> Response:
        return without(response, lost) if one.starts(december) else response

    shop.front.after = meddling(lose)
    report = shop.backfill()
    assert [(hole.period, hole.shop_count, hole.store_count) for hole in report.holes] == [
        ("2025-12", EACH, EACH - 1)
    ]
    assert not report.complete


def test_an_order_outside_all_months_is_found_by_the_count_of_the_whole(shop: Past) -> None:
    """As one without a date: no window shows or counts it."""
    undated = four_months()[EACH + 20].id
    december = month(2025, 12)

    def hide(one: Asked, response: Response) -> Response:
        hidden = without(response, undated) if one.windowed else response
        return total_plus(hidden, -1) if one.starts(december) else hidden

    shop.front.after = meddling(hide)
    shop.backfill()
    assert undated in shop.landed()


def test_orders_before_the_oldest_that_was_told_are_not_lost(tmp_path: Path) -> None:
    ancient = orders_at([month(1999, 1), month(2005, 7)], first=5_000)
    with past(tmp_path / "base", (*four_months(), *ancient)) as shop:

        def hide(one: Asked, response: Response) -> Response:
            tells_oldest = one.query.get("order") == "asc" and "date_created_gmt" in one.query.get(
                "_fields", ""
            )
            return without(without(response, 5_000), 5_001) if tells_oldest else response

        shop.front.after = meddling(hide)
        assert shop.backfill().complete
        assert {5_000, 5_001} <= shop.landed()


class StoppedError(Exception):
    """Stands for whatever ends a run."""


def interrupted_after(orders: int) -> object:
    came: list[int] = []

    def progress(step: Step) -> None:
        if step.kind is Kind.ORDER:
            came.append(step.records)
            if sum(came) >= orders:
                raise StoppedError

    return progress


@pytest.mark.parametrize("readers", [1, 2])
def test_an_interrupted_backfill_goes_on_at_the_open_month(tmp_path: Path, readers: int) -> None:
    with past(tmp_path / "base", four_months(), readers=readers, landing=100) as shop:
        with pytest.raises(StoppedError):
            shop.backfill(progress=interrupted_after(400))
        closed = [name for name, one in shop.stretches().items() if one.done]
        assert history_row(shop) is None
        seen = asked(shop)
        assert shop.backfill().complete
        assert shop.landed() == everything(shop)
        again = [name for name in closed for one in seen if name != "first" and one.starts(_month(name))]
        assert closed and again == []
        assert sum(one.is_page for one in seen) < 8


def _month(name: str) -> datetime:
    return datetime.fromisoformat(f"{name}-01T00:00:00+00:00")


def test_since_reads_what_is_newer_and_the_rest_later_without_reading_it_twice(shop: Past) -> None:
    since = month(2026, 1) + timedelta(days=10)
    report = shop.backfill(since=since)
    newer = {order.id for order in four_months() if order.created >= since}
    assert report.complete
    assert shop.landed() == newer
    assert history_row(shop) == (None, False)
    sync(shop.workspace, "tea")
    seen = asked(shop)
    assert shop.backfill().complete
    assert shop.landed() == everything(shop)
    assert history_row(shop) == (None, True)
    assert not [one for one in seen if one.is_page and one.starts(since)]


def test_an_order_that_cannot_be_read_is_no_hole_but_a_dead_letter(shop: Past) -> None:
    def spoil(one: Asked, response: Response) -> Response:
        items = json.loads(response.body)
        spoilt = [{**item, "line_items": 7} if item["id"] == 10_200 else item for item in items]
        return replace(response, body=json.dumps(spoilt).encode())

    shop.front.after = meddling(spoil)
    report = shop.backfill()
    assert (report.unreadable, report.holes) == (1, [])
    assert not report.complete


def test_progress_counts_up_to_the_shops_own_total_and_tells_the_time_left(shop: Past) -> None:
    steps: list[Step] = []
    shop.backfill(progress=steps.append)
    told = [step for step in steps if step.kind is Kind.ORDER and step.total]
    total = 4 * EACH
    assert [step.total for step in told] == [total] * len(told)
    assert [step.done for step in told] == sorted(step.done for step in told)
    assert told[-1].done == total
    assert told[-1].seconds_left == 0
    assert told[0].seconds_left is not None and told[0].seconds_left > 0
    assert len(told) == 8


def test_the_time_left_is_reckoned_from_the_last_pages_of_a_shop_that_became_slower() -> None:
    now = 0.0
    steps: list[Step] = []
    pace = Pace(Kind.ORDER, steps.append, total=200_000, clock=lambda: now)
    for number in range(1_000):
        now += 0.3 if number < 700 else 1.0
        pace.tell(100)
        assert steps[-1].done == 100 * (number + 1)
        if number in {0, 500}:
            assert steps[-1].seconds_left == pytest.approx((1_999 - number) * 0.3)
    assert steps[-1].seconds_left == pytest.approx(1_000 * 1.0)


def test_after_an_interruption_progress_counts_on_from_what_is_here(tmp_path: Path) -> None:
    with past(tmp_path / "base", four_months(), landing=100) as shop:
        with pytest.raises(StoppedError):
            shop.backfill(progress=interrupted_after(200))
        before = len(shop.landed())
        steps: list[Step] = []
        shop.backfill(progress=steps.append)
    told = [step for step in steps if step.kind is Kind.ORDER and step.total]
    assert before < told[0].done <= before + 100
    assert told[-1].done == told[-1].total == 4 * EACH


# Slow, so that the shop is what takes time, however busy this machine is.
@pytest.mark.slow
@pytest.mark.parametrize("readers", [1, 2, "auto"])
def test_the_time_left_is_about_right_half_way(tmp_path: Path, readers: object) -> None:
    """A shop that takes its time for each page, as a real one does."""
    told: list[tuple[float, Step]] = []

    def note(step: Step) -> None:
        if step.kind is Kind.ORDER and step.total:
            told.append((time.monotonic(), step))

    def wait(request: Request) -> None:
        if (one := asked_for_orders(request)) is not None and one.is_page:
            time.sleep(0.6)

    orders = orders_at(spread(3_000, FIRST, LAST))
    with past(tmp_path / "base", orders, readers=readers) as shop:
        shop.front.before = wait
        shop.backfill(progress=note)
    end = told[-1][0]
    # Nothing was sold since, which is a page too.
    first = next(step for _, step in told if step.records)
    assert (first.done, first.total) == (100, 3_000)
    assert first.seconds_left is not None
    at, half = next(each for each in told if each[1].done >= 1_500)
    assert half.seconds_left == pytest.approx(end - at, rel=0.3)
