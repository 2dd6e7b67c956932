"""Reading what webhooks have named: in batches, once each, whatever the shop does in between.

A notice goes when its object was read after it came, and was landed; one that came meanwhile stays. What
cannot be read waits, ever longer and alone, so that one broken object holds up no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import regulars_store as store
from regulars_agent._balance import balance, counted
from regulars_agent._erased_together import hold_around
from regulars_agent._incomplete import note_incomplete
from regulars_agent._leases import Visit
from regulars_agent._progress import Progress, Step
from regulars_agent._pull import Pulled, land_records, pull
from regulars_agent._shop_merges import note_handed_over, note_orders_of, owners_before
from regulars_connectors import Reading, Scan
from regulars_mapping import Kind, PermanentError, RetryError

FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=1)
BETWEEN_LOOKS: Final = timedelta(minutes=10)
"""The shortest time between two looks at all of a kind that deliveries without an id ask for."""
_MOST_ALONE: Final = 50
"""Objects a visit reads one by one because they could not be read before."""
_MOST_FAILURES: Final = 2


@dataclass(slots=True)
class Noticed:
    """What became of the notices: objects read (or known to be gone), and readings that failed."""

    read: int = 0
    failed: int = 0


def read_noticed(at: Visit, *, pulled: Pulled, progress: Progress) -> Noticed:
    """Read and land what is noted and due of this shop.

    May be broken off anywhere and called again. Raises RetryError and PermanentError of the shop after what
    could not be read was put off, MisconfiguredError at once.
    """
    noticed = Noticed()
    for kind in at.connector.kinds:
        _Reader(at, kind, pulled, progress, noticed).read()
    return noticed


@dataclass(frozen=True, slots=True)
class _Reader:
    at: Visit
    kind: Kind
    pulled: Pulled
    progress: Progress
    noticed: Noticed

    def read(self) -> None:
        """All that is due of the kind."""
        after, size = "", self.at.connector.limits.read_batch
        while notices := self._due(after, tried=False, limit=size):
            error = self._batch(notices)
            if error is not None:
                raise error
            after = notices[-1].external_id
        failures = 0
        for notice in self._due("", tried=True, limit=_MOST_ALONE):
            error = self._batch([notice])
            failures += error is not None
            if error is not None and failures >= _MOST_FAILURES:
                raise error
        self._look_at_all()

    def _due(self, after: str, *, tried: bool, limit: int) -> list[store.Notice]:
        with self.at.read() as connection:
            return store.due_notices(
                connection,
                self.at.shop.id,
                self.kind,
                now=self.at.now(),
                tried=tried,
                after=after,
                limit=limit,
            )

    def _batch(self, notices: Sequence[store.Notice]) -> RetryError | PermanentError | None:
        """Read and land these; what kept them from being read."""
        try:
            reading = self.at.connector.read(self.kind, [notice.external_id for notice in notices])
        except (RetryError, PermanentError) as error:
            self._put_off(notices)
            return error
        before = owners_before(self.at, self.kind, reading.records)
        land_records(self.at, reading.records, via="read", pulled=self.pulled)
        note_handed_over(self.at, before)
        told = reading.gone | {record.external_id for record in reading.records if record.kind is self.kind}
        answered = [notice for notice in notices if notice.external_id in told]
        self._settle(reading, answered)
        self._put_off([notice for notice in notices if notice.external_id not in told])
        self.progress(Step(self.kind, len(answered)))
        return None

    def _settle(self, reading: Reading, answered: Sequence[store.Notice]) -> None:
        with self.at.write() as connection:
            if reading.gone:
                store.land_tombstones(
                    connection,
                    self.at.shop,
                    self.kind,
                    sorted(reading.gone),
                    via="read",
                    now=reading.seen_at(self.at.now()),
                    lease=None,
                )
                if self.kind is Kind.CUSTOMER:
                    hold_around(connection, self.at.shop, reading.gone, now=self.at.now())
                    note_orders_of(connection, self.at.shop, reading.gone, now=self.at.now())
            store.clear_notices(connection, self.at.shop.id, answered)
            # Only now: what waits is not noted again.
            note_incomplete(connection, self.at, reading.records)
        self.noticed.read += len(answered)

    def _put_off(self, notices: Sequence[store.Notice]) -> None:
        """Until later, the longer the more often it failed."""
        if not notices:
            return
        # They were tried equally often: never, or there is only one.
        wait = min(FIRST_WAIT * (1 << min(notices[0].tries, 10)), LONGEST_WAIT)
        with self.at.write() as connection:
            store.postpone_notices(connection, self.at.shop.id, notices, self.at.now() + wait, failed=True)
        self.noticed.failed += len(notices)

    def _look_at_all(self) -> None:
        """For what no delivery has named: changes, then the books by count, and by lists where it differs."""
        at, kind = self.at, self.kind
        with at.read() as connection:
            marker = store.due_marker(connection, at.shop.id, kind, now=at.now())
        if marker is None:
            return
        with at.write() as connection:
            until = at.now() + BETWEEN_LOOKS
            store.postpone_notices(connection, at.shop.id, [marker], until, failed=False)
        pull(at, kind, Scan.CHANGES, pulled=self.pulled, progress=self.progress)
        whole = marker.external_id == store.WHOLE
        if whole and kind in at.connector.unfiltered:
            pull(at, kind, Scan.HISTORY, anew=True, pulled=self.pulled, progress=self.progress)
        if whole or counted(at, kind, None) is None:
            balance(at, kind, window=None, pulled=self.pulled, progress=self.progress)
        with at.write() as connection:
            store.clear_notices(connection, at.shop.id, [marker])
        self.noticed.read += 1
