"""Whose a demand of the law is: of the shop that was asked, or of another one that has the same app."""

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final, Protocol

from pydantic import SecretStr

import regulars_store as store
from regulars_agent._erasure_subject import unconnected
from regulars_agent._workspace import Workspace
from regulars_connectors import Demand, WebhookNotice
from regulars_mapping import RegularsError
from regulars_store import erasing

TERM: Final = timedelta(days=30)
"""How long what is demanded may take."""
_log = logging.getLogger(__name__)


class Verified(Protocol):
    """A delivery verified as one to the connected shop of this name. Raises RegularsError."""

    def __call__(self, name: str) -> WebhookNotice: ...


def shop_meant(
    workspace: Workspace, asked: store.Shop, demand: Demand, verified: Verified
) -> tuple[store.Shop, Demand] | None:
    """The connected shop that a demand is about, and what it is there; None where there is no such shop.

    An app has one address for what the law demands, whichever shop of it is meant: each shop says whether it
    is meant, and the delivery must be signed for that one.
    """
    if not demand.shop:
        return asked, demand
    with workspace.store.read() as connection:
        shops = [each for each in store.shops(connection) if each.platform == asked.platform]
    for shop in shops:
        try:
            there = verified(shop.name).demand
        except RegularsError:
            continue
        if there is not None and not there.shop:
            return shop, there
    return None


def removed_shop_meant(
    workspace: Workspace,
    asked: store.Shop,
    headers: Mapping[str, str],
    body: bytes,
    secrets: Sequence[SecretStr],
) -> tuple[store.Shop, Demand] | None:
    """The same among the shops that were removed: their secrets are gone, so the asked shop's app signs."""
    with workspace.store.read() as connection:
        here = {each.id for each in store.shops(connection)}
        gone = [each for each in store.every_shop(connection) if each.id not in here]
    for shop in gone:
        if shop.platform == asked.platform:
            with unconnected(workspace, shop) as connector:
                there = connector.verify_webhook(headers, body, secrets).demand
            if there is not None and not there.shop:
                return shop, there
    return None


def note_demand(workspace: Workspace, shop: store.Shop, demand: Demand) -> bool:
    """Note a demand, durably; False where it is known already."""
    now = workspace.clock()
    account = f"{shop.id}:{demand.customer}" if demand.customer else ""
    with workspace.store.write(interactive=True, durable=True) as connection:
        fresh = erasing.demands.put_demand(
            connection,
            shop.id,
            demand.key,
            demand.what.value,
            account_id=account,
            orders=demand.orders,
            now=now,
            term=now + TERM,
        )
    _log.info("shop=%s demand=%s fresh=%s", shop.name, demand.what.value, fresh)
    return fresh
