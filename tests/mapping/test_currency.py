from datetime import date

import pytest

from regulars_mapping import currency_fault, minor_digits, nearest_currency


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        *(("HRK", "EUR"), ("DEM", "EUR"), ("UAK", "UAH"), ("BYR", "BYN"), ("RUR", "RUB"), ("SLL", "SLE")),
        *(("UHA", "UAH"), ("UAX", "UAH"), ("EUE", "EUR"), ("USN", "USD"), ("CLF", "CLP"), ("uah", "UAH")),
        *(("EURO", "EUR"), ("XXX", None), ("XTS", None), ("XAU", None), ("QQQ", None), ("", None)),
    ],
)
def test_a_code_of_no_currency_in_use_is_refused_with_the_one_that_is_meant(
    code: str, meant: str | None
) -> None:
    said = currency_fault(code)
    assert said is not None and nearest_currency(code) == meant
    assert said.endswith(f"; did you mean {meant}?" if meant else "; write a code such as UAH, EUR or USD")


@pytest.mark.parametrize("code", ["UAH", "EUR", "USD", "JPY", "KWD", "XOF", "XPF", "XCD", "BYN", "VES"])
def test_what_people_pay_with_is_not(code: str) -> None:
    assert currency_fault(code) is None


def test_one_that_is_gone_was_in_use_on_its_days() -> None:
    assert currency_fault("HRK", on=date(2023, 1, 14)) is None
    assert (currency_fault("HRK", on=date(2023, 1, 15)) or "").startswith(
        "has not been in use since 2023-01-14"
    )
    assert currency_fault("XXX", on=date(2000, 1, 1)) is not None


def test_what_shops_send_may_be_gone_all_the_same() -> None:
    assert [minor_digits(code) for code in ("HRK", "XXX", "XTS")] == [2, 0, 0]
