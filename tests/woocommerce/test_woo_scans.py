"""Where a scan stands and what comes next, without any shop."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from regulars_connectors import Window
from regulars_mapping import PermanentError
from regulars_woocommerce._client import PAGE_SIZE, Listing
from regulars_woocommerce._scans import Changed, ChangedOrTrashed, Newest, Registered, window_params

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def listing(
    field: str, times: list[datetime], *, total: int | None, shop_time: datetime | None = None
) -> Listing:
    items = [
        {"id": number, field: moment.replace(tzinfo=None).isoformat()}
        for number, moment in enumerate(times, 1)
    ]
    return Listing(items, total, shop_time)


def created(times: list[datetime], total: int | None) -> Listing:
    return listing("date_created_gmt", times, total=total)


def modified(times: list[datetime], total: int | None, shop_time: datetime | None = None) -> Listing:
    return listing("date_modified_gmt", times, total=total, shop_time=shop_time)


def registered(ids: list[int], total: int, at: datetime = AT) -> Listing:
    text = at.replace(tzinfo=None).isoformat()
    return Listing([{"id": number, "date_created_gmt": text} for number in ids], total, None)


def test_history_goes_on_below_the_last_second_with_that_second_again() -> None:
    step = Newest().step(created([AT, AT - SECOND], 300))
    assert step.following == Newest(AT)
    assert step.following.params()["before"] == "2026-03-01T12:00:00"


def test_history_counts_places_only_inside_one_second() -> None:
    state = Newest(AT + SECOND)
    step = state.step(created([AT] * PAGE_SIZE, 250))
    assert step.following == Newest(AT + SECOND, offset=99, edge=100)
    rest = Listing([{"id": 100}, *created([AT, AT - 5 * SECOND], 250).items], 250, None)
    after = step.following.step(rest)
    assert after.following == Newest(AT - 4 * SECOND)


def test_history_goes_back_a_page_where_the_last_order_of_the_one_before_is_not_seen_again() -> None:
    state: Any = Newest(AT + SECOND, offset=396, edge=777)
    crowd = created([AT] * PAGE_SIZE, 600)
    for backs, offset in enumerate((296, 96, 0), 1):
        state = state.step(crowd).following
        assert state == Newest(AT + SECOND, offset=offset, edge=777, backs=backs)
    assert state.step(crowd).following == Newest(AT + SECOND, offset=99, edge=100, anew=1)
    assert Newest(AT + SECOND, offset=198, edge=777).step(created([], 0)).following is not None
    tired = Newest(AT + SECOND, offset=99, edge=777, anew=10)
    assert (tired.step(created([AT], 100)).following, tired.step(created([AT], 100)).unsure) == (None, True)


def test_history_kept_as_a_pages_number_begins_its_second_again() -> None:
    assert Newest.load({"page": 3, "before": "2026-03-01T12:00:00"}) == Newest(AT)


def test_history_ends_by_the_shops_count() -> None:
    assert Newest(AT).step(created([AT], 1)).following is None


def test_history_without_a_count_ends_at_a_short_page() -> None:
    assert Newest(AT).step(created([AT - SECOND] * PAGE_SIZE, None)).following is not None
    assert Newest(AT).step(created([AT - SECOND], None)).following is None


def test_utc_times_are_sent_without_a_zone() -> None:
    params = Changed(AT).params()
    assert params["modified_after"] == "2026-03-01T12:00:00"
    assert params["dates_are_gmt"] == "true"


def test_changes_take_the_last_second_in_again() -> None:
    step = Changed(AT).step(modified([AT + SECOND, AT + 9 * SECOND], 500))
    assert step.following == Changed(AT + 8 * SECOND)
    assert step.resume is None


def test_changes_that_fill_a_second_are_paged_within_it() -> None:
    step = Changed(AT).step(modified([AT + SECOND] * PAGE_SIZE, 500))
    assert step.following == Changed(AT, offset=99, edge=100), "the next page begins with the last we saw"


def crowded(first: int, total: int = 500) -> Listing:
    """A page of objects that all changed in one second, from this id on."""
    page = modified([AT + SECOND] * PAGE_SIZE, total)
    return Listing([{**item, "id": first + at} for at, item in enumerate(page.items)], total, None)


def test_changes_that_move_up_within_a_second_take_the_walk_back_a_page() -> None:
    second = Changed(AT, offset=99, edge=100)
    assert second.step(crowded(100)).following == Changed(AT, offset=198, edge=199)
    assert second.step(crowded(101)).following == Changed(AT, offset=0, edge=100, backs=1)
    third = Changed(AT, offset=198, edge=199, backs=1)
    assert third.step(modified([], 0)).following == Changed(AT, offset=0, edge=199, backs=2)


def test_a_shop_that_never_shows_the_last_object_again_sends_nobody_in_circles() -> None:
    state, pages, unsure = Changed(AT), 0, list[bool]()
    while (step := state.step(crowded(1000 * pages))).following is not None:
        state, pages = step.following, pages + 1
        unsure.append(step.unsure)
        assert pages < 100
    assert step.unsure and unsure.index(True) > 20, "it says so once it looks for that object no more"


def test_a_shop_that_shows_the_last_object_only_where_it_was_sends_nobody_in_circles() -> None:
    state, pages = Changed(AT), 0
    while (step := state.step(crowded(1000 * (state.offset // (PAGE_SIZE - 1))))).following is not None:
        state, pages = step.following, pages + 1
        assert pages < 100
    assert (step.unsure, step.resume is not None) == (True, True)


def test_the_end_of_changes_resumes_at_the_second_that_may_still_grow() -> None:
    step = Changed(AT).step(modified([AT + 5 * SECOND], 1, shop_time=AT + 6 * SECOND))
    assert (step.following, step.resume) == (None, Changed(AT + 4 * SECOND))


def test_the_end_of_changes_resumes_after_a_second_that_is_over() -> None:
    step = Changed(AT).step(modified([AT + 5 * SECOND], 1, shop_time=AT + timedelta(minutes=16)))
    assert step.resume == Changed(AT + 5 * SECOND)


def test_changes_with_nothing_new_resume_where_they_began() -> None:
    step = Changed(AT, offset=198).step(modified([], 0))
    assert (step.following, step.resume) == (None, Changed(AT))


def test_a_change_dated_in_the_future_hides_none_that_come_before_that_day() -> None:
    step = Changed(AT).step(modified([AT + SECOND, AT + timedelta(days=30)], 2, shop_time=AT + 5 * SECOND))
    assert step.resume == Changed(AT + 4 * SECOND)


def test_changes_dated_in_the_future_are_gone_through_by_page_and_lead_to_no_circle() -> None:
    crowd = modified([AT + timedelta(days=30)] * PAGE_SIZE, 250, shop_time=AT)
    assert Changed(AT).step(crowd).following == Changed(AT, offset=99, edge=100)


def test_a_clock_that_was_set_back_takes_the_scan_back_a_day() -> None:
    step = Changed(AT).step(modified([], 0, shop_time=AT - timedelta(hours=1)))
    assert step.following == Changed(AT - timedelta(hours=25))
    assert (step.resume, Changed(AT).step(modified([], 0, shop_time=AT - 5 * SECOND)).following) == (
        None,
        None,
    )


def test_after_what_is_listed_comes_the_trash_and_each_keeps_its_own_place() -> None:
    begun = ChangedOrTrashed(Changed(AT), Changed(AT - SECOND))
    first = begun.step(modified([AT + 9 * SECOND], 1, shop_time=AT + timedelta(hours=1))).following
    assert first == ChangedOrTrashed(Changed(AT + 9 * SECOND), Changed(AT - SECOND), in_trash=True)
    assert first.params()["status"] == "trash"
    assert first.params()["modified_after"] == "2026-03-01T11:59:59"
    crowd = modified([AT + SECOND, AT + 5 * SECOND], 300, shop_time=AT + timedelta(hours=1))
    second = first.step(crowd).following
    assert second == ChangedOrTrashed(Changed(AT + 9 * SECOND), Changed(AT + 4 * SECOND), in_trash=True)
    last = second.step(modified([], 0, shop_time=AT + timedelta(hours=1)))
    assert (last.following, last.resume) == (
        None,
        ChangedOrTrashed(Changed(AT + 9 * SECOND), Changed(AT + 4 * SECOND)),
    )


def test_a_position_kept_before_the_trash_was_looked_through_serves() -> None:
    kept = {"after": "2026-03-01T12:00:00", "page": 3}
    assert ChangedOrTrashed.load(kept) == ChangedOrTrashed(Changed(AT), Changed(AT))


def test_registrations_stop_at_the_highest_known_id() -> None:
    step = Registered(known=7).step(registered([9, 8, 7], 300))
    assert [item["id"] for item in step.items] == [9, 8]
    assert (step.following, step.resume) == (None, Registered(known=9))


def test_registrations_go_on_while_all_are_new_and_remember_the_top() -> None:
    first = Registered(known=7).step(registered([300, 299], 300))
    assert first.following == Registered(known=7, top=300, page=2)
    second = first.following.step(registered([8, 7], 300))
    assert second.resume == Registered(known=300)


def test_registrations_without_a_known_id_stop_before_their_time() -> None:
    state = Registered(since=AT)
    assert state.step(registered([9, 8], 300, AT)).following is not None
    step = state.step(registered([9, 8], 300, AT - SECOND))
    assert (step.following, step.resume) == (None, Registered(known=9))


@pytest.mark.parametrize(
    "state",
    [
        Newest(AT, 99, 7, 1, 2),
        Changed(AT, 99, 7, 1, 2),
        ChangedOrTrashed(Changed(AT, 99, 7), Changed(AT - SECOND, 99, 8, 2), in_trash=True),
        Registered(5, 9, 2, AT),
    ],
)
def test_a_kept_position_reads_back(state: Any) -> None:
    assert type(state).load(state.cursor()) == state


@pytest.mark.parametrize("cursor", [{"offset": -1}, {"edge": "x"}, {"offset": 1, "before": "soon"}])
def test_an_unreadable_position_is_refused(cursor: dict[str, Any]) -> None:
    with pytest.raises(PermanentError, match="unreadable"):
        Newest.load(cursor)


def test_a_window_excludes_and_includes_whole_seconds() -> None:
    window = Window(AT, AT + timedelta(hours=1, microseconds=5))
    assert window_params(window) == {
        "after": "2026-03-01T11:59:59",
        "before": "2026-03-01T13:00:01",
        "dates_are_gmt": "true",
    }
    assert window_params(Window()) == {}
