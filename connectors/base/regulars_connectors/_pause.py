"""The pause that all sessions of one reading of a shop keep together."""

import threading
import time
from collections.abc import Callable

from regulars_mapping import RetryError


class Pause:
    """Shared by the sessions of threads that read one shop: when it tells one of them to wait, all wait.

    It also ends them: after ``end`` nothing more is asked and nobody sleeps on. Safe to share by threads;
    ``clock`` counts monotonic seconds.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = 0.0
        self._ended = threading.Event()

    def ask(self, seconds: float) -> None:
        """The shop wants to be left alone for so long."""
        self._until = max(self._until, self._clock() + seconds)

    def keep(self, at_least: float = 0.0) -> None:
        """Wait until nobody has to wait any more, and ``at_least`` so long. Raises RetryError once ended."""
        soonest = self._clock() + at_least
        while not self._ended.is_set() and (left := max(self._until, soonest) - self._clock()) > 0:
            self._ended.wait(left)
        if self._ended.is_set():
            raise RetryError("The reading of the shop was stopped.")

    def end(self) -> None:
        """Let nobody wait or ask any more. Harmless twice."""
        self._ended.set()
