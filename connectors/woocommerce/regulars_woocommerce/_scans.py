"""Where a scan stands, and what comes next. Pure state: no HTTP, no clock.

Orders and products are walked by keyset, never by page numbers: while objects change, page numbers skip
others. The time filters see whole seconds, so the next bound takes the last second in again; what comes twice
is known by its digest. Only within one second that fills whole pages do places in the list count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, Self, TypeVar

from regulars_connectors import Cursor, Window
from regulars_mapping import PermanentError
from regulars_woocommerce._client import PAGE_SIZE, Item, Listing, id_of
from regulars_woocommerce._times import SECOND, ceiled, floored, parsed, printed

# A second that lies this far behind the shop's own clock gets no more changes: it need not be read again. The
# answer's clock can be that of a cache before the shop, and be ahead of the one that stamps changes.
_SETTLED = timedelta(minutes=15)
# How far to go back when the shop's clock was set back behind the last change we know of: as far as the time
# that may have passed since the last scan.
_SET_BACK = timedelta(days=1)
_TRASH = "trash_"
_PLACE = ("offset", "edge", "backs", "anew")
"""A place within one second: where the next page begins, the object that it should begin with, how often that
was looked for further back, and how often the walk went on from further back."""
_MOST_ANEW = 10
"""A shop that orders a second otherwise with each answer, or leaves rows out, must not send us in circles."""
_Crowded = TypeVar("_Crowded", "Newest", "Changed")


@dataclass(frozen=True, slots=True)
class Step:
    """What a page means for its scan: the items that count, the next state, and where to resume later.
    ``unsure``: others may stand before its items that no page had."""

    items: Sequence[Item]
    following: "State | None"
    resume: "State | None" = None
    unsure: bool = False


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
    """Newest first by creation time, below ``before``.

    Inside a second that fills whole pages, a page begins with ``edge``, the last object of the one before:
    what leaves the list pulls others past us, and the count agrees with as many missing as left. The walk
    goes back until the edge is there, each time twice as far; where it left as well, to the second's
    beginning.
    """

    before: datetime | None = None
    offset: int = 0
    edge: int = 0
    backs: int = 0
    anew: int = 0

    @classmethod
    def load(cls, cursor: Cursor) -> Self:
        # A position kept as a page's number begins its second again: nothing says what that page ended with.
        numbers = (_number(cursor, name, 0) for name in _PLACE)
        return cls(_moment(cursor, "before"), *numbers)

    def params(self) -> dict[str, str | int]:
        bound = {"before": printed(self.before), "dates_are_gmt": "true"} if self.before else {}
        place = {"offset": self.offset} if self.offset else {"page": 1}
        return {"orderby": "date", "order": "desc", **place, **bound}

    def step(self, listing: Listing) -> Step:
        if (back := _back(listing, self)) is not None:
            return Step(listing.items, back)
        following = self._following(listing) if _goes_on(listing, self.offset) else None
        return Step(listing.items, following, unsure=_is_unsure(listing, self))

    def _following(self, listing: Listing) -> "Newest":
        last = _last_time(listing.items, "date_created_gmt")
        if last is not None and (self.before is None or last + SECOND < self.before):
            return Newest(last + SECOND)
        return _forth(listing, self)

    def cursor(self) -> Cursor:
        kept: dict[str, str | int] = {name: getattr(self, name) for name in _PLACE}
        return kept | ({"before": printed(self.before)} if self.before else {})


@dataclass(frozen=True, slots=True)
class Changed:
    """By change time, above ``after``.

    Inside a second that fills whole pages, a page begins with ``edge``, as in :class:`Newest`. Where that is
    not there, some have changed again or were trashed, and others moved up past us.
    """

    after: datetime | None = None
    offset: int = 0
    edge: int = 0
    backs: int = 0
    anew: int = 0

    @classmethod
    def load(cls, cursor: Cursor) -> Self:
        numbers = (_number(cursor, name, 0) for name in _PLACE)
        return cls(_moment(cursor, "after"), *numbers)

    @classmethod
    def since(cls, moment: datetime) -> Self:
        """Everything that changed at or after ``moment``: the filter excludes its own second."""
        return cls(floored(moment) - SECOND)

    def params(self) -> dict[str, str | int]:
        bound = {"modified_after": printed(self.after), "dates_are_gmt": "true"} if self.after else {}
        place = {"offset": self.offset} if self.offset else {}
        return {"orderby": "modified", "order": "asc", **place, **bound}

    def step(self, listing: Listing) -> Step:
        last, clock = _last_time(listing.items, "date_modified_gmt"), listing.time
        if clock is not None and self.after is not None and _is_ahead(self.after, clock):
            # What changed since the shop's clock was set back is stamped before our position.
            return Step(listing.items, Changed(floored(clock) - _SET_BACK))
        if (back := _back(listing, self)) is not None:
            return Step(listing.items, back)
        unsure = _is_unsure(listing, self)
        if not _goes_on(listing, self.offset):
            return Step(listing.items, None, self._resume(last, clock), unsure)
        # A position in the shop's future would look like a clock that was set back.
        usable = last is not None and not (clock is not None and _is_ahead(last, clock))
        if last is not None and usable and (self.after is None or last - SECOND > self.after):
            return Step(listing.items, Changed(last - SECOND), unsure=unsure)
        return Step(listing.items, _forth(listing, self), unsure=unsure)

    def _resume(self, last: datetime | None, clock: datetime | None) -> "Changed":
        if last is None:
            return Changed(self.after)
        if clock is not None:
            # A change dated in the shop's future must not hide those that come before that day.
            last = min(last, floored(clock))
        settled = clock is not None and clock - last >= _SETTLED
        return Changed(last if settled else last - SECOND)

    def cursor(self) -> Cursor:
        kept: dict[str, str | int] = {name: getattr(self, name) for name in _PLACE}
        return kept | ({"after": printed(self.after)} if self.after else {})


@dataclass(frozen=True, slots=True)
class ChangedOrTrashed:
    """By change time, what is listed and then what lies in the trash, which no other listing shows.

    In this order nothing gets past: what is trashed meanwhile is in the trash when that is asked for, and
    what is taken out of it has a new change time for the next scan.
    """

    listed: Changed
    trashed: Changed
    in_trash: bool = False

    @classmethod
    def since(cls, moment: datetime) -> Self:
        """Everything that changed at or after ``moment``."""
        return cls(Changed.since(moment), Changed.since(moment))

    @classmethod
    def load(cls, cursor: Cursor) -> Self:
        """A kept position; one without a word on the trash begins there where it stands in the list."""
        listed = Changed.load(cursor)
        trash = {
            name.removeprefix(_TRASH): value for name, value in cursor.items() if name.startswith(_TRASH)
        }
        trashed = Changed.load(trash) if trash else Changed(listed.after)
        return cls(listed, trashed, bool(_number(cursor, "in_trash", 0)))

    def params(self) -> dict[str, str | int]:
        return {**self.trashed.params(), "status": "trash"} if self.in_trash else self.listed.params()

    def step(self, listing: Listing) -> Step:
        step = (self.trashed if self.in_trash else self.listed).step(listing)
        following, resume = _changed(step.following), _changed(step.resume)
        if self.in_trash:
            if following is not None:
                return replace(step, following=replace(self, trashed=following))
            ended = replace(self, trashed=resume or self.trashed, in_trash=False)
            return replace(step, following=None, resume=ended)
        if following is not None:
            return replace(step, following=replace(self, listed=following))
        return replace(
            step, following=replace(self, listed=resume or self.listed, in_trash=True), resume=None
        )

    def cursor(self) -> Cursor:
        trash = {f"{_TRASH}{name}": value for name, value in self.trashed.cursor().items()}
        return {**self.listed.cursor(), **trash, "in_trash": int(self.in_trash)}


def _changed(state: "State | None") -> Changed | None:
    return state if isinstance(state, Changed) else None


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


def _back(listing: Listing, at: _Crowded) -> _Crowded | None:
    """The place where to look for the object that this page should begin with; None where it is there, or
    is looked for no more."""
    if not (at.offset and _lacks_edge(listing, at)) or at.anew >= _MOST_ANEW:
        return None
    return replace(at, offset=max(0, at.offset - PAGE_SIZE * 2**at.backs), backs=at.backs + 1)


def _forth(listing: Listing, at: _Crowded) -> _Crowded:
    """The place after this page, in the same second."""
    edge = id_of(listing.items[-1]) if listing.items else 0
    # A place where it was found further back counts too: a list with holes would lead back there for ever.
    anew = min(at.anew + (at.backs > 0 or _lacks_edge(listing, at)), _MOST_ANEW)
    return replace(at, offset=at.offset + PAGE_SIZE - 1, edge=edge, backs=0, anew=anew)


def _is_unsure(listing: Listing, at: Newest | Changed) -> bool:
    """Whether others may stand between the page before and this one."""
    return bool(at.offset) and _lacks_edge(listing, at)


def _lacks_edge(listing: Listing, at: Newest | Changed) -> bool:
    return at.edge != 0 and all(id_of(item) != at.edge for item in listing.items)


def _goes_on(listing: Listing, offset: int) -> bool:
    """Whether there are objects past the page at ``offset``."""
    if listing.total is None:
        return len(listing.items) >= PAGE_SIZE
    return listing.total > offset + PAGE_SIZE


def _is_ahead(moment: datetime, clock: datetime) -> bool:
    return moment - clock > _SETTLED


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
