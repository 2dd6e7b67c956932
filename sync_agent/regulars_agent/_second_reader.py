"""Whether a second reader pays, by what is measured: pages' time against landing, then the rate with it."""

from enum import Enum, auto
from typing import Final

ALONE: Final = 2
"""Pages of one reader by which the shop is known, after its first, which opens the connection."""
SETTLING: Final = 3
"""Pages after the second reader's start that say nothing of the rate."""
TOGETHER: Final = 12
"""Pages by which the rate of two is known."""
WAITED_FOR: Final = 3.0
"""How many times longer than landing a record its fetching takes, where the shop is what is waited for."""
GAIN: Final = 1.15
"""What a second reader has to bring to be kept."""


class Verdict(Enum):
    """What to do about the second reader."""

    GO_ON = auto()
    START = auto()
    STOP = auto()


class _Phase(Enum):
    MEETING = auto()
    ALONE = auto()
    SETTLING = auto()
    TOGETHER = auto()
    DECIDED = auto()


class SecondReader:
    """Begun where the shop is waited for, kept where it brings more: of a shop that answers one request at a
    time, or no faster however many are asked, a second reader only lengthens the queue.

    Fed with what is fetched and landed; moments are monotonic seconds. Not safe to share by threads.
    """

    def __init__(self) -> None:
        self._phase = _Phase.MEETING
        self._began = 0.0
        self._pages = self._records = self._landed = 0
        self._fetching = self._landing = 0.0
        self._rate_alone = 0.0

    def landed(self, records: int, seconds: float) -> None:
        """So many records were landed in so many seconds."""
        self._landed += records
        self._landing += seconds

    def fetched(self, records: int, seconds: float, *, now: float) -> Verdict:
        """A page came, after so many seconds of waiting for it; what is to be done now."""
        self._pages += 1
        self._records += records
        self._fetching += seconds
        if self._phase is _Phase.MEETING:
            self._enter(_Phase.ALONE, now)
        elif self._phase is _Phase.ALONE and self._pages >= ALONE and self._waited_for:
            self._rate_alone = self._rate(now)
            self._enter(_Phase.SETTLING, now)
            return Verdict.START
        elif self._phase is _Phase.SETTLING and self._pages == SETTLING:
            self._enter(_Phase.TOGETHER, now)
        elif self._phase is _Phase.TOGETHER and self._pages == TOGETHER:
            pays = self._rate(now) >= GAIN * self._rate_alone
            self._enter(_Phase.DECIDED, now)
            return Verdict.GO_ON if pays else Verdict.STOP
        return Verdict.GO_ON

    @property
    def _waited_for(self) -> bool:
        """Whether fetching a record takes much longer than landing one; not known before one has landed."""
        return self._fetching * self._landed > WAITED_FOR * self._landing * self._records > 0

    def _rate(self, now: float) -> float:
        return self._records / max(now - self._began, 1e-9)

    def _enter(self, phase: _Phase, now: float) -> None:
        self._phase, self._began = phase, now
        self._pages, self._records, self._fetching = 0, 0, 0.0
