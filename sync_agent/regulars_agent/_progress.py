"""What is told of a pull while it goes on: what has come, how much there is, how long it will take."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from regulars_mapping import Kind

_REMEMBERED = 200
"""Pages whose rate tells the time left: a shop may be quicker at night, and wait now and then."""

_FEW = 10


@dataclass(frozen=True, slots=True)
class Step:
    """What a progress display is told after each page. ``records`` came with it; ``done`` of the shop's own
    ``total`` are here since the beginning, earlier runs counted in where that is known; ``seconds_left`` is
    reckoned from the rate of the last pages. None is unknown."""

    kind: Kind
    records: int
    done: int = 0
    total: int | None = None
    seconds_left: float | None = None


Progress = Callable[[Step], None]


class Pace:
    """Tells a display of one kind's pages, with the time left by the rate of the last of them.

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
        self._came = 0
        self._marks = deque([(clock(), 0)], maxlen=_REMEMBERED)
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
        whole, now = self._whole(), self._clock()
        # The later half: how a reading begins, such as with one reader, says little of the rest.
        since, before = self._marks[len(self._marks) // 2 if len(self._marks) > _FEW else 0]
        self._marks.append((now, self._came))
        if whole is None or self._came <= before or now <= since:
            return None
        return (whole - self.done) * (now - since) / (self._came - before)
