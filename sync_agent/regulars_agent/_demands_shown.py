"""What the law demands, as the owner sees it, and the owner's word about it."""

import shlex
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._workspace import Workspace
from regulars_connectors import Demanded
from regulars_mapping import PermanentError
from regulars_store import erasing

MOST_SHOWN: Final = 200
_WORDS: Final = {
    Demanded.EVIDENCE.value: "a customer asks for their data",
    Demanded.ERASURE.value: "a customer asks to be erased",
    Demanded.SHOP_ERASURE.value: "the shop asks for everything of it to be erased",
}


@dataclass(frozen=True, slots=True)
class LegalDemand:
    """A demand. ``state`` is due (the agent does it), waiting (for the owner) or done; ``account`` is empty
    where no customer was named, ``file`` where none was made. ``late`` says that its term is over."""

    number: int
    shop: str
    what: str
    account: str
    came_at: datetime
    term_at: datetime
    state: str
    note: str
    file: str
    late: bool

    @property
    def words(self) -> str:
        """What is demanded, in plain words."""
        return _WORDS[self.what]


def legal_demands(workspace: Workspace, *, everything: bool = False) -> list[LegalDemand]:
    """The demands that are not done, the shortest term first; with ``everything`` the newest, done or not."""
    with workspace.store.read() as connection:
        read = erasing.demands.last_demands if everything else erasing.demands.open_demands
        found = read(connection, limit=MOST_SHOWN)
        shops = {shop.id: shop.name for shop in store.every_shop(connection)}
    now = workspace.clock()
    return [
        LegalDemand(
            number=each.id,
            shop=shops[each.shop_id],
            what=each.what,
            account=each.account_id,
            came_at=each.at,
            term_at=each.term_at,
            state=each.state,
            note=each.note,
            file=each.file,
            late=each.state != erasing.demands.DONE and each.term_at < now,
        )
        for each in found
    ]


def demand_troubles(workspace: Workspace) -> Iterator[tuple[str, str, str]]:
    """What waits for the owner, failed or is late: subject, in words, and what to do."""
    with workspace.store.read() as connection:
        failed = {
            each.id for each in erasing.demands.open_demands(connection, limit=MOST_SHOWN) if each.tries
        }
    for each in legal_demands(workspace):
        if each.state == erasing.demands.WAITING or each.number in failed or each.late:
            by = f"{'its term ended on' if each.late else 'to be done by'} {each.term_at:%Y-%m-%d}"
            whose = f" ({each.account})" if each.account else ""
            said = f"{each.words[:1].upper()}{each.words[1:]}{whose}, {by}. {each.note}".rstrip()
            yield f"demand {each.number} of {each.shop}", said, _way(each)


def settle_demand(workspace: Workspace, number: int, *, who: str, dry_run: bool = False) -> None:
    """Note that the owner has done what a demand asks for, or has decided about it; a file of evidence that
    was made for it is deleted. Harmless twice. Raises PermanentError where there is no such demand."""
    demand = _numbered(workspace, number)
    if demand.state == erasing.demands.DONE or dry_run:
        return
    if demand.file:
        with suppress(FileNotFoundError):
            Path(demand.file).unlink()
    now = workspace.clock()
    with workspace.store.write(durable=True) as connection:
        values = {"state": erasing.demands.DONE, "done_at": now, "who": who, "file": ""}
        erasing.demands.change_demand(connection, number, **values)
        _audit(workspace, connection, demand, "demand done", who)


def let_shop_be_erased(workspace: Workspace, number: int, *, who: str, dry_run: bool = False) -> None:
    """Give the owner's word that everything of a shop may be erased, as it demands; the agent does it at
    once. Raises PermanentError where there is no such demand that waits."""
    demand = _numbered(workspace, number)
    is_open = demand.what == Demanded.SHOP_ERASURE and demand.state != erasing.demands.DONE
    if not is_open:
        raise PermanentError(f"Demand {number} is none of a shop that waits to be erased. {_LIST}")
    if dry_run:
        return
    with workspace.store.write(durable=True) as connection:
        values = {"who": who, "state": erasing.demands.DUE, "due_at": workspace.clock()}
        erasing.demands.change_demand(connection, number, **values)
        _audit(workspace, connection, demand, "demand let", who)


_LIST: Final = "To see them: regulars shop demands"


def _numbered(workspace: Workspace, number: int) -> erasing.demands.StoredDemand:
    with workspace.store.read() as connection:
        found = erasing.demands.demand_of(connection, number)
    if found is None:
        raise PermanentError(f"There is no demand {number}. {_LIST}")
    return found


def _audit(
    workspace: Workspace,
    connection: Connection,
    demand: erasing.demands.StoredDemand,
    action: str,
    who: str,
) -> None:
    detail = {"demand": demand.id, "what": demand.what, "shop": demand.shop_id}
    subject = demand.account_id or str(demand.shop_id)
    store.write_audit(
        connection, who=who, action=action, subject=subject, detail=detail, now=workspace.clock()
    )


def _way(demand: LegalDemand) -> str:
    done = f"regulars shop demands --done {demand.number}"
    if demand.file:
        return f"Look it through: {shlex.quote(demand.file)}. Hand it over, then: {done}"
    if demand.state != erasing.demands.WAITING:
        return "The agent tries again; is it running? (regulars agent)"
    if demand.what == Demanded.SHOP_ERASURE:
        return f"regulars shop demands --erase {demand.number}, or, where it is to stay: {done}"
    return f"See to it, then: {done}"
