"""One person's record: accounts, orders, addresses, and the offer with its reason."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._workspace import Workspace
from regulars_mapping import e164, fold_text, name_skeletons


@dataclass(frozen=True, slots=True)
class PersonCard:
    """Everything the store knows of a person, newest orders first. Rows are as the store keeps them."""

    person: Mapping[str, Any]
    accounts: Sequence[Mapping[str, Any]]
    links: Sequence[Mapping[str, Any]]
    orders: Sequence[Mapping[str, Any]]
    refunds: Sequence[Mapping[str, Any]]
    reviews: Sequence[Mapping[str, Any]]
    addresses: Sequence[Mapping[str, Any]]
    facts: Sequence[Mapping[str, Any]]
    offers: Sequence[Mapping[str, Any]]
    grants: Sequence[Mapping[str, Any]]


def person_card(workspace: Workspace, person_id: str) -> PersonCard | None:
    """The record of a person, None where there is no such person (any more).

    An address that several accounts of the person share is shown once, with its deliveries added up.
    """
    with workspace.store.read() as connection:
        found = store.person_record(connection, person_id)
    return None if found is None else PersonCard(**{**found, "addresses": _merged(found["addresses"])})


def find_persons(workspace: Workspace, text: str, *, limit: int = 20) -> Sequence[Mapping[str, Any]]:
    """Persons by name, e-mail, phone in any spelling, order number or id; at most ``limit``.

    A phone without its country is taken for one of the shops' countries. A name that nobody bears as it is
    written is looked for in the other alphabet's spellings.
    """
    with workspace.store.read() as connection:
        countries = {shop.country or "" for shop in store.shops(connection)} or {""}
        phones = sorted({e164(text, country=country) for country in countries} - {""})
        found = store.find_persons(connection, fold_text(text), phones=phones, limit=limit)
        return found or store.persons(connection, _sounding_like(connection, text, limit))


def _sounding_like(connection: Connection, text: str, limit: int) -> list[str]:
    wanted = name_skeletons(text)
    if not wanted or any(character.isdigit() or character == "@" for character in text):
        return []
    with closing(store.person_names(connection)) as people:
        found = (person for person, name in people if _sounds(wanted, name_skeletons(name)))
        return list(islice(found, limit))


def _sounds(wanted: Sequence[str], name: Sequence[str]) -> bool:
    return all(any(word.startswith(part) for word in name) for part in wanted)


def _merged(addresses: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """One row a place, the most used first. The last part of an address's id is a digest of its content."""
    merged: dict[str, dict[str, Any]] = {}
    for address in addresses:
        place = address["id"].rpartition(":")[2]
        kept = merged.setdefault(place, {**address, "deliveries": 0, "last_used_at": None})
        kept["deliveries"] += address["deliveries"]
        times = [time for time in (kept["last_used_at"], address["last_used_at"]) if time is not None]
        kept["last_used_at"] = max(times, default=None)
    return sorted(merged.values(), key=lambda address: (-address["deliveries"], address["id"]))
