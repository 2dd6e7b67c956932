"""Addresses on the card."""

from datetime import UTC, datetime

from regulars_agent import PersonAddress
from regulars_mapping import PlaceKind
from wagtail_regulars._card_addresses import addresses_of

HOME = PersonAddress(
    kind=PlaceKind.HOME,
    label="Street 1, Kyiv",
    recipients=("Hanna Shcherbak", "Olena Shcherbak"),
    company="A Ltd",
    line1="Street 1",
    line2="Flat 2",
    city="Kyiv",
    region="",
    postcode="01001",
    country="UA",
    phone="0501112233",
    deliveries=3,
    last_used_at=datetime(2026, 5, 1, tzinfo=UTC),
    accounts=("1:7",),
)


def test_an_address_is_told_with_its_kind_and_how_many_it_bears() -> None:
    (only,) = addresses_of([HOME], contacts=True)
    assert only.lines == ["A Ltd", "Street 1", "Flat 2", "01001 Kyiv", "UA"]
    assert (str(only.kind), only.name, only.recipients, only.deliveries) == ("Home", "Hanna Shcherbak", 2, 3)


def test_without_contact_data_only_the_town_is_told() -> None:
    (only,) = addresses_of([HOME], contacts=False)
    assert only.lines == ["Kyiv", "UA"]
    assert only.phone == "… 33"
    assert addresses_of([], contacts=False) == []
