"""Which orders on cash on delivery were refused: sent, not taken, not paid. The rule, said once.

No platform has a word for it, so it is read from how such an order ended. It counts as refused where it was
to be paid on delivery and

- the shop's own status says so (``RefusalRules.statuses``), or
- it is cancelled, failed, or refunded though it was never paid, after it had been on its way: the shop had
  called it completed or sent it out, or at least ``underway`` passed between its placing and its end. What is
  called off sooner was hardly sent.

It proves nothing: a human looks at the orders and decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from regulars_mapping._models import OrderStatus
from regulars_mapping._text import fold_text

REFUSED_STATUSES = frozenset({OrderStatus.CANCELLED, OrderStatus.FAILED, OrderStatus.REFUNDED})
"""The statuses that an order may end in that was refused."""
_SENT = "fulfilled"


@dataclass(frozen=True, slots=True)
class RefusalRules:
    """What counts. ``methods``: ways of payment, as the shops write them, folded; ``statuses``: shops' own
    statuses that say "refused"; ``underway``: what a parcel needs to be on its way."""

    methods: frozenset[str]
    statuses: frozenset[str]
    underway: timedelta

    @classmethod
    def of(cls, methods: Iterable[str], statuses: Iterable[str], underway: timedelta) -> Self:
        """The rules with the methods folded."""
        return cls(frozenset(map(fold_text, methods)), frozenset(statuses), underway)

    def on_delivery(self, payment_method: str) -> bool:
        """Whether this way of payment is cash on delivery."""
        return fold_text(payment_method) in self.methods


PAID_ON_DELIVERY = (
    "cod", "cash on delivery", "cash on delivery (cod)", "cash_on_delivery", "cashondelivery",
    "накладений платіж", "оплата при отриманні", "післяплата", "наложенный платеж", "оплата при получении",
)  # fmt: skip
"""Ways of payment that are cash on delivery, as shops write them, where the owner names no others."""
SAID_REFUSED = ("refused", "returned", "undelivered")
"""Shops' own statuses that say "refused", as plug-ins name them."""
UNDERWAY_DAYS = 2.0
STANDARD_REFUSALS = RefusalRules.of(PAID_ON_DELIVERY, SAID_REFUSED, timedelta(days=UNDERWAY_DAYS))
"""The rules where the owner has set no others."""


@dataclass(frozen=True, slots=True)
class EndedOrder:
    """How an order ended: its status now, since when (``ended_at``), and whether it was ever completed."""

    payment_method: str
    status: str
    shop_status: str
    placed_at: datetime
    ended_at: datetime
    paid: bool
    was_completed: bool


def is_refused(order: EndedOrder, rules: RefusalRules) -> bool:
    """Whether the order counts as refused."""
    if not rules.on_delivery(order.payment_method):
        return False
    if order.shop_status in rules.statuses:
        return True
    if order.status not in REFUSED_STATUSES or (order.status == OrderStatus.REFUNDED and order.paid):
        return False
    sent = order.was_completed or _SENT in order.shop_status.split()
    return sent or order.ended_at - order.placed_at >= rules.underway
