"""A backfill of a shop that lives on meanwhile, in a zone of its own, by a clock of its own."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select

from backfill_world import Asked, Past, asked_for_orders, meddling, month, orders_at, past, spread
from regulars_agent import _months, sync
from regulars_mapping import Kind
from regulars_sandbox import Request, Response, ShopOrder
from regulars_store import landed_ids, tables

MONTHS = [month(2025, 9), month(2025, 10), month(2025, 11), month(2025, 12)]
EACH = 130
PAGE = 100
STEPS = [timedelta(seconds=-1), timedelta(), timedelta(seconds=1)]


@pytest.fixture(autouse=True)
def _small_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_months, "MOST", 150)
    monkeypatch.setattr(_months, "FEW", 20)


def some_months() -> tuple[ShopOrder, ...]:
    return orders_at(time for start in MONTHS for time in spread(EACH, start, start + timedelta(days=28)))


ORDERS = some_months()
IDS = {order.id for order in ORDERS}


@pytest.fixture(params=[1, 2], ids=["one reader", "two readers"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Past]:
    with past(tmp_path / "base", ORDERS, readers=request.param, landing=100) as made:
        yield made


def here(shop: Past) -> set[int]:
    """What stands here and is not in the trash."""
    with shop.workspace.store.read() as connection:
        return {int(number) for number in landed_ids(connection, shop.shop.id, Kind.ORDER)}


def once_after(shop: Past, pages: int, deed: Callable[[], object], *, least: int = 0) -> None:
    """Do something in the shop, once, after so many pages of at least so many orders."""
    numbers = count(1)

    def act(one: Asked, response: Response) -> Response:
        # Two readers' pages may come at once: each takes one number.
        if one.is_page and len(json.loads(response.body)) >= least and next(numbers) == pages:
            deed()
        return response

    shop.front.after = meddling(act)


@pytest.mark.parametrize("pages", [1, 2, 5, 8])
def test_orders_trashed_while_their_month_is_read_are_in_the_books_as_such(shop: Past, pages: int) -> None:
    """Two of each month: what is listed moves up by places, and no page number is relied on."""
    trashed = {ORDERS[at * EACH + place].id for at in range(4) for place in (20, 110)}
    once_after(shop, pages, lambda: [shop.front.shop.trash_order(number) for number in trashed])
    assert shop.backfill().complete
    assert here(shop) == IDS - trashed


@pytest.mark.parametrize("pages", [1, 2, 5, 8])
def test_orders_deleted_for_good_while_their_month_is_read_do_not_stand_here(shop: Past, pages: int) -> None:
    """Nothing tells of these, and an increment does not see them."""
    deleted = {ORDERS[at * EACH + place].id for at in range(4) for place in (20, 110)}
    once_after(shop, pages, lambda: [shop.front.shop.delete_order(number) for number in deleted])
    shop.backfill()
    sync(shop.workspace, "tea")
    gone_already = here(shop) & deleted
    # Of a month that was closed before, only a sweep can tell.
    assert here(shop) - gone_already == IDS - deleted
    assert pages > 2 or not gone_already


def redated(shop: Past, number: int, moment: datetime) -> None:
    """Staff give an order another date, which moves it to another month."""
    row = shop.front.shop._order(number)
    now = datetime.now(UTC)
    texts = {"date_created_gmt": moment, "date_modified_gmt": now}
    record = dict(row.record) | {name: f"{time:%Y-%m-%dT%H:%M:%S}" for name, time in texts.items()}
    shop.front.shop.load(orders=[record])


@pytest.mark.parametrize("pages", [1, 3, 5, 8])
@pytest.mark.parametrize(("of", "to"), [(0, 3), (3, 0), (1, 2)])
def test_orders_moved_between_months_while_these_are_read_are_all_here(
    shop: Past, pages: int, of: int, to: int
) -> None:
    """From what is still to be read to what has been, most of all."""
    moved = [ORDERS[of * EACH + place].id for place in (3, 60, 120)]

    def move() -> None:
        for number in moved:
            redated(shop, number, MONTHS[to] + timedelta(days=28, seconds=number % 100))

    once_after(shop, pages, move)
    assert shop.backfill().complete
    assert here(shop) == IDS


@pytest.mark.parametrize("readers", [1, 2])
@pytest.mark.parametrize(
    ("full", "left"),
    [
        (1, slice(300, 302)),
        (2, slice(300, 302)),
        (3, slice(300, 302)),
        (4, slice(300, 302)),
        (4, slice(160, 320)),
    ],
)
def test_a_second_that_fills_whole_pages_is_read_whole_although_orders_leave_it(
    tmp_path: Path, full: int, left: slice, readers: int
) -> None:
    """An import stamps all with one second: only there do places in the list count. What leaves it after so
    many full pages pulls others past the page's edge, as many as were read and left: no count tells that."""
    crowd = orders_at([MONTHS[1] + timedelta(days=5)] * 350)
    with past(tmp_path / "base", crowd, readers=readers) as shop:
        trashed = {order.id for order in crowd[left]}
        once_after(
            shop, full, lambda: [shop.front.shop.trash_order(number) for number in trashed], least=PAGE
        )
        assert shop.backfill().complete
        assert here(shop) == {order.id for order in crowd} - trashed


def test_the_next_page_is_asked_for_by_time_and_never_by_its_number_alone(shop: Past) -> None:
    asked: list[Asked] = []

    def note(request: Request) -> None:
        if (one := asked_for_orders(request)) is not None and one.is_page:
            asked.append(one)

    shop.front.before = note
    assert shop.backfill().complete
    assert len(asked) >= 8
    assert {one.query["page"] for one in asked} == {"1"}
    assert len({(one.query.get("after"), one.query.get("before")) for one in asked}) == len(asked)


@pytest.mark.parametrize("readers", [1, 2])
def test_orders_about_the_edges_of_months_and_the_hours_of_changed_clocks_come_once(
    tmp_path: Path, readers: int
) -> None:
    """The shop is in Kyiv: its months begin two or three hours before those of UTC; in October an hour comes
    twice, in March one is left out."""
    edges = [month(2025, 10), month(2025, 11), month(2026, 3), month(2026, 4)]
    turns = [datetime(2025, 10, 26, 0, 30, tzinfo=UTC), datetime(2026, 3, 29, 0, 30, tzinfo=UTC)]
    near = [edge + timedelta(hours=hour) + step for edge in edges for hour in (-3, -2, 0) for step in STEPS]
    about = [turn + timedelta(minutes=20 * at) for turn in turns for at in range(-6, 7)]
    crowd = spread(400, month(2025, 9), month(2026, 5))
    orders = orders_at(sorted([*near, *about, *crowd]))
    with past(tmp_path / "base", orders, readers=readers) as shop:
        report = shop.backfill()
        assert (report.complete, report.holes) == (True, [])
        assert here(shop) == {order.id for order in orders}
        assert len(shop.stretches()) >= 4
        with shop.workspace.store.read() as connection:
            rows = connection.execute(select(tables.order.c.external_id, tables.order.c.placed_at)).all()
        assert {int(number): time for number, time in rows} == {order.id: order.created for order in orders}


@pytest.mark.parametrize("hours", [-30, -3, 3, 30])
def test_a_shop_whose_clock_is_wrong_is_read_whole_and_closed(shop: Past, hours: int) -> None:
    """Orders placed while it is read are dated by its clock, be it in our future or past."""
    shop.front.shop._core.clock = lambda: datetime.now(UTC) + timedelta(hours=hours)
    placed: list[int] = []
    once_after(shop, 3, lambda: placed.append(shop.front.shop.place_order(items=[(90_001, 1)])))
    report = shop.backfill()
    assert (report.complete, report.holes) == (True, [])
    assert here(shop) == IDS | set(placed)
    assert len(placed) == 1
