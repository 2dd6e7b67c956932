"""A lease held for the length of a piece of work, whose every transaction is fenced by its epoch."""

import logging
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._busy import busy_words
from regulars_agent._owner import holder_is_dead
from regulars_agent._workspace import Workspace
from regulars_connectors import Connector
from regulars_mapping import RegularsError, RetryError

_log = logging.getLogger(__name__)
_LOOK_AGAIN = 0.05
"""Seconds between two looks at a lease that another worker holds."""


@dataclass(frozen=True, slots=True)
class Held:
    """A lease and the store it guards."""

    workspace: Workspace
    lease: store.Lease

    @property
    def epoch(self) -> int:
        """The fencing epoch, kept beside what is written under it."""
        return self.lease.epoch

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Connection]:
        """One transaction that has no effect unless the lease is still ours. Raises LeaseLostError."""
        with self.workspace.store.write(durable=durable) as connection:
            self.lease.renew(connection, now=self.workspace.clock())
            yield connection


@dataclass(frozen=True, slots=True)
class Visit:
    """Work on one shop under a lease: what every step of it needs."""

    workspace: Workspace
    shop: store.Shop
    connector: Connector
    lease: Held

    def now(self) -> datetime:
        """The agent's clock."""
        return self.workspace.clock()

    def read(self) -> AbstractContextManager[Connection]:
        """A read-only transaction on the store."""
        return self.workspace.store.read()

    def write(self, *, durable: bool = False) -> AbstractContextManager[Connection]:
        """A transaction that has no effect unless the lease is still ours."""
        return self.lease.write(durable=durable)


@contextmanager
def visit(workspace: Workspace, shop: store.Shop, *, resource: str) -> Iterator[Visit]:
    """Open a shop's connector and take the shop's lease for ``resource`` (``pull``, ``push``)."""
    with workspace.connector(shop) as connector, held(workspace, f"{resource}:{shop.id}") as lease:
        yield Visit(workspace, shop, connector, lease)


@contextmanager
def held(workspace: Workspace, resource: str) -> Iterator[Held]:
    """Take a lease, give it back at the end.

    Raises RetryError where another has it, still after the workspace's ``patience``: in words for the owner.
    """
    lease = _taken_in_turn(workspace, resource)
    try:
        yield Held(workspace, lease)
    finally:
        _release(workspace, lease)


def _taken_in_turn(workspace: Workspace, resource: str) -> store.Lease:
    until = time.monotonic() + workspace.patience.total_seconds()
    told = False
    while True:
        try:
            return _taken(workspace, resource)
        except store.LeaseHeldError as error:
            if time.monotonic() + _LOOK_AGAIN > until:
                raise _in_words(workspace, error) from error
            if not told:
                _log.info("waiting for a moment: %s", error)
            told = True
        time.sleep(_LOOK_AGAIN)


def _in_words(workspace: Workspace, error: store.LeaseHeldError) -> RetryError:
    with workspace.store.read() as connection:
        shops = {str(shop.id): shop.name for shop in store.every_shop(connection)}
    return RetryError(busy_words(error, shops), retry_after=error.retry_after)


def _taken(workspace: Workspace, resource: str) -> store.Lease:
    with workspace.store.write() as connection:
        return store.take_lease(
            connection,
            resource,
            owner=workspace.owner,
            now=workspace.clock(),
            ttl=workspace.settings.lease.ttl,
            holder_is_dead=holder_is_dead,
        )


def _release(workspace: Workspace, lease: store.Lease) -> None:
    try:
        with workspace.store.write() as connection:
            lease.release(connection)
    except RegularsError as error:
        # It runs out by itself; an error from here would hide why the work ended.
        _log.warning("the lease on %s could not be given back: %s", lease.resource, error)
