"""What an agent asks of the rows of runs and leases: what ran last, what is old, who holds what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from regulars_store._tables import lease, sync_run


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run's row. ``ended_at`` is None while it runs, and for ever where it was cut off."""

    id: int
    command: str
    started_at: datetime
    ended_at: datetime | None
    complete: bool
    counts: Mapping[str, Any]
    problem: str | None


def newest_run(
    connection: Connection, shop_id: int | None, commands: Sequence[str], *, complete: bool | None = None
) -> StoredRun | None:
    """A shop's newest run of any of these commands, of those that ended complete (or not) if asked for.

    Without a shop: of those that concern no single one.
    """
    columns = [sync_run.c[name] for name in StoredRun.__dataclass_fields__]
    query = select(*columns).where(sync_run.c.shop_id == shop_id, sync_run.c.command.in_(commands))
    if complete is not None:
        query = query.where(sync_run.c.complete.is_(complete))
    row = connection.execute(query.order_by(sync_run.c.id.desc()).limit(1)).first()
    return None if row is None else StoredRun(*row)


def forget_runs(connection: Connection, shop_id: int, commands: Sequence[str], *, before: datetime) -> int:
    """Delete a shop's old runs of these commands; how many. The newest that ended complete stays."""
    kept = newest_run(connection, shop_id, commands, complete=True)
    old = delete(sync_run).where(
        sync_run.c.shop_id == shop_id,
        sync_run.c.command.in_(commands),
        sync_run.c.started_at < before,
        sync_run.c.id != (0 if kept is None else kept.id),
    )
    return connection.execute(old).rowcount


def holder_of(connection: Connection, resource: str, *, now: datetime) -> str | None:
    """Who holds the lease on a resource, None where nobody does or it has run out."""
    held = (lease.c.resource == resource, lease.c.owner != "", lease.c.expires_at > now)
    return connection.scalar(select(lease.c.owner).where(*held))


def release_leases(connection: Connection, owner: str) -> int:
    """Give back everything an owner holds; how many leases. Whatever it still tries under them is void."""
    free = {"owner": "", "expires_at": datetime(1970, 1, 1, tzinfo=UTC)}
    return connection.execute(update(lease).where(lease.c.owner == owner).values(free)).rowcount
