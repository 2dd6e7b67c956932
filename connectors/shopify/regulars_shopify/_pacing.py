"""How long to wait before a request, from what the shop said of its bucket of points last."""

from collections.abc import Callable, Mapping
from typing import Any

_SHORTEST = 0.05


class Pacing:
    """A shop's bucket as last told, filling up since. Nothing is assumed before the first answer.

    ``clock`` gives monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._available = self._maximum = self._rate = 0.0
        self._told_at: float | None = None
        self._costs: dict[str, float] = {}

    @property
    def rate(self) -> float | None:
        """Points that come back a second; None before the shop told."""
        return None if self._told_at is None else self._rate

    def learn(self, document: str, cost: Any) -> None:
        """Take in ``extensions.cost`` of an answer; anything else than that is passed over."""
        if not isinstance(cost, Mapping):
            return
        asked = _number(cost.get("requestedQueryCost"))
        if asked is not None:
            self._costs[document] = asked
        status = cost.get("throttleStatus")
        told = [_number(status.get(name)) for name in _STATUS] if isinstance(status, Mapping) else []
        match told:
            case [float(maximum), float(available), float(rate)] if rate > 0:
                self._maximum, self._available, self._rate = maximum, available, rate
                self._told_at = self._clock()

    def wait(self, document: str) -> float:
        """Seconds until the bucket holds what this document cost last; 0 when it does or nothing is known."""
        if self._told_at is None:
            return 0.0
        elapsed = max(0.0, self._clock() - self._told_at)
        available = min(self._maximum, self._available + elapsed * self._rate)
        missing = min(self._costs.get(document, 0.0), self._maximum) - available
        return max(_SHORTEST, missing / self._rate) if missing > 0 else 0.0


_STATUS = ("maximumAvailable", "currentlyAvailable", "restoreRate")


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10**9
    return float(value) if is_number else None
