"""What a platform passes on because the law demands it: to hand over or erase what is known of somebody."""

from dataclasses import dataclass, field
from enum import StrEnum


class Demanded(StrEnum):
    """What is demanded."""

    EVIDENCE = "data_request"
    """Everything that is kept about one customer, for that customer."""
    ERASURE = "customer_erasure"
    """That one customer of the shop is erased."""
    SHOP_ERASURE = "shop_erasure"
    """That everything of the shop is erased: it left the app."""


@dataclass(frozen=True, slots=True)
class Demand:
    """One demand, as a signed delivery told it: ids only.

    ``key`` is the same for each delivery of one demand. ``customer`` is empty where none is named; ``orders``
    are those that the platform counts in. ``shop`` is the address of the shop that is meant where it is not
    the one that was asked: an app has one address for all shops that it is installed in.
    """

    what: Demanded
    key: str
    customer: str = field(default="", repr=False)
    orders: tuple[str, ...] = field(default=(), repr=False)
    shop: str = ""
