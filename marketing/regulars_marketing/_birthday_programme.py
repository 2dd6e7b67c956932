"""The birthday: a discount around the day."""

from typing import Literal

from regulars_marketing._definition import Orders
from regulars_marketing._gift_definition import GiftDefinition, WindowDays
from regulars_marketing._goods_words import Name


class BirthdayProgramme(GiftDefinition):
    """A discount from ``before`` days before the birthday to ``after`` days after it, both included.

    Days are those of the shop's zone. Who was born on 29 February celebrates on the 28th in common years; the
    year need not be known. A person gets it once a year, whatever the number of shops and accounts.
    """

    kind: Literal["birthday"] = "birthday"
    before: WindowDays = 7
    after: WindowDays = 7
    orders: Orders | None = 1
    level: Name = "Birthday"

    @property
    def occasion(self) -> str:
        """When it gives, in words."""
        return f"from {self.before} days before the birthday to {self.after} days after it"
