"""By what rules the figures of a profile are counted."""

from dataclasses import dataclass

from regulars_mapping import STANDARD_REFUSALS, RefusalRules
from regulars_marketing._money import MoneyRules


@dataclass(frozen=True, slots=True)
class ProfileRules:
    """The rules of one computation: of money, and of which orders on delivery were refused."""

    money: MoneyRules
    refusals: RefusalRules = STANDARD_REFUSALS
