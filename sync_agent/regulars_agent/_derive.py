"""Resolve and compute: dirty accounts become persons, dirty persons get their facts and offers.

Each chunk is one transaction under a lease; a mark is cleared only if nothing marked it again meanwhile.
Very many accounts at once, as after the first reading of a shop, are resolved from scratch in a single one.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

import regulars_marketing as marketing
import regulars_store as store
from regulars_agent._budgets import give_budgets_back
from regulars_agent._identity_sides import side_of
from regulars_agent._leases import Held, held
from regulars_agent._money import note_money_rules
from regulars_agent._profile_rules import profile_rules
from regulars_agent._ratings import rate_everybody
from regulars_agent._stop_list import end_stops, stops_are_over
from regulars_agent._waiting import changes_wait
from regulars_agent._workspace import Workspace
from regulars_store._dirty import clear_stage, most_are_marked

ACCOUNTS_A_CHUNK = 500
EVERYBODY = "programmes"
"""The stage that is marked when the rules changed: everybody's offers are due, whoever died on the way."""
_MOST_OF_ALL = "most of all"

Progress = Callable[[int], None]


@dataclass(slots=True)
class Derived:
    """What a run went through."""

    accounts: int = 0
    persons: int = 0
    offers_changed: int = 0


def derive(workspace: Workspace, *, progress: Progress = lambda _: None) -> Derived:
    """Everything that is dirty, and all who came off the stop-list by time, to the end. Raises RetryError
    while another worker derives."""
    derived = Derived()
    end_stops(workspace)

    def resolve(connection: Connection, keys: Sequence[str]) -> None:
        store.mark_offered(connection, store.resolve(connection, keys).persons)
        derived.accounts += len(keys)

    def compute(connection: Connection, keys: Sequence[str]) -> None:
        rules = profile_rules(workspace, connection)
        done = marketing.compute(connection, keys, now=workspace.clock(), profiles=rules)
        derived.offers_changed += done.offers_changed
        derived.persons += len(keys)

    with held(workspace, "derive:identity") as lease:
        if anew := _resolved_from_scratch(lease):
            derived.accounts += anew
            progress(anew)
        _drain(lease, "identity", ACCOUNTS_A_CHUNK, resolve, progress)
    with held(workspace, "derive:facts") as lease:
        note_money_rules(lease, everybody=EVERYBODY)
        if marked := _everybody_instead(lease):
            derived.persons += marked
            progress(marked)
        else:
            _drain(lease, "facts", workspace.settings.batches.persons, compute, progress)
        derived.offers_changed += compute_everybody(lease)
        # Who changed while everybody was computed.
        _drain(lease, "facts", workspace.settings.batches.persons, compute, progress)
        rate_everybody(lease)
    return derived


def derive_anew(
    workspace: Workspace, person: str | None = None, *, progress: Progress = lambda _: None
) -> Derived:
    """`derive` with a person, or without one everybody, as if something of theirs had changed: what stands in
    the store of their figures and offers and does not follow from the rest is put right.

    Raises as `derive`, and as ``side_of`` does of who is no person.
    """
    with workspace.store.write() as connection:
        if person is None:
            store.mark_dirty(connection, EVERYBODY, ["anew"])
        else:
            store.mark_dirty(connection, "facts", [side_of(connection, person).person])
    return derive(workspace, progress=progress)


def waits_to_be_computed(workspace: Workspace) -> bool:
    """Whether something changed from which persons, facts or offers do not follow yet."""
    with workspace.store.read() as connection:
        waits = changes_wait(connection)
        return waits or stops_are_over(connection, workspace.clock())


def compute_everybody(lease: Held) -> int:
    """Compute everybody where the rules changed since that was last done; how many offers changed.

    Under the lease on ``derive:facts``. Broken off, it is due again.
    """
    workspace = lease.workspace
    with workspace.store.read() as connection:
        marks = store.dirty_marks(connection, EVERYBODY, limit=1_000)
        rules = profile_rules(workspace, connection)
    if not marks:
        return 0
    if all(mark.key != _MOST_OF_ALL for mark in marks):
        # Else persons wait for their offers, without which what is reserved for these seems needless.
        give_budgets_back(lease)
    batches = workspace.settings.batches
    done = marketing.compute_all(
        workspace.store,
        now=workspace.clock(),
        profiles=rules,
        rating=workspace.settings.rating,
        chunk=batches.persons,
        pause=batches.pause,
        write=lease.write,
    )
    with lease.write() as connection:
        store.clear_dirty(connection, EVERYBODY, marks)
    return done.offers_changed


def _everybody_instead(lease: Held) -> int:
    """Have everybody computed instead of those who are marked, where these are most of very many; of how
    many that did away with the marks."""
    with lease.workspace.store.read() as connection:
        if not most_are_marked(connection):
            return 0
    with lease.write() as connection:
        store.mark_dirty(connection, EVERYBODY, [_MOST_OF_ALL])
        return clear_stage(connection, "facts")


def _resolved_from_scratch(lease: Held) -> int:
    """Resolve everybody anew where that pays; of how many accounts that did away with the marks.

    Meanwhile others wait to write, which is why it is left where they would wait long (``scratch_disturbs``).
    Broken off, it never happened and every mark stands.
    """
    workspace = lease.workspace
    with workspace.store.read() as connection:
        if not store.scratch_pays(connection) or store.scratch_disturbs(connection, now=workspace.clock()):
            return 0
        marked = store.dirty_count(connection, "identity")

    def finish(connection: Connection) -> None:
        store.mark_everybody_offered(connection)
        lease.lease.renew(connection, now=workspace.clock())

    store.resolve_all(workspace.store, also=finish)
    return marked


def _drain(
    lease: Held,
    stage: str,
    size: int,
    work: Callable[[Connection, Sequence[str]], None],
    progress: Progress,
) -> None:
    while True:
        with lease.write() as connection:
            marks = store.dirty_marks(connection, stage, limit=size)
            if not marks:
                return
            work(connection, [mark.key for mark in marks])
            store.clear_dirty(connection, stage, marks)
        progress(len(marks))
        time.sleep(lease.workspace.settings.batches.pause)
