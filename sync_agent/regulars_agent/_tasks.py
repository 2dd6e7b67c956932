"""The agent's tasks: what huey wakes. They carry ids only, and ask the store what is to be done."""

import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from huey import Huey

from regulars_agent._agenda import Duty, due
from regulars_agent._demands import carry_out_demands, demands_due
from regulars_agent._status_delivery import deliver_status_changes, status_changes_due
from regulars_agent._tick import Asked, perform
from regulars_agent._workspace import Workspace
from regulars_mapping import RegularsError, RetryError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tasks:
    """The tasks of one queue, bound to one workspace. Calling one puts it into the queue."""

    pulse: Callable[[], object]
    """Queue every duty that is due."""
    work: Callable[[int, str], object]
    """Do a duty in a shop, by the shop's id and the duty's word, if it is still due."""
    tell: Callable[[], object]
    """Tell others of the order status changes that wait."""
    heed: Callable[[], object]
    """Carry out what the law demands."""
    performed: Counter[str]
    """How many duties have ended in this process, by their outcome."""


def bind(huey: Huey, workspace: Workspace, *, stopping: Asked = lambda: False) -> Tasks:
    """Make the tasks of this workspace known to a queue. ``pulse`` is queued each second while something is
    due and nothing is queued; work that is ``stopping`` ends after its transaction."""
    started = workspace.clock()
    troubles, performed, counting = _Troubles(), Counter[str](), Lock()

    @huey.task(name="work")
    def work(shop_id: int, duty: str) -> None:
        with troubles:
            done = perform(workspace, shop_id, Duty(duty), started=started, stopping=stopping)
            with counting:
                performed[done.outcome.value] += 1

    @huey.task(name="tell")
    def tell() -> None:
        with troubles, suppress(RetryError):
            # Another worker tells already.
            deliver_status_changes(workspace, stopping=stopping)

    @huey.task(name="heed")
    def heed() -> None:
        with troubles, suppress(RetryError):
            # Another worker does already.
            carry_out_demands(workspace, stopping=stopping)

    def awaited(_: datetime) -> bool:
        with troubles:
            return not huey.pending_count() and (
                bool(due(workspace, workspace.clock(), started=started))
                or status_changes_due(workspace)
                or demands_due(workspace)
            )
        return False

    @huey.periodic_task(awaited, name="pulse")
    def pulse() -> None:
        with troubles:
            for each in due(workspace, workspace.clock(), started=started):
                work(each.shop_id, each.duty.value)
            if status_changes_due(workspace):
                tell()
            if demands_due(workspace):
                heed()

    return Tasks(pulse=pulse, work=work, tell=tell, heed=heed, performed=performed)


class _Troubles:
    """Keeps the waker alive whatever keeps the store from being asked; the same is told once."""

    def __init__(self) -> None:
        self.told = ""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> bool:
        if error is None:
            self.told = ""
        if not isinstance(error, Exception):
            return False
        said = str(error) if isinstance(error, RegularsError) else f"{type(error).__name__}"
        level = logging.DEBUG if said == self.told else logging.WARNING
        self.told = said
        _log.log(level, "nothing can be done at the moment: %s", said)
        return True
