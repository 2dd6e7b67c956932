"""What is money here: the currency that sums are told in, the zone of days, and what of an order counts."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class MoneyRules:
    """The owner's money settings, worked out.

    ``currency`` is the main one, None where no shop tells any. ``zone`` is whose days are meant. An order
    counts by its goods after discounts; with ``tax`` their tax does, with ``shipping`` what sending cost, and
    with both the tax on that, too.
    """

    currency: str | None = None
    zone: ZoneInfo = _UTC
    tax: bool = False
    shipping: bool = False


GOODS_ONLY = MoneyRules()
"""The default: goods without tax and shipping."""
