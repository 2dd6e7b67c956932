"""Leases with a fencing epoch: who may work on a resource, and a proof of it in every transaction.

A worker that was only asleep finds its epoch outdated in its next fenced transaction and has no effect.
PostgreSQL's own clock decides there, so that hosts need not agree on the time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Interval, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from regulars_mapping import LeaseLostError, RetryError
from regulars_store._tables import lease
from regulars_store._types import UtcDateTime

_NOBODY = ""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class LeaseHeldError(RetryError):
    """Somebody holds the lease on ``resource``: ``owner``, and if they say no more, ``until`` then."""

    def __init__(self, resource: str, owner: str, *, until: datetime, now: datetime) -> None:
        super().__init__(
            f"{resource} is being worked on by {owner} until {until:%Y-%m-%d %H:%M:%S} UTC; "
            "wait for it or stop that process",
            retry_after=(until - now).total_seconds(),
        )
        self.resource = resource
        self.owner = owner
        self.until = until


@dataclass(frozen=True, slots=True)
class Lease:
    """A held lease. ``epoch`` grows with every taking of the resource, for ever."""

    resource: str
    owner: str
    epoch: int
    ttl: timedelta

    def renew(self, connection: Connection, *, now: datetime) -> None:
        """Prolong by ``ttl`` from now, in the transaction whose writes it guards.

        Raises LeaseLostError when somebody else has taken the resource since, or it was released.
        """
        held = (lease.c.resource == self.resource, lease.c.owner == self.owner, lease.c.epoch == self.epoch)
        expires = _until(connection, now, self.ttl)
        if connection.execute(update(lease).where(*held).values(expires_at=expires)).rowcount == 0:
            raise LeaseLostError(f"the lease on {self.resource} was taken over; this worker stops here")

    def release(self, connection: Connection) -> None:
        """Give it back at once. No effect when it is lost already."""
        held = (lease.c.resource == self.resource, lease.c.epoch == self.epoch)
        connection.execute(update(lease).where(*held).values(owner=_NOBODY, expires_at=_LONG_AGO))


def take_lease(
    connection: Connection,
    resource: str,
    *,
    owner: str,
    now: datetime,
    ttl: timedelta,
    holder_is_dead: Callable[[str], bool] | None = None,
) -> Lease:
    """The lease on a resource, when it is free, expired, or ``holder_is_dead(holder)``.

    ``owner`` names a process for good (host, pid, start). Raises LeaseHeldError while it is held, also by the
    same owner: two threads exclude each other too.
    """
    _ensure_row(connection, resource)
    moment = database_time(connection, now)
    found = connection.execute(select(lease).where(lease.c.resource == resource).with_for_update()).one()
    free = found.owner == _NOBODY or found.expires_at <= moment
    if not free and not (holder_is_dead is not None and holder_is_dead(found.owner)):
        raise LeaseHeldError(resource, found.owner, until=found.expires_at, now=moment)
    values = {"owner": owner, "epoch": found.epoch + 1, "expires_at": moment + ttl}
    connection.execute(update(lease).where(lease.c.resource == resource).values(values))
    return Lease(resource, owner, found.epoch + 1, ttl)


def database_time(connection: Connection, now: datetime) -> datetime:
    """PostgreSQL's clock; ``now`` on SQLite, whose clock is this machine's."""
    if connection.dialect.name == "postgresql":
        return connection.execute(select(func.clock_timestamp(type_=UtcDateTime()))).scalar_one()
    return now


def _until(connection: Connection, now: datetime, ttl: timedelta) -> object:
    if connection.dialect.name == "postgresql":
        return func.clock_timestamp() + literal(ttl, Interval())
    return now + ttl


def _ensure_row(connection: Connection, resource: str) -> None:
    row = {"resource": resource, "owner": _NOBODY, "epoch": 0, "expires_at": _LONG_AGO}
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(lease).values(row).on_conflict_do_nothing())
