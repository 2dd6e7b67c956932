"""A history in stretches of whole months, newest first, each closed by the shop's own count of it.

Months are UTC's and half open, whatever the shop's zone: only that nothing lies between two of them counts.
The newest stretch has no end and the oldest no beginning, so that no date is outside all of them.

What it costs for ``n`` objects, above paging through them: one count of the whole; from ``FEW`` on one
request for the age of the oldest object; one count for each halving of what holds more than ``MOST``; one
count to close each stretch, and there its last page, which is not full. Of stretches there are at most
``2n / MOST + 1``. Halved are months, and never less than ``MOST`` objects: over ``m`` months at most
``log2(m) * n / MOST`` times, as a rule about as often as there are stretches. So a shop of up to ``FEW``
objects pays two requests however old it is, and a larger one about one a thousand.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

import regulars_store as store
from regulars_agent._leases import Visit
from regulars_connectors import Cursor, Scan, Window
from regulars_mapping import Kind

MOST = 5_000
"""Objects in a stretch of several months; one month may hold more."""
FEW = 1_000
"""Objects up to which a history is one stretch and its age is of no interest."""
_LONG_AGO = 16
"""Years of a history whose age the shop does not tell, for the choice of stretches only."""
_PREFIX = f"{Scan.HISTORY}:"
_EVER, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

Count = Callable[[Window], int | None]


@dataclass(eq=False, slots=True)
class Part:
    """What one reader walks of a stretch, newest first. ``cursor`` is where the walk goes on after what has
    landed. A part that was shortened for another reader ends at its window's start by ``ends_early``."""

    window: Window
    cursor: Cursor | None = None
    ends_early: bool = False


@dataclass(eq=False, slots=True)
class Stretch:
    """Months that are closed as one. ``count`` is how many objects the shop said there are, when it was
    planned; ``oldest`` about when the oldest of them was made. ``parts`` are what is still to be read;
    ``seen`` what has come of it, and ``whole`` whether that is all of this run."""

    window: Window
    count: int
    oldest: datetime | None = None
    parts: list[Part] = field(default_factory=list)
    closed: bool = False
    seen: set[str] = field(default_factory=set)
    whole: bool = True

    @classmethod
    def fresh(cls, window: Window, count: int, oldest: datetime | None) -> Self:
        """One of which nothing was read."""
        return cls(window, count, window.start or oldest, [Part(window)])

    @classmethod
    def load(cls, kept: store.Checkpoint) -> Self:
        """One from its checkpoint."""
        told = kept.cursor or {}
        parts = [Part(_window(part), part["cursor"]) for part in told["parts"]]
        window = _window(told)
        whole = len(parts) == 1 and parts[0].cursor is None and parts[0].window == window
        return cls(window, told["count"], _moment(told["oldest"]), parts, kept.done, whole=whole)

    @property
    def scan(self) -> str:
        """The name of its checkpoint: ``history:2026-03`` begins in March, ``history:first`` at no time."""
        return f"{_PREFIX}{_shown(self.window.start) if self.window.start else 'first'}"

    def update(self, kind: Kind) -> store.CheckpointUpdate:
        """What its checkpoint has to say now."""
        told = {
            **_told(self.window),
            "count": self.count,
            "oldest": _printed(self.oldest),
            "parts": [{**_told(part.window), "cursor": _plain(part.cursor)} for part in self.parts],
        }
        return store.CheckpointUpdate(kind, self.scan, told, done=self.closed)


def stretches_of(at: Visit, kind: Kind, wanted: Window) -> list[Stretch]:
    """The stretches that cover a window, newest first, closed ones too. What was planned before stays as it
    was; the rest is planned and kept."""
    kept = _kept(at, kind)
    for gap in gaps([stretch.window for stretch in kept], wanted):
        planned = divided(
            gap,
            now=at.now(),
            count=lambda window: at.connector.count(kind, window),
            oldest=lambda: at.connector.oldest(kind),
        )
        with at.write() as connection:
            for stretch in planned:
                store.save_checkpoint(connection, at.shop.id, stretch.update(kind), now=at.now())
        kept += planned
    covering = [stretch for stretch in kept if _meet(stretch.window, wanted)]
    return sorted(covering, key=lambda stretch: _low(stretch.window), reverse=True)


def _kept(at: Visit, kind: Kind) -> list[Stretch]:
    with at.read() as connection:
        found = store.checkpoints_below(connection, at.shop.id, kind, _PREFIX)
    return [Stretch.load(checkpoint) for checkpoint in found]


def gaps(covered: Sequence[Window], wanted: Window) -> Iterator[Window]:
    """What of a window the others leave out, newest first."""
    end = wanted.end
    for window in sorted(covered, key=_low, reverse=True):
        if _high(window) <= _low(wanted) or _low(window) >= (end or _NEVER):
            continue
        if window.end is not None and window.end < (end or _NEVER):
            yield Window(window.end, end)
        end = window.start
        if end is None:
            return
    if end is None or _low(wanted) < end:
        yield Window(wanted.start, end)


def divided(
    gap: Window, *, now: datetime, count: Count, oldest: Callable[[], datetime | None]
) -> list[Stretch]:
    """A window in stretches of whole months by the shop's counts, newest first; empty months go with others.

    An inexact count (None) leaves it one stretch.
    """
    total = count(gap)
    if total is None or total <= FEW:
        return [Stretch.fresh(gap, total or 0, None)]
    first = gap.start or oldest() or now.replace(year=now.year - _LONG_AGO, day=1)
    months = _months_between(first, min(now, gap.end or now))
    found = list(_halved(gap, total, months, count))
    return [Stretch.fresh(window, held, first) for window, held in _joined(found)]


def _months_between(first: datetime, last: datetime) -> list[datetime]:
    """The beginnings of months after ``first`` and before ``last``."""
    found: list[datetime] = []
    year, month = first.year, first.month
    while True:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        start = datetime(year, month, 1, tzinfo=UTC)
        if start >= last:
            return found
        found.append(start)


def _halved(
    window: Window, total: int, months: Sequence[datetime], count: Count
) -> Iterator[tuple[Window, int]]:
    if total <= MOST or not months:
        yield window, total
        return
    at = len(months) // 2
    newer = Window(months[at], window.end)
    # What is left for the older half is for planning only: it is counted by itself before it is closed.
    held = min(total, count(newer) or 0)
    yield from _halved(newer, held, months[at + 1 :], count)
    yield from _halved(Window(window.start, months[at]), total - held, months[:at], count)


def _joined(found: Sequence[tuple[Window, int]]) -> Iterator[tuple[Window, int]]:
    """Neighbours in one, as long as it holds no more than it may."""
    window, held = found[0]
    for older, more in found[1:]:
        if held + more <= MOST:
            window, held = Window(older.start, window.end), held + more
        else:
            yield window, held
            window, held = older, more
    yield window, held


def period(window: Window) -> str:
    """A window for people: ``2026-03``, ``2025-11 to 2026-02``, ``before 2019-05``, ``since 2026-09``."""
    start, end = window.start, window.end
    if start is None:
        return "of all times" if end is None else f"before {_shown(end)}"
    if end is None:
        return f"since {_shown(start)}"
    if not (_is_month(start) and _is_month(end)):
        return f"from {_shown(start)} to before {_shown(end)}"
    months = [start, *_months_between(start, end)]
    return _shown(start) if len(months) == 1 else f"{_shown(start)} to {_shown(months[-1])}"


def within(moment: datetime, window: Window) -> bool:
    """Whether a moment lies in a half-open window."""
    return _low(window) <= moment < _high(window)


def _is_month(moment: datetime) -> bool:
    return moment == moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m}" if _is_month(moment) else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"


def _low(window: Window) -> datetime:
    return window.start or _EVER


def _high(window: Window) -> datetime:
    return window.end or _NEVER


def _meet(one: Window, other: Window) -> bool:
    return _low(one) < _high(other) and _low(other) < _high(one)


def _told(window: Window) -> dict[str, str | None]:
    return {"start": _printed(window.start), "end": _printed(window.end)}


def _window(told: Mapping[str, Any]) -> Window:
    return Window(_moment(told["start"]), _moment(told["end"]))


def _printed(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _plain(cursor: Cursor | None) -> dict[str, str | int] | None:
    return None if cursor is None else dict(cursor)
