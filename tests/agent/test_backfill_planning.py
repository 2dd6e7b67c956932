"""A history is divided into stretches of whole months by the shop's counts, for few requests."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backfill_world import month, spread
from regulars_agent import _months
from regulars_agent._months import FEW, MOST, Part, Stretch, divided, gaps, period, within
from regulars_connectors import Window
from regulars_mapping import Kind
from regulars_store import Checkpoint

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


class CountingShop:
    """Orders at these moments, counted as the shop would; each question is one request."""

    def __init__(self, times: Sequence[datetime]) -> None:
        self.times = sorted(times)
        self.requests = 0

    def count(self, window: Window) -> int:
        self.requests += 1
        return self.held(window)

    def held(self, window: Window) -> int:
        low = bisect_left(self.times, window.start) if window.start else 0
        return (bisect_left(self.times, window.end) if window.end else len(self.times)) - low

    def oldest(self) -> datetime | None:
        self.requests += 1
        return self.times[0] if self.times else None

    def divided(self) -> list[Stretch]:
        return divided(Window(), now=NOW, count=self.count, oldest=self.oldest)


def years(count: int) -> list[datetime]:
    """Evenly over five years."""
    return spread(count, month(2021, 11), NOW)


def growing(count: int) -> list[datetime]:
    """As a shop that doubles each year for five years."""
    return [time for year in range(5) for time in spread(count // 31 * 2**year, *_year(2022 + year))]


def _year(number: int) -> tuple[datetime, datetime]:
    return month(number, 1) - timedelta(days=60), month(number + 1, 1) - timedelta(days=60)


def one_month(count: int) -> list[datetime]:
    """One order long ago, all others in one month since."""
    return [month(2012, 2), *spread(count, month(2025, 11), month(2025, 12))]


@pytest.mark.parametrize("shape", [years, growing, one_month])
@pytest.mark.parametrize("count", [40, 900, 6_000, 60_000, 400_000])
def test_choosing_and_closing_costs_at_most_two_requests_a_thousand_orders(shape: object, count: int) -> None:
    assert callable(shape)
    shop = CountingShop(shape(count))
    stretches = shop.divided()
    assert shop.requests + len(stretches) <= 2 * len(shop.times) / 1_000 + 8
    assert len(stretches) <= 2 * len(shop.times) / MOST + 1


def test_a_small_shop_of_many_years_pays_one_request_before_and_one_to_close() -> None:
    shop = CountingShop(spread(FEW, month(2012, 1), NOW))
    (stretch,) = shop.divided()
    assert stretch.window == Window()
    assert shop.requests == 1


@st.composite
def pasts(draw: st.DrawFn) -> list[datetime]:
    """A few bursts of orders, on the edges of months too, and some in the future of our clock."""
    bursts = draw(st.lists(st.tuples(st.integers(0, 75), st.integers(1, 60)), min_size=1, max_size=12))
    edges = draw(st.lists(st.integers(-1, 1), min_size=1, max_size=5))
    starts = [month(2020 + at // 12, at % 12 + 1) for at, _ in bursts for _ in edges]
    crowds = [
        spread(size, start, start + timedelta(days=27))
        for start, (_, size) in zip(starts, bursts, strict=False)
    ]
    near = [start + timedelta(seconds=edge) for start in starts for edge in edges]
    return [
        *near,
        *(time for crowd in crowds for time in crowd),
        NOW + timedelta(days=draw(st.integers(0, 40))),
    ]


@given(pasts())
def test_every_order_lies_in_exactly_one_stretch_whatever_its_date(times: list[datetime]) -> None:
    shop = CountingShop(times)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_months, "MOST", 50)
        patched.setattr(_months, "FEW", 10)
        stretches = shop.divided()
    assert stretches[0].window.end is None
    assert stretches[-1].window.start is None
    for newer, older in pairwise(stretches):
        assert newer.window.start == older.window.end
    for time in [*times, datetime(1970, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)]:
        assert sum(within(time, stretch.window) for stretch in stretches) == 1
    assert [stretch.count for stretch in stretches] == [shop.held(stretch.window) for stretch in stretches]
    assert len({stretch.scan for stretch in stretches}) == len(stretches)


def test_a_stretch_begins_where_a_month_begins_in_utc() -> None:
    stretches = CountingShop(years(60_000)).divided()
    starts = [stretch.window.start for stretch in stretches if stretch.window.start]
    assert len(starts) > 6
    assert all(start == month(start.year, start.month) for start in starts)


def test_a_shop_that_gives_no_exact_count_or_no_age_is_divided_as_well_as_can_be() -> None:
    (stretch,) = divided(Window(), now=NOW, count=lambda _: None, oldest=lambda: None)
    assert stretch.window == Window()
    shop = CountingShop(years(30_000))
    ageless = divided(Window(), now=NOW, count=shop.count, oldest=lambda: None)
    assert [stretch.count for stretch in ageless] == [shop.held(stretch.window) for stretch in ageless]
    assert len(ageless) >= 6


def test_only_what_is_not_covered_is_planned() -> None:
    march, april, june = month(2026, 3), month(2026, 4), month(2026, 6)
    assert list(gaps([], Window())) == [Window()]
    assert list(gaps([Window(june)], Window())) == [Window(None, june)]
    assert list(gaps([Window(june)], Window(april))) == [Window(april, june)]
    assert list(gaps([Window(june), Window(march, april)], Window())) == [
        Window(april, june),
        Window(None, march),
    ]
    assert list(gaps([Window(None, june), Window(june)], Window(april))) == []
    assert list(gaps([Window(None, march)], Window(june))) == [Window(june)]


@pytest.mark.parametrize(
    ("window", "said"),
    [
        (Window(month(2026, 3), month(2026, 4)), "2026-03"),
        (Window(month(2025, 11), month(2026, 3)), "2025-11 to 2026-02"),
        (Window(None, month(2019, 5)), "before 2019-05"),
        (Window(month(2026, 9)), "since 2026-09"),
        (Window(), "of all times"),
        (
            Window(datetime(2026, 3, 5, tzinfo=UTC), month(2026, 4)),
            "from 2026-03-05T00:00:00 to before 2026-04",
        ),
    ],
)
def test_months_are_named_for_people(window: Window, said: str) -> None:
    assert period(window) == said


def test_a_stretch_is_the_same_after_it_was_kept() -> None:
    stretch = Stretch.fresh(Window(month(2026, 3), month(2026, 5)), 1_234, None)
    stretch.parts = [
        Part(Window(month(2026, 4), month(2026, 5)), {"before": "2026-04-09T00:00:00", "page": 1})
    ]
    update = stretch.update(Kind.ORDER)
    assert (update.scan, update.done) == ("history:2026-03", False)
    kept = Stretch.load(_checkpoint(update.cursor))
    assert (kept.window, kept.count, kept.oldest) == (stretch.window, 1_234, month(2026, 3))
    assert [(part.window, part.cursor) for part in kept.parts] == [
        (part.window, part.cursor) for part in stretch.parts
    ]
    assert not kept.whole


def _checkpoint(cursor: Mapping[str, Any] | None) -> Checkpoint:
    return Checkpoint("order", "history:2026-03", cursor, False, 0, NOW)
