"""Which status changes are noted for whom, once each; and how their deliveries stand."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from regulars_mapping import Kind, OrderStatus
from regulars_store import Observed, status_hooks, tables
from regulars_store import erasing as erasing_landing
from regulars_store._status_hooks import KEPT_DELIVERIES, NEWS_FOR, StatusDelivery, StatusHook
from shop_objects import Counter, day, observed, order, unmappable

ADDED = day(10)


def listen(counter: Counter, **given: Any) -> StatusHook:
    """Add a hook on day 10."""
    values: dict[str, Any] = {"key": "site", "url": "https://site.example/hook", "statuses": (), "shops": ()}
    values["inside"] = False
    with counter.store.write() as connection:
        return status_hooks.add(connection, **values | given, who="the owner", now=ADDED)


def seen(status: OrderStatus, changed: float, external_id: str = "1", *, placed: float = 11) -> Observed:
    """An order that was placed a day after the hook was added."""
    return order(external_id, changed, status=status, shop_status=status.value, placed_at=day(placed))


def noted(counter: Counter) -> list[tuple[str | None, str, float]]:
    """What is to be told: from, to, and the day of the change."""
    rows = sorted(counter.rows(tables.status_delivery), key=lambda row: (row["order_id"], row["at"]))
    return [(row["before"], row["after"], (row["at"] - day(0)) / timedelta(days=1)) for row in rows]


def due(counter: Counter, hook: StatusHook, now: float = 12) -> list[StatusDelivery]:
    with counter.store.read() as connection:
        return status_hooks.due(connection, hook.id, now=day(now), limit=100)


def test_an_order_is_told_when_it_is_placed_and_at_each_change(counter: Counter) -> None:
    listen(counter)
    for changed, status in enumerate((OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.PENDING), 11):
        counter.land(seen(status, changed), now=day(changed))
        counter.land(seen(status, changed), now=day(changed))
    counter.land(seen(OrderStatus.PENDING, 14.5), now=day(15))
    assert noted(counter) == [
        (None, "pending", 11),
        ("pending", "processing", 12),
        ("processing", "pending", 13),
    ]


def test_without_a_hook_nothing_is_noted(counter: Counter) -> None:
    counter.land(seen(OrderStatus.PENDING, 11), now=day(11))
    hook = listen(counter)
    with counter.store.write() as connection:
        assert status_hooks.end(connection, hook.id, now=day(11)) == 0
    counter.land(seen(OrderStatus.COMPLETED, 12), now=day(12))
    assert noted(counter) == []


def test_a_backfill_tells_nothing_older_than_the_hook(counter: Counter) -> None:
    listen(counter)
    old = [seen(OrderStatus.COMPLETED, 9, "1", placed=1), seen(OrderStatus.COMPLETED, 12, "2", placed=9.9)]
    counter.land(*old, seen(OrderStatus.PENDING, 11, "3"), via="history", now=day(13))
    assert noted(counter) == [(None, "pending", 11)]
    # It was known, and is known to have changed since.
    counter.land(seen(OrderStatus.REFUNDED, 13, "1", placed=1), now=day(13))
    assert noted(counter) == [("completed", "refunded", 13), (None, "pending", 11)]


def test_what_became_known_long_after_it_was_is_no_news(counter: Counter) -> None:
    listen(counter)
    late = day(11) + NEWS_FOR
    counter.land(seen(OrderStatus.PENDING, 11, "1"), now=late)
    counter.land(seen(OrderStatus.PENDING, 11, "2"), now=late + timedelta(seconds=1))
    assert [row["order_id"] for row in counter.rows(tables.status_delivery)] == [f"{counter.shop.id}:1"]


def test_an_older_version_that_arrives_late_is_no_news(counter: Counter) -> None:
    listen(counter)
    counter.land(seen(OrderStatus.PENDING, 11), now=day(13))
    counter.land(seen(OrderStatus.COMPLETED, 13), now=day(13))
    counter.land(seen(OrderStatus.PROCESSING, 12), now=day(13))
    counter.land(seen(OrderStatus.COMPLETED, 10.5), now=day(13))
    assert noted(counter) == [(None, "pending", 11), ("pending", "completed", 13)]


def test_an_order_that_could_not_be_read_before_is_told_once_it_can(counter: Counter) -> None:
    listen(counter)
    broken = unmappable(Kind.ORDER, "1", 11)
    counter.land(broken, now=day(11))
    assert noted(counter) == []
    readable = observed(Kind.ORDER, "1", 11, seen(OrderStatus.PENDING, 11).mapped)  # type: ignore[arg-type]
    counter.land(readable, now=day(12))
    assert noted(counter) == [(None, "pending", 11)]


def test_a_hook_hears_of_its_statuses_and_shops_only(counter: Counter) -> None:
    listen(counter, key="paid", statuses=("processing", "packed"))
    listen(counter, key="elsewhere", shops=(counter.shop.id + 1,))
    counter.land(seen(OrderStatus.PENDING, 11), now=day(11))
    counter.land(seen(OrderStatus.PROCESSING, 12), now=day(12))
    counter.land(
        order("1", 13, status=OrderStatus.OTHER, shop_status="packed", placed_at=day(11)), now=day(13)
    )
    assert noted(counter) == [("pending", "processing", 12), ("processing", "other", 13)]


def test_landing_once_more_as_an_erasure_does_tells_nothing(counter: Counter) -> None:
    hook = listen(counter)
    versions = [seen(OrderStatus.PENDING, 11), seen(OrderStatus.COMPLETED, 13)]
    for each in (*versions, seen(OrderStatus.PROCESSING, 12)):
        counter.land(each, now=day(13))
    before = noted(counter)
    with counter.store.write() as connection:
        connection.execute(tables.order_status_change.delete())
        rewritten = [erasing_landing.Rewritten(number, each) for number, each in enumerate(versions, 1)]
        erasing_landing.rewrite_landed(connection, counter.shop, rewritten, accounts=(), now=day(14))
    assert counter.rows(tables.order_status_change)
    assert noted(counter) == before
    assert [each.sequence for each in due(counter, hook, 14)] == [1]


def test_two_hooks_are_told_by_ids_of_their_own_and_one_change_by_one(counter: Counter) -> None:
    first, second = listen(counter), listen(counter, key="other", url="https://other.example")
    counter.land(seen(OrderStatus.PENDING, 11), seen(OrderStatus.PENDING, 11, "2"), now=day(11))
    ids = [each.message for hook in (first, second) for each in due(counter, hook)]
    assert len(set(ids)) == 4
    assert ids == [each.message for hook in (first, second) for each in due(counter, hook)]
    assert all("." not in each for each in ids)


def test_a_later_change_of_an_order_waits_for_the_earlier(counter: Counter) -> None:
    hook = listen(counter)
    counter.land(seen(OrderStatus.PENDING, 11), seen(OrderStatus.PENDING, 11, "2"), now=day(11))
    counter.land(seen(OrderStatus.PROCESSING, 12), now=day(12))
    first, other = due(counter, hook)
    assert (first.after, other.after) == ("pending", "pending")
    with counter.store.write() as connection:
        status_hooks.undelivered(connection, first, problem="no answer", until=day(13), now=day(12))
    assert due(counter, hook) == [other]
    (_, first) = due(counter, hook, 13)
    assert first.tries == 1
    with counter.store.write() as connection:
        status_hooks.delivered(connection, other, now=day(13))
        status_hooks.undelivered(connection, first, problem="no answer", until=None, now=day(13))
    (later,) = due(counter, hook, 13)
    assert (later.before, later.after) == ("pending", "processing")
    with counter.store.write() as connection:
        (state,) = status_hooks.states(connection, [hook.id]).values()
        assert (state.waiting, state.delivered, state.dead, state.problem) == (1, 1, 1, "no answer")
        assert status_hooks.revive(connection, hook.id, now=day(13)) == 1
    assert [each.after for each in due(counter, hook, 13)] == ["pending"]


def test_ending_a_hook_ends_what_waits_for_it(counter: Counter) -> None:
    hook = listen(counter)
    counter.land(seen(OrderStatus.PENDING, 11), now=day(11))
    with counter.store.write() as connection:
        assert status_hooks.any_due(connection, now=day(11))
        assert status_hooks.end(connection, hook.id, now=day(12)) == 1
        assert not status_hooks.any_due(connection, now=day(12))
        assert status_hooks.standing(connection) == []


def test_an_address_that_fails_is_left_alone_and_given_up_for_what_it_was_tried_often_for(
    counter: Counter,
) -> None:
    listen(counter)
    counter.land(seen(OrderStatus.PENDING, 11), seen(OrderStatus.PENDING, 11, "2"), now=day(11))
    for number, given_up in ((0, 0), (1, 2)):
        with counter.store.write() as connection:
            (hook,) = status_hooks.standing(connection)
            until = day(12 + number)
            problem = "nothing answers there"
            assert hook.failures == number
            lost = status_hooks.unreachable(
                connection, hook, problem=problem, until=until, most=2, now=day(11 + number)
            )
            assert lost == given_up
            assert not status_hooks.any_due(connection, now=day(11.9 + number))
            assert status_hooks.any_due(connection, now=until) == (number == 0)
    counter.land(seen(OrderStatus.PENDING, 13.5, "3"), now=day(13.5))
    with counter.store.write() as connection:
        (state,) = status_hooks.states(connection, [hook.id]).values()
        assert (state.waiting, state.dead, state.failing) == (1, 2, 0)


def test_old_deliveries_are_forgotten_and_never_noted_again(counter: Counter) -> None:
    listen(counter)
    counter.land(seen(OrderStatus.PENDING, 11), now=day(11))
    late = day(11) + KEPT_DELIVERIES + timedelta(seconds=1)
    with counter.store.write() as connection:
        assert status_hooks.forget(connection, now=day(11) + KEPT_DELIVERIES) == 0
        assert status_hooks.forget(connection, now=late) == 1
    counter.land(seen(OrderStatus.PENDING, 12), now=late)
    with counter.store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(tables.status_delivery)) == 0
