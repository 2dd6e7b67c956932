"""One visit to one shop: what changed comes in, what follows from it goes back within the owner's limits.

Every step begins where the last visit was broken off, whatever broke it.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta

import regulars_store as store
from regulars_agent._apply import apply_plan
from regulars_agent._barred import barred_kinds
from regulars_agent._by_hand import adopt_labels, labels_stage, strays_stage
from regulars_agent._derive import derive
from regulars_agent._goods import ShopGoods
from regulars_agent._leases import visit
from regulars_agent._noticed import read_noticed
from regulars_agent._plan import fingerprint, plan_computed
from regulars_agent._pull import Pulled
from regulars_agent._risk import confirming
from regulars_agent._settle import settle
from regulars_agent._sync import UNSOUND, SyncReport, backfill, sync
from regulars_agent._workspace import Workspace
from regulars_connectors import Scan
from regulars_mapping import LeaseLostError, PermanentError, RetryError

PLAN_WAITS = timedelta(days=1)
"""How long a plan waits for a person as it is; after that a new one takes its place."""

Beat = Callable[[object], None]
"""Called between any two transactions; may raise to end the visit there."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Exchanged:
    """What a visit did. ``noticed`` were read since a webhook named them; ``waiting`` is the plan that waits
    for a person, '' where none does."""

    read: str = "sync"
    noticed: int = 0
    new: int = 0
    changed: int = 0
    plan: str = ""
    confirmed: int = 0
    unfinished: int = 0
    waiting: str = ""
    reasons: list[str] = field(default_factory=list)


def exchange(workspace: Workspace, shop: store.Shop, *, beat: Beat) -> Exchanged:
    """Settle unanswered writes, read what changed (all of it, before the first time), derive, plan and apply.

    A plan beyond the risk limits is left open for a person. Raises what its steps raise; may be called again
    after any interruption.
    """
    done = Exchanged()
    _settle(workspace, shop)
    if _history_read(workspace, shop):
        with _told(done):
            _read_noticed(workspace, shop, done, beat)
    _read(workspace, shop, done, beat)
    _follow(workspace, shop, done, beat)
    return done


def exchange_noticed(workspace: Workspace, shop: store.Shop, *, beat: Beat) -> Exchanged:
    """Read only what webhooks have named, derive, plan and apply: the shop is not asked what changed.

    Raises what its steps raise; may be called again after any interruption.
    """
    done = Exchanged("notices")
    _settle(workspace, shop)
    if _history_read(workspace, shop):
        _read_noticed(workspace, shop, done, beat)
        _follow(workspace, shop, done, beat)
    return done


def _follow(workspace: Workspace, shop: store.Shop, done: Exchanged, beat: Beat) -> None:
    """What follows from what came in. Another worker derives: what it leaves, the next visit does."""
    with suppress(RetryError):
        derive(workspace, progress=beat)
    _write(workspace, shop, done, beat)


@contextmanager
def _told(done: Exchanged) -> Iterator[None]:
    """What could not be read by name is told, and waits; the shop's word of changes is read all the same."""
    try:
        yield
    except LeaseLostError:
        raise
    except (RetryError, PermanentError) as error:
        done.reasons.append(str(error))


def _read_noticed(workspace: Workspace, shop: store.Shop, done: Exchanged, beat: Beat) -> None:
    with visit(workspace, shop, resource="pull") as at:
        done.noticed = read_noticed(at, pulled=Pulled(), progress=beat).read


def _settle(workspace: Workspace, shop: store.Shop) -> None:
    with workspace.store.read() as connection:
        unanswered = store.sent_operations(connection, shop.id, sent_before=workspace.clock(), limit=1)
    if unanswered:
        with visit(workspace, shop, resource="push") as at:
            settle(at)


def _read(workspace: Workspace, shop: store.Shop, done: Exchanged, beat: Beat) -> None:
    done.read = "sync" if _history_read(workspace, shop) else "backfill"
    run = sync if done.read == "sync" else backfill
    report: SyncReport = run(workspace, shop.name, progress=beat)
    done.new, done.changed = report.pulled.total("new"), report.pulled.total("changed")
    if not report.sound:
        done.reasons.append(UNSOUND)
    done.reasons += [each.reason for each in report.barred if each.fresh]


def _history_read(workspace: Workspace, shop: store.Shop) -> bool:
    """Whether a backfill came to its end in every kind that the key may read."""
    with workspace.connector(shop) as connector, workspace.store.read() as connection:
        barred = {each.kind for each in barred_kinds(connection, shop)}
        scans = [
            store.checkpoint_of(connection, shop.id, kind, Scan.HISTORY.value)
            for kind in connector.kinds
            if kind not in barred
        ]
    return all(scan is not None and (scan.done or scan.cursor is None) for scan in scans)


def _write(workspace: Workspace, shop: store.Shop, done: Exchanged, beat: Beat) -> None:
    with workspace.store.read() as connection:
        plan = store.open_plan_of(connection, shop.id)
    if plan is not None and plan.state == "applying":
        # It was begun, and maybe confirmed by a person: it is ended before anything else is planned.
        _apply(workspace, shop, plan.id, done, beat)
        if done.unfinished:
            return
    elif plan is not None and _waits(workspace, plan):
        done.waiting = plan.id
        return
    _look_at_labels(workspace, shop)
    if not _to_plan(workspace, shop):
        return
    # Not the plan that derives: another worker may, and landing goes on in other shops.
    summary = plan_computed(workspace, shop)
    if summary.beyond:
        done.waiting = summary.id
        _log.warning(
            "shop=%s plan=%s waits for a person: %s. Look it over, then: %s",
            shop.name,
            summary.id,
            "; ".join(summary.beyond),
            confirming(shop.name, summary.id),
        )
    elif summary.operations:
        _apply(workspace, shop, summary.id, done, beat)


def _look_at_labels(workspace: Workspace, shop: store.Shop) -> None:
    """Labels that landed otherwise than they stand in the books: most often of customers read before a write
    reached them, and then no plan is due."""
    with workspace.store.read() as connection:
        marked = store.dirty_count(connection, labels_stage(shop.id))
    if marked:
        with visit(workspace, shop, resource="push") as at:
            adopt_labels(at)


def _waits(workspace: Workspace, plan: store.StoredPlan) -> bool:
    """Whether a plan is a person's to decide upon. It stays as it is meanwhile: what they looked over must be
    what they confirm."""
    return bool(plan.summary.get("beyond")) and workspace.clock() - plan.created_at < PLAN_WAITS


def _to_plan(workspace: Workspace, shop: store.Shop) -> bool:
    """Whether a plan could hold anything: an empty one each visit would only fill the store."""
    with workspace.connector(shop) as connector:
        mechanisms = connector.mechanisms(frozenset(shop.capabilities))
    with workspace.store.read() as connection:
        now = fingerprint(mechanisms, ShopGoods.read(connection, shop, workspace.clock()))
        return (
            store.last_mechanism(connection, shop.id) != now
            or store.dirty_count(connection, f"offers:{shop.id}") > 0
            or store.dirty_count(connection, strays_stage(shop.id)) > 0
            or store.dirty_count(connection, store.profiles_stage(shop.id)) > 0
            or store.open_plan_of(connection, shop.id) is not None
            or bool(store.stranded_accounts(connection, shop.id))
        )


def _apply(workspace: Workspace, shop: store.Shop, plan_id: str, done: Exchanged, beat: Beat) -> None:
    applied = apply_plan(workspace, shop, plan_id, progress=beat)
    done.plan, done.confirmed, done.unfinished = applied.plan, applied.confirmed, applied.unanswered
    done.reasons += applied.reasons
