"""Reading a history by months: the readers' pages are landed, and each stretch is closed by its own count.

A stretch is closed when the ids that came of it are as many as the shop counts there. Where they are not, or
where a part of it was read by an earlier run, its ids are listed and compared; what still differs then is a
hole, which the report names and the next backfill looks at again.
"""

import gc
import time
from collections.abc import Sequence
from dataclasses import dataclass

import regulars_store as store
from regulars_agent._balance import balance
from regulars_agent._fetching import PAGES_AHEAD, Fetched, in_batches, rare_collections
from regulars_agent._leases import Visit
from regulars_agent._months import Stretch, period, stretches_of
from regulars_agent._progress import Pace, Progress
from regulars_agent._pull import BATCHES_A_COLLECTION, Pulled, land_records, of_kind
from regulars_agent._readers import Readers, reading
from regulars_connectors import Scan, Window
from regulars_mapping import Kind


@dataclass(frozen=True, slots=True)
class Hole:
    """Months in which the books do not balance: the shop counts ``shop_count`` objects there, ``store_count``
    of what it lists or has stand here."""

    kind: Kind
    period: str
    shop_count: int
    store_count: int


def read_history(
    at: Visit, kind: Kind, window: Window | None, *, pulled: Pulled, progress: Progress = lambda _: None
) -> list[Hole]:
    """Land all that a window (None: everything) holds of a countable kind, newest months first; what could
    not be closed. Goes on where an earlier run stopped; what that closed is not read again.
    """
    history = _History(at, kind, stretches_of(at, kind, window or Window()), pulled, progress)
    history.read()
    history.note_end(whole=window is None)
    return history.holes


class _History:
    def __init__(
        self, at: Visit, kind: Kind, stretches: Sequence[Stretch], pulled: Pulled, progress: Progress
    ) -> None:
        self.at = at
        self.kind = kind
        self.open = [stretch for stretch in stretches if not stretch.closed]
        self.pulled = pulled
        self.progress = progress
        self.holes: list[Hole] = []
        self.pace = Pace(
            kind,
            progress,
            done=sum(self._landed(stretch) for stretch in stretches),
            total=sum(stretch.count for stretch in stretches),
        )

    def _landed(self, stretch: Stretch) -> int:
        """How many of a stretch an earlier run has landed; they are not news when they come again."""
        if stretch.closed or not stretch.parts:
            return stretch.count
        if stretch.whole:
            return 0
        window = stretch.window
        with self.at.read() as connection:
            stretch.seen = store.landed_orders_between(connection, self.at.shop.id, window.start, window.end)
        return len(stretch.seen)

    def read(self) -> None:
        """Read every part of the open stretches and close them."""
        for stretch in self.open:
            if not stretch.parts:
                self._close(stretch, self.at)
        unread = [stretch for stretch in self.open if stretch.parts]
        if not unread:
            return
        size = self.at.workspace.settings.batches.landing
        pages_ahead = max(PAGES_AHEAD, size // self.at.connector.limits.page_size)
        with rare_collections(), reading(self.at, self.kind, unread, pages_ahead=pages_ahead) as readers:
            for number, batch in enumerate(in_batches(readers.waiting, size), start=1):
                self._land(batch, readers)
                if number % BATCHES_A_COLLECTION == 0:
                    gc.collect(1)
                time.sleep(self.at.workspace.settings.batches.pause)

    def note_end(self, *, whole: bool) -> None:
        """Every page has been read: sync may go on from here. Done is a whole history that is closed."""
        done = whole and all(stretch.closed for stretch in self.open)
        update = store.CheckpointUpdate(self.kind, Scan.HISTORY.value, None, done=done)
        with self.at.write() as connection:
            store.save_checkpoint(connection, self.at.shop.id, update, now=self.at.now())

    def _land(self, batch: Sequence[Fetched], readers: Readers) -> None:
        started = time.monotonic()
        touched, news = self._touched(batch, readers)
        records = [record for page in batch for record in page.records]
        with readers.parts.lock:
            updates = [stretch.update(self.kind) for stretch in touched]
        land_records(self.at, records, via=Scan.HISTORY, pulled=self.pulled, updates=updates)
        readers.landed(len(records), time.monotonic() - started)
        for new in news:
            self.pace.tell(new)
        for stretch in touched:
            if not stretch.parts:
                with readers.guest() as at:
                    self._close(stretch, at)

    def _touched(self, batch: Sequence[Fetched], readers: Readers) -> tuple[list[Stretch], list[int]]:
        """The stretches that these pages are of, brought to where they stand once the pages have landed; and
        how many objects of each page had not come before."""
        touched: dict[int, Stretch] = {}
        news = []
        for page in batch:
            stretch, part = readers.parts.of(page.part)
            with readers.parts.lock:
                part.cursor = page.cursor
                if page.cursor is None:
                    stretch.parts.remove(part)
            before = len(stretch.seen)
            stretch.seen.update(record.external_id for record in of_kind(self.kind, page.records))
            news.append(len(stretch.seen) - before)
            touched[id(stretch)] = stretch
        return list(touched.values()), news

    def _close(self, stretch: Stretch, at: Visit) -> None:
        """Close a stretch whose parts have landed, if its books balance; else it is a hole."""
        whole = stretch.whole and at.connector.count(self.kind, stretch.window) == len(stretch.seen)
        if not whole and (hole := self._compared(stretch.window, at)) is not None:
            self.holes.append(hole)
            return
        stretch.closed = True
        stretch.seen.clear()
        with self.at.write() as connection:
            update = stretch.update(self.kind)
            store.save_checkpoint(connection, self.at.shop.id, update, now=self.at.now())

    def _compared(self, window: Window, at: Visit) -> Hole | None:
        """The ids that the shop lists there against those here, what differs mended; what then still does."""
        books = balance(at, self.kind, window=window, pulled=self.pulled, progress=self.progress)
        if books.shop_count == books.store_count:
            return None
        return Hole(self.kind, period(window), books.shop_count, books.store_count)
