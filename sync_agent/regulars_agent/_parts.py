"""What is still to be read of a history's stretches, handed out to its readers."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from regulars_agent._months import Part, Stretch
from regulars_connectors import Page, Window

_WORTH_SHARING: Final = 2
"""Pages still to come of a part, the one underway among them, above which the other reader is worth a request
more."""


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
        """Objects still to come, as well as is known; None before anything is."""
        self.shared = True
        """Whether another reader may take over the older end of it."""
        self._pace: float | None = None
        """Seconds of the shop's time from one object to the next, in the last page."""
        self._guesses: dict[Walk, int] = {}
        """The parts cut off this one that have not been seen yet, and how much each was thought to hold."""
        self._cut_from: Walk | None = None

    def advance(self, page: Page, records: int, window: Window) -> bool:
        """A page came, asked for in this window; whether it was the last that is of use."""
        if page.reached is not None and records:
            newest = self.reached or self.part.window.end
            self._pace = None if newest is None else (newest - page.reached).total_seconds() / records
        self.position, self.reached = page.cursor, page.reached
        # Without either word there is no telling where it could be cut.
        self.shared = self.shared and page.reached is not None and page.remaining is not None
        if page.remaining is not None:
            self._learn(page.remaining, records, exactly=window == self.part.window)
        start = self.part.window.start
        past = page.reached is not None and start is not None and page.reached < start
        return page.cursor is None or (self.part.ends_early and past)

    def _learn(self, told: int, records: int, *, exactly: bool) -> None:
        """The shop says that so many are to come with this page."""
        if self._cut_from is not None:
            self._cut_from._correct(self, told)
            self._cut_from = None
        if exactly:
            self._guesses.clear()
            self.remaining = max(0, told - records)
        else:
            # Asked for before it was cut: what was taken over is counted in.
            self.remaining = max(0, told - records - sum(self._guesses.values()))

    def _correct(self, older: "Walk", told: int) -> None:
        """What was cut off holds so many: the rest is what stayed."""
        if older in self._guesses and self.remaining is not None:
            self.remaining = max(0, self.remaining + self._guesses[older] - told)
            self._guesses[older] = told

    def cut(self, middle: datetime) -> Part:
        """End this walk in the middle; the part that is left over."""
        older = Part(Window(self.part.window.start, middle))
        self.part.window = replace(self.part.window, start=middle)
        self.part.ends_early = True
        self.stretch.parts.append(older)
        return older

    def hand_over(self, older: "Walk") -> None:
        """About half of what is to come is in the other's hands."""
        half = (self.remaining or 0) // 2
        self.remaining = (self.remaining or 0) - half
        self._guesses[older] = half
        older._cut_from = self

    def middle(self, now: datetime) -> datetime | None:
        """About where half of what is to come is older, None where there is no room for two. By the time
        between orders where some have come: a shop that grew has its past at the newer end."""
        low = self.part.window.start or self.stretch.oldest
        high = self.reached or self.part.window.end or now
        if low is None or (high - low).total_seconds() < 2:
            return None
        span = high - low
        if self._pace and self.remaining:
            span = min(span, timedelta(seconds=max(2.0, self._pace * self.remaining)))
        return (high - span / 2).astimezone(UTC).replace(microsecond=0)


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

    def advance(self, walk: Walk, page: Page, *, records: int, window: Window) -> bool:
        """A page of a part came, with so many objects of the kind, asked for in this window; whether it was
        the last that is of use."""
        with self.lock:
            ended = walk.advance(page, records, window)
            if ended:
                self._read.remove(walk)
            self.lock.notify_all()
            return ended

    def _cut(self) -> Walk | None:
        """The older end of the part with the most still before it."""
        longest = max(self._read, key=self._left, default=None)
        if longest is None or self._left(longest) <= self._least:
            return None
        middle = longest.middle(self._now)
        if middle is None:
            return None
        older = self._walk(longest.stretch, longest.cut(middle))
        longest.hand_over(older)
        return older

    @staticmethod
    def _left(walk: Walk) -> int:
        return (walk.remaining or 0) if walk.shared else 0
