"""Backfill, sync and verify: what a shop holds comes into the store, and the books are balanced."""

from collections.abc import Iterator, Set
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import regulars_store as store
from regulars_agent._balance import Balance, balance, counted, read_dead_letters_again
from regulars_agent._barred import Barred, bar, is_barred, lift
from regulars_agent._by_hand import ByHand, compare_with_shop
from regulars_agent._history import Hole, read_history
from regulars_agent._leases import Visit, held, visit
from regulars_agent._progress import Progress, Step
from regulars_agent._pull import CLOCK_MARGIN, Pulled, pull
from regulars_agent._workspace import Workspace
from regulars_connectors import ForbiddenKindError, Scan, Window
from regulars_mapping import Kind, MisconfiguredError, RegularsError, RetryError

UNSOUND = "the books do not balance or something could not be read"


@dataclass(slots=True)
class SyncReport:
    """What a run did. ``balances`` is empty where the run did not compare the books; ``holes`` are the months
    that could not be closed; ``unreadable`` is how many objects of the shop lie in the dead letters at its
    end; ``barred`` are the kinds that the key may not read; ``by_hand`` what of ours was edited or deleted in
    the shop, None where the run did not look, or could not while another worker writes there."""

    shop: str
    pulled: Pulled = field(default_factory=Pulled)
    balances: list[Balance] = field(default_factory=list)
    holes: list[Hole] = field(default_factory=list)
    unreadable: int = 0
    barred: list[Barred] = field(default_factory=list)
    by_hand: ByHand | None = None

    @property
    def complete(self) -> bool:
        """Whether nothing is known to be missing."""
        return self.sound and not self.barred

    @property
    def sound(self) -> bool:
        """Whether nothing is missing of what the shop shows to the key."""
        return all(line.balanced for line in self.balances) and not self.holes and not self.unreadable


def backfill(
    workspace: Workspace,
    shop_name: str,
    *,
    since: datetime | None = None,
    progress: Progress = lambda _: None,
) -> SyncReport:
    """Everything the shop holds (orders placed since ``since``, if given), then the books.

    What the platform can count in a window of time is read by months, newest first, each closed by its own
    count; what cannot be closed is among the report's ``holes``. Goes on where an interrupted one stopped.
    Raises RetryError while another worker pulls this shop.
    """
    with _run(workspace, shop_name, "backfill") as (at, report):
        _start_changes(at)
        window = None if since is None else Window(start=since.astimezone(UTC))
        closed = set()
        for kind in at.connector.kinds:
            with _though_barred(at, kind, report):
                if _read_history(at, kind, window, report, progress=progress):
                    closed.add(kind)
        _balance(at, report, window, progress, closed=closed)
    return report


def sync(workspace: Workspace, shop_name: str, *, progress: Progress = lambda _: None) -> SyncReport:
    """Only what changed since the last sync or backfill. Raises MisconfiguredError before a backfill."""
    with _run(workspace, shop_name, "sync") as (at, report):
        for kind in at.connector.kinds:
            if not _history_read(at, kind) and not is_barred(at, kind):
                raise MisconfiguredError(
                    f"{at.shop.name}: its history has not been read to the end. "
                    f"Run: regulars backfill {at.shop.name}"
                )
            _read_changes(at, kind, report, progress)
    return report


def verify(workspace: Workspace, shop_name: str, *, progress: Progress = lambda _: None) -> SyncReport:
    """Compare the books with the shop's own word, fetch what is missing, note what is gone.

    What changed comes in first, as by ``sync``: of two changes in one second no list tells the later. What no
    filter for changes sees is read anew: customers' profiles, and all that could not be read before.
    """
    with _run(workspace, shop_name, "verify") as (at, report):
        for kind in at.connector.kinds:
            if _history_read(at, kind) or is_barred(at, kind):
                _read_changes(at, kind, report, progress)
        for kind in sorted(at.connector.unfiltered.intersection(at.connector.kinds) - _barred_in(report)):
            with _though_barred(at, kind, report):
                pull(at, kind, Scan.HISTORY, anew=True, pulled=report.pulled, progress=progress)
        _balance(at, report, None, progress)
        report.by_hand = _by_hand(at, progress)
    return report


def _by_hand(at: Visit, progress: Progress) -> ByHand | None:
    """What was done by hand to what is ours in the shop; None while another worker writes there."""

    def beat() -> None:
        # Of nothing that is pulled; the list of coupons may be longer than the leases of whoever waits.
        progress(Step(Kind.CUSTOMER, 0))
        with at.write():
            pass

    with ExitStack() as stack:
        try:
            lease = stack.enter_context(held(at.workspace, f"push:{at.shop.id}"))
        except RetryError:
            return None
        return compare_with_shop(Visit(at.workspace, at.shop, at.connector, lease), beat)


def retry_dead_letters(
    workspace: Workspace, shop_name: str, *, progress: Progress = lambda _: None
) -> SyncReport:
    """Read everything again that could not be understood, with the translation of today."""
    with _run(workspace, shop_name, "retry") as (at, report):
        for kind in Kind:
            with _though_barred(at, kind, report):
                read_dead_letters_again(at, kind, pulled=report.pulled, progress=progress)
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
            with at.read() as connection:
                report.unreadable = store.dead_count(connection, at.shop.id)
            # What the key may not read is told for as long as that is so, and is no fault of the run.
            problem = "" if report.sound else UNSOUND
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


@contextmanager
def _though_barred(at: Visit, kind: Kind, report: SyncReport) -> Iterator[None]:
    """A kind that the key may not read is noted as such, and the others go on."""
    try:
        yield
    except ForbiddenKindError as error:
        report.barred.append(bar(at, kind, error))


def _barred_in(report: SyncReport) -> set[Kind]:
    return {each.kind for each in report.barred}


def _read_changes(at: Visit, kind: Kind, report: SyncReport, progress: Progress) -> None:
    """What changed of a kind; its history before, where it was barred when that was to be read."""
    with _though_barred(at, kind, report):
        if not _history_read(at, kind):
            _read_history(at, kind, None, report, progress=progress)
        pull(at, kind, Scan.CHANGES, pulled=report.pulled, progress=progress)
        lift(at, kind)


def _read_history(
    at: Visit, kind: Kind, window: Window | None, report: SyncReport, *, progress: Progress
) -> bool:
    """Read what is not read yet of a kind; whether this run closed all of it by the shop's own counts."""
    if _history_done(at, kind):
        return False
    narrowed = window if kind is Kind.ORDER else None
    if kind not in at.connector.countable:
        pull(at, kind, Scan.HISTORY, window=narrowed, pulled=report.pulled, progress=progress)
        lift(at, kind)
        return False
    holes = read_history(at, kind, narrowed, pulled=report.pulled, progress=progress)
    report.holes += holes
    return not holes


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
    *,
    closed: Set[Kind] = frozenset(),
) -> None:
    """A line of the books for each kind. Of a kind that was just closed by its counts the lists are not gone
    through again, unless the sum of it differs: then something lies outside all months, such as undated."""
    for kind in [kind for kind in Kind if kind not in _barred_in(report)]:
        with _though_barred(at, kind, report):
            read_dead_letters_again(at, kind, pulled=report.pulled, progress=progress)
    # Refunds have no date of their own to be narrowed by.
    kinds = at.connector.kinds if window else (*at.connector.kinds, Kind.REFUND)
    for kind in [kind for kind in kinds if kind not in _barred_in(report)]:
        narrowed = window if kind is Kind.ORDER else None
        with _though_barred(at, kind, report):
            line = counted(at, kind, narrowed) if kind in closed else None
            report.balances.append(
                line or balance(at, kind, window=narrowed, pulled=report.pulled, progress=progress)
            )
            lift(at, kind)
