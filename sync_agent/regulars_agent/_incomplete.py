"""Objects that a shop completes after a while, without a new change time: read again at some later moments.

Shopify says of a new order that the visits which led to it are still being attributed. Such an order waits as
a notice, like one that a webhook named, but in the future; orders of the same minutes go together.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._leases import Visit
from regulars_connectors import RawRecord
from regulars_mapping import Kind

LOOKS: Final = tuple(timedelta(minutes=minutes) for minutes in (15, 60, 3 * 60, 8 * 60, 24 * 60))
"""How old an object is when it is read again, as long as something of it is missing; then never more."""
TOGETHER: Final = timedelta(minutes=10)
"""Readings are due at whole multiples of this, so that a busy shop is not asked for each order alone."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def next_look(since: datetime, now: datetime) -> datetime | None:
    """When an object that has been incomplete since then is to be read next; None once it is a day old."""
    # A shop's clock may be ahead.
    age = max(now - since, timedelta())
    wait = next((look - age for look in LOOKS if look > age), None)
    return None if wait is None else _EPOCH + -((_EPOCH - now - wait) // TOGETHER) * TOGETHER


def note_incomplete(connection: Connection, at: Visit, records: Sequence[RawRecord | store.Observed]) -> None:
    """Have those of these that the shop is still to complete read again later, unless they wait already."""
    for kind in at.connector.completes_later:
        told = [record for record in records if record.kind == kind]
        due = [(record.external_id, look) for record in told if (look := _look(at, record)) is not None]
        store.put_notices(connection, at.shop.id, kind, due, now=at.now(), new_only=True)


def _look(at: Visit, record: RawRecord | store.Observed) -> datetime | None:
    payload = record.payload
    if isinstance(payload, bytes):
        payload = store.decompress(payload)
    since = at.connector.incomplete_since(Kind(record.kind), payload)
    return None if since is None else next_look(since, at.now())
