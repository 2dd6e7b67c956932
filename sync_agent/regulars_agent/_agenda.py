"""What is due in which shop, said by the rows of runs alone: no state outlives an agent elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._owner import holder_is_dead
from regulars_agent._settings import AgentSettings
from regulars_agent._webhooks import webhook_url
from regulars_agent._workspace import Workspace
from regulars_mapping import Failure

FIRST_WAIT = timedelta(seconds=30)
"""After a first failure that may pass by itself, unless the interval is shorter; doubled by each further."""
LONGEST_WAIT = timedelta(hours=1)
"""The longest between two tries; also how long a mistake is left alone that only a person can mend."""


BETWEEN_NOTICES = timedelta(seconds=5)
"""The pause after a visit for what webhooks named: a burst is read together, and a shop is not hurried."""
BETWEEN_CARE = timedelta(hours=1)
"""From one look at a shop's webhooks to the next."""


class Duty(StrEnum):
    """What an agent does in a shop."""

    EXCHANGE = "exchange"
    """Bring in what changed, derive, and write back what follows from it."""
    SWEEP = "sweep"
    """Compare everything with the shop's own word, once a day."""
    NOTICES = "notices"
    """Bring in what webhooks have named, as soon as it waits, and write back what follows from it."""
    WEBHOOKS = "webhooks"
    """See that the shop's webhooks work, once an hour, and mend those that do not."""

    @property
    def command(self) -> str:
        """The name in the rows of runs."""
        return f"agent {self.value}"


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """A duty whose time has come: since when, and where."""

    since: datetime
    shop_id: int
    duty: Duty


def due(workspace: Workspace, now: datetime, *, started: datetime | None = None) -> list[Due]:
    """Everything that is due and that nobody works on, longest due first.

    What an agent that ``started`` later could not do because something was misconfigured is due at once: it
    was probably mended before the start.
    """
    terms = _Terms(workspace.settings.agent, now, started)
    with workspace.store.read() as connection:
        free = [shop for shop in store.shops(connection) if not _in_work(connection, shop, now)]
        found = [each for shop in free for each in _of_shop(connection, shop, terms)]
    return sorted(each for each in found if each.since <= now)


def still_due(
    workspace: Workspace, shop: store.Shop, duty: Duty, now: datetime, *, started: datetime | None = None
) -> bool:
    """Whether a duty is due, asked by whoever holds the lease on it."""
    terms = _Terms(workspace.settings.agent, now, started)
    with workspace.store.read() as connection:
        found = list(_of_shop(connection, shop, terms))
    return any(each.duty is duty and each.since <= now for each in found)


def resource_of(shop_id: int) -> str:
    """The lease under which one agent at a time does a shop's duties."""
    return f"agent:{shop_id}"


def wait_after(failure: Failure, failures: int, settings: AgentSettings, asked: float | None) -> timedelta:
    """How long to wait after so many failures in a row; at least what the other side ``asked`` for, in
    seconds, but never longer than ``LONGEST_WAIT``."""
    if failure is not Failure.RETRY:
        return LONGEST_WAIT
    first = min(FIRST_WAIT, settings.every)
    doubled = first * (1 << min(failures - 1, 20))
    return min(max(doubled, timedelta(seconds=min(asked or 0, LONGEST_WAIT.total_seconds()))), LONGEST_WAIT)


def sweep_moment(now: datetime, *, zone: str | None, hour: int) -> datetime:
    """The newest moment, not after ``now``, at which a day's sweep was to begin; UTC where the shop did not
    tell its zone."""
    local = now.astimezone(ZoneInfo(zone) if zone else UTC)
    moment = local.replace(hour=hour, minute=0, second=0, microsecond=0, fold=0)
    if moment.astimezone(UTC) > now:
        moment -= timedelta(days=1)
    return moment.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class _Terms:
    settings: AgentSettings
    now: datetime
    started: datetime | None


def _in_work(connection: Connection, shop: store.Shop, now: datetime) -> bool:
    holder = store.holder_of(connection, resource_of(shop.id), now=now)
    return holder is not None and not holder_is_dead(holder)


def _of_shop(connection: Connection, shop: store.Shop, terms: _Terms) -> Iterator[Due]:
    last = store.newest_run(connection, shop.id, (Duty.EXCHANGE.command,))
    yield Due(shop.added_at if last is None else _next_exchange(last, terms), shop.id, Duty.EXCHANGE)
    since = _next_sweep(connection, shop, terms)
    if since is not None:
        yield Due(since, shop.id, Duty.SWEEP)
    since = _next_notices(connection, shop, terms)
    if since is not None:
        yield Due(since, shop.id, Duty.NOTICES)
    if webhook_url(shop):
        yield Due(_next_care(connection, shop, terms), shop.id, Duty.WEBHOOKS)


def _next_exchange(last: store.StoredRun, terms: _Terms) -> datetime:
    if last.complete:
        return _after(last.started_at, terms.settings.every, terms.now)
    return _next_try(last, terms)


def _next_sweep(connection: Connection, shop: store.Shop, terms: _Terms) -> datetime | None:
    """None where the day's sweep was done, or where nothing was brought in yet that could be compared."""
    if not _was_read(connection, shop):
        return None
    moment = sweep_moment(terms.now, zone=shop.zone, hour=terms.settings.sweep_hour)
    balanced = store.newest_run(connection, shop.id, ("backfill", "verify"), complete=True)
    if balanced is not None and balanced.started_at >= moment:
        return None
    last = store.newest_run(connection, shop.id, (Duty.SWEEP.command,))
    if last is None or last.started_at < moment:
        return moment
    return None if last.complete else _next_try(last, terms)


def _next_notices(connection: Connection, shop: store.Shop, terms: _Terms) -> datetime | None:
    """None where none waits, or where all of the shop is to be read first."""
    since = store.next_notice(connection, shop.id)
    if since is None or not _was_read(connection, shop):
        return None
    last = store.newest_run(connection, shop.id, (Duty.NOTICES.command,))
    if last is None:
        return since
    if last.complete and last.ended_at is not None:
        return max(since, _after(last.ended_at, BETWEEN_NOTICES, terms.now))
    return max(since, _next_try(last, terms))


def _was_read(connection: Connection, shop: store.Shop) -> bool:
    return store.newest_run(connection, shop.id, (Duty.EXCHANGE.command,), complete=True) is not None


def _next_care(connection: Connection, shop: store.Shop, terms: _Terms) -> datetime:
    last = store.newest_run(connection, shop.id, (Duty.WEBHOOKS.command,))
    if last is None:
        return shop.added_at
    return _after(last.started_at, BETWEEN_CARE, terms.now) if last.complete else _next_try(last, terms)


def _next_try(last: store.StoredRun, terms: _Terms) -> datetime:
    """After a failure, or at once after a run that was cut off or stopped."""
    failure = last.counts.get("failure")
    if last.ended_at is None or failure is None:
        return last.started_at
    mended = failure != Failure.RETRY and terms.started is not None and last.ended_at < terms.started
    if mended:
        return last.ended_at
    wait = wait_after(
        Failure(failure), last.counts["failures"], terms.settings, last.counts.get("retry_after")
    )
    return _after(last.ended_at, wait, terms.now)


def _after(moment: datetime, wait: timedelta, now: datetime) -> datetime:
    """``wait`` after a moment; now where the moment is so late that the clock was set back since."""
    return now if moment > now + wait else moment + wait
