"""The books: every id the shop lists against every id here, and what differs is read from the shop."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._erased_together import hold_around
from regulars_agent._leases import Visit
from regulars_agent._progress import Progress, Step
from regulars_agent._pull import Pulled, land_records, of_kind
from regulars_agent._shop_merges import note_handed_over, orders_of, owners_before
from regulars_connectors import Window
from regulars_mapping import Kind

_TRIES = 2
"""A shop that sells while it is counted gives a count that differs from the list before it."""


@dataclass(frozen=True, slots=True)
class Balance:
    """One line of the books: what the shop says it holds of a kind, and what stands here.

    ``missing`` were in the shop and not here, ``vanished`` here and not in the shop, before both were
    mended by this run; ``unlisted`` stand here and, read one by one, in the shop, but in no list of it;
    ``unreadable`` are in the dead letters.
    """

    kind: Kind
    shop_count: int
    store_count: int
    missing: int
    vanished: int
    unlisted: int
    unreadable: int

    @property
    def balanced(self) -> bool:
        """Whether everything the shop lists is here and was understood, and nothing else is."""
        return self.shop_count == self.store_count and self.unreadable == 0


@dataclass(frozen=True, slots=True)
class _Swept:
    listed: frozenset[str]
    missing: int
    vanished: int
    unlisted: int


def balance(
    at: Visit, kind: Kind, *, window: Window | None, pulled: Pulled, progress: Progress = lambda _: None
) -> Balance:
    """Fetch what is missing of a kind, note what is gone, and compare with the shop's own count."""
    missing, vanished = 0, 0
    for _ in range(_TRIES):
        swept = _sweep(at, kind, window, pulled, progress)
        missing, vanished = missing + swept.missing, vanished + swept.vanished
        told = at.connector.count(kind, window)
        if told in {None, len(swept.listed)}:
            break
    with at.read() as connection:
        here = store.landed_ids(connection, at.shop.id, kind, of_trashed=True)
        unreadable = store.dead_count(connection, at.shop.id, kind)
    return Balance(
        kind=kind,
        shop_count=len(swept.listed) if told is None else told,
        store_count=len(swept.listed & here) + swept.unlisted,
        missing=missing,
        vanished=vanished,
        unlisted=swept.unlisted,
        unreadable=unreadable,
    )


def counted(at: Visit, kind: Kind, window: Window | None) -> Balance | None:
    """The books by two counts alone, for what was just closed month by month; None where these differ."""
    told = at.connector.count(kind, window)
    with at.read() as connection:
        if window is None:
            here = len(store.landed_ids(connection, at.shop.id, kind))
        else:
            here = len(store.landed_orders_between(connection, at.shop.id, window.start, window.end))
        unreadable = store.dead_count(connection, at.shop.id, kind)
    if told != here:
        return None
    return Balance(kind, told, here, missing=0, vanished=0, unlisted=0, unreadable=unreadable)


def _sweep(at: Visit, kind: Kind, window: Window | None, pulled: Pulled, progress: Progress) -> _Swept:
    listed, behind = _listed(at, kind, window)
    with at.read() as connection:
        known = store.landed_ids(connection, at.shop.id, kind)
        # What could not be read has no known age: whether it lies in a window, only the list tells.
        expected = _landed(connection, at, window) if window else known
        # No list shows what lies in the trash, so none shows that it was deleted out of it.
        hidden = [] if window else store.trashed_ids(connection, at.shop.id, kind)
        here = store.landed_ids(connection, at.shop.id, kind, of_trashed=True)
    missing, doubtful = sorted(listed - here), sorted(expected - listed)
    for ids in _chunks(sorted({*missing, *behind, *hidden}), at.connector.limits.read_batch):
        read_again(at, kind, ids, pulled=pulled, progress=progress)
    if kind is Kind.REFUND:
        # An order that was read before it got a refund does not count it yet.
        _read_orders_of(at, missing, pulled, progress)
    unlisted = _look_for(at, kind, doubtful, pulled, progress, window=window)
    return _Swept(listed, len(missing), len(doubtful) - unlisted, unlisted)


def _listed(at: Visit, kind: Kind, window: Window | None) -> tuple[frozenset[str], list[str]]:
    """Every id the shop lists, and those of which it tells a later change than stands here."""
    listed: set[str] = set()
    behind: list[str] = []
    for batch in at.connector.stamps(kind, window):
        listed.update(batch)
        told = {external_id: stamp for external_id, stamp in batch.items() if stamp is not None}
        with at.read() as connection:
            heads = store.read_heads(connection, at.shop.id, kind, told.keys())
        behind += [external_id for external_id, head in heads.items() if head.version_at < told[external_id]]
    return frozenset(listed), behind


def _landed(connection: Connection, at: Visit, window: Window) -> set[str]:
    return store.landed_orders_between(connection, at.shop.id, window.start, window.end)


def _look_for(
    at: Visit,
    kind: Kind,
    doubtful: Sequence[str],
    pulled: Pulled,
    progress: Progress,
    *,
    window: Window | None,
) -> int:
    """Read what the shop does not list; for how many of them that was the list's fault. It was not where an
    order was given a date outside the window.

    Where a whole batch stands in the shop after all, the list is not to be trusted, and the rest is not
    asked for one by one.
    """
    unlisted = looked_at = 0
    for ids in _chunks(doubtful, at.connector.limits.read_batch):
        if kind is Kind.REFUND:
            _read_orders_of(at, ids, pulled, progress)
        else:
            read_again(at, kind, ids, pulled=pulled, progress=progress)
        with at.read() as connection:
            standing = (
                _landed(connection, at, window) if window else store.landed_ids(connection, at.shop.id, kind)
            )
            there = standing.intersection(ids)
        unlisted += len(there)
        looked_at += len(ids)
        if len(there) == at.connector.limits.read_batch:
            return unlisted + len(doubtful) - looked_at
    return unlisted


def _read_orders_of(at: Visit, refunds: Sequence[str], pulled: Pulled, progress: Progress) -> None:
    """A refund cannot be asked for alone: its order says whether it stands."""
    with at.read() as connection:
        orders = store.orders_of_refunds(connection, at.shop.id, refunds)
    for ids in _chunks(orders, at.connector.limits.read_batch):
        read_again(at, Kind.ORDER, ids, pulled=pulled, progress=progress)


def read_again(at: Visit, kind: Kind, ids: Sequence[str], *, pulled: Pulled, progress: Progress) -> None:
    """Land these objects as they read now; those that the shop says do not exist get a tombstone."""
    reading = at.connector.read(kind, ids)
    before = owners_before(at, kind, reading.records)
    land_records(at, reading.records, via="read", pulled=pulled)
    note_handed_over(at, before)
    if reading.gone:
        with at.write() as connection:
            seen_at = reading.seen_at(at.now())
            store.land_tombstones(
                connection, at.shop, kind, sorted(reading.gone), via="read", now=seen_at, lease=None
            )
            if kind is Kind.CUSTOMER:
                hold_around(connection, at.shop, reading.gone, now=at.now())
            left = orders_of(connection, at.shop, reading.gone) if kind is Kind.CUSTOMER else []
        for orders in _chunks(left, at.connector.limits.read_batch):
            read_again(at, Kind.ORDER, orders, pulled=pulled, progress=progress)
    progress(Step(kind, len(of_kind(kind, reading.records))))


def read_dead_letters_again(
    at: Visit, kind: Kind, *, pulled: Pulled, progress: Progress = lambda _: None
) -> None:
    """Read every object of a kind that could not be understood; one that can be now leaves the letters."""
    with at.read() as connection:
        letters = store.dead_letters(connection, shop_id=at.shop.id, limit=_MOST_LETTERS)
    ids = sorted(letter.external_id for letter in letters if letter.kind == kind)
    for chunk in _chunks(ids, at.connector.limits.read_batch):
        read_again(at, kind, chunk, pulled=pulled, progress=progress)


_MOST_LETTERS = 100_000


def _chunks(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
