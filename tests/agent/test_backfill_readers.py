"""One or two readers of a history: when the second is begun and kept, what both share, how they end."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backfill_world import Past, asked_for_orders, month, orders_at, past, spread
from regulars_agent import Step, _readers, _second_process
from regulars_agent._fetching import ahead
from regulars_agent._leases import visit
from regulars_agent._months import stretches_of
from regulars_agent._readers import reading
from regulars_agent._settings import PullSettings
from regulars_connectors import Window
from regulars_mapping import Kind, MisconfiguredError
from regulars_sandbox import Request, Response

START, END = month(2026, 1), month(2026, 3)
MANY = 2_000


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Past]:
    with past(tmp_path / "base", orders_at(spread(MANY, START, END))) as made:
        yield made


def with_readers(shop: Past, readers: object) -> None:
    settings = shop.workspace.settings
    shop.workspace.settings = settings.model_copy(
        update={"pull": PullSettings.model_validate({"readers": readers})}
    )


def slowly(shop: Past, seconds: float, *, at_once: int = 2) -> Callable[[], int]:
    """Pages take so long, so many at once; answers the most that ever were asked for at once."""
    places, lock = threading.Semaphore(at_once), threading.Lock()
    underway = most = 0

    def wait(request: Request) -> Response | None:
        nonlocal underway, most
        if (asked := asked_for_orders(request)) is None or not asked.is_page:
            return None
        with lock:
            underway += 1
            most = max(most, underway)
        with places:
            time.sleep(seconds)
        with lock:
            underway -= 1
        return None

    shop.front.before = wait
    return lambda: most


def readers_used(shop: Past, monkeypatch: pytest.MonkeyPatch) -> int:
    made: list[_readers.Readers] = []
    plain = _readers.Readers.start

    def start(self: _readers.Readers) -> None:
        made.append(self)
        plain(self)

    monkeypatch.setattr(_readers.Readers, "start", start)
    assert shop.backfill().complete
    assert len(shop.landed()) == MANY
    (only,) = made
    return only.most


@pytest.mark.parametrize(("readers", "used"), [(1, 1), (2, 2), ("auto", 2)])
def test_a_slow_shop_is_read_by_as_many_as_are_set(
    shop: Past, monkeypatch: pytest.MonkeyPatch, readers: object, used: int
) -> None:
    with_readers(shop, readers)
    most = slowly(shop, 0.15)
    assert readers_used(shop, monkeypatch) == used
    assert most() == used


def test_a_quick_shop_is_read_by_one(shop: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    with_readers(shop, "auto")
    # However slowly this machine answers at the moment.
    monkeypatch.setattr("regulars_agent._second_reader.SLOW", 1.0)
    monkeypatch.setattr("regulars_agent._second_reader.WAITED_FOR", 1e9)
    assert readers_used(shop, monkeypatch) == 1


def test_by_measure_the_second_begins_after_the_first_page(shop: Past) -> None:
    with_readers(shop, "auto")
    asked: list[float] = []

    def wait(request: Request) -> Response | None:
        if (one := asked_for_orders(request)) is not None and one.is_page:
            asked.append(time.monotonic())
            time.sleep(0.3)
        return None

    shop.front.before = wait
    shop.backfill()
    first = asked[0] + 0.3
    assert len([at for at in asked if at < first]) == 1
    assert len([at for at in asked if at < first + 0.25]) == 3


def test_a_shop_that_answers_one_at_a_time_ends_with_one_reader(shop: Past) -> None:
    """The second is begun, brings nothing, and what it leaves is read by the first."""
    with_readers(shop, "auto")
    slowly(shop, 0.15, at_once=1)
    alive: list[int] = []
    plain = shop.front.before

    def look(request: Request) -> Response | None:
        alive.append(len([one for one in threading.enumerate() if one.name.startswith("regulars-read")]))
        return plain(request)

    shop.front.before = look
    assert shop.backfill().complete
    assert len(shop.landed()) == MANY
    assert max(alive) == 2
    reading = [count for count in alive if count]
    assert reading[-1] == 1


@pytest.mark.parametrize("readers", [1, 2])
def test_no_more_ask_at_once_than_there_are_readers(
    shop: Past, monkeypatch: pytest.MonkeyPatch, readers: int
) -> None:
    """The counts that close months among them."""
    monkeypatch.setattr("regulars_agent._months.MOST", 300)
    monkeypatch.setattr("regulars_agent._months.FEW", 100)
    with_readers(shop, readers)
    lock = threading.Lock()
    underway = most = 0

    def enter(request: Request) -> None:
        nonlocal underway, most
        with lock:
            underway += 1
            most = max(most, underway)
        if asked_for_orders(request) is not None:
            time.sleep(0.05)

    def leave(_: Request, response: Response) -> Response:
        nonlocal underway
        with lock:
            underway -= 1
        return response

    shop.front.before, shop.front.after = enter, leave
    assert shop.backfill().complete
    assert most == readers


def test_a_count_that_is_told_to_wait_lets_the_readers_wait_too(
    shop: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regulars_agent._months.MOST", 300)
    monkeypatch.setattr("regulars_agent._months.FEW", 100)
    with_readers(shop, 2)
    asked: list[float] = []
    refused: list[float] = []

    def throttle(request: Request) -> Response | None:
        if (one := asked_for_orders(request)) is None:
            return None
        asked.append(time.monotonic())
        if one.is_count and len(asked) > 12 and not refused:
            refused.append(time.monotonic())
            return Response(429, (("Retry-After", "2"),), b"")
        time.sleep(0.05)
        return None

    shop.front.before = throttle
    assert shop.backfill().complete
    (at,) = refused
    # One request of a reader may be on its way already.
    assert len([moment for moment in asked if at < moment < at + 1.9]) <= 1


def test_by_measure_a_shop_that_tells_two_to_wait_is_read_on_by_one(shop: Past) -> None:
    with_readers(shop, "auto")
    slowly(shop, 0.15)
    plain = shop.front.before
    refused: list[int] = []
    alive: list[int] = []

    def throttle(request: Request) -> Response | None:
        found = [one for one in threading.enumerate() if one.name.startswith("regulars-read")]
        alive.append(len(found))
        one = asked_for_orders(request)
        if one is not None and one.is_page and len(found) == 2 and not refused:
            refused.append(len(alive))
            return Response(429, (("Retry-After", "1"),), b"")
        return plain(request)

    shop.front.before = throttle
    assert shop.backfill().complete
    assert len(shop.landed()) == MANY
    (at,) = refused
    assert set(alive[at + 2 :]) <= {0, 1}


def test_the_last_reader_does_not_leave_while_there_is_a_part_that_another_gave_back(shop: Past) -> None:
    with visit(shop.workspace, shop.shop, resource="pull") as at:
        readers = _readers.Readers(at, Kind.ORDER, stretches_of(at, Kind.ORDER, Window()), pages_ahead=2)
        walk = readers.parts.take()
        assert walk is not None
        readers._active = 1
        readers.parts.give_back(walk)
        assert not readers._leave()
        assert readers.parts.take() is walk
        assert readers._leave()
        assert readers.waiting.qsize() == 1


def test_both_readers_read_one_month_to_its_last_page(shop: Past) -> None:
    """The rest of it is cut in two by time, and few pages are read twice."""
    with_readers(shop, 2)
    slowly(shop, 0.05)
    shop.front.seen.clear()
    assert shop.backfill().complete
    assert len(shop.landed()) == MANY
    requests = [path for _, path in shop.front.seen if path == "orders"]
    assert len(requests) <= MANY // 100 + 10


def test_what_both_read_is_landed_through_a_queue_of_bounded_length(shop: Past) -> None:
    """However slowly it lands, no more pages wait than were asked for."""
    with_readers(shop, 2)
    sizes: list[int] = []
    with visit(shop.workspace, shop.shop, resource="pull") as at:
        stretches = stretches_of(at, Kind.ORDER, Window())
        with reading(at, Kind.ORDER, stretches, pages_ahead=2) as readers:
            seen = 0
            while seen < MANY:
                page = readers.waiting.get(timeout=30)
                assert not hasattr(page, "error")
                time.sleep(0.03)
                sizes.append(readers.waiting.qsize())
                seen += len(page.records)  # type: ignore[union-attr]  # the assertion above says so
    assert max(sizes) == 2


def test_a_reader_told_to_wait_lets_the_other_wait_too(shop: Past) -> None:
    with_readers(shop, 2)
    asked: list[float] = []
    refused: list[float] = []

    def throttle(request: Request) -> Response | None:
        if (one := asked_for_orders(request)) is None or not one.is_page:
            return None
        asked.append(time.monotonic())
        if len(asked) == 5:
            refused.append(time.monotonic())
            return Response(429, (("Retry-After", "2"),), b"")
        time.sleep(0.1)
        return None

    shop.front.before = throttle
    assert shop.backfill().complete
    (at,) = refused
    # One request of the other reader may be underway already.
    assert len([moment for moment in asked if at < moment < at + 1.9]) <= 1
    assert len(shop.landed()) == MANY


class StoppedError(Exception):
    """Stands for whatever ends a run."""


@pytest.mark.parametrize("readers", [1, 2])
def test_the_end_of_a_reading_does_not_wait_for_requests_underway(shop: Past, readers: int) -> None:
    with_readers(shop, readers)
    held, free = threading.Event(), threading.Event()

    def hold(request: Request) -> Response | None:
        asked = asked_for_orders(request)
        if asked is not None and asked.is_page and "before" in asked.query:
            held.set()
            free.wait(20)
        return None

    def stop(step: Step) -> None:
        if step.kind is Kind.ORDER and held.wait(10):
            stopped.append(time.monotonic())
            raise StoppedError

    stopped: list[float] = []
    shop.front.before = hold
    try:
        with pytest.raises(StoppedError):
            shop.backfill(progress=stop)
        assert time.monotonic() - stopped[0] < 1.5
    finally:
        free.set()
    shop.front.before = lambda _: None
    assert shop.backfill().complete
    assert len(shop.landed()) == MANY


def test_fetching_ahead_does_not_wait_for_a_page_underway() -> None:
    asked, free = threading.Event(), threading.Event()

    def pages() -> Iterator[int]:
        asked.set()
        free.wait(20)
        yield 1

    began = 0.0
    with ahead(pages(), pages_ahead=2):
        assert asked.wait(10)
        began = time.monotonic()
    assert time.monotonic() - began < 1.5
    free.set()


@pytest.mark.parametrize("readers", [1, 2])
def test_a_shop_that_refuses_ends_both_readers_with_its_word(shop: Past, readers: int) -> None:
    with_readers(shop, readers)
    refusal = b'{"code":"woocommerce_rest_cannot_view","message":"Sorry."}'

    def refuse(request: Request) -> Response | None:
        asked = asked_for_orders(request)
        if asked is None or not asked.is_page or "before" not in asked.query:
            return None
        return Response(403, (("Content-Type", "application/json"),), refusal)

    shop.front.before = refuse
    with pytest.raises(MisconfiguredError):
        shop.backfill()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("regulars-read")]


def _children() -> set[str]:
    found = (path.read_text().split() for path in Path("/proc/self/task").glob("*/children"))
    return {number for numbers in found for number in numbers}


def test_the_months_of_a_quick_shop_are_read_by_a_second_process_where_two_are_set(
    shop: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_second_process, "QUICK", 60.0)
    monkeypatch.setattr(_second_process, "LONG", 100)
    monkeypatch.setattr("regulars_agent._months.MOST", 500)
    monkeypatch.setattr("regulars_agent._months.FEW", 100)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    settings = shop.workspace.settings
    shop.workspace.settings = settings.model_copy(update={"pull": PullSettings(processes=2)})
    # Whatever else this process has started, such as a database server, is there before.
    others = _children()
    children: list[int] = []

    def look(_: Request) -> None:
        children.append(len(_children() - others))

    shop.front.before = look
    report = shop.backfill()
    assert report.complete
    assert len(shop.landed()) == MANY
    assert max(children) == 1
    assert all(one.done for one in shop.stretches().values())
