"""Whether a second reader pays, by what is measured: the shop's time for a page, then the rate with two."""

from enum import Enum, auto
from typing import Final

WORTH: Final = 3
"""Pages still to come for which a second reader is begun: a small shop is not asked by two for nothing."""
SLOW: Final = 0.001
"""Seconds an object from which the shop is what is waited for, as long as nothing has landed."""
WAITED_FOR: Final = 3.0
"""How many times longer than landing a record its fetching takes, where the shop is what is waited for."""
SETTLING: Final = 3
"""Pages after a reader came that say nothing of the rate."""
LEAVING: Final = 2
"""Pages after one went that say nothing of it: each of both may have been asked for by then."""
TOGETHER: Final = 12
"""Pages by which the rate of two is known."""
ALONE: Final = 3
"""Pages by which the rate of one is known, once two have read."""
GAIN: Final = 1.15
"""What a second reader has to bring to be kept."""
SURE: Final = 1.3
"""What it has to bring where the rate of one is known by its first page only, which opened the connection."""
UNTRIED: Final = 5
"""Times ``TOGETHER`` after which one reads alone for a while: the first page may have been slow for its own
reasons, such as an empty cache."""
LONG: Final = 300
"""Pages still to come for which that is worth its cost."""
TRIALS: Final = 3
"""How often one reads alone to see what two bring. So nothing changes for ever, whatever the shop does."""


class Verdict(Enum):
    """What to do about the second reader."""

    GO_ON = auto()
    START = auto()
    STOP = auto()


class _Phase(Enum):
    FIRST = auto()
    JOINED = auto()
    WITH = auto()
    LEFT = auto()
    ALONE = auto()
    DECIDED = auto()


class SecondReader:
    """Begun where the shop is waited for, kept where it brings more: of a shop that answers one request at a
    time, or no faster however many are asked, a second reader only lengthens the queue. One that was kept is
    let go to see again when two bring less than one did, or when the shop says that it is asked too often.

    Fed with what is fetched and landed; moments are monotonic seconds. Pure. Not safe to share by threads.
    """

    def __init__(self, *, page_size: int) -> None:
        self._page_size = page_size
        self._phase = _Phase.FIRST
        self._began = 0.0
        self._pages = self._records = self._landed = 0
        self._fetching = self._landing = 0.0
        self._alone = self._with = 0.0
        self._windows = self._trials = 0
        self._is_quick = False

    def landed(self, records: int, seconds: float) -> None:
        """So many records were landed in so many seconds."""
        self._landed += records
        self._landing += seconds

    def refused(self) -> Verdict:
        """The shop asked to be left alone for a while."""
        return self._see(self._with) if self._phase in {_Phase.JOINED, _Phase.WITH} else Verdict.GO_ON

    def fetched(self, records: int, seconds: float, *, now: float, left: int) -> Verdict:
        """A page came, after so many seconds of waiting for it, and so many records are still to come; what
        is to be done now."""
        self._pages += 1
        self._records += records
        self._fetching += seconds
        if self._phase is _Phase.FIRST:
            return self._meet(now, left)
        if self._phase is _Phase.JOINED and self._pages >= SETTLING:
            self._enter(_Phase.WITH, now)
        elif self._phase is _Phase.WITH and self._pages >= TOGETHER:
            return self._judge(now, left)
        elif self._phase is _Phase.LEFT and self._pages >= LEAVING:
            self._enter(_Phase.ALONE, now)
        elif self._phase is _Phase.ALONE and self._pages >= ALONE:
            return self._compare(now)
        return Verdict.GO_ON

    def _meet(self, now: float, left: int) -> Verdict:
        """One reads; the first page may show that the shop is what is waited for, or some pages later on."""
        if self._is_quick and self._pages < ALONE:
            return Verdict.GO_ON
        if left <= WORTH * self._page_size or not self._waited_for:
            self._is_quick = True
            self._enter(_Phase.FIRST, now)
            return Verdict.GO_ON
        self._alone = self._records / max(self._fetching, 1e-9)
        return self._start(now)

    @property
    def _waited_for(self) -> bool:
        """Whether fetching a record takes much longer than landing one."""
        if not self._landed:
            return self._fetching > SLOW * self._records > 0
        return self._fetching * self._landed > WAITED_FOR * self._landing * self._records > 0

    def _judge(self, now: float, left: int) -> Verdict:
        rate = self._rate(now)
        if not self._windows and rate < GAIN * self._alone:
            return self._see(0.0)
        # Later on a shop that became slower may be slower to one as well.
        if rate < self._alone * (1.0 if self._windows or self._trials else SURE):
            return self._see(rate)
        self._with = rate
        self._windows += 1
        self._enter(_Phase.WITH, now)
        is_untried = not self._trials and self._windows >= UNTRIED and left > LONG * self._page_size
        return self._see(rate) if is_untried else Verdict.GO_ON

    def _see(self, rate: float) -> Verdict:
        """Let the second one go: for good, or to see what one does alone where two had this rate."""
        self._with = rate
        self._trials += 1
        lasting = not rate or self._trials > TRIALS
        self._enter(_Phase.DECIDED if lasting else _Phase.LEFT, 0.0)
        return Verdict.STOP

    def _compare(self, now: float) -> Verdict:
        self._alone = self._rate(now)
        if self._with < GAIN * self._alone:
            self._enter(_Phase.DECIDED, now)
            return Verdict.GO_ON
        return self._start(now)

    def _start(self, now: float) -> Verdict:
        self._enter(_Phase.JOINED, now)
        return Verdict.START

    def _rate(self, now: float) -> float:
        return self._records / max(now - self._began, 1e-9)

    def _enter(self, phase: _Phase, now: float) -> None:
        self._phase, self._began = phase, now
        self._pages, self._records, self._fetching = 0, 0, 0.0
