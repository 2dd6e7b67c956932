"""How a shop's segments and automatic discounts behave where real shops are slow, or not known to the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["OVERLAP_CODES", "SegmentConduct"]

OVERLAP_CODES: Final = ("ACTIVE_PERIOD_OVERLAP", "EXCEEDED_MAX", "MAX_APP_DISCOUNTS")


@dataclass(frozen=True, slots=True)
class SegmentConduct:
    """How segments and what is given to them behave.

    A customer is seen to join or leave a segment ``lag_seconds`` by the shop's clock and ``lag_looks``
    questions about that segment after it came true.  ``metafields`` says whether a query may name
    ``metafields.<namespace>.<key>``, ``own_numbers`` that the id of a member has the number of the customer;
    neither is known for certain.  ``automatic_limit`` is how many automatic discounts may be active at a
    time, ``overlap_code`` the error of one more.
    """

    lag_seconds: int = 0
    lag_looks: int = 0
    metafields: bool = True
    own_numbers: bool = True
    automatic_limit: int = 25
    overlap_code: str = OVERLAP_CODES[0]
