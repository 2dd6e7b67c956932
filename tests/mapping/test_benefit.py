"""Sums of money and the goods of a discount."""

import pytest

from regulars_mapping import Goods, Money, UnmappableError


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(10_000, "UAH"), "100.00"),
        (Money(5, "UAH"), "0.05"),
        (Money(500, "JPY"), "500"),
        (Money(1_250, "KWD"), "1.250"),
        (Money(10**15, "UAH"), "10000000000000.00"),
    ],
)
def test_a_sum_is_said_in_its_currency_s_decimals(money: Money, text: str) -> None:
    assert money.text() == text


def test_a_currency_that_nobody_knows_is_no_money() -> None:
    with pytest.raises(UnmappableError):
        Money(1, "ABC").text()


def test_goods_of_nothing_are_everything_and_goods_compare_by_what_they_are() -> None:
    assert Goods() == Goods(reduced=True)
    assert Goods(products=("1",)) != Goods(categories=("1",))
