"""The win-back: a discount for who has stayed away for long by their own measure."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator

from regulars_marketing._definition import Orders
from regulars_marketing._gift_definition import GiftDefinition, LengthDays
from regulars_marketing._goods_words import Name


def _times(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueError("is not a number; write it like 2 or 2.5")  # noqa: TRY004 - pydantic takes ValueError
    try:
        times = Decimal(str(value).strip())
    except ArithmeticError:
        raise ValueError("is not a number; write it like 2 or 2.5") from None
    if not times.is_finite() or not 1 <= times <= 20:
        raise ValueError("must be from 1 to 20: so many times as long as they usually stay away")
    if times != times.quantize(Decimal("0.01")):
        raise ValueError("is too fine; give at most two decimals")
    return times.quantize(Decimal("0.01"))


class WinbackProgramme(GiftDefinition):
    """A discount for ``days`` days, once who bought before has stayed away.

    Away is ``times`` as long as their usual time between orders, but no fewer than ``least_days``; who has no
    such time is away after ``fallback_days``. Days are those of the shop's zone, counted from that of the
    last order. It ends with the next order, and begins again only after one.
    """

    kind: Literal["winback"] = "winback"
    times: Annotated[Decimal, BeforeValidator(_times)] = Decimal("2.00")
    least_days: LengthDays = 30
    fallback_days: LengthDays = 180
    days: LengthDays = 30
    orders: Orders | None = 1
    level: Name = "Welcome back"

    @property
    def occasion(self) -> str:
        """When it gives, in words."""
        times = f"{self.times.normalize():f} x their usual time between orders"
        return (
            f"for {self.days} days, once away for {times} (at least {self.least_days} days; "
            f"{self.fallback_days} where there is none)"
        )
