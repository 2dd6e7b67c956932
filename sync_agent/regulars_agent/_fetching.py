"""Fetching ahead of landing: pages wait in a bounded queue while others land, and go in by the batch."""

import gc
import queue
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self, TypeAlias, TypeVar

from regulars_connectors import Cursor, Page, RawRecord
from regulars_mapping import Kind, PermanentError
from regulars_store import Observed

PAGES_AHEAD = 2
"""Pages fetched while others are landed, where one batch takes no more than these."""
GATHERING = 0.05
"""Seconds that fetched pages wait for another to be landed with. A real shop takes longer for a page, so that
each is landed as it comes; only a shop that answers at once has its pages landed by the batch."""
STOPPING = 0.9
"""Seconds that the end of a reading waits for a request underway, whose answer is of no use any more."""
REPEATS = 2
"""How often in a row the same page may come again before the walk is given up."""

_YOUNG_OBJECTS = 500_000


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page, its records as the shop sent them, or ready to land where another process read them. ``part``
    numbers what it is a page of, where several things are read."""

    records: Sequence[RawRecord] | Sequence[Observed]
    cursor: Cursor | None
    remaining: int | None
    resume: Cursor | None
    part: int = 0
    unsure: bool = False

    @classmethod
    def of(cls, page: Page, records: Sequence[Observed] | None = None, *, part: int = 0) -> Self:
        """The page, with these records in place of its own where there are any."""
        own = page.records if records is None else records
        return cls(own, page.cursor, page.remaining, page.resume, part, page.unsure)


@dataclass(frozen=True, slots=True)
class End:
    """After the last page: what ended them, None when there are no more."""

    error: BaseException | None = None


_Page = TypeVar("_Page")
_Waiting: TypeAlias = "queue.Queue[Fetched | End]"


def without_repeats(shop: str, kind: Kind, pages: Iterator[Page]) -> Iterator[Page]:
    """The pages without those that equal the page before, so that no checkpoint moves on over them.

    Once is no fault: a whole page of one second comes twice. More often, nothing new will ever come.
    """
    last: Sequence[str] = ()
    repeats = 0
    for page in pages:
        ids = [record.external_id for record in page.records]
        if ids and ids == last and page.cursor is not None:
            repeats += 1
            if repeats == REPEATS:
                raise PermanentError(
                    f"{shop} answers the same page of {kind}s again and again. Nothing was skipped. "
                    "Check plug-ins and caches that change the shop's API, then run the same command again."
                )
            continue
        last, repeats = ids, 0
        yield page


@contextmanager
def rare_collections() -> Iterator[None]:
    """Hardly look for garbage until the block ends; whoever works in it calls ``collect`` now and then.

    A decoded page is ten thousands of small objects without a cycle among them. Looking through those that
    wait, and through all that was imported, each time a few hundred more come costs a fifth of a backfill.
    """
    first, second, third = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(max(first, _YOUNG_OBJECTS), second, third)
    try:
        yield
    finally:
        gc.set_threshold(first, second, third)
        gc.unfreeze()


@contextmanager
def ahead(pages: Iterator[_Page], *, pages_ahead: int) -> Iterator["queue.Queue[_Page | End]"]:
    """Fetch pages in a thread, so many before they are landed. The end waits no longer than ``STOPPING`` for
    a page underway."""
    waiting: queue.Queue[_Page | End] = queue.Queue(maxsize=pages_ahead)
    stopped = threading.Event()

    def fetch() -> None:
        try:
            for page in pages:
                if not offer(waiting, page, stopped):
                    return
        except BaseException as error:  # noqa: BLE001 - carried over to the thread that lands
            offer(waiting, End(error), stopped)
        else:
            offer(waiting, End(), stopped)

    thread = threading.Thread(target=fetch, name="regulars-fetch", daemon=True)
    thread.start()
    try:
        yield waiting
    finally:
        stopped.set()
        thread.join(STOPPING)


def offer(waiting: "queue.Queue[_Page | End]", item: _Page | End, stopped: threading.Event) -> bool:
    """Put a page where it waits to be landed, when there is room; False when it is not wanted any more."""
    while not stopped.is_set():
        try:
            waiting.put(item, timeout=0.1)
        except queue.Full:
            continue
        return True
    return False


def one_by_one(waiting: "queue.Queue[_Page | End]") -> Iterator[_Page]:
    """The pages as they come; then what ended the fetching is raised."""
    while not isinstance(item := waiting.get(), End):
        yield item
    if item.error is not None:
        raise item.error


def in_batches(waiting: _Waiting, size: int) -> Iterator[Sequence[Fetched]]:
    """The pages in batches of about ``size`` records, smaller where the next page is long in coming.

    What ended the fetching is raised once everything that was fetched before it has been handed over.
    """
    item: Fetched | End | None = waiting.get()
    while not isinstance(item, End):
        batch, records = [], 0
        while isinstance(item, Fetched):
            batch.append(item)
            records += len(item.records)
            item = _soon(waiting) if records < size else None
        if batch:
            yield batch
        item = item or waiting.get()
    if item.error is not None:
        raise item.error


def _soon(waiting: _Waiting) -> Fetched | End | None:
    try:
        return waiting.get(timeout=GATHERING)
    except queue.Empty:
        return None
