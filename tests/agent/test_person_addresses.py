"""A person's addresses: one a place, whatever its spelling and whichever account has it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from regulars_agent._person_addresses import addresses_of_person

MAY, JUNE = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)


def row(account: str = "1:7", **fields: Any) -> dict[str, Any]:
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
    found = usual | fields
    digest = " ".join(str(found[name]) for name in sorted(found))
    return {"id": f"{account}:{digest}", "account_id": account, **found}


def test_spellings_of_a_place_are_one_in_the_most_used_one_over_all_accounts() -> None:
    rows = [
        row("2:1", line1="STREET  1", last_used_at=JUNE),
        row(deliveries=3),
        row(city="KYIV", postcode="", last_used_at=None),
        row(deliveries=0, family_name="Koval", phone="", last_used_at=None),
    ]
    (only,) = addresses_of_person(rows)
    assert (only.label, only.kind.value, only.postcode) == ("Street 1, Kyiv", "home", "01001")
    assert (only.deliveries, only.last_used_at, set(only.accounts)) == (5, JUNE, {"1:7", "2:1"})
    assert only.recipients == ("Hanna Shcherbak", "Hanna Koval")
    assert "Shcherbak" not in repr(only)


def test_recipients_are_told_once_in_each_order_of_their_names_the_most_used_first() -> None:
    rows = [
        row(given_name="", family_name="", deliveries=4),
        row(deliveries=2),
        row(given_name="SHCHERBAK", family_name="hanna"),
        row(given_name="Olena"),
    ]
    (only,) = addresses_of_person(rows)
    assert only.recipients == ("Hanna Shcherbak", "Olena Shcherbak")
    assert only.deliveries == 8


def test_different_places_stay_apart_the_most_used_first() -> None:
    apart = [
        row(line1="Street 2"),
        row(line2="Flat 2"),
        row(city="Lviv"),
        row(postcode="01002"),
        row(country="PL", postcode=""),
        row(company="A Ltd"),
    ]
    shown = addresses_of_person([row(), *apart, row(line2="Flat 2", deliveries=9)])
    assert [one.deliveries for one in shown] == [10, 1, 1, 1, 1, 1, 1]
    assert addresses_of_person([]) == []


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, "home"),
        ({"company": "Optyka"}, "office"),
        ({"line2": "оф. 12"}, "office"),
        ({"line1": "Нова Пошта, відділення №7"}, "branch"),
        ({"line1": "Відділення №7 Нова Пошта", "company": "Optyka"}, "branch"),
        ({"line1": "Нова Пошта поштомат 4411"}, "locker"),
        ({"line1": "PO Box 12"}, "box"),
        ({"line1": "Самовивіз"}, "pickup"),
        ({"line1": ""}, "unknown"),
    ],
)
def test_a_place_says_what_it_is(fields: dict[str, str], kind: str) -> None:
    (only,) = addresses_of_person([row(**fields)])
    assert only.kind.value == kind
    assert only.label.endswith("Kyiv")


def test_spellings_of_one_branch_are_one_place() -> None:
    branch = "Нова Пошта"
    rows = [row(line1=f"{branch} №7"), row(line1=f"Відділення 7, {branch}", postcode="")]
    rows.append(row(line1=f"{branch} №8"))
    assert [one.deliveries for one in addresses_of_person(rows)] == [2, 1]
