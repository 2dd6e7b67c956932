"""Telling of status changes: at least once each, by an id that stays; what cannot be told is tried again."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Event
from typing import Any

import regulars_store as store
from regulars_agent._hook_secrets import forget_old_secrets
from regulars_agent._leases import Held, held
from regulars_agent._status_hooks import MOST_HOOKS, listen_for_signal, sender_of
from regulars_agent._status_sending import Answered, Message, Sender
from regulars_agent._workspace import Workspace
from regulars_mapping import MisconfiguredError

CHANGED = "order.status_changed"
"""The type of the messages."""
RESOURCE = "status hooks"
"""The lease under which one worker at a time tells."""
FIRST_WAIT = timedelta(seconds=5)
"""After a first failure; six times as long after each further, up to ``LONGEST_WAIT``."""
LONGEST_WAIT = timedelta(hours=6)
_AT_ONCE = 100
_LOOK_AGAIN = 1.0
"""Seconds between two looks at what is due, while somebody is still being told."""
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Told:
    """What became of what was due: told, would not be had at the other end (now), given up for good."""

    delivered: int = 0
    refused: int = 0
    dead: int = 0
    unreachable: int = 0
    """Addresses that do not answer."""

    def __add__(self, other: "Told") -> "Told":
        return Told(*(getattr(self, each) + getattr(other, each) for each in self.__slots__))


def status_changes_due(workspace: Workspace) -> bool:
    """Whether anybody is to be told anything now."""
    with workspace.store.read() as connection:
        return store.status_hooks.any_due(connection, now=workspace.clock())


def deliver_status_changes(workspace: Workspace, *, stopping: Callable[[], bool] = lambda: False) -> Told:
    """Tell every address what is due now, all beside each other, and note after each message how it went.

    An address that does not answer is left alone for a while. Killed between a message and its note, the
    message is sent again, with the same id. Raises RetryError while another worker tells.
    """
    with held(workspace, RESOURCE) as lease:
        return _beside_each_other(lease, stopping)


def _beside_each_other(lease: Held, stopping: Callable[[], bool]) -> Told:
    """Each address has a thread of its own, so that one that answers slowly holds up no other. What comes
    for another meanwhile is told meanwhile."""
    told, running, failed = Told(), dict[int, Future[Told]](), Event()
    with ThreadPoolExecutor(MOST_HOOKS, "hook") as pool:
        try:
            while True:
                for hook in () if stopping() else _awake(lease.workspace):
                    if hook.id not in running:
                        telling = _Telling(lease, hook, lambda: failed.is_set() or stopping())
                        running[hook.id] = pool.submit(telling.tell)
                if not running:
                    return told
                wait(running.values(), timeout=_LOOK_AGAIN, return_when=FIRST_COMPLETED)
                for id_ in [id_ for id_, each in running.items() if each.done()]:
                    told += running.pop(id_).result()
        except BaseException:
            failed.set()
            raise


def _awake(workspace: Workspace) -> list[store.status_hooks.StatusHook]:
    """Those that are to be told something now."""
    with workspace.store.read() as connection:
        return store.status_hooks.awake(connection, now=workspace.clock())


def forget_told_changes(workspace: Workspace) -> int:
    """Drop the notes of what was changed long ago, told or not, and the secrets that hold no more; how many
    notes."""
    forget_old_secrets(workspace)
    with workspace.store.write() as connection:
        return store.status_hooks.forget(connection, now=workspace.clock())


def take_status_changes(workspace: Workspace, tell: Callable[[Mapping[str, Any]], bool], *, who: str) -> Told:
    """Hand each change that waits for a site's signal to ``tell``, as ``data_of`` gives it with its ``id``,
    and note after each whether it was taken; what was not is handed over again later.

    The first call begins: only later changes are told. Killed between a change and its note, it is handed
    over again. Raises RetryError while another process takes them.
    """
    hook, told = listen_for_signal(workspace, who=who), Told()
    with held(workspace, f"{RESOURCE}: {hook.key}") as lease:
        while waiting := _due(workspace, hook):
            for delivery in waiting:
                taken = tell({"id": delivery.message, **data_of(delivery)})
                answered = Answered("" if taken else "a receiver of the signal raised an error")
                _note(lease, delivery, answered, told)
    return told


class _Telling:
    """What is due to one hook, in its order, until the address fails or the work is stopped."""

    def __init__(
        self,
        lease: Held,
        hook: store.status_hooks.StatusHook,
        stopping: Callable[[], bool],
    ) -> None:
        self.lease = lease
        self.hook = hook
        self.told = Told()
        self.stopping = stopping

    def tell(self) -> Told:
        """All that is due, a hundred at a time: what waited for the first of an order comes after it."""
        workspace = self.lease.workspace
        try:
            sender = sender_of(workspace, self.hook)
        except MisconfiguredError as error:
            self._unreachable(Answered(str(error), busy=True))
            return self.told
        with sender:
            while waiting := _due(workspace, self.hook):
                for delivery in waiting:
                    if self.stopping() or not self._send(sender, delivery):
                        return self.told
        return self.told

    def _send(self, sender: Sender, delivery: store.status_hooks.StatusDelivery) -> bool:
        """Whether the next may be sent."""
        answered = sender.send(message_of(delivery), now=self.lease.workspace.clock())
        if answered.busy:
            self._unreachable(answered)
            return False
        _note(self.lease, delivery, answered, self.told)
        self.hook = replace(self.hook, failures=0)
        return True

    def _unreachable(self, answered: Answered) -> None:
        now = self.lease.workspace.clock()
        wait = max(wait_after(self.hook.failures + 1), timedelta(seconds=answered.after))
        with self.lease.write() as connection:
            self.told.dead += store.status_hooks.unreachable(
                connection,
                self.hook,
                problem=answered.problem,
                until=now + min(wait, LONGEST_WAIT),
                most=self.lease.workspace.settings.hooks.tries,
                now=now,
            )
        self.told.unreachable += 1
        _log.info("hook=%s is left alone for a while: %s", self.hook.key, answered.problem)


def _due(
    workspace: Workspace, hook: store.status_hooks.StatusHook
) -> list[store.status_hooks.StatusDelivery]:
    with workspace.store.read() as connection:
        return store.status_hooks.due(connection, hook.id, now=workspace.clock(), limit=_AT_ONCE)


def _note(lease: Held, delivery: store.status_hooks.StatusDelivery, answered: Answered, told: Told) -> None:
    """Write how a delivery went: told, to be tried again, or given up."""
    now = lease.workspace.clock()
    failures = delivery.tries + 1
    last = answered.gone or failures >= lease.workspace.settings.hooks.tries
    with lease.write() as connection:
        if not answered.problem:
            store.status_hooks.delivered(connection, delivery, now=now)
        else:
            until = None if last else now + wait_after(failures)
            problem = answered.problem
            store.status_hooks.undelivered(connection, delivery, problem=problem, until=until, now=now)
    told.delivered += not answered.problem
    told.refused += bool(answered.problem) and not last
    told.dead += bool(answered.problem) and last


def wait_after(failures: int) -> timedelta:
    """How long to wait after so many failures."""
    factor: int = 6 ** min(max(failures - 1, 0), 9)
    return min(FIRST_WAIT * factor, LONGEST_WAIT)


def message_of(delivery: store.status_hooks.StatusDelivery) -> Message:
    """What is told of a change: ids and statuses, nothing of the person."""
    return Message.of(delivery.message, CHANGED, at=delivery.at, data=data_of(delivery))


def data_of(delivery: store.status_hooks.StatusDelivery) -> dict[str, Any]:
    """The same as a plain document. ``from`` is None for a new order; ``person`` is who the account is of at
    this moment, which merging and splitting may change."""
    return {
        "order": delivery.order_id,
        "shop": delivery.shop,
        "number": delivery.number or "",
        "from": delivery.before,
        "to": delivery.after,
        "shop_from": delivery.shop_before,
        "shop_to": delivery.shop_after,
        "at": delivery.at.isoformat().replace("+00:00", "Z"),
        "account": delivery.account_id,
        "person": delivery.person_id,
    }
