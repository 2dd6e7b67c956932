"""The bounds of a topic, and the moments that follow from them. Pure.

The days are a window that slides: one more may go out at a moment if within the days before it fewer than
``most`` did.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from regulars_mapping import PermanentError

MOST_DAYS = 3_660
MOST_TIMES = 1_000


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The bounds of a topic. ``most`` None: as often as one likes; ``least`` 0: never is enough.

    Raises PermanentError, in words, for bounds that cannot be kept.
    """

    least: int
    most: int | None
    days: int

    def __post_init__(self) -> None:
        if not 1 <= self.days <= MOST_DAYS:
            raise PermanentError(f"'days' is {self.days}; give a number from 1 to {MOST_DAYS}")
        if self.most is not None and self.most < 1:
            raise PermanentError(f"'most' is {self.most}, which is less than one; leave it out for no bound")
        for name, value in (("least", self.least), ("most", self.most or 0)):
            if not 0 <= value <= MOST_TIMES:
                raise PermanentError(f"'{name}' is {value}; give a number from 0 to {MOST_TIMES}")
        if self.most is not None and self.most < self.least:
            raise PermanentError(f"'most' is {self.most}, which is less than least, {self.least}")

    @property
    def window(self) -> timedelta:
        """The days as a duration."""
        return timedelta(days=self.days)


def next_sending(rhythm: Rhythm, sent: Iterable[datetime]) -> datetime | None:
    """From which moment on one more may go out; None: from any."""
    newest = sorted(sent, reverse=True)
    if rhythm.most is None or len(newest) < rhythm.most:
        return None
    return newest[rhythm.most - 1] + rhythm.window


def sending_due(rhythm: Rhythm, sent: Iterable[datetime], *, since: datetime) -> datetime | None:
    """By which moment one more is to go out, lest there be too few; None: never. ``since``: the opt-in."""
    newest = sorted(sent, reverse=True)
    if not rhythm.least:
        return None
    return (newest[rhythm.least - 1] if len(newest) >= rhythm.least else since) + rhythm.window
