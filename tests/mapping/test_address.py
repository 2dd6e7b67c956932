"""Addresses: one digest for one place and name, whatever the typing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars_mapping import Address, address_digest

HOME = {
    "given_name": "Олена",
    "family_name": "Коваленко",
    "line1": "вул. Хрещатик, 1",
    "line2": "кв. 5",
    "city": "Київ",
    "region": "Київська область",
    "postcode": "01001",
    "country": "UA",
    "phone": "+380671234567",
}


def _digest(**changes: str) -> str:
    return address_digest(Address(**{**HOME, **changes}))


def test_a_digest_is_twenty_hex_digits() -> None:
    assert re.fullmatch("[0-9a-f]{20}", _digest())
    assert re.fullmatch("[0-9a-f]{20}", address_digest(Address()))


def test_a_digest_stays_the_same_for_ever() -> None:
    assert address_digest(Address()) == "22f3115f3a60122af634"
    assert _digest(region="") == "a6882f136bf21a6d4e18"


@pytest.mark.parametrize(
    "changes",
    [
        {"phone": ""},
        {"city": "КИЇВ "},
        {"line1": "вул Хрещатик 1"},
        {"line1": "вул. Хрещатик, 1, кв. 5", "line2": ""},
        {"given_name": "ОЛЕНА"},
        {"postcode": "01 001"},
        {"region": "Київська обл."},
        {"region": "Kiev oblast"},
        {"region": "UA32"},
        {"region": "UA-32"},
    ],
)
def test_typing_makes_no_difference(changes: dict[str, str]) -> None:
    assert _digest(**changes) == _digest()


@pytest.mark.parametrize(
    "changes",
    [
        {"given_name": "Марія"},
        {"company": "Коваленко і доньки"},
        {"line1": "вул. Хрещатик, 11"},
        {"line2": "кв. 6"},
        {"city": "Львів"},
        {"region": "Київ"},
        {"postcode": "01002"},
        {"country": "PL"},
    ],
)
def test_another_name_or_place_is_another_address(changes: dict[str, str]) -> None:
    assert _digest(**changes) != _digest()


@pytest.mark.parametrize(
    ("country", "names"),
    [
        ("US", ["CA", "California", "california", "US-CA", "USCA"]),
        ("CA", ["QC", "Quebec", "Québec", "CA-QC"]),
        ("UA", ["Київ", "м. Київ", "UA30", "місто Київ", "Kyiv city"]),
        ("RU", ["Московская область", "Московская обл.", "Moskovskaya oblast'"]),
        ("DE", ["Bayern", "BAYERN"]),
    ],
)
def test_a_region_is_the_same_by_name_and_by_code(country: str, names: list[str]) -> None:
    assert len({address_digest(Address(country=country, region=name)) for name in names}) == 1


def test_a_word_keeps_its_field() -> None:
    assert address_digest(Address(city="Київ")) != address_digest(Address(region="Київ"))
    assert address_digest(Address(line1="Київ")) != address_digest(Address(company="Київ"))


@given(
    st.builds(
        Address,
        **dict.fromkeys(
            ["given_name", "line1", "city", "region", "postcode"], st.text("Aїß '\u2019.,\u200b-\ue000")
        ),
        country=st.sampled_from(["", "UA", "US", "ZZ", "XX", "JP"]),
    )
)
def test_no_address_is_refused(address: Address) -> None:
    assert len(address_digest(address)) == 20
