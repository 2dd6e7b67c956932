"""What programmes have in common that give everybody they are for one and the same discount."""

from abc import abstractmethod
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, model_validator

from regulars_marketing._definition import Orders, Percent, ProgrammeDefinition, Sum, check_one_of
from regulars_marketing._goods_words import Name

_Own = TypeVar("_Own", bound="GiftDefinition")


def _days(least: int, most: int) -> Callable[[object], object]:
    def within(value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"must be a whole number of days from {least} to {most}")
        return value

    return within


WindowDays = Annotated[int, BeforeValidator(_days(0, 60))]
LengthDays = Annotated[int, BeforeValidator(_days(1, 365))]


class GiftDefinition(ProgrammeDefinition):
    """A discount of a ``percent``, or of an ``amount`` in minor units of ``currency``; the other is None.

    An account may use it for ``orders`` orders, None for any number. ``level`` is what the shopper is called
    with it.
    """

    amount: Sum = None
    percent: Percent = None
    orders: Orders | None = None
    level: Name

    @model_validator(mode="after")
    def _gives_one_thing(self: _Own) -> _Own:
        check_one_of(percent=self.percent, amount=self.amount)
        if self.currency is not None and self.bound_to is None and self.budget is None:
            raise ValueError("currency: is for an amount, a minimum or a budget; add one, or remove it")
        return self

    @property
    def most(self) -> Decimal | None:
        """The percent that it gives, None for an amount."""
        return self.percent

    @property
    def least(self) -> tuple[int, int]:
        """What it gives."""
        return int((self.percent or 0) * 100), self.amount or 0

    @property
    def in_amounts(self) -> bool:
        """Whether it gives an amount."""
        return self.amount is not None

    @property
    def by_calendar(self) -> bool:
        """Its days come and go."""
        return True

    @property
    @abstractmethod
    def occasion(self) -> str:
        """When, or to whom, it gives, in words."""
