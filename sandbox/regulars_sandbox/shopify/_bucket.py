"""The leaky bucket: how many points an app may spend in a shop, and how fast they come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["ADVANCED", "ENTERPRISE", "PLUS", "STANDARD", "Bucket", "RateLimit"]


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What a shop's plan allows each app: a bucket of ``maximum`` points, ``restored`` back each second."""

    maximum: float
    restored: float


STANDARD = RateLimit(2_000.0, 100.0)
ADVANCED = RateLimit(4_000.0, 200.0)
PLUS = RateLimit(20_000.0, 1_000.0)
ENTERPRISE = RateLimit(40_000.0, 2_000.0)


class Bucket:
    """The points of one app in one shop.  Time is given, never read."""

    def __init__(self, limit: RateLimit) -> None:
        self._limit = limit
        self._available = limit.maximum
        self._at: datetime | None = None

    def take(self, points: int, now: datetime) -> bool:
        """Take the points, or leave all as it is when there are too few."""
        self._restore(now)
        if points > self._available:
            return False
        self._available -= points
        return True

    def give_back(self, points: int) -> None:
        """What was asked and not used."""
        self._available = min(self._limit.maximum, self._available + points)

    def empty(self, now: datetime) -> None:
        """Leave nothing, as another client of the same app may have done."""
        self._restore(now)
        self._available = 0.0

    def status(self, now: datetime) -> dict[str, float]:
        """``throttleStatus`` as answers carry it."""
        self._restore(now)
        limit = self._limit
        return {
            "maximumAvailable": limit.maximum,
            "currentlyAvailable": int(self._available),
            "restoreRate": limit.restored,
        }

    def _restore(self, now: datetime) -> None:
        if self._at is not None:
            passed = max(0.0, (now - self._at).total_seconds())
            self._available = min(self._limit.maximum, self._available + passed * self._limit.restored)
        self._at = now
