"""Suggestions for the stop-list, from orders on cash on delivery that were sent and not taken.

The rule of what counts as refused is ``regulars_mapping.is_refused``; how many make a suggestion is the
owner's setting (section ``stoplist``). A suggestion takes nothing from anybody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._leases import held
from regulars_agent._profile_rules import refusal_rules
from regulars_agent._setting_sections import StopListSettings
from regulars_agent._stop_list import BY_ITSELF
from regulars_agent._workspace import Workspace
from regulars_mapping import REFUSED_STATUSES, EndedOrder, OrderStatus, is_refused
from regulars_store import StopState

MOST_EVIDENCE = 20
"""Orders that an entry tells of, the newest; of older ones it keeps the ids."""


@dataclass(frozen=True, slots=True)
class SuggestedStop:
    """Who is suggested: the account of the newest refused order and its person. ``number`` is the entry's,
    None in a rehearsal."""

    number: int | None
    account: str
    person: str
    reason: str
    evidence: Mapping[str, Any]


def suggest_stops(workspace: Workspace, *, dry_run: bool = False) -> tuple[SuggestedStop, ...]:
    """Suggest whoever refused as many orders within as many days as the settings say.

    Not who is suggested or stopped already. Orders that a human has judged, by confirming, refusing or
    lifting an entry that names them, do not count again, so that the same evidence never comes back. Done
    again, nothing is suggested twice. Raises RetryError while another worker does it.
    """
    now, settings = workspace.clock(), workspace.settings.stoplist
    with held(workspace, "stop-list") as lease:
        with workspace.store.read() as connection:
            found = [_suggestion(orders, settings) for orders in _by_person(connection, settings, now)]
        if found and not dry_run:
            with lease.write(durable=True) as connection:
                found = [_recorded(connection, each, now) for each in found]
    return tuple(found)


def _by_person(
    connection: Connection, settings: StopListSettings, now: datetime
) -> list[list[Mapping[str, Any]]]:
    """The refused orders, newest first, of each person who has enough of them to be suggested."""
    entries = store.stop_entries(connection)
    known = {row["person_id"] for row in entries if _is_underway(row, now)}
    judged = {
        order["id"]
        for row in entries
        if row["state"] != StopState.SUGGESTED
        for order in [*row["evidence"].get("orders", ()), *row["evidence"].get("older", ())]
    }
    people: dict[str, list[Mapping[str, Any]]] = {}
    for row in _refused(connection, settings, now):
        if row["person_id"] not in known and row["id"] not in judged:
            people.setdefault(row["person_id"], []).append(row)
    ordered = (sorted(orders, key=_newest_first, reverse=True) for _, orders in sorted(people.items()))
    return [orders for orders in ordered if len(orders) >= settings.refusals]


def _is_underway(row: Mapping[str, Any], now: datetime) -> bool:
    over = row["until"] is not None and row["until"] <= now
    return row["state"] == StopState.SUGGESTED or (row["state"] == StopState.CONFIRMED and not over)


def _newest_first(row: Mapping[str, Any]) -> tuple[datetime, str]:
    return row["placed_at"], row["id"]


def _refused(connection: Connection, settings: StopListSettings, now: datetime) -> list[Mapping[str, Any]]:
    rules = refusal_rules(settings)
    ended = store.unhappy_orders(
        connection,
        since=now - timedelta(days=settings.days),
        statuses=REFUSED_STATUSES,
        shop_statuses=settings.statuses,
    )
    rows = [row for row in ended if rules.on_delivery(row["payment_method"])]
    seen = store.status_history(connection, [row["id"] for row in rows])
    return [row for row in rows if is_refused(_ended(row, seen.get(row["id"], [])), rules)]


def _ended(row: Mapping[str, Any], seen: Sequence[tuple[str, datetime]]) -> EndedOrder:
    since = seen[-1][1] if seen and seen[-1][0] == row["status"] else row["changed_at"]
    completed = row["completed_at"] is not None or any(one == OrderStatus.COMPLETED for one, _ in seen)
    return EndedOrder(
        payment_method=row["payment_method"],
        status=row["status"],
        shop_status=row["shop_status"],
        placed_at=row["placed_at"],
        ended_at=since or row["placed_at"],
        paid=row["paid_at"] is not None,
        was_completed=completed,
    )


def _suggestion(orders: Sequence[Mapping[str, Any]], settings: StopListSettings) -> SuggestedStop:
    named = [
        {
            "id": row["id"],
            "number": row["number"],
            "placed_at": row["placed_at"].isoformat(),
            "status": row["shop_status"] or row["status"],
        }
        for row in orders[:MOST_EVIDENCE]
    ]
    count = f"{len(orders)} orders" if len(orders) > 1 else "an order"
    return SuggestedStop(
        number=None,
        account=orders[0]["account_id"],
        person=orders[0]["person_id"],
        reason=f"refused {count} on cash on delivery within {settings.days} days",
        evidence={
            "orders": named,
            "older": [{"id": row["id"]} for row in orders[MOST_EVIDENCE:]],
            "count": len(orders),
            "rule": {"refusals": settings.refusals, "days": settings.days},
        },
    )


def _recorded(connection: Connection, each: SuggestedStop, now: datetime) -> SuggestedStop:
    words = {"reason": each.reason, "evidence": each.evidence, "why": "", "who": BY_ITSELF, "at": now}
    state = {"entry": None, "state": StopState.SUGGESTED.value, "until": None}
    number = store.add_stop_entry(connection, {"account_id": each.account, **state, **words})
    return SuggestedStop(number, each.account, each.person, each.reason, each.evidence)
