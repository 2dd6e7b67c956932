"""When a second reader is begun and let go, by fed timings alone."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars_agent._places import Places
from regulars_agent._second_reader import (
    ALONE,
    LEAVING,
    LONG,
    SETTLING,
    TOGETHER,
    TRIALS,
    UNTRIED,
    WORTH,
    SecondReader,
    Verdict,
)

PAGE = 100
Shop = Callable[[int, int], float]
"""Seconds from one page to the next by how many readers ask and how many pages have come."""


@dataclass
class Watched:
    """A reading of so many pages of a shop, and how many read it at each page."""

    shop: Shop
    pages: int
    landing: float = 0.02
    refusals: frozenset[int] = frozenset()
    second: SecondReader = field(default_factory=lambda: SecondReader(page_size=PAGE))
    readers: list[int] = field(default_factory=list)

    def read(self) -> list[int]:
        now, reading = 0.0, 1
        for number in range(self.pages):
            between = self.shop(reading, number)
            now += between
            left = (self.pages - number - 1) * PAGE
            verdict = self.second.fetched(PAGE, between * reading, now=now, left=left)
            reading = self._heeded(verdict, reading)
            if number in self.refusals:
                reading = self._heeded(self.second.refused(), reading)
            self.readers.append(reading)
            self.second.landed(PAGE, self.landing)
        return self.readers

    @staticmethod
    def _heeded(verdict: Verdict, reading: int) -> int:
        """Never a third, never none."""
        changed = reading + {Verdict.START: 1, Verdict.STOP: -1, Verdict.GO_ON: 0}[verdict]
        assert changed in {1, 2}
        return changed


def of_two(readers: int, _: int) -> float:
    """As a real WooCommerce on two processors."""
    return 0.53 / (1.85 if readers == 2 else 1)


def of_one(_: int, __: int) -> float:
    """Answers one request at a time."""
    return 0.53


def starts(readers: list[int]) -> int:
    return sum(now > before for before, now in zip([1, *readers], readers, strict=False))


def test_a_shop_that_is_waited_for_is_read_by_two_from_its_first_page_to_its_last() -> None:
    assert set(Watched(of_two, 100).read()) == {2}


def test_a_shop_that_answers_one_request_at_a_time_ends_with_one_reader() -> None:
    readers = Watched(of_one, 100).read()
    assert readers[0] == 2
    assert set(readers[SETTLING + TOGETHER :]) == {1}
    assert starts(readers) == 1


def test_such_a_shop_ends_with_one_although_its_first_page_was_slow() -> None:
    """As one whose caches were cold: by its first page alone, two would seem to pay."""
    pages = LONG * 3
    readers = Watched(lambda _, number: 1.2 if number == 0 else 0.53, pages).read()
    seen = SETTLING + TOGETHER * UNTRIED + LEAVING + ALONE
    assert set(readers[seen + 2 :]) == {1}


@pytest.mark.parametrize("opening", [0.05, 0.1, 0.15])
def test_the_time_that_a_connection_takes_to_open_is_no_gain_of_the_second(opening: float) -> None:
    readers = Watched(lambda _, number: 0.53 + (opening if number == 0 else 0), 60).read()
    assert set(readers[-30:]) == {1}


def test_a_second_that_brings_little_is_kept_where_it_does_bring_that() -> None:
    readers = Watched(lambda among, _: 0.53 if among == 1 else 0.53 / 1.3, 100).read()
    assert set(readers[-60:]) == {2}


def test_a_long_history_of_a_quick_pair_is_read_by_one_for_a_few_pages_only() -> None:
    readers = Watched(of_two, LONG * 3).read()
    assert readers.count(1) == LEAVING + ALONE
    assert readers[-1] == 2


@pytest.mark.parametrize("pages", [1, 2, WORTH, WORTH + 1])
def test_a_tiny_shop_is_not_asked_by_two(pages: int) -> None:
    assert set(Watched(of_two, pages).read()) == {1}


@pytest.mark.parametrize("landing", [0.02, 0.2])
def test_a_shop_that_answers_at_once_is_read_by_one(landing: float) -> None:
    assert set(Watched(lambda *_: 0.03, 200, landing=landing).read()) == {1}


def test_what_became_slow_is_given_its_second_reader_when_it_does() -> None:
    readers = Watched(lambda among, number: 0.01 if number < 50 else of_two(among, number), 600).read()
    assert set(readers[:50]) == {1}
    assert readers[-1] == 2


def test_a_shop_that_two_slow_down_is_let_go() -> None:
    readers = Watched(lambda among, _: 0.5 if among == 1 else 0.8, 100).read()
    assert set(readers[SETTLING + TOGETHER :]) == {1}


def test_a_shop_that_two_slow_down_after_a_while_is_let_go() -> None:
    """As one that throttles whoever asked a thousand times: one by itself is quicker by then."""

    def tiring(among: int, number: int) -> float:
        return of_two(among, number) if number < 60 or among == 1 else 2.0

    readers = Watched(tiring, 250).read()
    assert readers[59] == 2
    assert set(readers[60 + 2 * TOGETHER + LEAVING + ALONE :]) == {1}


def test_a_shop_that_is_slower_at_noon_keeps_its_second_reader() -> None:
    readers = Watched(lambda among, number: of_two(among, number) * (1 if number < 60 else 3), 290).read()
    assert readers[-1] == 2
    assert readers.count(1) <= LEAVING + ALONE


def test_a_shop_that_refuses_two_at_once_is_left_to_one_for_good() -> None:
    readers = Watched(of_two, 2_000, refusals=frozenset({5})).read()
    assert set(readers[5:]) == {1}


def test_one_refusal_later_on_costs_a_few_pages_with_one() -> None:
    """As a shop that was closed for an update of a plug-in for a minute."""
    readers = Watched(of_two, 250, refusals=frozenset({100})).read()
    assert readers[100] == 1
    assert set(readers[101 + LEAVING + ALONE :]) == {2}


def test_a_shop_that_refuses_two_again_and_again_is_left_to_one() -> None:
    readers = Watched(of_two, 1_000, refusals=frozenset(range(50, 1_000, 10))).read()
    assert starts(readers) <= TRIALS + 1
    assert set(readers[200:]) == {1}


@given(
    between=st.lists(st.floats(0.0001, 100), min_size=1, max_size=30),
    refusals=st.frozensets(st.integers(0, 1_500), max_size=20),
    landing=st.floats(0, 2),
    seed=st.integers(0, 30),
)
def test_whatever_a_shop_does_the_second_comes_and_goes_a_few_times_at_most(
    between: list[float], refusals: frozenset[int], landing: float, seed: int
) -> None:
    def erratic(among: int, number: int) -> float:
        return between[(number // (seed + 1) * among) % len(between)]

    readers = Watched(erratic, 1_500, landing=landing, refusals=refusals).read()
    assert starts(readers) <= TRIALS + 1


def test_one_slow_page_of_a_quick_shop_brings_no_second_reader() -> None:
    assert set(Watched(lambda _, number: 0.15 if number == 70 else 0.01, 200).read()) == {1}


def test_a_place_is_given_in_the_order_of_asking_and_no_more_than_there_are() -> None:
    places = Places(1)
    with places.one():
        places.add(1)
        with places.one():
            assert places.free == 0
            places.add(-1)
        assert places.free == 0
    assert places.free == 1
