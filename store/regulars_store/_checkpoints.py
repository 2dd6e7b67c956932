"""How far a shop's resources have been read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, or_, select

from regulars_store._bulk import upsert
from regulars_store._tables import checkpoint


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where the next page of a scan starts. ``cursor`` is None at the beginning, and when ``done``
    where there is nothing to go on from. ``landed`` counts what was written along the way."""

    kind: str
    scan: str
    cursor: Mapping[str, Any] | None
    done: bool
    landed: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class CheckpointUpdate:
    """What a page moves its checkpoint to."""

    kind: str
    scan: str
    cursor: Mapping[str, Any] | None
    done: bool


def checkpoint_of(connection: Connection, shop_id: int, kind: str, scan: str) -> Checkpoint | None:
    """How far a scan has come, None before its first page."""
    columns = [checkpoint.c[name] for name in Checkpoint.__slots__]
    found = connection.execute(
        select(*columns).where(
            checkpoint.c.shop_id == shop_id, checkpoint.c.kind == str(kind), checkpoint.c.scan == str(scan)
        )
    ).first()
    return None if found is None else Checkpoint(*found)


def checkpoints_below(connection: Connection, shop_id: int, kind: str, prefix: str) -> list[Checkpoint]:
    """The checkpoints of a kind whose scan begins with ``prefix``, by the name of their scan."""
    columns = [checkpoint.c[name] for name in Checkpoint.__slots__]
    found = connection.execute(
        select(*columns)
        .where(
            checkpoint.c.shop_id == shop_id,
            checkpoint.c.kind == str(kind),
            checkpoint.c.scan.startswith(prefix, autoescape=True),
        )
        .order_by(checkpoint.c.scan)
    )
    return [Checkpoint(*row) for row in found]


def checkpoint_times(connection: Connection, shop_id: int, scan: str) -> list[datetime]:
    """When the checkpoints of a scan were last moved, of all kinds."""
    query = select(checkpoint.c.updated_at).where(checkpoint.c.shop_id == shop_id, checkpoint.c.scan == scan)
    return list(connection.scalars(query))


def save_checkpoint(
    connection: Connection, shop_id: int, moved: CheckpointUpdate, *, now: datetime, landed: int = 0
) -> None:
    """Move a checkpoint; nothing is written when it stands there already and nothing landed."""
    found = checkpoint_of(connection, shop_id, moved.kind, moved.scan)
    cursor = None if moved.cursor is None else dict(moved.cursor)
    if found is not None and not landed and (found.cursor, found.done) == (cursor, moved.done):
        return
    row = {
        "shop_id": shop_id,
        "kind": str(moved.kind),
        "scan": str(moved.scan),
        "cursor": cursor,
        "done": moved.done,
        "landed": landed + (found.landed if found else 0),
        "updated_at": now,
    }
    upsert(connection, checkpoint, [row])


def forget_scan(connection: Connection, shop_id: int, kind: str, scan: str) -> None:
    """Have a scan begin anew, and those within it, whose names begin with its own and a colon."""
    named = checkpoint.c.scan == scan
    below = checkpoint.c.scan.startswith(f"{scan}:", autoescape=True)
    mine = and_(checkpoint.c.shop_id == shop_id, checkpoint.c.kind == str(kind))
    connection.execute(delete(checkpoint).where(mine, or_(named, below)))
