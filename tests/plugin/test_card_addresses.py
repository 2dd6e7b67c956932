"""Addresses on the card: one row a place, whatever its spelling."""

from datetime import UTC, datetime
from typing import Any

from wagtail_regulars._card_addresses import addresses_of

MAY, JUNE = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)


def row(**fields: Any) -> dict[str, Any]:
    usual = {
        "given_name": "Hanna",
        "family_name": "Shcherbak",
        "company": "",
        "line1": "Street 1",
        "line2": "",
        "city": "Kyiv",
        "region": "",
        "postcode": "01001",
        "country": "UA",
        "phone": "0501112233",
        "deliveries": 1,
        "last_used_at": MAY,
    }
    return usual | fields


def test_spellings_of_a_place_are_one_row_in_the_most_used_one() -> None:
    rows = [row(line1="STREET  1", last_used_at=JUNE), row(deliveries=3), row(city="KYIV", last_used_at=None)]
    (only,) = addresses_of(rows, contacts=True)
    assert only.lines == ["Street 1", "01001 Kyiv", "UA"]
    assert (only.deliveries, only.last_used_at, only.recipients) == (5, JUNE, 1)


def test_recipients_are_counted_once_in_each_order_of_their_names() -> None:
    rows = [
        row(deliveries=2),
        row(given_name="SHCHERBAK", family_name="hanna"),
        row(given_name="", family_name=""),
        row(given_name="Olena"),
    ]
    (only,) = addresses_of(rows, contacts=True)
    assert (only.name, only.recipients, only.deliveries) == ("Hanna Shcherbak", 2, 5)


def test_the_name_is_the_most_used_one_that_there_is() -> None:
    rows = [row(given_name="", family_name="", deliveries=4), row()]
    (only,) = addresses_of(rows, contacts=True)
    assert (only.name, only.recipients) == ("Hanna Shcherbak", 1)


def test_different_places_stay_apart_the_most_used_first() -> None:
    apart = [
        row(line1="Street 2"),
        row(line2="Flat 2"),
        row(city="Lviv"),
        row(postcode="2"),
        row(country="PL"),
        row(company="A Ltd"),
    ]
    shown = addresses_of([row(), *apart, row(line2="Flat 2", deliveries=9)], contacts=True)
    assert len(shown) == 7
    assert [one.deliveries for one in shown] == [10, 1, 1, 1, 1, 1, 1]


def test_a_place_never_used_has_no_time() -> None:
    (only,) = addresses_of([row(deliveries=0, last_used_at=None)], contacts=True)
    assert (only.deliveries, only.last_used_at) == (0, None)


def test_without_contact_data_only_the_town_is_told() -> None:
    (only,) = addresses_of([row()], contacts=False)
    assert only.lines == ["Kyiv", "UA"]
    assert only.phone == "… 33"
    assert addresses_of([], contacts=False) == []
