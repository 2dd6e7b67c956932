"""Where a scan stands, and what comes next. Pure state: no HTTP, no clock.

Orders and products are walked by keyset, never by page numbers: while objects change, page numbers skip
others. The time filters see whole seconds, so the next bound takes the last second in again; what comes twice
is known by its digest. Only within one second that fills whole pages do page numbers count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, Self

from regulars_connectors import Cursor, Window
from regulars_mapping import PermanentError
from regulars_woocommerce._client import Item, Listing, id_of
from regulars_woocommerce._times import SECOND, ceiled, floored, parsed, printed

# A second that lies this far behind the shop's own clock gets no more changes: it need not be read again.
_SETTLED = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Step:
    """What a page means for its scan: the items that count, the next state, and where to resume later."""

    items: Sequence[Item]
    following: "State | None"
    resume: "State | None" = None


class State(Protocol):
    """A scan's position: what to ask next, and how to go on from the answer."""

    def params(self) -> dict[str, str | int]: ...

    def step(self, listing: Listing) -> Step: ...

    def cursor(self) -> Cursor: ...


@dataclass(frozen=True, slots=True)
class Pages:
    """Oldest first by id, page by page. What deletions push past a page's edge, a sweep finds."""

    page: int = 1

    @classmethod
    def load(cls, cursor: Cursor) -> Self:
        return cls(_number(cursor, "page", 1))

    def params(self) -> dict[str, str | int]:
        return {"orderby": "id", "order": "asc", "page": self.page}

    def step(self, listing: Listing) -> Step:
        return Step(listing.items, replace(self, page=self.page + 1) if listing.more(self.page) else None)

    def cursor(self) -> Cursor:
        return {"page": self.page}


@dataclass(frozen=True, slots=True)
class Newest:
    """Newest first by creation time, below ``before``."""

    before: datetime | None = None
    page: int = 1

    @classmethod
    def load(cls, cursor: Cursor) -> Self:
        return cls(_moment(cursor, "before"), _number(cursor, "page", 1))

    def params(self) -> dict[str, str | int]:
        bound = {"before": printed(self.before), "dates_are_gmt": "true"} if self.before else {}
        return {"orderby": "date", "order": "desc", "page": self.page, **bound}

    def step(self, listing: Listing) -> Step:
        return Step(listing.items, self._following(listing) if listing.more(self.page) else None)

    def _following(self, listing: Listing) -> "Newest":
        last = _last_time(listing.items, "date_created_gmt")
        if last is not None and (self.before is None or last + SECOND < self.before):
            return Newest(last + SECOND)
        return replace(self, page=self.page + 1)

    def cursor(self) -> Cursor:
        return {"page": self.page, **({"before": printed(self.before)} if self.before else {})}


@dataclass(frozen=True, slots=True)
class Changed:
    """By change time, above ``after``."""

    after: datetime | None = None
    page: int = 1

    @classmethod
    def load(cls, cursor: Cursor) -> Self:
        return cls(_moment(cursor, "after"), _number(cursor, "page", 1))

    @classmethod
    def since(cls, moment: datetime) -> Self:
        """Everything that changed at or after ``moment``: the filter excludes its own second."""
        return cls(floored(moment) - SECOND)

    def params(self) -> dict[str, str | int]:
        bound = {"modified_after": printed(self.after), "dates_are_gmt": "true"} if self.after else {}
        return {"orderby": "modified", "order": "asc", "page": self.page, **bound}

    def step(self, listing: Listing) -> Step:
        last = _last_time(listing.items, "date_modified_gmt")
        if not listing.more(self.page):
            return Step(listing.items, None, self._resume(last, listing.time))
        if last is not None and (self.after is None or last - SECOND > self.after):
            return Step(listing.items, Changed(last - SECOND))
        return Step(listing.items, replace(self, page=self.page + 1))

    def _resume(self, last: datetime | None, shop_time: datetime | None) -> "Changed":
        if last is None:
            return replace(self, page=1)
        settled = shop_time is not None and shop_time - last >= _SETTLED
        return Changed(last if settled else last - SECOND)

    def cursor(self) -> Cursor:
        return {"page": self.page, **({"after": printed(self.after)} if self.after else {})}


@dataclass(frozen=True, slots=True)
class Registered:
    """Customers that are new: newest id first, down to the highest known one.

    WooCommerce has no filter for changed customers; a changed profile is found by a webhook or a sweep.
    ``since`` ends the walk where no id is known yet.
    """

    known: int = 0
    top: int = 0
    page: int = 1
    since: datetime | None = None

    @classmethod
    def load(cls, cursor: Cursor) -> Self:
        known, top = _number(cursor, "known", 0), _number(cursor, "top", 0)
        return cls(known, top, _number(cursor, "page", 1), _moment(cursor, "since"))

    def params(self) -> dict[str, str | int]:
        return {"orderby": "id", "order": "desc", "page": self.page}

    def step(self, listing: Listing) -> Step:
        new = [item for item in listing.items if id_of(item) > self.known]
        top = max([self.top, *(id_of(item) for item in new)])
        if listing.more(self.page) and len(new) == len(listing.items) and not self._is_past(new):
            return Step(new, replace(self, top=top, page=self.page + 1))
        return Step(new, None, Registered(max(self.known, top)))

    def _is_past(self, items: Sequence[Item]) -> bool:
        since = self.since
        if since is None:
            return False
        times = [parsed(item.get("date_created_gmt")) for item in items]
        return all(time is not None and time < since for time in times)

    def cursor(self) -> Cursor:
        kept: dict[str, str | int] = {"known": self.known, "top": self.top, "page": self.page}
        return kept | ({"since": printed(self.since)} if self.since else {})


def window_params(window: Window | None) -> dict[str, str | int]:
    """A half-open window as filters, which exclude the second they name."""
    params: dict[str, str | int] = {}
    if window is not None and window.start is not None:
        params["after"] = printed(ceiled(window.start) - SECOND)
    if window is not None and window.end is not None:
        params["before"] = printed(ceiled(window.end))
    return params | {"dates_are_gmt": "true"} if params else {}


def _last_time(items: Sequence[Item], field: str) -> datetime | None:
    times = (parsed(item.get(field)) for item in reversed(items))
    return next((time for time in times if time is not None), None)


def _number(cursor: Mapping[str, str | int], name: str, default: int) -> int:
    value = cursor.get(name, default)
    if not isinstance(value, int) or value < 0:
        raise PermanentError(f"The kept position of a scan is unreadable ({name}). Start the scan anew.")
    return value


def _moment(cursor: Mapping[str, str | int], name: str) -> datetime | None:
    if name not in cursor:
        return None
    moment = parsed(cursor[name])
    if moment is None:
        raise PermanentError(f"The kept position of a scan is unreadable ({name}). Start the scan anew.")
    return moment
