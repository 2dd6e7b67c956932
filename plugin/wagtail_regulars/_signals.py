"""What the site's own code may listen to: order status changes of all shops."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.dispatch import Signal

order_status_changed = Signal()
"""Sent with ``change``, an OrderStatusChange, by ``manage.py regulars_signals`` in that command's own
process, not while a page is answered: connect receivers where every process does, in ``AppConfig.ready``.
At least once a change: where a receiver raises, all are called again later; ``change.id`` stays the same."""


@dataclass(frozen=True, slots=True)
class OrderStatusChange:
    """An order became ``after``. Ids are those of the store; nothing else in it is the person's.

    ``before`` is None for a new order. ``shop_before`` and ``shop_after`` are the shop's own words. ``at`` is
    when the shop changed it, aware, in UTC. ``person_id`` is who the account is of now.
    """

    id: str
    order_id: str
    shop: str
    number: str
    before: str | None
    after: str
    shop_before: str | None
    shop_after: str
    at: datetime
    account_id: str | None
    person_id: str | None

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """The change as the agent's service hands it over."""
        return cls(
            id=told["id"],
            order_id=told["order"],
            shop=told["shop"],
            number=told["number"],
            before=told["from"],
            after=told["to"],
            shop_before=told["shop_from"],
            shop_after=told["shop_to"],
            at=datetime.fromisoformat(told["at"]),
            account_id=told["account"],
            person_id=told["person"],
        )


def send(told: Mapping[str, Any]) -> bool:
    """Send the signal; whether every receiver took it."""
    answers = order_status_changed.send_robust(sender=OrderStatusChange, change=OrderStatusChange.of(told))
    return not any(isinstance(answer, Exception) for _, answer in answers)
