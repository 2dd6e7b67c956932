"""Pull and land: pages from a shop into the store, in one transaction with the checkpoint after them.

The connector fetches in a thread of its own, no more ahead than is landed at once; translating and landing
happen here, so that neither the network nor the shop is ever waited for inside a transaction.
"""

import gc
import logging
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias

import regulars_store as store
from regulars_agent._leases import Visit
from regulars_connectors import Cursor, Page, RawRecord, Scan, Window
from regulars_mapping import CanonicalObject, Kind, PermanentError, SkipError, UnmappableError

PAGES_AHEAD = 2
"""Pages fetched while others are landed, where one batch takes no more than these."""
GATHERING = 0.05
"""Seconds that fetched pages wait for another to be landed with. A real shop takes longer for a page, so that
each is landed as it comes; only a shop that answers at once has its pages landed by the batch."""
REPEATS = 2
"""How often in a row the same page may come again before the walk is given up."""
CLOCK_MARGIN = timedelta(minutes=15)
"""How far a shop's clock may be behind ours before changes made during a backfill could slip by."""

_YOUNG_OBJECTS = 20_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """What a progress display is told after each page. ``remaining`` is the shop's word, None if unknown."""

    kind: Kind
    records: int
    remaining: int | None


Progress = Callable[[Step], None]


@dataclass(slots=True)
class Pulled:
    """What a pull brought, by kind: seen, new, changed, unchanged, stale, dead."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, kind: Kind, **counts: int) -> None:
        """Count on."""
        self.counts.setdefault(kind.value, Counter()).update(counts)

    def total(self, what: str) -> int:
        """A count over all kinds."""
        return sum(counter[what] for counter in self.counts.values())

    def as_dict(self) -> dict[str, dict[str, int]]:
        """For JSON output and the run's row."""
        return {kind: dict(counter) for kind, counter in self.counts.items()}


def pull(
    at: Visit,
    kind: Kind,
    scan: Scan,
    *,
    window: Window | None = None,
    anew: bool = False,
    pulled: Pulled,
    progress: Progress = lambda _: None,
) -> None:
    """Land a resource from its checkpoint on. Resumable at any moment: a page is in whole or not at all.

    ``anew`` goes through all of it and leaves the checkpoint alone. Raises PermanentError when the shop
    answers the same page for ever.
    """
    cursor = None if anew else _cursor(at, kind, scan)
    size = at.workspace.settings.batches.landing
    fetched = _without_repeats(at, kind, at.connector.pages(kind, scan, cursor=cursor, window=window))
    pages_ahead = max(PAGES_AHEAD, size // at.connector.limits.page_size)
    with _rare_collections(), _ahead(fetched, pages_ahead=pages_ahead) as waiting:
        for batch in _batches(waiting, size):
            last = batch[-1]
            following = last.cursor if last.cursor is not None else last.resume
            done = last.cursor is None and scan is Scan.HISTORY and window is None
            update = store.CheckpointUpdate(kind, scan.value, following, done=done)
            records = [record for page in batch for record in page.records]
            land_records(at, records, via=scan, pulled=pulled, update=None if anew else update)
            for page in batch:
                progress(Step(kind, len(page.records), page.remaining))
            time.sleep(at.workspace.settings.batches.pause)


def _without_repeats(at: Visit, kind: Kind, pages: Iterator[Page]) -> Iterator[Page]:
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
                    f"{at.shop.name} answers the same page of {kind}s again and again. Nothing was skipped. "
                    "Check plug-ins and caches that change the shop's API, then run the same command again."
                )
            continue
        last, repeats = ids, 0
        yield page


def _cursor(at: Visit, kind: Kind, scan: Scan) -> Cursor | None:
    with at.read() as connection:
        checkpoint = store.checkpoint_of(connection, at.shop.id, kind, scan.value)
    return None if checkpoint is None else checkpoint.cursor


def land_records(
    at: Visit,
    records: Sequence[RawRecord],
    *,
    via: str,
    pulled: Pulled,
    update: store.CheckpointUpdate | None = None,
) -> None:
    """Translate what is new and land it. What is unchanged costs one indexed read."""
    heads = _heads(at, records)
    changed = [record for record in records if not _covered(heads, record)]
    observed = [_observed(at, record) for record in changed]
    with at.write() as connection:
        landed = store.land(
            connection, at.shop, observed, via=via, now=at.now(), lease=None, checkpoint=update
        )
    if records:
        _count(pulled, records, changed, heads, landed)


_Heads: TypeAlias = dict[tuple[Kind, str], store.Head]


def _heads(at: Visit, records: Sequence[RawRecord]) -> _Heads:
    heads: _Heads = {}
    with at.read() as connection:
        for kind in {record.kind for record in records}:
            ids = [record.external_id for record in records if record.kind is kind]
            found = store.read_heads(connection, at.shop.id, kind, ids)
            heads |= {(kind, external_id): head for external_id, head in found.items()}
    return heads


def _covered(heads: _Heads, record: RawRecord) -> bool:
    head = heads.get((record.kind, record.external_id))
    return head is not None and head.covers(record.digest)


def _count(
    pulled: Pulled,
    records: Sequence[RawRecord],
    changed: Sequence[RawRecord],
    heads: _Heads,
    landed: store.Landed,
) -> None:
    """Count by kind; what the store counts in one sum is told of the page's own kind."""
    seen = Counter(record.kind for record in records)
    news = Counter(
        kind for kind, _ in {(record.kind, record.external_id) for record in changed} - heads.keys()
    )
    covered = seen - Counter(record.kind for record in changed)
    for kind in seen:
        pulled.add(kind, seen=seen[kind], new=news[kind], unchanged=covered[kind])
    pulled.add(
        records[0].kind,
        changed=landed.changed,
        unchanged=landed.unchanged,
        stale=landed.stale,
        dead=landed.dead,
    )


def _observed(at: Visit, record: RawRecord) -> store.Observed:
    return store.Observed(
        kind=record.kind,
        external_id=record.external_id,
        changed_at=record.changed_at,
        digest=record.digest,
        payload=store.compress(record.payload),
        mapped=_mapped(at, record),
    )


def _mapped(at: Visit, record: RawRecord) -> CanonicalObject | UnmappableError | None:
    try:
        return at.connector.translate(record)
    except SkipError:
        return None
    except UnmappableError as error:
        return error


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Look for garbage less often until the block ends.

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


@dataclass(frozen=True, slots=True)
class _End:
    """After the last page: what ended them, None when there are no more."""

    error: BaseException | None = None


_Waiting: TypeAlias = "queue.Queue[Page | _End]"


@contextmanager
def _ahead(pages: Iterator[Page], *, pages_ahead: int) -> Iterator[_Waiting]:
    """Fetch pages in a thread, so many before they are landed."""
    waiting: _Waiting = queue.Queue(maxsize=pages_ahead)
    stopped = threading.Event()

    def offer(item: Page | _End) -> bool:
        while not stopped.is_set():
            try:
                waiting.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def fetch() -> None:
        try:
            for page in pages:
                if not offer(page):
                    return
        except BaseException as error:  # noqa: BLE001 - carried over to the thread that lands
            offer(_End(error))
        else:
            offer(_End())

    thread = threading.Thread(target=fetch, name="regulars-fetch", daemon=True)
    thread.start()
    try:
        yield waiting
    finally:
        stopped.set()
        thread.join()


def _batches(waiting: _Waiting, size: int) -> Iterator[Sequence[Page]]:
    """The pages in batches of about ``size`` records, smaller where the next page is long in coming.

    What ended the fetching is raised once everything that was fetched before it has been handed over.
    """
    item: Page | _End | None = waiting.get()
    while not isinstance(item, _End):
        batch, records = [], 0
        while isinstance(item, Page):
            batch.append(item)
            records += len(item.records)
            item = _soon(waiting) if records < size else None
        if batch:
            yield batch
        item = item or waiting.get()
    if item.error is not None:
        raise item.error


def _soon(waiting: _Waiting) -> Page | _End | None:
    try:
        return waiting.get(timeout=GATHERING)
    except queue.Empty:
        return None
