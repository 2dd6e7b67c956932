"""Where a scan stands, and what comes next. Pure state: no HTTP, no clock.

Shopify's cursors hold the last object's place, so they go on after changes. One that is refused all the same
(an app version later, a month later) is given up for a bound that the state keeps beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, Self

from regulars_connectors import Cursor, Window
from regulars_mapping import PermanentError
from regulars_shopify._client import Listing, Node, number_of
from regulars_shopify._times import ceiled, parsed, printed

OVERLAP = timedelta(minutes=5)
"""How far back CHANGES looks before the newest change it knows: writes become visible out of order, and the
search behind the listings lags some seconds."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Step:
    """What a page means for its scan: the objects that count, the next state, and where to resume later."""

    nodes: Sequence[Node]
    following: "State | None"
    resume: "State | None" = None


class State(Protocol):
    """A scan's position: what to ask next, and how to go on from the answer."""

    def variables(self) -> dict[str, str]: ...

    def step(self, listing: Listing) -> Step: ...

    def restarted(self) -> "State | None":
        """The same position without Shopify's cursor; None where it stands on none."""

    def cursor(self) -> Cursor: ...


@dataclass(frozen=True, slots=True)
class ById:
    """Oldest first, above the last id. Needs no cursor of Shopify's."""

    last: str = ""

    @classmethod
    def load(cls, cursor: Cursor) -> Self:
        return cls(_text(cursor, "last"))

    def variables(self) -> dict[str, str]:
        return {"query": f"id:>{self.last}"} if self.last else {}

    def step(self, listing: Listing) -> Step:
        numbers = [number for node in listing.nodes if (number := number_of(node.get("id")))]
        last = max(numbers, key=int, default=self.last)
        return Step(listing.nodes, ById(last) if listing.after else None)

    def restarted(self) -> None:
        return None

    def cursor(self) -> Cursor:
        return {"last": self.last}


@dataclass(frozen=True, slots=True)
class Newest:
    """Orders from the newest down; ``at`` is the last one's time, ``until`` a bound taken from it."""

    window: Window | None = None
    after: str = ""
    at: str = ""
    until: str = ""

    @classmethod
    def load(cls, cursor: Cursor, window: Window | None) -> Self:
        at, until = _time(cursor, "at"), _time(cursor, "until")
        return cls(window, _text(cursor, "after"), at, until)

    def variables(self) -> dict[str, str]:
        bound = f"processed_at:<='{self.until}'" if self.until else ""
        query = " ".join(filter(None, [window_query(self.window), bound]))
        return {**({"query": query} if query else {}), **({"after": self.after} if self.after else {})}

    def step(self, listing: Listing) -> Step:
        times = (parsed(node.get("processedAt")) for node in reversed(listing.nodes))
        last = next((time for time in times if time is not None), None)
        following = replace(self, after=listing.after or "", at=printed(last) if last else self.at)
        return Step(listing.nodes, following if listing.after else None)

    def restarted(self) -> "Newest | None":
        # The bound's own second is taken in again: others may share it.
        return replace(self, after="", until=self.at) if self.after else None

    def cursor(self) -> Cursor:
        kept = {"after": self.after, "at": self.at, "until": self.until}
        return {name: value for name, value in kept.items() if value}


@dataclass(frozen=True, slots=True)
class Changed:
    """What changed at or after ``since``, newest first, down to there; ``top`` is the newest change seen.

    The newest come first so that a poll with nothing new is one page, also of customers, whose search knows
    whole days only; and there is no upper bound, which would cut off the present day. What changes during
    the walk moves to its front, and the next walk begins at ``top``.
    """

    whole_days: bool
    since: datetime | None = None
    top: datetime | None = None
    after: str = ""

    @classmethod
    def load(cls, cursor: Cursor, *, whole_days: bool) -> Self:
        since, top = parsed(_time(cursor, "since")), parsed(_time(cursor, "top"))
        return cls(whole_days, since, top, _text(cursor, "after"))

    @property
    def floor(self) -> datetime | None:
        """Where the walk ends."""
        return _back(self.since, OVERLAP)

    def variables(self) -> dict[str, str]:
        # A day more: whose midnight counts is not said, and a bound too late would lose hours of changes.
        bound = _back(self.floor, _DAY) if self.whole_days else self.floor
        query = {"query": f"updated_at:>='{printed(bound)}'"} if bound else {}
        return {**query, **({"after": self.after} if self.after else {})}

    def step(self, listing: Listing) -> Step:
        times = [parsed(node.get("updatedAt")) for node in listing.nodes]
        top = max([time for time in (*times, self.top) if time is not None], default=None)
        floor = self.floor
        kept = [
            node
            for node, time in zip(listing.nodes, times, strict=True)
            if time is None or floor is None or time >= floor
        ]
        if listing.after and len(kept) == len(listing.nodes):
            return Step(kept, replace(self, top=top, after=listing.after))
        newest = max([time for time in (top, self.since) if time is not None], default=None)
        return Step(kept, None, Changed(self.whole_days, newest))

    def restarted(self) -> "Changed | None":
        return replace(self, after="") if self.after else None

    def cursor(self) -> Cursor:
        kept = {
            "since": printed(self.since) if self.since else "",
            "top": printed(self.top) if self.top else "",
            "after": self.after,
        }
        return {name: value for name, value in kept.items() if value}


def window_query(window: Window | None) -> str:
    """A half-open window of orders as a search. An order's time is when it was placed, which for imported
    ones is before they were created."""
    terms = []
    if window is not None and window.start is not None:
        terms.append(f"processed_at:>='{printed(ceiled(window.start))}'")
    if window is not None and window.end is not None:
        terms.append(f"processed_at:<'{printed(ceiled(window.end))}'")
    return " ".join(terms)


def _back(moment: datetime | None, by: timedelta) -> datetime | None:
    try:
        return None if moment is None else moment - by
    except OverflowError:
        return None


def _text(cursor: Cursor, name: str) -> str:
    value = cursor.get(name, "")
    if not isinstance(value, str) or (name == "last" and value and not value.isdigit()):
        raise _unreadable(name)
    return value


def _time(cursor: Cursor, name: str) -> str:
    text = _text(cursor, name)
    if text and parsed(text) is None:
        raise _unreadable(name)
    return text


def _unreadable(name: str) -> PermanentError:
    return PermanentError(f"The kept position of a scan is unreadable ({name}). Start the scan anew.")
