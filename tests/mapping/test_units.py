"""Money in minor units: exact both ways, whatever the currency."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars_mapping import UnmappableError, from_minor, minor_digits, to_minor


@pytest.mark.parametrize(("currency", "digits"), [("UAH", 2), ("EUR", 2), ("JPY", 0), ("KWD", 3), ("RUB", 2)])
def test_a_currency_has_its_iso_4217_digits(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


@pytest.mark.parametrize("currency", ["", "XYZ", "uah", "€", "U\x00H"])
def test_an_unknown_currency_is_refused_with_the_remedy(currency: str) -> None:
    with pytest.raises(UnmappableError, match=r"^currency: .*set the shop's currency"):
        minor_digits(currency)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("123.45", "UAH", 12345),
        ("123.4", "UAH", 12340),
        ("-0.01", "UAH", -1),
        ("0", "UAH", 0),
        (" 7.00 ", "UAH", 700),
        ("1E+2", "UAH", 10000),
        ("0.005", "UAH", 1),
        ("0.0049", "UAH", 0),
        ("-0.005", "UAH", -1),
        ("1234", "JPY", 1234),
        ("1234.5", "JPY", 1235),
        ("1.234", "KWD", 1234),
        (5, "EUR", 500),
        (Decimal("19.99"), "EUR", 1999),
    ],
)
def test_a_decimal_amount_becomes_minor_units(amount: str | int | Decimal, currency: str, minor: int) -> None:
    assert to_minor(amount, currency) == minor


@pytest.mark.parametrize(
    "amount",
    ["", "free", "1,50", "1.2.3", "NaN", "sNaN", "Infinity", "-Infinity", "1e999999999", "\ud83d", "\x00"],
)
def test_what_is_no_amount_is_refused_by_its_path_and_without_its_value(amount: str) -> None:
    with pytest.raises(UnmappableError) as caught:
        to_minor(amount, "UAH", path="lines.0.total")
    assert caught.value.path == "lines.0.total"
    assert str(caught.value) == "lines.0.total: is not an amount of money"


@given(st.integers(-(10**15), 10**15), st.sampled_from(["UAH", "JPY", "KWD"]))
def test_minor_units_go_there_and_back(amount: int, currency: str) -> None:
    assert to_minor(from_minor(amount, currency), currency) == amount
    assert to_minor(str(from_minor(amount, currency)), currency) == amount


@given(st.text(st.characters(exclude_categories=()), max_size=30))
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    try:
        assert isinstance(to_minor(text, "UAH"), int)
    except UnmappableError as error:
        assert error.reason == "is not an amount of money"
