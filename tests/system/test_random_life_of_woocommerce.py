"""A random life of a shop, pulled by random increments, sweeps and backfills."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regulars_agent import _balance, sync, verify
from regulars_cli._workspace import _status
from regulars_mapping import Kind
from regulars_sandbox import Faults, Request, Response
from regulars_woocommerce import WooCommerceConnector, _client, _pull, _scans
from woo_deeds import DEEDS, Backfill, Deed, Step, Sync, Verify, Wait, Watch
from woo_life import Life, life

EXAMPLES = int(os.environ.get("REGULARS_TEST_LIVES", "15"))
"""How many lives of each property are lived; more of them, and other ones each time, when asked for."""
PAGE = 5
Born = Callable[..., AbstractContextManager[Life]]

deeds = st.builds(Deed, st.sampled_from(sorted(DEEDS)), st.integers(0, 11))
steps: st.SearchStrategy[Step] = st.one_of(
    deeds,
    deeds,
    deeds,
    st.builds(Wait, st.sampled_from([0.5, 1.0, 2.0, 61.0, 1_200.0, 86_400.0])),
    st.builds(Sync),
    st.builds(Sync, st.lists(st.tuples(st.integers(0, 8), deeds), max_size=4).map(tuple)),
    st.just(Verify()),
    st.just(Backfill()),
)
STARTS = (
    datetime(2026, 3, 1, 12, 0, 0, 400_000, tzinfo=UTC),
    datetime(2026, 3, 29, 0, 59, 50, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, 30, 900_000, tzinfo=UTC),
)
SKEWS = (0, -43_200, -3_600, -2, 2, 1_200, 3_600, 43_200)
"""Seconds by which the agent's clock is ahead of the shop's."""
lives = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="REGULARS_TEST_LIVES" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def born(tmp_path: Path, sqlite_template: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[Born]:
    """Makes lives. Their pages are small, so that a small shop has many."""
    monkeypatch.setattr(_pull, "PAGE_SIZE", PAGE)
    monkeypatch.setattr(_scans, "PAGE_SIZE", PAGE)
    monkeypatch.setattr(_client.Listing.more, "__defaults__", (PAGE,))
    numbers = iter(range(1_000_000))

    def make(**given: Any) -> AbstractContextManager[Life]:
        place = tmp_path / str(next(numbers))
        place.mkdir()
        return life(place, sqlite_template, **given)

    yield make


@given(
    script=st.lists(steps, min_size=5, max_size=40),
    start=st.sampled_from(STARTS),
    agent_ahead=st.sampled_from(SKEWS),
    hpos=st.booleans(),
)
@lives
def test_what_a_filter_shows_is_here_after_an_increment_and_everything_after_a_sweep(
    born: Born, script: list[Step], start: datetime, agent_ahead: float, hpos: bool
) -> None:
    with born(start=start, agent_ahead=agent_ahead, hpos=hpos) as lived:
        Watch(lived).go(script)


MEANWHILE = Sync(((4, Deed("edit_profile")),))
FOUND: dict[str, tuple[float, list[Step]]] = {
    "deleted out of the trash": (0, [Deed("trash_order"), Sync(), Deed("delete_order")]),
    "changed and not synced before the sweep": (0, [Deed("edit_order"), Verify()]),
    "changed twice in a second, a sweep after it": (
        0,
        [Deed("edit_order"), MEANWHILE, Deed("edit_order", 1)],
    ),
    "refunded and not synced before the books": (0, [Deed("refund"), Backfill()]),
    "refunded and trashed": (0, [Deed("refund"), Sync(), Deed("trash_order"), Verify()]),
    "edited soon after a backfill by a clock ahead": (1_200, [Deed("edit_order"), Sync()]),
    "edited, then deleted, by a clock behind": (-3_600, [Deed("edit_order"), Sync(), Deed("delete_order")]),
    "a cart swept away, by a clock behind": (-2, [Deed("open_cart"), Sync(), Deed("sweep_cart_away")]),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_a_random_life_found_is_seen(born: Born, name: str) -> None:
    agent_ahead, script = FOUND[name]
    with born(agent_ahead=agent_ahead) as lived:
        watch = Watch(lived)
        for step in script:
            watch.take(step)
        watch.verify()


def _without_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    def resume(self: _scans.Changed, last: datetime | None, _: datetime | None) -> _scans.Changed:
        return _scans.Changed(last or self.after)

    monkeypatch.setattr(_scans.Changed, "_resume", resume)


def _in_the_shops_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = _scans.printed
    monkeypatch.setattr(_scans, "printed", lambda moment: f"{printed(moment)}Z")


def _without_the_trash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pull, "ChangedOrTrashed", _scans.Changed)


def _by_page_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    def step(self: _scans.Changed, listing: _client.Listing) -> _scans.Step:
        if listing.total is not None and listing.total > self.offset + PAGE:
            return _scans.Step(listing.items, _scans.Changed(self.after, self.offset + PAGE))
        last = max((_scans.parsed(item["date_modified_gmt"]) for item in listing.items), default=None)
        return _scans.Step(listing.items, None, self._resume(last, listing.time))

    monkeypatch.setattr(_scans.Changed, "step", step)


def _without_profiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WooCommerceConnector, "unfiltered", frozenset())


def _with_refunds_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_balance, "_read_orders_of", lambda *_: None)


def _without_change_times(monkeypatch: pytest.MonkeyPatch) -> None:
    def stamps(self: WooCommerceConnector, kind: Kind, window: Any = None) -> Iterator[dict[str, None]]:
        return (dict.fromkeys(batch) for batch in _pull.stamps(self._client, kind, window))

    monkeypatch.setattr(WooCommerceConnector, "stamps", stamps)


NEW = [Deed("place_order", pick) for pick in range(8)]
PLANTED: list[tuple[Callable[[pytest.MonkeyPatch], None], list[Step]]] = [
    (_without_overlap, [Deed("place_order"), Sync(), Deed("place_order"), Sync()]),
    (_in_the_shops_zone, [Deed("place_order"), Sync(), Deed("place_order"), Sync()]),
    (_without_the_trash, [Deed("trash_order"), Sync()]),
    (_by_page_numbers, [*NEW, Wait(2), Sync(tuple((3, Deed("edit_order", n)) for n in (3, 4, 5))), Sync()]),
    (_without_profiles, [Sync(), Deed("change_role"), Verify()]),
    (_without_profiles, [Sync(), Deed("write_usermeta"), Verify()]),
    (_with_refunds_believed, [Deed("refund"), Wait(1_200), Sync(), Deed("delete_refund"), Verify()]),
]


@pytest.mark.parametrize(
    ("plant", "script"), PLANTED, ids=[f"{plant.__name__}-{at}" for at, (plant, _) in enumerate(PLANTED)]
)
def test_a_planted_fault_is_noticed(
    born: Born,
    monkeypatch: pytest.MonkeyPatch,
    plant: Callable[[pytest.MonkeyPatch], None],
    script: list[Step],
) -> None:
    with born() as lived:
        Watch(lived).go(script)
    plant(monkeypatch)
    with born() as lived, pytest.raises(AssertionError, match=r"an increment leaves out|a sweep leaves"):
        Watch(lived).go(script)


def _lost_by_increments(lived: Life) -> None:
    """An order is edited, and the listing that shows it leaves it out."""
    watch = Watch(lived)
    watch.sync()
    watch.do(Deed("edit_order"))
    lived.times.pass_(86_400)
    watch.do(Deed("place_order"))
    lived.wire.after = _hiding(lived.numbers("order")[0])
    sync(lived.workspace, "tea")
    lived.wire.after = lambda _, response: response
    watch.do(Deed("place_order"))
    sync(lived.workspace, "tea")
    assert lived.differences() - watch.unseen == {("order", lived.numbers("order")[0])}


def _hiding(number: int) -> Callable[[Request, Response], Response]:
    """A plug-in that takes an object out of every listing, and leaves it in the counts."""

    def hide(_: Request, response: Response) -> Response:
        rows = json.loads(response.body)
        if isinstance(rows, list):
            rows = [row for row in rows if row["id"] != number]
        return replace(response, body=json.dumps(rows).encode())

    return hide


def test_a_sweep_finds_by_its_change_time_what_every_increment_lost(born: Born) -> None:
    with born() as lived:
        _lost_by_increments(lived)
        verify(lived.workspace, "tea")
        assert not lived.differences()


def test_a_sweep_without_change_times_would_not(born: Born, monkeypatch: pytest.MonkeyPatch) -> None:
    _without_change_times(monkeypatch)
    with born() as lived:
        _lost_by_increments(lived)
        verify(lived.workspace, "tea")
        assert lived.differences()


@given(
    script=st.lists(st.one_of(deeds, st.builds(Sync)), max_size=15),
    faults=st.builds(Faults, repeat_row_every=st.integers(0, 3), miss_row_every=st.integers(0, 4)),
)
@lives
def test_with_rows_twice_or_missing_the_books_name_the_hole_or_nothing_is_missing(
    born: Born, script: list[Step], faults: Faults
) -> None:
    with born() as lived:
        watch = Watch(lived)
        lived.wire.injector.faults = faults
        for step in script:
            if isinstance(step, Deed):
                watch.do(step)
            else:
                watch.sync(Sync(((99, Deed("open_cart")),)))
        report = verify(lived.workspace, "tea")
        held, here = lived.in_shop().keys(), lived.rows().keys()
        for line in report.balances:
            there = {key for key in held if key[0] == line.kind}
            assert not line.balanced or there == {key for key in here if key[0] == line.kind}
        lived.wire.injector.faults = Faults()
        watch.verify()


def test_an_order_that_the_shop_counts_and_never_lists_is_named_as_a_hole(born: Born) -> None:
    with born() as lived:
        number = lived.shop.place_order(items=[(501, 1)], billing={"email": "hidden@example.com"})
        lived.wire.after = _hiding(number)
        lived.times.pass_(60)
        report = verify(lived.workspace, "tea")
        assert not report.complete
        holes = [
            (line.kind, line.shop_count, line.store_count) for line in report.balances if not line.balanced
        ]
        assert holes == [(Kind.ORDER, 4, 3)]
        assert _verified(lived) != lived.times.now


def _verified(lived: Life) -> datetime | None:
    (shop,) = _status(lived.workspace)["shops"]
    told: datetime | None = shop["last_verified"]
    return told


def test_the_status_tells_when_the_last_sweep_was(born: Born) -> None:
    with born() as lived:
        watch = Watch(lived)
        lived.times.pass_(3_600)
        watch.verify()
        swept = lived.times.now
        lived.times.pass_(3_600)
        watch.sync()
        assert _verified(lived) == swept
