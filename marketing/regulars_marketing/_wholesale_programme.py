"""The wholesale ladder: tiers for companies, by the size of their orders or what they buy in a year."""

from typing import Literal

from regulars_marketing._proof import Counts
from regulars_marketing._tier_programme import LadderDefinition


class WholesaleProgramme(LadderDefinition):
    """The more a company orders, the higher the discount.

    It is for persons of the kind "company", or for an ``audience`` instead, whose ownership is known.
    ``counts`` says what is held against the thresholds: the "largest_order", or what was bought in a "year"
    of 365 days, net of refunds.
    """

    kind: Literal["wholesale"] = "wholesale"
    counts: Counts = "year"

    @property
    def by_calendar(self) -> bool:
        """Orders leave the year."""
        return self.counts == "year" or self.audience is not None
