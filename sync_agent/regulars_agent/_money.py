"""The money rules of a workspace: its settings, and where they leave it open, the shop connected first."""

from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, select

import regulars_store as store
from regulars_agent._leases import Held
from regulars_agent._workspace import Workspace
from regulars_marketing import MoneyRules, zone_named

_ACTION = "count money by"
_WHO = "the settings"


def money_rules(workspace: Workspace, connection: Connection) -> MoneyRules:
    """How money is counted here; one statement where the settings leave something open."""
    given = workspace.settings.money
    shops = [] if given.currency and given.zone else store.shops(connection)
    first = min(shops, key=lambda shop: shop.id, default=None)
    return MoneyRules(
        currency=given.currency or (first.currency if first else None),
        zone=zone_named(given.zone or (first.zone if first else None)),
        tax=given.tax == "with",
        shipping=given.shipping == "with",
    )


def note_money_rules(lease: Held, *, everybody: str) -> None:
    """Note by what rules money is counted; where they are others than before, everybody is marked in the
    stage ``everybody``.

    Where nothing was computed yet, nobody is due.
    """
    workspace = lease.workspace
    with workspace.store.read() as connection:
        rules = money_rules(workspace, connection)
        before = _noted(connection)
    now_noted = _detail(rules)
    if before == now_noted:
        return
    with lease.write() as connection:
        store.write_audit(
            connection, who=_WHO, action=_ACTION, subject="money", detail=now_noted, now=workspace.clock()
        )
        if (before or _standard(rules)) != now_noted and _anybody(connection):
            store.mark_dirty(connection, everybody, ["money"])


def _noted(connection: Connection) -> dict[str, Any] | None:
    audit = store.tables.audit.c
    query = select(audit.detail).where(audit.action == _ACTION).order_by(audit.id.desc()).limit(1)
    found: dict[str, Any] | None = connection.scalar(query)
    return found


def _anybody(connection: Connection) -> bool:
    return connection.scalar(select(store.tables.person_fact.c.person_id).limit(1)) is not None


def _detail(rules: MoneyRules) -> dict[str, Any]:
    return {**asdict(rules), "zone": rules.zone.key}


def _standard(rules: MoneyRules) -> dict[str, Any]:
    """What was counted by before any rules were noted."""
    return _detail(replace(rules, tax=False, shipping=False))
