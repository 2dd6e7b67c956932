"""What a discount leaves of a price, against a floor: worked out by hand."""

import pytest

from regulars_marketing._margin import falls_below


@pytest.mark.parametrize(
    ("price", "cost", "percent", "floor", "below"),
    [
        # 100.00 less 10 % is 90.00; a margin of 20 % of that leaves 72.00 for the cost.
        (100_00, 72_00, 10_00, 20_00, False),
        (100_00, 72_01, 10_00, 20_00, True),
        # 9.99 less 5 %: 0.4995 off, half up 0.50; 9.49 - 7.12 = 2.37 is 24.97 % of it, 2.38 is 25.08 %.
        (9_99, 7_12, 5_00, 25_00, True),
        (9_99, 7_11, 5_00, 25_00, False),
        # 0.30 less 5 %: 0.015 off, half up 0.02; the 0.28 that is left is the cost to the cent.
        (30, 28, 5_00, 0, False),
        (30, 29, 5_00, 0, True),
        # Given away: whatever it cost, nothing is left; what cost nothing stands at any floor.
        (10_00, 1, 100_00, 0, True),
        (10_00, 0, 100_00, 99_99, False),
        # Below the floor without any discount.
        (10_00, 12_00, 1, 0, True),
    ],
)
def test_the_margin_after_the_discount_is_held_against_the_floor(
    price: int, cost: int, percent: int, floor: int, *, below: bool
) -> None:
    assert falls_below(price, cost, percent=percent, floor=floor) is below
