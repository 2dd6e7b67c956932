"""Phone numbers: one form for one number however it is written, nothing for what is none."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars_mapping import e164

any_text = st.text(st.characters(exclude_categories=()), max_size=120)
digits = st.text("0123456789+ ()-", max_size=20)
regions = st.sampled_from(
    ["", "UA", "RU", "DE", "GB", "US", "PL", "IT", "KZ", "CA", "AR", "MX", "BR", "ZZ", "Ü"]
)


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("+380671234567", "", "+380671234567"),
        ("+38 (067) 123-45-67", "UA", "+380671234567"),
        ("067 123 45 67", "UA", "+380671234567"),
        ("(067) 123.45.67", "UA", "+380671234567"),
        ("671234567", "UA", "+380671234567"),
        ("380671234567", "UA", "+380671234567"),
        ("380671234567", "PL", "+380671234567"),
        ("380671234567", "", "+380671234567"),
        ("00380671234567", "DE", "+380671234567"),
        ("8 067 123 45 67", "UA", "+380671234567"),
        ("тел. 067 123 45 67", "UA", "+380671234567"),
        ("067 123 45 67, 050 765 43 21", "UA", "+380671234567"),
        ("067 123 45 67 / 050 765 43 21", "UA", "+380671234567"),
        ("٠٦٧ ١٢٣ ٤٥ ٦٧", "UA", "+380671234567"),
        ("＋３８０６７１２３４５６７", "", "+380671234567"),
        ("8 (916) 123-45-67", "RU", "+79161234567"),
        ("+7 916 123-45-67", "UA", "+79161234567"),
        ("8 701 234 56 78", "KZ", "+77012345678"),
        ("0151/23456789", "DE", "+4915123456789"),
        ("+49 (0)151 23456789", "UA", "+4915123456789"),
        ("030 901820 ext. 12", "DE", "+4930901820"),
        ("07400 123456", "GB", "+447400123456"),
        ("(212) 555-2368", "US", "+12125552368"),
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("06 12345678", "IT", "+390612345678"),
        ("8 029 123 45 67", "BY", "+375291234567"),
        ("8 10 380 67 123 45 67", "RU", "+380671234567"),
        ("9161234567", "RU", "+79161234567"),
        ("7 916 123 45 67", "RU", "+79161234567"),
        ("+7 (8) 916 123-45-67", "RU", "+79161234567"),
        ("+8 067 123 45 67", "UA", "+380671234567"),
        ("+067 123 45 67", "UA", "+380671234567"),
        ("00 380 67 123 45 67", "", "+380671234567"),
        ("0049 151 23456789", "UA", "+4915123456789"),
        ("067 123 45 67 вн. 5", "UA", "+380671234567"),
        ("067 123 45 67 доб. 12", "UA", "+380671234567"),
        ("067-123-45-67 (Олена)", "UA", "+380671234567"),
        ("067 123 45 67 x12", "UA", "+380671234567"),
        ("0671234567 0501234568", "UA", "+380671234567"),
        ("tel:+380671234567", "UA", "+380671234567"),
        ("۰۶۷۱۲۳۴۵۶۷", "UA", "+380671234567"),
        ("\u202a+380 67 123 45 67\u202c", "UA", "+380671234567"),
        ("+3800671234567", "UA", "+380671234567"),
    ],
)
def test_one_number_has_one_form(text: str, country: str, number: str) -> None:
    assert e164(text, country=country) == number


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "-", "+", "n/a", "немає", "12", "067 123 45", "+999123456789", "0671234567890123456",
        "0000000", "000 000 00 00", "1234567", "1234567890", "111-11-11", "+380000000000", "0999999999",
        "067 000 00 00", "+380 67 000 00 00", "7777777", "+" * 100, "9" * 5_000_000, "\ud83d\x00", "²³⁴",
        "+380",
        "1111111111", "9876543210", "987654321", "81234567890", "+38 (___) ___-__-__", "olena@example.com",
    ],
)  # fmt: skip
def test_what_is_no_number_or_a_placeholder_gives_nothing(text: str) -> None:
    assert e164(text, country="UA") == ""


def test_a_number_without_country_code_needs_a_country() -> None:
    assert e164("067 123 45 67", country="") == ""
    assert e164("067 123 45 67", country="??") == ""


@given(any_text, regions)
def test_any_text_gives_a_number_or_nothing(text: str, country: str) -> None:
    number = e164(text, country=country)
    assert number == "" or phonenumbers.is_valid_number(phonenumbers.parse(number))


@given(digits, regions)
def test_a_number_in_its_one_form_stays_as_it_is(text: str, country: str) -> None:
    number = e164(text, country=country)
    assert number == "" or e164(number, country="") == number


def _library(text: str, region: str) -> str:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _writings(region: str) -> list[str]:
    """Valid and nearly valid numbers of a country in the ways that people write them."""
    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
    examples = [phonenumbers.example_number_for_type(region, kind) for kind in kinds]
    found = []
    for example in filter(None, examples):
        full = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        national = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
        bare = phonenumbers.national_significant_number(example)
        found += [full, national, bare, full[1:], full[:-1], bare[:-1], full + "1", bare + "1", "0" + bare]
        found += [full[:-4] + f"{last:04d}" for last in range(1, 10_000, 1_237)]
        found += [bare[:2] + f"{step:02d}" + bare[4:] for step in range(0, 100, 9)]
    return found


def _looks_made_up(text: str) -> bool:
    typed = "".join(filter(str.isdigit, text))
    return "1234567" in typed or "0000000" in typed or len(set(typed[-9:])) == 1


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_the_quick_way_agrees_with_the_library_in_every_country(region: str) -> None:
    asked = [text for text in _writings(region) if not _looks_made_up(text)]
    agreed = [text for text in asked if e164(text, country=region) == _library(text, region)]
    # Where the library has nothing, a full number without its plus is still found.
    rescued = [text for text in asked if not _library(text, region) and e164(text, country=region)]
    assert set(asked) == {*agreed, *rescued}
    assert all(e164(text, country=region) == _library("+" + text, "ZZ") for text in rescued)
