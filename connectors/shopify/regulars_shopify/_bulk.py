"""HISTORY by a bulk operation, where pages would take long: Shopify lists everything into one file.

The position of such a scan names the operation, so that it is taken up again after a crash and never started
twice. While it runs, and while its file is fetched, pages are empty and the position counts on, so that the
reader's lease is renewed. A file is handed over only once it is whole. Whatever goes wrong, what is left is
to read by pages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Final, Self

from regulars_connectors import Cursor, Page, Scan, Window
from regulars_mapping import Kind, MisconfiguredError, PermanentError, RegularsError
from regulars_shopify import _pull
from regulars_shopify._bulk_file import BulkFile, GoneError, is_safe
from regulars_shopify._bulk_kinds import joined
from regulars_shopify._bulk_operations import Fate, Room, cancel, start, status
from regulars_shopify._client import ShopifyClient, is_number, part
from regulars_shopify._labels import NAMESPACE
from regulars_shopify._records import TYPES
from regulars_shopify._scans import ById, window_query

OPTION: Final = "bulk_from"
"""The shop's option: from how many objects on, or ``never``."""
_NEVER: Final = "never"
_FROM: Final[Mapping[Kind, int]] = {Kind.ORDER: 2_000, Kind.CUSTOMER: 20_000, Kind.PRODUCT: 5_000}
_RATE: Final = 100.0
"""Points a second with which so many objects take about two minutes by pages."""
_PAGE: Final = 250
_READ: Final = 50
_LONGEST_WAIT: Final = 30.0
_STILL: Final = 60
"""Askings after an operation that does not move, after which it is given up: half an hour."""
_POLLS: Final = 2_000
_FOR_ROOM: Final = 20
"""Askings for a place among the running operations: about seven minutes."""
_FILES: Final = 2
"""Times that a file is fetched for one position."""
_ANEW: Final = 1
_HIGHEST: Final = 2**63


@dataclass(frozen=True, slots=True)
class Place:
    """Where a scan stands. ``bulk`` is the operation's number, empty before there is one; ``at`` the highest
    id handed over. ``polls`` counts askings, ``still`` those since ``seen`` objects were told of; ``files``
    how often the file was begun for this place, ``got`` its bytes that have come; ``anew`` the operations
    before this one."""

    bulk: str = ""
    at: int = 0
    polls: int = 0
    still: int = 0
    seen: int = 0
    files: int = 0
    got: int = 0
    anew: int = 0

    @classmethod
    def load(cls, cursor: Cursor) -> Self:
        """From a position as it was kept. Raises PermanentError where it is unreadable."""
        bulk = cursor.get("bulk")
        counts = {each.name: cursor.get(each.name, 0) for each in fields(cls) if each.name != "bulk"}
        whole = all(isinstance(count, int) and 0 <= count <= _HIGHEST for count in counts.values())
        if not whole or not isinstance(bulk, str) or (bulk and not is_number(bulk)):
            raise PermanentError("The kept position of a scan is unreadable (bulk). Start the scan anew.")
        return cls(bulk, **{name: int(count) for name, count in counts.items()})

    def cursor(self) -> Cursor:
        """What is kept of it."""
        told = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in told.items() if value or name == "bulk"}


def least_of(option: str) -> int | None:
    """The option's number; 0 where it is not set, None for ``never``. Raises MisconfiguredError."""
    if option == _NEVER:
        return None
    if option and not (option.isascii() and option.isdigit() and len(option) < 10 and int(option)):
        raise MisconfiguredError(f"The shop's option {OPTION} must be a number from 1 on, or {_NEVER}.")
    return int(option or 0)


class Bulks:
    """Reads HISTORY, by bulk operations where they pay. Holds the file of one operation at a time."""

    def __init__(self, client: ShopifyClient, *, least: int | None = 0) -> None:
        self._client = client
        self._least = least
        self._file: BulkFile | None = None
        self._currency: str | None = None

    def close(self) -> None:
        """Leave nothing of a file. An operation underway goes on, to be taken up later. Harmless twice."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def page(self, kind: Kind, *, cursor: Cursor | None, window: Window | None) -> Page:
        """One page of HISTORY. What fits on one page comes as that; what comes by bulk begins with a page of
        the other way, whose objects come again."""
        if cursor and "bulk" in cursor:
            place = Place.load(cursor)
            going = self._going_on(kind, place, window) if self._least is not None else None
            return going or self._by_pages(kind, _following(kind, place), window)
        page = self._by_pages(kind, cursor, window)
        if not cursor and page.cursor is not None and self._pays(kind, window):
            return replace(page, cursor=Place().cursor())
        return page

    def _by_pages(self, kind: Kind, cursor: Cursor | None, window: Window | None) -> Page:
        self.close()
        return _pull.page(self._client, kind, Scan.HISTORY, cursor=cursor, window=window)

    def _pays(self, kind: Kind, window: Window | None) -> bool:
        """Whether the shop holds so much that pages would take some minutes."""
        if self._least is None:
            return False
        rate = self._client.rate or _RATE
        least = self._least or _FROM[kind] * max(1.0, rate / _RATE)
        totals = _pull.totals(self._client, window if kind is Kind.ORDER else None)
        return any(total.kind is kind and total.count >= least for total in totals)

    def _going_on(self, kind: Kind, place: Place, window: Window | None) -> Page | None:
        """The next page; None where the rest is to come by pages."""
        if not place.bulk:
            return self._started(kind, place, window)
        if self._file is None or self._file.operation != place.bulk:
            return self._asked(kind, place)
        try:
            return self._fetched(kind, place, self._file)
        except GoneError:
            self.close()
            return _anew(place)
        except RegularsError:
            self.close()
            raise

    def _started(self, kind: Kind, place: Place, window: Window | None) -> Page | None:
        if place.polls:
            self._client.wait(_interval(place.polls))
        # What it may not read fails an operation as a whole, after it has run.
        self._client.scopes()
        query = window_query(window) if kind is Kind.ORDER else ""
        text = self._client.queries.written_out(f"bulk_{kind}s", {"query": query or None, "ns": NAMESPACE})
        match start(self._client, text):
            case Room.REFUSED:
                return None
            case Room.TAKEN | Room.UNKNOWN:
                return _waiting(replace(place, polls=place.polls + 1)) if place.polls < _FOR_ROOM else None
            case number:
                return _waiting(Place(str(number), place.at, anew=place.anew))

    def _asked(self, kind: Kind, place: Place) -> Page | None:
        """Ask after the operation, and begin to fetch its file where it is done."""
        if place.polls:
            self._client.wait(_interval(place.polls))
        told = status(self._client, place.bulk)
        match told.fate:
            case Fate.UNDERWAY:
                return self._underway(place, told.objects or 0)
            case Fate.EMPTY:
                return Page([], None)
            case Fate.REFUSED:
                return None
            case Fate.FAILED:
                return _anew(place)
        if place.files >= _FILES or not is_safe(told.url, self._client.home):
            return _anew(place)
        self.close()
        self._file = BulkFile(self._client, told, kind=TYPES[kind], operation=place.bulk)
        return _waiting(replace(place, polls=0, still=0, seen=0, files=place.files + 1, got=0))

    def _underway(self, place: Place, seen: int) -> Page | None:
        moved = seen > place.seen
        if (not moved and place.still >= _STILL) or place.polls >= _POLLS:
            cancel(self._client, place.bulk)
            return None
        still = 0 if moved else place.still + 1
        return _waiting(replace(place, polls=place.polls + 1, still=still, seen=max(seen, place.seen)))

    def _fetched(self, kind: Kind, place: Place, file: BulkFile) -> Page:
        if not file.fetch():
            return _waiting(replace(place, got=file.received))
        wholes = file.table.page(place.at, _PAGE)
        if not wholes:
            self.close()
            return Page([], None)
        records, others = joined(kind, wholes, currency=self._currency_of(kind))
        for first in range(0, len(others), _READ):
            # What is gone by now is no loss.
            records += _pull.read(self._client, kind, others[first : first + _READ]).records
        following = Place(place.bulk, wholes[-1].number, anew=place.anew)
        return Page(records, following.cursor())

    def _currency_of(self, kind: Kind) -> str | None:
        if kind is not Kind.PRODUCT:
            return None
        if self._currency is None:
            told = part(self._client.ask("shop_currency").data.get("shop"), "currencyCode")
            self._currency = told if isinstance(told, str) else ""
        return self._currency or None


def _following(kind: Kind, place: Place) -> Cursor | None:
    """Where pages go on after a place: orders have other pages, and begin anew."""
    return ById(str(place.at)).cursor() if place.at and kind is not Kind.ORDER else None


def _waiting(place: Place) -> Page:
    return Page([], place.cursor())


def _anew(place: Place) -> Page | None:
    """Another operation in place of this one; None where there was one already."""
    return _waiting(Place(at=place.at, anew=place.anew + 1)) if place.anew < _ANEW else None


def _interval(polls: int) -> float:
    """Seconds before the next asking: 1, then half as long again each time, up to half a minute."""
    return min(1.5 ** min(polls - 1, 10), _LONGEST_WAIT)
