"""How the rest of a history is shared by two readers: both busy to the end, and hardly a page twice."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backfill_world import month, spread
from regulars_agent._months import Stretch
from regulars_agent._parts import Parts, Walk
from regulars_connectors import Page, Window

START, END = month(2026, 1), month(2026, 3)
SIZE = 100
SECOND = timedelta(seconds=1)


def come(parts: Parts, walk: Walk, page: Page, *, records: int = SIZE, window: Window | None = None) -> bool:
    return parts.advance(walk, page, records=records, window=window or walk.part.window)


def taken(parts: Parts) -> Walk:
    walk = parts.take()
    assert walk is not None
    return walk


def test_a_part_that_was_cut_ends_where_the_other_begins() -> None:
    stretch = Stretch.fresh(Window(START, END), 1_000, None)
    parts = Parts([stretch], page_size=SIZE, now=END)
    newer = taken(parts)
    asked = newer.part.window
    assert not come(parts, newer, Page([], {"page": 2}, 1_000, reached=END - timedelta(days=1)))
    older = taken(parts)
    middle = older.part.window.end
    assert older.part.window == Window(START, middle)
    assert newer.part.window == Window(middle, END)
    assert [part.window for part in stretch.parts] == [newer.part.window, older.part.window]
    assert middle is not None
    assert not come(parts, newer, Page([], {"page": 3}, 900, reached=middle), window=asked)
    late = Page([], {"page": 4}, 800, reached=middle - SECOND)
    assert come(parts, newer, late, window=asked)


def test_a_part_without_a_word_on_where_it_stands_is_not_cut() -> None:
    parts = Parts([Stretch.fresh(Window(START, END), 1_000, None)], page_size=SIZE, now=END)
    walk = taken(parts)
    come(parts, walk, Page([], {"after": "x"}))
    assert parts.take() is None


def test_a_part_is_cut_where_its_orders_are_and_not_in_the_middle_of_an_empty_past() -> None:
    """A shop that opened years ago, and sold in the last weeks."""
    stretch = Stretch.fresh(Window(None, END), 1_100, month(2016, 1))
    parts = Parts([stretch], page_size=SIZE, now=END)
    newer = taken(parts)
    come(parts, newer, Page([], {"page": 2}, 1_100, reached=END - timedelta(days=2)))
    older = taken(parts)
    assert older.part.window.end is not None
    # A thousand to come at fifty a day: twenty days, of which each has ten.
    assert older.part.window.end == END - timedelta(days=12)


def test_what_was_cut_off_and_turns_out_empty_leaves_the_rest_to_be_cut_again() -> None:
    stretch = Stretch.fresh(Window(START, END), 1_000, None)
    parts = Parts([stretch], page_size=SIZE, now=END)
    newer = taken(parts)
    for _ in range(4):
        empty = taken(parts)
        assert empty.part.window.end == newer.part.window.start
        assert come(parts, empty, Page([], None, 0), records=0)
        assert newer.remaining == 1_000


@dataclass
class Shop:
    """Orders at these moments, read by so many readers in turns: each turn is a page of each."""

    times: Sequence[datetime]
    pages: int = 0
    seen: set[int] = field(default_factory=set)

    def read(self, readers: int) -> int:
        """How many turns it took."""
        stretch = Stretch.fresh(Window(None, None), len(self.times), self.times[0])
        parts = Parts([stretch], page_size=SIZE, now=END)
        # Each as if it asked at the beginning of a turn and was answered at its end.
        busy: list[tuple[Walk, Window] | None] = [None] * readers
        turns = 0
        while True:
            busy = [self._asked(parts, one) for one in busy]
            if not any(busy):
                return turns
            turns += 1
            busy = [one and self._answered(parts, *one) for one in busy]

    @staticmethod
    def _asked(parts: Parts, one: tuple[Walk, Window] | None) -> tuple[Walk, Window] | None:
        if one is None and (walk := _next(parts)) is not None:
            return walk, walk.part.window
        return one and (one[0], one[0].part.window)

    def _answered(self, parts: Parts, walk: Walk, window: Window) -> tuple[Walk, Window] | None:
        self.pages += 1
        low = bisect_left(self.times, window.start) if window.start else 0
        high = bisect_left(self.times, window.end) if window.end else len(self.times)
        if walk.position is not None:
            high = int(walk.position["at"])
        first = max(low, high - SIZE)
        self.seen.update(range(first, high))
        cursor = {"at": first} if first > low else None
        page = Page([], cursor, high - low, reached=self.times[first] if high > first else None)
        ended = parts.advance(walk, page, records=high - first, window=window)
        return None if ended else (walk, window)


def _next(parts: Parts) -> Walk | None:
    """As ``take``, which would wait here for what only this thread could bring about."""
    with parts.lock:
        unknown = any(walk.shared and walk.remaining is None for walk in parts._read)
        idle = not parts._waiting
    return None if idle and unknown else parts.take()


def evenly() -> list[datetime]:
    return spread(5_000, month(2020, 1), END)


def growing() -> list[datetime]:
    """Each half year twice as many as the one before."""
    steps = [(month(2022, 1) + timedelta(days=182 * at), 20 * 2**at) for at in range(8)]
    return [time for start, count in steps for time in spread(count, start, start + timedelta(days=182))]


def lately() -> list[datetime]:
    """One order ten years ago, and then a shop."""
    return [month(2016, 1), *spread(4_000, month(2026, 1), END)]


def fading() -> list[datetime]:
    """A shop that sold for a year and hardly since."""
    return [*spread(4_000, month(2020, 1), month(2021, 1)), *spread(60, month(2021, 1), END)]


@pytest.mark.parametrize("shape", [evenly, growing, lately, fading])
def test_two_readers_are_both_busy_to_the_end(shape: Callable[[], list[datetime]]) -> None:
    times = sorted(shape())
    shop = Shop(times)
    turns = shop.read(2)
    least = -(-len(times) // SIZE)
    assert shop.seen == set(range(len(times)))
    assert turns <= least / 2 + 5
    assert shop.pages <= least + 12


@given(
    st.lists(
        st.tuples(st.integers(0, 2_200), st.integers(1, 900), st.integers(1, 300)), min_size=1, max_size=6
    )
)
def test_nothing_is_left_out_however_orders_lie_in_time(bursts: list[tuple[int, int, int]]) -> None:
    starts = [(month(2020, 1) + timedelta(days=day), count, days) for day, count, days in bursts]
    times = sorted(
        time for start, count, days in starts for time in spread(count, start, start + timedelta(days=days))
    )
    shop = Shop(times)
    turns = shop.read(2)
    assert shop.seen == set(range(len(times)))
    assert turns <= -(-len(times) // SIZE) + 3, "never slower than one reader by more than a few requests"
