"""What webhooks have named, until it is read: a row an object, bounded, gone only when it was read since."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from regulars_mapping import Kind
from regulars_store import (
    UNKNOWN,
    WHOLE,
    Notice,
    Store,
    clear_notices,
    confirmed_since,
    digest,
    due_marker,
    due_notices,
    forget_notices,
    insert_rows,
    next_notice,
    notice_count,
    postpone_notices,
    put_notices,
    tables,
)
from shop_objects import Counter

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
ORDER = Kind.ORDER.value


def put(
    store: Store, *ids: str, kind: str = ORDER, at: datetime = NOW, now: datetime = NOW, **terms: int
) -> None:
    with store.write() as connection:
        put_notices(connection, 1, kind, [(each, at) for each in ids], now=now, **terms)


def waiting(
    store: Store,
    *,
    now: datetime = NOW,
    kind: str = ORDER,
    tried: bool = False,
    after: str = "",
    limit: int = 100,
) -> list[Notice]:
    with store.read() as connection:
        return due_notices(connection, 1, kind, now=now, tried=tried, after=after, limit=limit)


def ids(notices: Iterable[Notice]) -> list[str]:
    return [notice.external_id for notice in notices]


def marker(store: Store, now: datetime = NOW) -> str | None:
    with store.read() as connection:
        found = due_marker(connection, 1, ORDER, now=now)
    return None if found is None else found.external_id


def count(store: Store, shop_id: int = 1) -> int:
    with store.read() as connection:
        return notice_count(connection, shop_id)


def first_due(store: Store) -> datetime | None:
    with store.read() as connection:
        return next_notice(connection, 1)


def test_a_burst_about_one_object_is_one_row(store: Store) -> None:
    for number in range(30):
        put(store, str(number % 3))
    assert ids(waiting(store)) == ["0", "1", "2"]
    assert count(store) == 3


def test_kinds_and_shops_do_not_meet(store: Store) -> None:
    put(store, "7")
    put(store, "7", kind=Kind.CUSTOMER.value)
    with store.write() as connection:
        put_notices(connection, 2, ORDER, [("7", NOW)], now=NOW)
        forget_notices(connection, 1)
    assert (count(store, 1), count(store, 2)) == (0, 1)


def test_what_was_read_goes_but_not_what_was_noted_since(store: Store) -> None:
    put(store, "1", "2")
    taken = waiting(store)
    put(store, "2")
    with store.write() as connection:
        clear_notices(connection, 1, taken)
        clear_notices(connection, 1, [])
    assert ids(waiting(store)) == ["2"]


def test_notices_are_read_on_behind_the_last_and_in_batches(store: Store) -> None:
    put(store, *map(str, range(10, 15)))
    first = waiting(store, limit=3)
    assert ids(first) == ["10", "11", "12"]
    assert ids(waiting(store, after="12", limit=3)) == ["13", "14"]


def test_what_is_not_due_waits_and_a_sooner_word_makes_it_due(store: Store) -> None:
    put(store, "1", at=LATER)
    assert (waiting(store), first_due(store)) == ([], LATER)
    assert ids(waiting(store, now=LATER)) == ["1"]
    put(store, "1", at=LATER + timedelta(hours=1))
    assert first_due(store) == LATER
    put(store, "1", at=NOW)
    assert (ids(waiting(store)), first_due(store)) == (["1"], NOW)


def test_what_could_not_be_read_keeps_its_time_however_often_it_is_noted(store: Store) -> None:
    put(store, "1", "2")
    with store.write() as connection:
        postpone_notices(connection, 1, waiting(store)[:1], LATER, failed=True)
    put(store, "1")
    assert (ids(waiting(store)), waiting(store, tried=True)) == (["2"], [])
    (tried,) = waiting(store, tried=True, now=LATER)
    assert (tried.external_id, tried.tries) == ("1", 1)


def test_an_object_that_nobody_can_name_is_no_object(store: Store) -> None:
    put(store, UNKNOWN, "5")
    assert (ids(waiting(store)), marker(store)) == (["5"], UNKNOWN)


def test_beyond_the_bound_the_whole_kind_is_one_row(store: Store) -> None:
    put(store, "0", kind=Kind.CUSTOMER.value)
    put(store, *map(str, range(10)), most=10)
    assert (marker(store), waiting(store), count(store)) == (WHOLE, [], 2)
    put(store, "77", UNKNOWN, most=10)
    assert (marker(store), waiting(store), count(store)) == (WHOLE, [], 2)


def test_what_comes_while_the_whole_kind_is_read_keeps_it_due(store: Store) -> None:
    put(store, *map(str, range(11)), most=10)
    with store.read() as connection:
        taken = due_marker(connection, 1, ORDER, now=NOW)
    assert taken is not None
    put(store, "5")
    with store.write() as connection:
        clear_notices(connection, 1, [taken])
    assert marker(store) == WHOLE


def test_only_what_was_confirmed_in_the_customer_itself_is_an_echo(store: Store, counter: Counter) -> None:
    rows = [
        ("label", "7", "7", NOW),
        ("coupon", "reg-8", "8", NOW),
        ("label", "9", "9", NOW - timedelta(hours=1)),
    ]
    with store.write() as connection:
        insert_rows(
            connection,
            tables.push_state,
            [
                {
                    "shop_id": counter.shop.id,
                    "target_kind": kind,
                    "target_key": key,
                    "account_id": f"{counter.shop.id}:{account}",
                    "document": {},
                    "confirmed_at": at,
                }
                for kind, key, account, at in rows
            ],
        )
    since = NOW - timedelta(minutes=10)
    with store.read() as connection:
        assert confirmed_since(connection, counter.shop.id, ["7", "8", "9", "10"], since) == {"7": NOW}


def test_what_is_to_be_read_by_itself_leaves_alone_whatever_waits(store: Store) -> None:
    put(store, "1")
    (before,) = waiting(store)
    put(store, "1", "2", at=LATER, new_only=True)
    assert waiting(store) == [before]
    assert ids(waiting(store, now=LATER)) == ["1", "2"]
    with store.read() as connection:
        assert notice_count(connection, 1, due_by=NOW) == 1
    # As many wait as may, and then all of the kind.
    put(store, "3", at=LATER, new_only=True, most=2)
    assert count(store) == 2
    put(store, WHOLE)
    put(store, "4", at=LATER, new_only=True)
    assert "4" not in ids(waiting(store, now=LATER))


def test_notices_are_no_part_of_the_digest(store: Store) -> None:
    with store.read() as connection:
        before = digest(connection)
    put(store, "1")
    with store.read() as connection:
        assert digest(connection) == before


@pytest.mark.parametrize("number", [1, 100])
def test_nothing_is_noted_of_nothing(store: Store, number: int) -> None:
    with store.write() as connection:
        put_notices(connection, number, ORDER, [], now=NOW)
        assert notice_count(connection, number) == 0
