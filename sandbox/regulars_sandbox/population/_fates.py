"""What becomes of an order: paid, sent, refused at the counter, cancelled, given back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from regulars_sandbox._history import OrderStatus, ShopLine, ShopRefund

__all__ = ["Fate", "fate"]

_REASONS: Final = (
    "Не підійшов розмір",
    "Пошкоджено під час доставки",
    "Передумав",
    "Прислали не той товар",
    "Damaged on arrival",
    "Gefällt nicht",
    "",
)


@dataclass(frozen=True, slots=True)
class Fate:
    """Status and times of an order as they stand at ``now``; refunds wait for their ids."""

    status: OrderStatus
    modified: datetime
    paid: datetime | None = None
    completed: datetime | None = None
    refunds: tuple[ShopRefund, ...] = ()
    refused: bool = False


def _later(rng: Random, start: datetime, low_hours: int, high_hours: int) -> datetime:
    return start + timedelta(seconds=rng.randrange(low_hours * 3600, high_hours * 3600))


def fate(
    rng: Random,
    *,
    created: datetime,
    now: datetime,
    lines: tuple[ShopLine, ...],
    shipping: int,
    method: str,
    sure: bool,
) -> Fate:
    """The fate of one order; ``sure`` leaves out every end but a sale (returns there may be)."""
    unhappy = None if sure else _unhappy(rng, created, method)
    if unhappy is not None:
        return unhappy if unhappy.modified <= now else Fate(OrderStatus.ON_HOLD, created)
    completed = _later(rng, created, 20, 120)
    online = method not in {"cod", "bacs"}
    paid = created + timedelta(seconds=90) if online else None
    if completed > now:
        waiting = OrderStatus.ON_HOLD if method == "bacs" else OrderStatus.PROCESSING
        return Fate(waiting, paid or created, paid=paid)
    paid = paid or completed
    refunds = _refunds(rng, completed, now, lines, shipping)
    modified = max([completed, *(refund.created for refund in refunds)])
    whole = sum(refund.amount for refund in refunds) == sum(line.total for line in lines) + shipping
    status = OrderStatus.REFUNDED if refunds and whole else OrderStatus.COMPLETED
    return Fate(status, modified, paid=paid, completed=completed, refunds=refunds)


def _unhappy(rng: Random, created: datetime, method: str) -> Fate | None:
    """An order that never became a sale, or None."""
    draw = rng.random()
    if method == "cod" and draw < 0.035:
        return Fate(OrderStatus.CANCELLED, _later(rng, created, 6 * 24, 14 * 24), refused=True)
    if draw < 0.06:
        return Fate(OrderStatus.CANCELLED, _later(rng, created, 1, 72))
    if method == "bacs" and draw < 0.10:
        return Fate(OrderStatus.ON_HOLD, created)
    if method not in {"cod", "bacs"} and draw < 0.10:
        return Fate(OrderStatus.FAILED if draw < 0.085 else OrderStatus.PENDING, created)
    return None


def _refunds(
    rng: Random, completed: datetime, now: datetime, lines: tuple[ShopLine, ...], shipping: int
) -> tuple[ShopRefund, ...]:
    draw = rng.random()
    if draw >= 0.05:
        return ()
    total = sum(line.total for line in lines) + shipping
    amounts = [total] if draw < 0.015 else [rng.choice(lines).total]
    if draw > 0.046:
        amounts = [amounts[0] // 3, amounts[0] // 4]
    found: list[ShopRefund] = []
    at = completed
    for amount in amounts:
        at = _later(rng, at, 24, 20 * 24)
        if amount and at <= now:
            found.append(ShopRefund(id=0, amount=amount, created=at, reason=rng.choice(_REASONS)))
    return tuple(found)
