"""Carrying out what the law has platforms demand: evidence is made, customers and shops are erased.

Every step may be broken off and done again. What only the owner can do, or say, waits for them.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import regulars_store as store
from regulars_agent._demand_subject import named_in, part_in_shop
from regulars_agent._erasure import Erased, erase_accounts
from regulars_agent._erasure_shop import erase_shop
from regulars_agent._evidence import export_evidence
from regulars_agent._leases import Held, held
from regulars_agent._shops import disconnect_shop
from regulars_agent._workspace import Workspace
from regulars_connectors import Demanded, RefusedKeyError
from regulars_mapping import (
    Kind,
    LeaseLostError,
    MisconfiguredError,
    PermanentError,
    RegularsError,
)
from regulars_store import erasing

RESOURCE: Final = "demands"
"""The lease under which one worker at a time carries them out."""
FOLDER: Final = "demands"
"""Where files of evidence wait, below the workspace's folder; the owner's alone."""
FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=6)
BETWEEN_LOOKS: Final = timedelta(days=1)
"""From one look to the next at what waits for the owner and may solve itself."""
_AT_ONCE: Final = 20
_LONGEST_NOTE: Final = 1_000
_NOBODY: Final = "Nobody of that number is known here."
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Result:
    """What became of a demand: ``note`` names accounts by their ids and nobody by name."""

    state: str
    note: str
    file: str = ""


def demands_due(workspace: Workspace) -> bool:
    """Whether anything that the law demands is to be looked at now."""
    with workspace.store.read() as connection:
        return erasing.demands.any_due(connection, now=workspace.clock())


def carry_out_demands(workspace: Workspace, *, stopping: Callable[[], bool] = lambda: False) -> int:
    """Do what is due of what the law demands, the shortest term first; how many were done.

    Raises nothing for what fails: it is noted, and tried again later. Raises RetryError while another worker
    carries them out.
    """
    done = 0
    with held(workspace, RESOURCE) as lease:
        with workspace.store.read() as connection:
            due = erasing.demands.due_demands(connection, now=workspace.clock(), limit=_AT_ONCE)
            shops = {shop.id: shop for shop in store.every_shop(connection)}
        for each in due:
            if stopping():
                break
            done += _carry_out(lease, shops[each.shop_id], each)
    return done


def _carry_out(lease: Held, shop: store.Shop, demand: erasing.demands.StoredDemand) -> bool:
    workspace = lease.workspace
    try:
        result = _WORK[demand.what](workspace, shop, demand)
    except LeaseLostError:
        raise
    except Exception as error:  # noqa: BLE001 - a fault of ours in one must not hold up the others
        own = f"a fault of Regulars' own ({type(error).__name__})"
        _put_off(lease, demand, str(error) if isinstance(error, RegularsError) else own)
        return False
    now, is_done = workspace.clock(), result.state == erasing.demands.DONE
    values: dict[str, Any] = {"state": result.state, "note": result.note, "file": result.file}
    values |= {"tries": 0, "due_at": now + BETWEEN_LOOKS, "done_at": now if is_done else None}
    with lease.write(durable=True) as connection:
        erasing.demands.change_demand(connection, demand.id, **values)
    _log.info("shop=%s demand=%d %s state=%s", shop.name, demand.id, demand.what, result.state)
    return is_done


def _put_off(lease: Held, demand: erasing.demands.StoredDemand, problem: str) -> None:
    # What it says may name an account; a log names nobody.
    _log.warning("demand=%d %s cannot be carried out yet; see: regulars doctor", demand.id, demand.what)
    wait = min(FIRST_WAIT * (1 << min(demand.tries, 20)), LONGEST_WAIT)
    values: dict[str, Any] = {"tries": demand.tries + 1, "due_at": lease.workspace.clock() + wait}
    with lease.write() as connection:
        erasing.demands.change_demand(connection, demand.id, **values, note=problem[:_LONGEST_NOTE])


def _make_evidence(workspace: Workspace, shop: store.Shop, demand: erasing.demands.StoredDemand) -> _Result:
    if not _names_somebody(demand):
        return _unnamed(shop)
    with workspace.store.read() as connection:
        named = named_in(connection, demand)
        persons = store.persons_about(connection, named)
    if not named:
        return _Result(erasing.demands.DONE, _NOBODY)
    if len(persons) > 1:
        ways = ", ".join(named)
        return _Result(
            erasing.demands.WAITING,
            f"Its orders belong to several persons ({ways}). Make a file of each who asked: "
            "regulars person export-evidence ACCOUNT --out FILE",
        )
    path = _place(workspace, demand)
    # A file that no row names yet was broken off just before: it is made anew.
    path.unlink(missing_ok=True)
    made = export_evidence(workspace, named[0], path, who=_author(shop))
    note = "The file waits to be looked through and handed over to the customer."
    if made.parts:
        note += " A phone or a card alone joins some of its accounts: one of them may be somebody else's."
    return _Result(erasing.demands.WAITING, note, str(path))


def _place(workspace: Workspace, demand: erasing.demands.StoredDemand) -> Path:
    folder = workspace.settings.directory / FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise MisconfiguredError(f"{folder} cannot be made ({error.strerror}). Make room for it.") from error
    return folder / f"data-request-{demand.id}.zip"


def _erase_customer(workspace: Workspace, shop: store.Shop, demand: erasing.demands.StoredDemand) -> _Result:
    if not _names_somebody(demand):
        return _unnamed(shop)
    with workspace.store.read() as connection:
        named = named_in(connection, demand)
        mine, others = part_in_shop(connection, shop.id, named)
    if not mine:
        return _Result(erasing.demands.DONE, _NOBODY)
    # Guests that several orders name may be several persons: each is erased as one.
    done = erase_accounts(workspace, mine, who=_author(shop), why="the shop passed on the customer's demand")
    return _Result(erasing.demands.DONE, _erased_note(done, others))


def _erased_note(done: Erased, others: list[str]) -> str:
    if done.already:
        note = f"They were erased before, as {done.token}."
    else:
        note = f"Erased as {done.token}: {done.accounts} accounts in this shop."
    if others:
        note += (
            f" What other accounts of the person hold stays ({', '.join(others[:20])}): the demand was made "
            "of this shop alone. To erase that, too: regulars person erase ACCOUNT --why REASON"
        )
    return note[:_LONGEST_NOTE]


def _erase_shop(workspace: Workspace, shop: store.Shop, demand: erasing.demands.StoredDemand) -> _Result:
    if not demand.who and _lets_us_in(workspace, shop):
        return _Result(
            erasing.demands.WAITING,
            "The shop still lets us in: nothing is erased without your word, which also removes it here.",
        )
    # What it told would come back with its next visit; nothing is brought in from a shop that is removed.
    if _is_connected(workspace, shop):
        disconnect_shop(workspace, shop.name)
    rows = erase_shop(workspace, shop, who=demand.who or _author(shop))
    accounts = rows.get("account", 0)
    return _Result(erasing.demands.DONE, f"Everything of the shop was erased, {accounts} accounts with it.")


def _lets_us_in(workspace: Workspace, shop: store.Shop) -> bool:
    """Whether the shop is connected and its key is not refused. Raises RetryError where no answer comes."""
    if not _is_connected(workspace, shop):
        return False
    try:
        with workspace.connector(shop) as connector:
            connector.count(Kind.CUSTOMER)
    except RefusedKeyError:
        return False
    except (MisconfiguredError, PermanentError):
        # Something is wrong, but nobody said that we are let in no more.
        return True
    return True


def _is_connected(workspace: Workspace, shop: store.Shop) -> bool:
    with workspace.store.read() as connection:
        return shop.id in {each.id for each in store.shops(connection)}


def _names_somebody(demand: erasing.demands.StoredDemand) -> bool:
    return bool(demand.account_id or demand.orders)


def _unnamed(shop: store.Shop) -> _Result:
    return _Result(
        erasing.demands.WAITING,
        f"It names nobody in a way that can be read. Look up in the admin of {shop.name} who asked.",
    )


def _author(shop: store.Shop) -> str:
    return store.shop_author(shop.name)


_WORK: Mapping[str, Callable[[Workspace, store.Shop, erasing.demands.StoredDemand], _Result]] = {
    Demanded.EVIDENCE.value: _make_evidence,
    Demanded.ERASURE.value: _erase_customer,
    Demanded.SHOP_ERASURE.value: _erase_shop,
}
