"""Whether persons are subscribed to advertising by e-mail and by text message, as profiles hold it."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, select

from regulars_marketing._consent import Channel, Said, subscription
from regulars_marketing._consent_sql import account, all_addresses, consent
from regulars_store import MARKETING
from regulars_store._bulk import among


class Subscription(NamedTuple):
    """A profile's values: subscribed, unsubscribed, not_subscribed or pending; None without an address."""

    email: str | None
    sms: str | None


def subscriptions(connection: Connection, person_ids: Collection[str]) -> dict[str, Subscription]:
    """The subscriptions of these persons, at most 500; four short statements. Many at once are better joined
    with ``subscriptions_query``, which says the same."""
    email, sms = (_told(connection, person_ids, channel) for channel in Channel)
    return {id_: Subscription(email.get(id_), sms.get(id_)) for id_ in person_ids}


def _told(connection: Connection, person_ids: Collection[str], channel: Channel) -> dict[str, str | None]:
    mine = among(connection, account.c.person_id, person_ids)
    theirs = select(all_addresses(channel, MARKETING, mine))
    by_person: dict[str, set[str]] = {}
    for person_id, _, address, _ in connection.execute(theirs):
        by_person.setdefault(person_id, set()).add(address)
    addresses = set[str]().union(*by_person.values())
    words: dict[str, list[Said]] = {address: [] for address in addresses}
    query = select(consent).where(
        among(connection, consent.c.address_folded, sorted(addresses)),
        consent.c.address_kind == channel.value,
    )
    for row in connection.execute(query).mappings():
        words[row["address_folded"]].append(Said.of(dict(row)))
    return {id_: subscription([words[one] for one in own]) for id_, own in by_person.items()}
