"""Whether a discount leaves enough of a product's price. Whole numbers only. Pure."""

from regulars_marketing._exposure import half_up

_WHOLE = 10_000
"""A whole in hundredths of a percent."""


def falls_below(price: int, cost: int, *, percent: int, floor: int) -> bool:
    """Whether a product's margin after the discount is below the floor.

    ``price`` and ``cost`` are minor units of one currency, ``percent`` and ``floor`` hundredths of a percent.
    The margin is what the reduced price leaves above the cost, as a share of that price; the discount is
    taken in minor units, a half upwards, as shops take it. What is below the floor without any discount is so
    with one.
    """
    reduced = price - half_up(price * percent, _WHOLE)
    return (reduced - cost) * _WHOLE < floor * reduced
