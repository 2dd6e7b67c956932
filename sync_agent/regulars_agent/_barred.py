"""Kinds of objects that a shop does not show to our key: the hole is kept and named, and asked about again
each time, so that it closes by itself once the key may read them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._leases import Visit
from regulars_connectors import ForbiddenKindError
from regulars_mapping import Kind

BARRED_SCAN: Final = "barred"
"""The checkpoint that says since when a kind is barred; without a cursor where it was and is no more."""


@dataclass(frozen=True, slots=True)
class Barred:
    """A kind that does not come in, since when, and why, in words with the remedy. ``fresh``: the run that
    tells of it was the first to see it."""

    kind: Kind
    since: datetime
    reason: str
    fresh: bool = False


def bar(at: Visit, kind: Kind, error: ForbiddenKindError) -> Barred:
    """Note that a kind is barred. What stands here of it stays."""
    now = at.now()
    with at.write() as connection:
        known = _barred(connection, at.shop.id, kind)
        since = now if known is None else known.since
        cursor = {"since": since.isoformat(), "reason": str(error)}
        update = store.CheckpointUpdate(kind, BARRED_SCAN, cursor, done=False)
        store.save_checkpoint(connection, at.shop.id, update, now=now)
    return Barred(kind, since, str(error), fresh=known is None)


def lift(at: Visit, kind: Kind) -> None:
    """Note that a kind was read. Writes nothing where it was not barred."""
    if is_barred(at, kind):
        with at.write() as connection:
            update = store.CheckpointUpdate(kind, BARRED_SCAN, None, done=True)
            store.save_checkpoint(connection, at.shop.id, update, now=at.now())


def is_barred(at: Visit, kind: Kind) -> bool:
    """Whether a kind was barred when it was last asked for."""
    with at.read() as connection:
        return _barred(connection, at.shop.id, kind) is not None


def barred_kinds(connection: Connection, shop: store.Shop) -> list[Barred]:
    """What does not come in from a shop, as it was last seen."""
    found = (_barred(connection, shop.id, kind) for kind in Kind)
    return [each for each in found if each is not None]


def _barred(connection: Connection, shop_id: int, kind: Kind) -> Barred | None:
    found = store.checkpoint_of(connection, shop_id, kind, BARRED_SCAN)
    if found is None or found.cursor is None:
        return None
    return Barred(kind, datetime.fromisoformat(found.cursor["since"]), str(found.cursor["reason"]))
