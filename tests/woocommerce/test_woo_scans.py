"""Where a scan stands and what comes next, without any shop."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from regulars_connectors import Window
from regulars_mapping import PermanentError
from regulars_woocommerce._client import PAGE_SIZE, Listing
from regulars_woocommerce._scans import Changed, Newest, Registered, window_params

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


def test_history_counts_pages_only_inside_one_second() -> None:
    state = Newest(AT + SECOND)
    step = state.step(created([AT] * PAGE_SIZE, 250))
    assert step.following == Newest(AT + SECOND, page=2)
    after = step.following.step(created([AT, AT - 5 * SECOND], 250))
    assert after.following == Newest(AT - 4 * SECOND)


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
    assert step.following == Changed(AT, page=2)


def test_the_end_of_changes_resumes_at_the_second_that_may_still_grow() -> None:
    step = Changed(AT).step(modified([AT + 5 * SECOND], 1, shop_time=AT + 6 * SECOND))
    assert (step.following, step.resume) == (None, Changed(AT + 4 * SECOND))


def test_the_end_of_changes_resumes_after_a_second_that_is_over() -> None:
    step = Changed(AT).step(modified([AT + 5 * SECOND], 1, shop_time=AT + timedelta(minutes=5)))
    assert step.resume == Changed(AT + 5 * SECOND)


def test_changes_with_nothing_new_resume_where_they_began() -> None:
    step = Changed(AT, page=3).step(modified([], 0))
    assert (step.following, step.resume) == (None, Changed(AT))


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


@pytest.mark.parametrize("state", [Newest(AT, 2), Changed(AT, 3), Registered(5, 9, 2, AT)])
def test_a_kept_position_reads_back(state: Any) -> None:
    assert type(state).load(state.cursor()) == state


@pytest.mark.parametrize("cursor", [{"page": -1}, {"page": "x"}, {"page": 1, "before": "soon"}])
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
