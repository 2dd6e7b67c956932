"""Listings with rows too many or too few, on order."""

from __future__ import annotations

import json

from regulars_sandbox import Faults, Noise, Response
from regulars_sandbox._faults import FaultInjector

TOTAL = ("X-WP-Total", "3")
LISTING = Response(200, (TOTAL,), b'[{"id":1},{"id":2},{"id":3}]')


def ids(injector: FaultInjector, response: Response = LISTING) -> list[int]:
    return [row["id"] for row in json.loads(injector.spoil(response).body)]


def test_every_second_listing_lacks_its_last_row_and_still_counts_it() -> None:
    injector = FaultInjector(Faults(miss_row_every=2))
    assert [ids(injector) for _ in range(4)] == [[1, 2, 3], [1, 2], [1, 2, 3], [1, 2]]
    assert TOTAL in injector.spoil(LISTING).headers


def test_every_third_listing_has_its_first_row_twice() -> None:
    injector = FaultInjector(Faults(repeat_row_every=3))
    assert [ids(injector) for _ in range(3)] == [[1, 2, 3], [1, 2, 3], [1, 1, 2, 3]]


def test_both_at_once_leave_the_count_of_rows_as_it_was() -> None:
    assert ids(FaultInjector(Faults(repeat_row_every=1, miss_row_every=1))) == [1, 1, 2]


def test_only_listings_with_rows_are_miscounted() -> None:
    injector = FaultInjector(Faults(repeat_row_every=2, miss_row_every=2))
    others = [
        Response(200, (), b"[]"),
        Response(200, (), b'{"id":1}'),
        Response(404, (), b'{"code":"rest_no_route"}'),
        Response(200, (), b"<html>Checking your browser...</html>"),
    ]
    assert [injector.spoil(other) for other in others] == others
    assert ids(injector) == [1, 2, 3], "none of them was counted"


def test_noise_stands_around_what_is_left() -> None:
    injector = FaultInjector(Faults(miss_row_every=1, noise=Noise.BLANK))
    assert injector.spoil(LISTING).body == b'\n\n\n[{"id":1},{"id":2}]'
