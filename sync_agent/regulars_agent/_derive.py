"""Resolve and compute: dirty accounts become persons, dirty persons get their facts and offers.

Each chunk is one transaction under a lease; a mark is cleared only if nothing marked it again meanwhile.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

import regulars_marketing as marketing
import regulars_store as store
from regulars_agent._leases import held
from regulars_agent._workspace import Workspace

ACCOUNTS_A_CHUNK = 500
PERSONS_A_CHUNK = 200
"""A compute transaction of 200 persons keeps the site's writes waiting for milliseconds only."""

Progress = Callable[[int], None]


@dataclass(slots=True)
class Derived:
    """What a run went through."""

    accounts: int = 0
    persons: int = 0
    offers_changed: int = 0


def derive(workspace: Workspace, *, progress: Progress = lambda _: None) -> Derived:
    """Everything that is dirty, to the end. Raises RetryError while another worker derives."""
    derived = Derived()

    def resolve(connection: Connection, keys: Sequence[str]) -> None:
        store.resolve(connection, keys)
        derived.accounts += len(keys)

    def compute(connection: Connection, keys: Sequence[str]) -> None:
        derived.offers_changed += marketing.compute(connection, keys, now=workspace.clock()).offers_changed
        derived.persons += len(keys)

    _drain(workspace, "identity", ACCOUNTS_A_CHUNK, resolve, progress)
    _drain(workspace, "facts", PERSONS_A_CHUNK, compute, progress)
    return derived


def _drain(
    workspace: Workspace,
    stage: str,
    size: int,
    work: Callable[[Connection, Sequence[str]], None],
    progress: Progress,
) -> None:
    with held(workspace, f"derive:{stage}") as lease:
        while True:
            with lease.write() as connection:
                marks = store.dirty_marks(connection, stage, limit=size)
                if not marks:
                    return
                work(connection, [mark.key for mark in marks])
                store.clear_dirty(connection, stage, marks)
            progress(len(marks))
            time.sleep(workspace.settings.batches.pause)
