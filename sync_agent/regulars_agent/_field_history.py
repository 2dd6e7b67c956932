"""How a field of a person's record came to be what it is: what shops said of it, and what people wrote."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._identity_sides import records_of, side_of
from regulars_agent._record import check_field
from regulars_agent._workspace import Workspace
from regulars_connectors import Connector, RawRecord
from regulars_mapping import PROPERTY, Customer, Kind, RegularsError

_log = logging.getLogger(__name__)

MOST_VERSIONS = 1_000
BY_HAND = "by hand"
FROM_SHOPS = ("given_name", "family_name", "email", "phone")
"""The fields of which shops say something, too."""


@dataclass(frozen=True, slots=True, repr=False)
class FieldVersion:
    """What was said of a field once. ``source`` is "by hand" or the shop's name; a ``value`` of None by hand
    gave the field back to the shops. ``at`` is when it was written, changed in the shop, or ordered with."""

    at: datetime
    source: str
    account: str
    value: Any
    who: str = ""
    why: str = ""

    def __repr__(self) -> str:
        return f"FieldVersion({self.at!r}, {self.source!r}, {self.account!r}, ...)"


@dataclass(frozen=True, slots=True)
class FieldHistory:
    """A field's history, newest first. ``unread`` are shops whose landed profiles could not be read now, each
    with the reason; what they said is missing. ``sensitive`` fields belong on the person's card only."""

    person: str
    field: str
    sensitive: bool
    versions: Sequence[FieldVersion]
    unread: Mapping[str, str]


def field_history(workspace: Workspace, person: str, field: str) -> FieldHistory:
    """Every value a field had for the accounts that are the person's today, at most a thousand of a source.

    From the journal of edits, and for names, e-mail and phone from the profiles that landed and from the
    checkouts. Repetitions are told once. Raises as ``set_field`` where there is no such field or person.
    """
    with workspace.store.read() as connection:
        side = side_of(connection, person)
        check_field(connection, field)
        said_of = records_of(connection, side)
        defined = store.properties(connection).get(field.removeprefix(PROPERTY))
        versions = [
            FieldVersion(one.edit.at, BY_HAND, one.edit.account, one.edit.value, one.who, one.why)
            for one in store.edit_history(connection, said_of, field=field, limit=MOST_VERSIONS)
        ]
        unread: dict[str, str] = {}
        if field in FROM_SHOPS:
            versions += _said_by_shops(connection, workspace, side.members, field, unread)
    versions.sort(key=lambda one: (one.at, one.source, one.account), reverse=True)
    sensitive = field.startswith(PROPERTY) and defined is not None and defined.sensitive
    return FieldHistory(side.person, field, sensitive, versions, unread)


def _said_by_shops(
    connection: Connection,
    workspace: Workspace,
    members: Sequence[str],
    field: str,
    unread: dict[str, str],
) -> Iterator[FieldVersion]:
    shops = {shop.id: shop for shop in store.every_shop(connection)}
    accounts = store.name_of_account(connection, members)
    for shop_id in sorted({shop_id for shop_id, _, _ in accounts.values()}):
        shop = shops[shop_id]
        profiles = [name for at, name, registered in accounts.values() if registered and at == shop_id]
        try:
            yield from _once(_profiles(connection, workspace, shop, profiles, field))
        except RegularsError as error:
            unread[shop.name] = str(error)
    guests = [name for name, (_, _, registered) in accounts.items() if not registered]
    contacts = store.checkout_contacts(connection, guests, limit=MOST_VERSIONS)
    yield from _once(
        FieldVersion(at, shops[accounts[account][0]].name, account, str(contact.get(field, "")))
        for account, at, contact in contacts
    )


def _profiles(
    connection: Connection, workspace: Workspace, shop: store.Shop, ids: Sequence[str], field: str
) -> Iterator[FieldVersion]:
    versions = list(store.profile_versions(connection, shop.id, ids, limit=MOST_VERSIONS)) if ids else []
    if not versions:
        return
    with workspace.connector(shop) as connector:
        for version in versions:
            customer = _customer(connector, version)
            if customer is not None:
                value = str(getattr(customer.contact, field))
                yield FieldVersion(version.at, shop.name, f"{shop.id}:{version.external_id}", value)


def _customer(connector: Connector, version: store.ProfileVersion) -> Customer | None:
    record = RawRecord(
        Kind.CUSTOMER, version.external_id, version.changed_at, version.digest, version.payload
    )
    try:
        found = connector.translate(record)
    except RegularsError as error:
        _log.info("a former version of customer %s is not understood: %s", version.external_id, error)
        return None
    return found if isinstance(found, Customer) else None


def _once(versions: Iterator[FieldVersion]) -> Iterator[FieldVersion]:
    """Without those that say of an account what was said of it before."""
    said: dict[str, Any] = {}
    for version in versions:
        if said.get(version.account) != version.value and (version.value or version.account in said):
            yield version
        said[version.account] = version.value
