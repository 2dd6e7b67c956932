"""Backfill, sync and verify: what a shop holds comes into the store, and the books are balanced."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import regulars_store as store
from regulars_agent._leases import Visit, visit
from regulars_agent._pull import CLOCK_MARGIN, Progress, Pulled, Step, land_records, pull
from regulars_agent._workspace import Workspace
from regulars_connectors import Scan, Window
from regulars_mapping import Kind, MisconfiguredError, RegularsError


@dataclass(frozen=True, slots=True)
class Balance:
    """One line of the books: what the shop says it holds of a kind, and what stands here.

    ``missing`` were in the shop and not here, ``vanished`` here and not in the shop, before both were
    mended by this run; ``unreadable`` are in the dead letters.
    """

    kind: Kind
    shop_count: int
    store_count: int
    missing: int
    vanished: int
    unreadable: int

    @property
    def balanced(self) -> bool:
        """Whether everything the shop lists is here and was understood."""
        return self.shop_count == self.store_count and self.unreadable == 0


@dataclass(slots=True)
class SyncReport:
    """What a run did. ``balances`` is empty where the run did not compare the books."""

    shop: str
    pulled: Pulled = field(default_factory=Pulled)
    balances: list[Balance] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether nothing is known to be missing."""
        return all(balance.balanced for balance in self.balances) and not self.pulled.total("dead")


def backfill(
    workspace: Workspace,
    shop_name: str,
    *,
    since: datetime | None = None,
    progress: Progress = lambda _: None,
) -> SyncReport:
    """Everything the shop holds (orders placed since ``since``, if given), then the books.

    Goes on where an interrupted one stopped. Raises RetryError while another worker pulls this shop.
    """
    with _run(workspace, shop_name, "backfill") as (at, report):
        _start_changes(at)
        window = None if since is None else Window(start=since)
        for kind in at.connector.kinds:
            if not _history_done(at, kind):
                narrowed = window if kind is Kind.ORDER else None
                pull(at, kind, Scan.HISTORY, window=narrowed, pulled=report.pulled, progress=progress)
        _balance(at, report, window, progress)
    return report


def sync(workspace: Workspace, shop_name: str, *, progress: Progress = lambda _: None) -> SyncReport:
    """Only what changed since the last sync or backfill. Raises MisconfiguredError before a backfill."""
    with _run(workspace, shop_name, "sync") as (at, report):
        for kind in at.connector.kinds:
            if not _history_read(at, kind):
                raise MisconfiguredError(
                    f"{at.shop.name}: its history has not been read to the end. "
                    f"Run: regulars backfill {at.shop.name}"
                )
            pull(at, kind, Scan.CHANGES, pulled=report.pulled, progress=progress)
    return report


def verify(workspace: Workspace, shop_name: str, *, progress: Progress = lambda _: None) -> SyncReport:
    """Compare the books with the shop's own word, fetch what is missing, note what is gone."""
    with _run(workspace, shop_name, "verify") as (at, report):
        _balance(at, report, None, progress)
    return report


@contextmanager
def _run(workspace: Workspace, shop_name: str, command: str) -> Iterator[tuple[Visit, SyncReport]]:
    with workspace.store.read() as connection:
        shop = store.shop_named(connection, shop_name)
    report = SyncReport(shop.name)
    with visit(workspace, shop, resource="pull") as at:
        with at.write() as connection:
            run = store.begin_run(connection, shop_id=at.shop.id, command=command, now=at.now())
        problem = "the run was interrupted"
        try:
            yield at, report
            problem = "" if report.complete else "the books do not balance or something could not be read"
        except RegularsError as error:
            problem = str(error)
            raise
        finally:
            with workspace.store.write() as connection:
                store.end_run(
                    connection,
                    run,
                    now=at.now(),
                    complete=not problem,
                    counts=report.pulled.as_dict(),
                    problem=problem or None,
                )


def _start_changes(at: Visit) -> None:
    """Before history is read, note where changes begin, so that what changes meanwhile is not lost."""
    since = at.now() - CLOCK_MARGIN
    with at.write() as connection:
        for kind in at.connector.kinds:
            if store.checkpoint_of(connection, at.shop.id, kind, Scan.CHANGES.value) is None:
                cursor = at.connector.changes_cursor(kind, since)
                update = store.CheckpointUpdate(kind, Scan.CHANGES.value, cursor, done=False)
                store.save_checkpoint(connection, at.shop.id, update, now=at.now())


def _history_done(at: Visit, kind: Kind) -> bool:
    with at.read() as connection:
        checkpoint = store.checkpoint_of(connection, at.shop.id, kind, Scan.HISTORY.value)
    return checkpoint is not None and checkpoint.done


def _history_read(at: Visit, kind: Kind) -> bool:
    """Whether a backfill came to its end, be it over a part of the history only."""
    with at.read() as connection:
        checkpoint = store.checkpoint_of(connection, at.shop.id, kind, Scan.HISTORY.value)
    return checkpoint is not None and (checkpoint.done or checkpoint.cursor is None)


def _balance(
    at: Visit,
    report: SyncReport,
    window: Window | None,
    progress: Progress,
) -> None:
    for kind in at.connector.kinds:
        narrowed = window if kind is Kind.ORDER else None
        swept = _sweep(at, kind, narrowed, report, progress)
        with at.read() as connection:
            here = store.landed_ids(connection, at.shop.id, kind)
            unreadable = store.dead_count(connection, at.shop.id, kind)
        total = next((total.count for total in at.connector.totals(narrowed) if total.kind is kind), None)
        report.balances.append(
            Balance(
                kind=kind,
                shop_count=len(swept.listed) if total is None else total,
                store_count=len(swept.listed & here),
                missing=swept.missing,
                vanished=swept.vanished,
                unreadable=unreadable,
            )
        )


@dataclass(frozen=True, slots=True)
class _Swept:
    listed: frozenset[str]
    missing: int
    vanished: int


def _sweep(
    at: Visit,
    kind: Kind,
    window: Window | None,
    report: SyncReport,
    progress: Progress,
) -> _Swept:
    """Every id the shop lists against every id here; both kinds of difference are read."""
    listed = frozenset(external_id for batch in at.connector.list_ids(kind, window) for external_id in batch)
    with at.read() as connection:
        known = store.landed_ids(connection, at.shop.id, kind, placed_since=window.start if window else None)
    missing, doubtful = sorted(listed - known), sorted(known - listed)
    for ids in _chunks(missing + doubtful, at.connector.limits.read_batch):
        reading = at.connector.read(kind, ids)
        land_records(at, reading.records, via="read", pulled=report.pulled)
        with at.write() as connection:
            store.land_tombstones(
                connection, at.shop, kind, sorted(reading.gone), via="read", now=at.now(), lease=None
            )
        progress(Step(kind, len(reading.records), None))
    return _Swept(listed, len(missing), len(doubtful))


def _chunks(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
