"""What a shop delivers: verified, noted, answered. Nothing of it is landed; the agent reads what it names."""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from pydantic import SecretStr
from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._demand_intake import note_demand, removed_shop_meant, shop_meant
from regulars_agent._shop_merges import note_merge
from regulars_agent._webhooks import signing_secrets
from regulars_agent._webhooks_state import HEARD_SCAN, REACHED_SCAN
from regulars_agent._workspace import Workspace
from regulars_connectors import (
    Connector,
    ConnectorConfig,
    Demand,
    ForgedWebhookError,
    HttpOptions,
    WebhookNotice,
    connector_class,
)
from regulars_mapping import Kind

LARGEST_DELIVERY: Final = 16 * 1024 * 1024
"""Bytes. What is larger is no delivery and need not be read."""
ECHO: Final = timedelta(minutes=10)
"""How long after we wrote to a customer the shop's word of a change there is most likely our own echo."""
UNKNOWN_WAITS: Final = timedelta(minutes=10)
"""How long objects that the shop could not name gather before they are looked for together."""
_REMEMBERED: Final = timedelta(seconds=30)
_SURELY_FRESH: Final = timedelta(milliseconds=250)
_MOST_IDS: Final = 1_000
_LONGEST_ID: Final = 255
# Nobody's shop is of this platform, and takes as long as anybody's.
_STAND_IN: Final = "woocommerce"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReceivedNotice:
    """What came of a delivery: how many objects wait to be read for it, or 1 for a demand of the law that is
    new; 0 for a ping and foreign topics."""

    noted: int


@dataclass(frozen=True, slots=True)
class _Door:
    """What deliveries to one name are verified with. ``shop`` is None where there is none of that name."""

    shop: store.Shop | None
    made: type[Connector]
    config: ConnectorConfig = field(repr=False)
    secrets: tuple[SecretStr, ...] = field(repr=False)

    def verified(self, headers: Mapping[str, str], body: bytes) -> WebhookNotice:
        with self.made.open(self.config) as connector:
            return connector.verify_webhook(headers, body, self.secrets)


@dataclass(frozen=True, slots=True)
class _Known:
    """The shops as they were read at one moment, and the doors of those that delivered since."""

    read_at: datetime
    shops: Mapping[str, store.Shop]
    doors: dict[str, _Door] = field(default_factory=dict)


class WebhookIntake:
    """Takes in what shops deliver. Safe to share by threads.

    Shops and their secrets are remembered for half a minute, and read again when a signature does not hold:
    a secret that was replaced a moment ago is known at once.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known: _Known | None = None
        self._reached: set[int] = set()
        self._nobody = _nobodys_door()

    def receive(self, shop: str, headers: Mapping[str, str], body: bytes) -> ReceivedNotice:
        """Note what a delivery to the shop of this name says, once its signature holds.

        On the disk when this returns; the same object noted again is one row. ``body`` is as it came, byte by
        byte. Raises PermanentError, always the same, for a forgery and for a shop that there is not;
        RetryError and MisconfiguredError where the store or the keyring cannot be used.
        """
        door, notice = self._verified(shop, headers, body)
        kind = notice.kind
        if door.shop is None:
            return ReceivedNotice(0)
        if notice.demand is not None:
            return ReceivedNotice(int(self._demanded(door, door.shop, notice.demand, headers, body)))
        if kind is None or kind not in door.made.kinds:
            self._note_reached(door.shop)
            return ReceivedNotice(0)
        ids = [each for each in notice.ids if _is_id(each)][:_MOST_IDS] or [store.UNKNOWN]
        with self._workspace.store.write(interactive=True, durable=True) as connection:
            _note(connection, door.shop.id, kind, ids, now=self._workspace.clock())
            if notice.merged is not None and all(map(_is_id, notice.merged)):
                note_merge(connection, door.shop, *notice.merged, now=self._workspace.clock())
        _log.debug("shop=%s kind=%s noted=%d", shop, kind, len(ids))
        return ReceivedNotice(len(ids))

    def _demanded(
        self, door: _Door, asked: store.Shop, demand: Demand, headers: Mapping[str, str], body: bytes
    ) -> bool:
        """Note what the law demands; whether it is new."""
        known = self._no_older_than(_REMEMBERED)
        found = shop_meant(
            self._workspace, asked, demand, lambda name: self._door(known, name).verified(headers, body)
        ) or removed_shop_meant(self._workspace, asked, headers, body, door.secrets)
        if found is None:
            _log.warning(
                "shop=%s demand=%s names a shop that is not here: %s", asked.name, demand.what, demand.shop
            )
            return False
        return note_demand(self._workspace, *found)

    def _note_reached(self, shop: store.Shop) -> None:
        """That a ping came, once: it is unsigned, so that anybody's could make rows without end."""
        if shop.id in self._reached:
            return
        with self._workspace.store.read() as connection:
            known = store.checkpoint_times(connection, shop.id, REACHED_SCAN)
        if not known:
            now = self._workspace.clock()
            came = store.CheckpointUpdate(Kind.CUSTOMER, REACHED_SCAN, {"at": now.isoformat()}, done=False)
            with self._workspace.store.write(interactive=True) as connection:
                store.save_checkpoint(connection, shop.id, came, now=now)
        self._reached.add(shop.id)

    def _verified(self, shop: str, headers: Mapping[str, str], body: bytes) -> tuple[_Door, WebhookNotice]:
        if len(body) > LARGEST_DELIVERY:
            raise ForgedWebhookError(_REFUSED)
        known = self._no_older_than(_REMEMBERED)
        try:
            door = self._door(known, shop)
            return door, door.verified(headers, body)
        except ForgedWebhookError:
            fresh = self._no_older_than(_SURELY_FRESH)
            if fresh is known:
                raise ForgedWebhookError(_REFUSED) from None
        try:
            door = self._door(fresh, shop)
            return door, door.verified(headers, body)
        except ForgedWebhookError:
            raise ForgedWebhookError(_REFUSED) from None

    def _no_older_than(self, span: timedelta) -> _Known:
        now, known = self._workspace.clock(), self._known
        if known is None or not known.read_at <= now < known.read_at + span:
            with self._workspace.store.read() as connection:
                known = _Known(now, {shop.name: shop for shop in store.shops(connection)})
            self._known = known
        return known

    def _door(self, known: _Known, name: str) -> _Door:
        shop = known.shops.get(name)
        if shop is None:
            return self._nobody
        if name not in known.doors:
            made = connector_class(shop.platform)
            config = self._workspace.connector_config(shop)
            known.doors[name] = _Door(shop, made, config, signing_secrets(self._workspace, shop))
        return known.doors[name]


_REFUSED: Final = "A webhook came without a signature of ours; it was not looked at."


def _nobodys_door() -> _Door:
    made = connector_class(_STAND_IN)
    unused = {name: SecretStr("unused") for name in made.credential_names}
    config = ConnectorConfig("https://shop.invalid", unused, HttpOptions())
    return _Door(None, made, config, (SecretStr(secrets.token_urlsafe(32)),))


def _is_id(external_id: str) -> bool:
    return 0 < len(external_id) <= _LONGEST_ID and external_id.isprintable() and external_id != store.WHOLE


def _note(connection: Connection, shop_id: int, kind: Kind, ids: list[str], *, now: datetime) -> None:
    confirmed = {}
    if kind is Kind.CUSTOMER:
        confirmed = store.confirmed_since(connection, shop_id, ids, now - ECHO)
    wait = {store.UNKNOWN: now + UNKNOWN_WAITS}
    wait |= {external_id: min(at, now) + ECHO for external_id, at in confirmed.items()}
    heard = store.CheckpointUpdate(kind, HEARD_SCAN, {"at": now.isoformat(timespec="seconds")}, done=False)
    store.save_checkpoint(connection, shop_id, heard, now=now)
    store.put_notices(connection, shop_id, kind, [(each, wait.get(each, now)) for each in ids], now=now)
