"""What somebody says about persons holds at once: recorded, resolved and computed in one transaction."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime

from sqlalchemy import Connection

import regulars_marketing as marketing
import regulars_store as store
from regulars_agent._leases import held
from regulars_agent._profile_rules import profile_rules
from regulars_agent._workspace import Workspace


class _Rehearsed(Exception):  # noqa: N818  no error: it takes a rehearsal's transaction back
    pass


@contextmanager
def at_once(workspace: Workspace, *, dry_run: bool) -> Iterator[Connection]:
    """One transaction in which nobody else resolves or computes; a rehearsal's is taken back.

    Raises RetryError while another worker derives.
    """
    with (
        held(workspace, "derive:identity") as identity,
        held(workspace, "derive:facts") as facts,
        suppress(_Rehearsed),
        identity.write(durable=not dry_run) as connection,
    ):
        facts.lease.renew(connection, now=workspace.clock())
        yield connection
        if dry_run:
            raise _Rehearsed


def carry_out(
    workspace: Workspace, connection: Connection, accounts: Sequence[str], *, now: datetime
) -> None:
    """Resolve these accounts and all that it reaches, and compute the persons whom it touches."""
    changed = store.marks_of(connection, "identity", accounts)
    persons = store.resolve(connection, accounts).persons
    store.mark_offered(connection, persons)
    touched = store.marks_of(connection, "facts", persons)
    marketing.compute(connection, persons, now=now, profiles=profile_rules(workspace, connection))
    store.clear_dirty(connection, "identity", changed)
    store.clear_dirty(connection, "facts", touched)
