"""Pull and land: pages from a shop into the store, each in one transaction with its checkpoint.

The connector fetches in a thread of its own, one page ahead at most two; translating and landing happen
here, so that neither the network nor the shop is ever waited for inside a transaction.
"""

import logging
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import regulars_store as store
from regulars_agent._leases import Visit
from regulars_connectors import Cursor, Page, RawRecord, Scan, Window
from regulars_mapping import CanonicalObject, Kind, SkipError, UnmappableError

PAGES_AHEAD = 2
CLOCK_MARGIN = timedelta(minutes=15)
"""How far a shop's clock may be behind ours before changes made during a backfill could slip by."""

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
    pulled: Pulled,
    progress: Progress = lambda _: None,
) -> None:
    """Land a resource from its checkpoint on. Resumable at any moment: a page is in whole or not at all."""
    cursor = _cursor(at, kind, scan)
    with _ahead(at.connector.pages(kind, scan, cursor=cursor, window=window)) as pages:
        for page in pages:
            following = page.cursor if page.cursor is not None else page.resume
            done = page.cursor is None and scan is Scan.HISTORY and window is None
            update = store.CheckpointUpdate(kind, scan.value, following, done=done)
            land_records(at, page.records, via=scan, pulled=pulled, update=update)
            progress(Step(kind, len(page.records), page.remaining))
            time.sleep(at.workspace.settings.batches.pause)


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
    changed = _changed(at, records)
    observed = [_observed(at, record) for record in changed]
    with at.write() as connection:
        landed = store.land(
            connection, at.shop, observed, via=via, now=at.now(), lease=None, checkpoint=update
        )
    for kind in {record.kind for record in records}:
        pulled.add(kind, seen=sum(record.kind is kind for record in records))
    if records:
        main = records[0].kind
        unchanged = len(records) - len(changed) + landed.unchanged
        counts = {"new": landed.new, "changed": landed.changed, "stale": landed.stale, "dead": landed.dead}
        pulled.add(main, unchanged=unchanged, **counts)


def _changed(at: Visit, records: Sequence[RawRecord]) -> list[RawRecord]:
    heads: dict[tuple[Kind, str], store.Head] = {}
    with at.read() as connection:
        for kind in {record.kind for record in records}:
            ids = [record.external_id for record in records if record.kind is kind]
            found = store.read_heads(connection, at.shop.id, kind, ids)
            heads |= {(kind, external_id): head for external_id, head in found.items()}
    changed = []
    for record in records:
        head = heads.get((record.kind, record.external_id))
        if head is None or head.gone or head.digest != record.digest:
            changed.append(record)
    return changed


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
def _ahead(pages: Iterator[Page]) -> Iterator[Iterator[Page]]:
    """Fetch pages in a thread, at most PAGES_AHEAD before they are landed; its errors come out here."""
    waiting: queue.Queue[Page | BaseException | None] = queue.Queue(maxsize=PAGES_AHEAD)
    stopped = threading.Event()

    def offer(item: Page | BaseException | None) -> bool:
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
            offer(error)
        offer(None)

    thread = threading.Thread(target=fetch, name="regulars-fetch", daemon=True)
    thread.start()
    try:
        yield _received(waiting)
    finally:
        stopped.set()
        thread.join()


def _received(waiting: "queue.Queue[Page | BaseException | None]") -> Iterator[Page]:
    while (item := waiting.get()) is not None:
        if isinstance(item, BaseException):
            raise item
        yield item
