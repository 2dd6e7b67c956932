"""One person's record: accounts, orders, addresses, and the offer with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import regulars_store as store
from regulars_agent._identity_sides import LONGEST_SEARCH
from regulars_agent._interactions import Interaction, talks_of
from regulars_agent._reminders import Reminder, reminders_about
from regulars_agent._stop_list import StopEntry, stops_of
from regulars_agent._workspace import Workspace
from regulars_agent._written import Written, written_by_hand
from regulars_mapping import e164, fold_text, skeleton_starts


@dataclass(frozen=True, slots=True)
class PersonCard:
    """Everything the store knows of a person, newest orders first. Rows are as the store keeps them.

    ``written`` is what stands in the record by hand, the owner's properties too. ``interactions`` are the
    newest talks, ``reminders`` what is to be done; ``stop_list`` are all entries about them, and ``stopped``
    says whether one holds now, so that nothing is offered.
    """

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
    written: Sequence[Written] = ()
    interactions: Sequence[Interaction] = ()
    reminders: Sequence[Reminder] = ()
    stop_list: Sequence[StopEntry] = ()
    stopped: bool = False


def person_card(workspace: Workspace, person_id: str) -> PersonCard | None:
    """The record of a person, None where there is no such person (any more).

    An address that several accounts of the person share is shown once, with its deliveries added up.
    """
    with workspace.store.read() as connection:
        found = store.person_record(connection, person_id)
        if found is None:
            return None
        accounts = [account["id"] for account in found["accounts"]]
        stops = stops_of(connection, accounts, workspace.clock())
        return PersonCard(
            **{**found, "addresses": _merged(found["addresses"])},
            written=written_by_hand(connection, accounts),
            interactions=talks_of(connection, accounts),
            reminders=reminders_about(connection, accounts),
            stop_list=stops,
            stopped=any(entry.holds for entry in stops),
        )


def find_persons(workspace: Workspace, text: str, *, limit: int = 20) -> Sequence[Mapping[str, Any]]:
    """Persons by name in either alphabet, e-mail or its beginning, phone, order number or id.

    At most ``limit``, those who fit exactly first and those whose name only sounds alike last. A phone may
    be in any spelling; without its country it is taken for one of the shops' countries. An order number may
    have its ``#`` or not. A text of more than ``LONGEST_SEARCH`` characters finds nobody.
    """
    if len(text) > LONGEST_SEARCH or not (folded := fold_text(text)):
        return []
    with workspace.store.read() as connection:
        countries = {shop.country or "" for shop in store.shops(connection)} or {""}
        phones = sorted({e164(text, country=country) for country in countries} - {""})
        return store.find_persons(
            connection,
            folded,
            phones=phones,
            numbers=_numbers(text, folded),
            sounds=_sounds(text),
            limit=limit,
        )


def _numbers(text: str, folded: str) -> list[str]:
    """The order number as shops may hold it: in either case, and Shopify's begin with a number sign."""
    # What cannot be printed may be what no database takes; folding drops that.
    typed = (text.strip(), folded, folded.upper()) if text.isprintable() else (folded, folded.upper())
    bare = {one.removeprefix("#") for one in typed} - {""}
    return sorted({number for one in bare for number in (one, f"#{one}")})


def _sounds(text: str) -> Sequence[Sequence[str]]:
    """Nothing where the text cannot be a name."""
    return () if any(one.isdigit() or one == "@" for one in text) else skeleton_starts(text)


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
