"""Pull and land: pages from a shop into the store, in one transaction with the checkpoint after them.

The connector fetches in a thread of its own, or in a second process that translates too, no more ahead than
is landed at once; landing happens here, and neither the network nor the shop is ever waited for inside a
transaction.
"""

import gc
import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias

import regulars_store as store
from regulars_agent._by_hand import mark_labels
from regulars_agent._fetching import (
    PAGES_AHEAD,
    Fetched,
    ahead,
    in_batches,
    rare_collections,
    without_repeats,
)
from regulars_agent._hidden_people import stop_where_people_are_hidden
from regulars_agent._incomplete import note_incomplete
from regulars_agent._leases import Visit
from regulars_agent._progress import Pace, Progress
from regulars_agent._second_process import Job, pays, read_beside, ready_to_land
from regulars_agent._suppression import heeded
from regulars_connectors import Cursor, Page, RawRecord, Scan, Window
from regulars_mapping import Kind, UnmappableError

_log = logging.getLogger(__name__)
CLOCK_MARGIN = timedelta(days=1)
"""How far a shop's clock may be behind ours before changes made during a backfill could slip by."""

BATCHES_A_COLLECTION = 20
"""Batches landed between two looks for garbage."""

Record: TypeAlias = RawRecord | store.Observed


@dataclass(slots=True)
class Pulled:
    """What a pull brought, by kind: seen, new, changed, unchanged, stale, dead; and ``unsure``, pages before
    which the shop's list moved so much that some objects may have come on none.

    ``dead`` are the objects that could not be understood when last read, however often they were; the others
    count readings.
    """

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    _dead: set[tuple[str, str]] = field(default_factory=set)

    def add(self, kind: Kind, **counts: int) -> None:
        """Count on."""
        self.counts.setdefault(kind.value, Counter()).update(counts)

    def understood(self, observed: Sequence[store.Observed]) -> None:
        """Take note of what could be understood and what could not."""
        for each in observed:
            key, is_dead = (each.kind, each.external_id), isinstance(each.mapped, UnmappableError)
            if is_dead is not (key in self._dead):
                self._dead ^= {key}
                self.add(Kind(each.kind), dead=1 if is_dead else -1)

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
    size = at.workspace.settings.batches.landing
    pages = _fetched(at, kind, scan, None if anew else _cursor(at, kind, scan), window)
    pages_ahead = max(PAGES_AHEAD, size // at.connector.limits.page_size)
    pace = Pace(kind, progress)
    with rare_collections(), ahead(pages, pages_ahead=pages_ahead) as waiting:
        for number, batch in enumerate(in_batches(waiting, size), start=1):
            last = batch[-1]
            following = last.cursor if last.cursor is not None else last.resume
            done = last.cursor is None and scan is Scan.HISTORY and window is None
            update = store.CheckpointUpdate(kind, scan.value, following, done=done)
            records = [record for page in batch for record in page.records]
            land_records(at, records, via=scan, pulled=pulled, updates=() if anew else (update,))
            for page in batch:
                pace.total = None if page.remaining is None else pace.done + page.remaining
                pace.tell(len(of_kind(kind, page.records)))
                if page.unsure:
                    _tell_unsure(at, kind, pulled)
            if number % BATCHES_A_COLLECTION == 0:
                gc.collect(1)
            time.sleep(at.workspace.settings.batches.pause)


def _tell_unsure(at: Visit, kind: Kind, pulled: Pulled) -> None:
    """What may have slipped by is found by its change time, when every id is compared."""
    pulled.add(kind, unsure=1)
    _log.warning(
        "%s: its list of %ss moved while it was read, so some may be missing until they are compared next: "
        "regulars verify %s",
        *(at.shop.name, kind.value, at.shop.name),
    )


def _fetched(
    at: Visit, kind: Kind, scan: Scan, cursor: Cursor | None, window: Window | None
) -> Iterator[Fetched]:
    """The pages. Where many are still to come and the shop answers at once, a second process reads on."""
    pages = at.connector.pages(kind, scan, cursor=cursor, window=window)
    asked = time.monotonic()
    for page in without_repeats(at.shop.name, kind, pages):
        seconds = time.monotonic() - asked
        yield Fetched.of(page)
        asked = time.monotonic()
        if page.cursor is not None and scan is Scan.HISTORY and _is_for_two(at, page, seconds):
            config = at.workspace.connector_config(at.shop)
            yield from read_beside(Job(at.shop, config, kind, scan, page.cursor, window))
            return


def _is_for_two(at: Visit, page: Page, seconds: float) -> bool:
    processes = at.workspace.settings.pull.processes
    return pays(processes=processes, records=len(page.records), seconds=seconds, remaining=page.remaining)


def _cursor(at: Visit, kind: Kind, scan: Scan) -> Cursor | None:
    with at.read() as connection:
        checkpoint = store.checkpoint_of(connection, at.shop.id, kind, scan.value)
    return None if checkpoint is None else checkpoint.cursor


def land_records(
    at: Visit,
    records: Sequence[Record],
    *,
    via: str,
    pulled: Pulled,
    updates: Sequence[store.CheckpointUpdate] = (),
) -> None:
    """Translate what is new and land it, and move these checkpoints with it. What is unchanged costs one
    indexed read."""
    heads = _heads(at, records)
    changed = [record for record in records if not _covered(heads, record)]
    observed = [
        record if isinstance(record, store.Observed) else ready_to_land(at.shop, at.connector, record)
        for record in changed
    ]
    stop_where_people_are_hidden(at, observed)
    with at.write() as connection:
        page = heeded(at.workspace, at.shop, at.connector, connection, observed, now=at.now())
        landed = store.land(
            connection,
            at.shop,
            page.observed,
            via=via,
            now=at.now(),
            lease=None,
            checkpoint=updates[0] if updates else None,
        )
        page.follow(connection, now=at.now())
        customers = [record.external_id for record in records if record.kind == Kind.CUSTOMER]
        if customers:
            mark_labels(connection, at.shop.id, customers)
            told = [record.external_id for record in changed if record.kind == Kind.CUSTOMER]
            store.mark_landed_profiles(connection, at.shop.id, told)
        note_incomplete(connection, at, changed)
        for update in updates[1:]:
            store.save_checkpoint(connection, at.shop.id, update, now=at.now())
    if records:
        _count(pulled, records, changed, heads, landed)
        pulled.understood(page.observed)


def of_kind(kind: Kind, records: Sequence[Record]) -> list[Record]:
    """Those of the page's own kind: an order's refunds come with it."""
    return [record for record in records if record.kind is kind]


_Heads: TypeAlias = dict[tuple[str, str], store.Head]


def _heads(at: Visit, records: Sequence[Record]) -> _Heads:
    heads: _Heads = {}
    with at.read() as connection:
        for kind in {record.kind for record in records}:
            ids = [record.external_id for record in records if record.kind is kind]
            found = store.read_heads(connection, at.shop.id, kind, ids)
            heads |= {(kind, external_id): head for external_id, head in found.items()}
    return heads


def _covered(heads: _Heads, record: Record) -> bool:
    head = heads.get((record.kind, record.external_id))
    return head is not None and head.covers(record.digest)


def _count(
    pulled: Pulled,
    records: Sequence[Record],
    changed: Sequence[Record],
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
        pulled.add(Kind(kind), seen=seen[kind], new=news[kind], unchanged=covered[kind])
    pulled.add(
        Kind(records[0].kind),
        changed=landed.changed,
        unchanged=landed.unchanged,
        stale=landed.stale,
        dead=0,
    )
