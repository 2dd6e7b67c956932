"""The welcome: a discount on the first order."""

from decimal import Decimal
from typing import Literal, TypeVar

from pydantic import model_validator

from regulars_marketing._definition import Percent, ProgrammeDefinition, Sum, check_one_of
from regulars_marketing._goods_words import Name

_Own = TypeVar("_Own", bound="WelcomeProgramme")


class WelcomeProgramme(ProgrammeDefinition):
    """A discount for one order of a person who is registered and has bought nothing yet, in no shop.

    It is a ``percent``, or an ``amount`` in minor units of ``currency``; the other is None. A person gets one
    welcome, whatever the number of shops and accounts. ``level`` is what the shopper is called with it.
    ``shops`` names the shops where it is given, None for all; what was bought elsewhere ends it all the same.
    It stands from ``valid_from`` on and ends before ``valid_until``.
    """

    kind: Literal["welcome"] = "welcome"
    amount: Sum = None
    percent: Percent = None
    level: Name = "Welcome"

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
