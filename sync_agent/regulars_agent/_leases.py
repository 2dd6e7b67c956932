"""A lease held for the length of a piece of work, whose every transaction is fenced by its epoch."""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._owner import holder_is_dead
from regulars_agent._workspace import Workspace
from regulars_connectors import Connector
from regulars_mapping import RegularsError

_log = logging.getLogger(__name__)


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
    """Take a lease, give it back at the end. Raises RetryError naming the holder while another has it."""
    with workspace.store.write() as connection:
        lease = store.take_lease(
            connection,
            resource,
            owner=workspace.owner,
            now=workspace.clock(),
            ttl=workspace.settings.lease.ttl,
            holder_is_dead=holder_is_dead,
        )
    try:
        yield Held(workspace, lease)
    finally:
        _release(workspace, lease)


def _release(workspace: Workspace, lease: store.Lease) -> None:
    try:
        with workspace.store.write() as connection:
            lease.release(connection)
    except RegularsError as error:
        # It runs out by itself; an error from here would hide why the work ended.
        _log.warning("the lease on %s could not be given back: %s", lease.resource, error)
