"""Where scans stand: keysets, the newest change, cursors that are refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from regulars_connectors import Scan, Window
from regulars_mapping import Kind, PermanentError
from regulars_shopify._client import Listing, Reply
from regulars_shopify._pull import state_of
from regulars_shopify._scans import ById, Changed, Newest
from shopify.conftest import gid

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def printed(minutes: float) -> str:
    return (AT + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def page(*minutes: float, after: str = "", field: str = "updatedAt") -> Listing:
    nodes: list[dict[str, Any]] = [
        {"id": gid("Order", number), field: printed(minute)} for number, minute in enumerate(minutes, 1)
    ]
    return Listing(nodes, after or None, Reply({}, None, ""))


def test_ids_go_on_above_the_last_one() -> None:
    state = ById.load({})
    assert state.variables() == {}
    step = state.step(page(0, 0, 0, after="c"))
    assert step.following is not None
    assert step.following.variables() == {"query": "id:>3"}
    assert ById("3").step(page(0)).following is None


def test_the_newest_orders_go_on_by_cursor_and_know_where_they_are() -> None:
    step = Newest().step(page(9, 5, after="c", field="processedAt"))
    assert step.following is not None
    assert step.following.variables() == {"after": "c"}
    assert step.following.cursor() == {"after": "c", "at": printed(5)}


def test_a_refused_cursor_gives_way_to_the_time_it_stood_at() -> None:
    restarted = Newest.load({"after": "stale", "at": printed(5)}, None).restarted()
    assert restarted is not None
    assert restarted.variables() == {"query": f"processed_at:<='{printed(5)}'"}
    assert restarted.restarted() is None


def test_a_window_of_orders_is_half_open_and_by_when_they_were_placed() -> None:
    window = Window(AT, AT + timedelta(seconds=1, microseconds=1))
    query = Newest(window).variables()["query"]
    assert query == "processed_at:>='2026-03-01T12:00:00Z' processed_at:<'2026-03-01T12:00:02Z'"


def test_changes_begin_minutes_before_what_is_known_and_customers_a_day() -> None:
    assert Changed(False, AT).variables() == {"query": f"updated_at:>='{printed(-5)}'"}
    assert Changed(True, AT).variables() == {"query": f"updated_at:>='{printed(-5 - 24 * 60)}'"}
    assert Changed(False).variables() == {}


def test_changes_end_at_the_first_one_that_is_known() -> None:
    step = Changed(True, AT).step(page(3, -4, -5, -6, -60, after="more"))
    assert [node["id"] for node in step.nodes] == [gid("Order", number) for number in (1, 2, 3)]
    assert (step.following, step.resume) == (None, Changed(True, AT + timedelta(minutes=3)))


def test_changes_over_several_pages_resume_at_the_newest_of_the_first() -> None:
    first = Changed(False, AT).step(page(9, 8, after="c"))
    assert first.following is not None
    assert first.resume is None
    again = Changed.load(first.following.cursor(), whole_days=False)
    assert again == first.following
    last = again.step(page(2, -9, after="d"))
    assert last.resume == Changed(False, AT + timedelta(minutes=9))


def test_nothing_new_does_not_move_the_mark_back() -> None:
    for known in (page(-4), page()):
        assert Changed(False, AT).step(known).resume == Changed(False, AT)


def test_a_change_without_a_readable_time_is_kept() -> None:
    odd = Listing([{"id": gid("Order", 1), "updatedAt": None}], None, Reply({}, None, ""))
    assert Changed(False, AT).step(odd).nodes == odd.nodes


@pytest.mark.parametrize("cursor", [{"since": "soon"}, {"after": 5}, {"top": "2026-03-01T12:00:00"}])
def test_an_unreadable_position_is_named(cursor: dict[str, Any]) -> None:
    with pytest.raises(PermanentError, match="position"):
        state_of(Kind.ORDER, Scan.CHANGES, cursor)


@pytest.mark.parametrize("cursor", [{"last": "1 OR id:2"}, {"last": 5}])
def test_a_position_by_id_is_a_number(cursor: dict[str, Any]) -> None:
    with pytest.raises(PermanentError, match="position"):
        state_of(Kind.CUSTOMER, Scan.HISTORY, cursor)


def test_refunds_have_no_pages_of_their_own() -> None:
    with pytest.raises(PermanentError, match="refunds"):
        state_of(Kind.REFUND, Scan.HISTORY, {})
