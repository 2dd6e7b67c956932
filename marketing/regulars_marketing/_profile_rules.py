"""By what rules the figures of a profile are counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from regulars_mapping import STANDARD_REFUSALS, RefusalRules
from regulars_marketing._money import MoneyRules
from regulars_marketing._rhythm import Rhythm


@dataclass(frozen=True, slots=True)
class ProfileRules:
    """The rules of one computation: of money, of which orders on delivery were refused, and the bounds of
    the topics, without which nobody's own say anything."""

    money: MoneyRules
    refusals: RefusalRules = STANDARD_REFUSALS
    topics: Mapping[str, Rhythm] = field(default_factory=dict)
