"""What is still to be read of a history's stretches, handed out to its readers."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from regulars_agent._months import Part, Stretch
from regulars_connectors import Page, Window

_WORTH_SHARING: Final = 3
"""Pages still to come of a part for which the other reader is worth a request more."""


class Walk:
    """A part in a reader's hands: how far it has come, ahead of what has landed."""

    def __init__(self, stretch: Stretch, part: Part, number: int) -> None:
        self.stretch = stretch
        self.part = part
        self.number = number
        self.position = part.cursor
        self.reached: datetime | None = None
        # Of a part that is a whole stretch something is known before its first page.
        self.remaining = stretch.count if part.window == stretch.window and part.cursor is None else None
        self.shared = True
        """Whether another reader may take over the older end of it."""

    def advance(self, page: Page) -> bool:
        """A page came; whether it was the last that is of use."""
        self.position, self.reached, self.remaining = page.cursor, page.reached, page.remaining
        # Without either word there is no telling where it could be cut.
        self.shared = self.shared and page.reached is not None and page.remaining is not None
        start = self.part.window.start
        past = page.reached is not None and start is not None and page.reached < start
        return page.cursor is None or (self.part.ends_early and past)


class Parts:
    """What is still to be read of the stretches, handed out newest first. Safe to share by threads.

    When nothing is left to hand out, what one reader still has before it is cut in two by time, and the
    other gets the older end: so both are busy to the last page, however unevenly orders lie in the months.
    Where a cut falls is of no account: what it lets both read, lands once.
    """

    def __init__(self, stretches: Sequence[Stretch], *, page_size: int, now: datetime) -> None:
        self.lock = threading.Condition()
        self._least = _WORTH_SHARING * page_size
        self._now = now
        self._walks: list[Walk] = []
        self._waiting = [self._walk(stretch, part) for stretch in stretches for part in stretch.parts]
        self._waiting.reverse()
        self._read: list[Walk] = []
        self._ended = False

    def _walk(self, stretch: Stretch, part: Part) -> Walk:
        walk = Walk(stretch, part, len(self._walks))
        self._walks.append(walk)
        return walk

    def of(self, number: int) -> tuple[Stretch, Part]:
        """What a fetched page belongs to."""
        walk = self._walks[number]
        return walk.stretch, walk.part

    def take(self) -> Walk | None:
        """The next part to read, waited for where it is not known yet whether there is one worth it; None at
        the end of the reading."""
        with self.lock:
            while not self._ended:
                walk = self._waiting.pop() if self._waiting else self._cut()
                if walk is not None:
                    self._read.append(walk)
                    return walk
                if not any(each.shared and each.remaining is None for each in self._read):
                    return None
                self.lock.wait()
        return None

    def end(self) -> None:
        """Let nobody wait for a part any more."""
        with self.lock:
            self._ended = True
            self.lock.notify_all()

    @property
    def is_waiting(self) -> bool:
        """Whether there is a part that nobody reads."""
        with self.lock:
            return bool(self._waiting)

    def take_all(self) -> list[Walk]:
        """Every part that nobody reads."""
        with self.lock:
            taken, self._waiting = self._waiting[::-1], []
            self._read += taken
            for walk in taken:
                walk.shared = False
            return taken

    def give_back(self, walk: Walk) -> None:
        """A part that its reader leaves to the others, where it stands."""
        with self.lock:
            self._read.remove(walk)
            self._waiting.append(walk)
            self.lock.notify_all()

    def advance(self, walk: Walk, page: Page) -> bool:
        """A page of a part came; whether it was the last that is of use."""
        with self.lock:
            ended = walk.advance(page)
            if ended:
                self._read.remove(walk)
            self.lock.notify_all()
            return ended

    def _cut(self) -> Walk | None:
        """The older end of the part with the most still before it."""
        longest = max(self._read, key=self._left, default=None)
        middle = None if longest is None or self._left(longest) <= self._least else self._middle(longest)
        if longest is None or middle is None:
            return None
        older = Part(Window(longest.part.window.start, middle))
        longest.part.window = replace(longest.part.window, start=middle)
        longest.part.ends_early = True
        longest.remaining = (longest.remaining or 0) // 2
        longest.stretch.parts.append(older)
        return self._walk(longest.stretch, older)

    @staticmethod
    def _left(walk: Walk) -> int:
        return (walk.remaining or 0) if walk.shared else 0

    def _middle(self, walk: Walk) -> datetime | None:
        low = walk.part.window.start or walk.stretch.oldest
        high = walk.reached or walk.part.window.end or self._now
        if low is None or (high - low).total_seconds() < 2:
            return None
        return (low + (high - low) / 2).astimezone(UTC).replace(microsecond=0)
