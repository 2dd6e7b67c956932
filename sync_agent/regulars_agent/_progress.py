"""What is told of a pull while it goes on: what has come, how much there is, how long it will take."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from regulars_mapping import Kind


@dataclass(frozen=True, slots=True)
class Step:
    """What a progress display is told after each page. ``records`` came with it; ``done`` of the shop's own
    ``total`` are here since the beginning, earlier runs counted in where that is known; ``seconds_left`` is
    reckoned from the rate of this run. None is unknown."""

    kind: Kind
    records: int
    done: int = 0
    total: int | None = None
    seconds_left: float | None = None


Progress = Callable[[Step], None]


class Pace:
    """Tells a display of one kind's pages, with the time left by the rate since it was made.

    ``done`` objects were here before; ``clock`` counts monotonic seconds.
    """

    def __init__(
        self,
        kind: Kind,
        progress: Progress,
        *,
        done: int = 0,
        total: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kind = kind
        self._progress = progress
        self._clock = clock
        self._started = clock()
        self._came = 0
        self.done = done
        self.total = total

    def tell(self, records: int) -> None:
        """So many objects of the kind came."""
        self._came += records
        self.done += records
        self._progress(Step(self._kind, records, self.done, self._whole(), self._seconds_left()))

    def _whole(self) -> int | None:
        # The shop sells on while it is read.
        return None if self.total is None else max(self.total, self.done)

    def _seconds_left(self) -> float | None:
        whole, passed = self._whole(), self._clock() - self._started
        if whole is None or not self._came or passed <= 0:
            return None
        return (whole - self.done) * passed / self._came
