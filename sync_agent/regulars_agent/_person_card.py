"""One person's record: accounts, orders, addresses, and the offer with its reason."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._decision_journal import JournalAct, journal_of
from regulars_agent._grants import HeldGrant, held_by
from regulars_agent._identity_sides import FIND, LONGEST_SEARCH, askable, side_of
from regulars_agent._interactions import Interaction, talks_of
from regulars_agent._paid_otherwise import PaidOtherwise, paid_otherwise
from regulars_agent._person_addresses import PersonAddress, addresses_of_person
from regulars_agent._reminders import Reminder, reminders_about
from regulars_agent._stop_list import StopEntry, stops_of
from regulars_agent._suggestions import Suggestion, suggestions_of
from regulars_agent._workspace import Workspace
from regulars_agent._written import Written, written_by_hand
from regulars_mapping import Ownership, Property, SkipError, e164, fold_text, ownership, skeleton_starts
from regulars_store._frequency_bounds import OwnBound, bounds_about


@dataclass(frozen=True, slots=True)
class PersonCard:
    """Everything the store knows of a person, newest orders first. Rows are as the store keeps them.

    ``written`` is what stands in the record by hand, the owner's properties too. ``bounds`` are how often
    they hear of topics, by topic, where that is their own. ``interactions`` are the newest talks,
    ``reminders`` what is to be done; ``stop_list`` are all entries about them, and ``stopped`` says whether
    one holds now, so that nothing is offered. ``ownership`` says of each account how it is known to be
    theirs; ``decisions`` about who is who are the oldest act first; ``suggestions`` are those of the queue
    about them. ``properties`` are the owner's fields by key, in the order in which they are shown. ``erased``
    are the erasures of whom these accounts stand for: what stays are sums. ``stays_erased``: they were not
    let back, so that there is nothing to write down or decide about them. ``declared`` is what shops say was
    bought beyond the orders that they show: ``opening_balance`` (minor units of ``currency``, None where it
    cannot be told) and ``opening_orders``; None where no shop hides orders. ``shops`` are all shops' names by
    id, those that were removed too. ``paid_otherwise`` are, by order, what buyers paid in another currency
    than the order is kept in; of the newest orders only.
    """

    person: Mapping[str, Any]
    accounts: Sequence[Mapping[str, Any]]
    links: Sequence[Mapping[str, Any]]
    orders: Sequence[Mapping[str, Any]]
    refunds: Sequence[Mapping[str, Any]]
    reviews: Sequence[Mapping[str, Any]]
    addresses: Sequence[PersonAddress]
    facts: Sequence[Mapping[str, Any]]
    offers: Sequence[Mapping[str, Any]]
    grants: Sequence[HeldGrant]
    written: Sequence[Written] = ()
    bounds: Mapping[str, OwnBound] = field(default_factory=dict)
    interactions: Sequence[Interaction] = ()
    reminders: Sequence[Reminder] = ()
    stop_list: Sequence[StopEntry] = ()
    stopped: bool = False
    ownership: Mapping[str, Ownership] = field(default_factory=dict)
    decisions: Sequence[JournalAct] = ()
    suggestions: Sequence[Suggestion] = ()
    properties: Mapping[str, Property] = field(default_factory=dict)
    erased: Sequence[store.erasing.Erasure] = ()
    stays_erased: bool = False
    declared: Mapping[str, Any] | None = None
    shops: Mapping[int, str] = field(default_factory=dict)
    paid_otherwise: Mapping[str, PaidOtherwise] = field(default_factory=dict)


def person_card(workspace: Workspace, person_id: str) -> PersonCard | None:
    """The record of a person, None where there is no such person (any more)."""
    with workspace.store.read() as connection:
        found = store.person_record(connection, person_id)
        if found is None:
            return None
        members = [account["id"] for account in found["accounts"]]
        accounts = store.written_under(connection, members)
        stops = stops_of(connection, accounts, workspace.clock())
        shops = store.every_shop(connection)
        return PersonCard(
            **{**found, "addresses": addresses_of_person(found["addresses"])},
            grants=held_by(connection, accounts, workspace.clock()),
            written=written_by_hand(connection, store.with_merged(connection, members)),
            bounds=bounds_about(connection, accounts),
            interactions=talks_of(connection, accounts),
            reminders=reminders_about(connection, accounts),
            stop_list=stops,
            stopped=any(entry.holds for entry in stops),
            ownership=_ownership(connection, found["accounts"], shops),
            decisions=journal_of(connection, members),
            suggestions=suggestions_of(connection, members),
            properties=store.properties(connection),
            erased=store.erasing.erasures_of(connection, members),
            stays_erased=store.erasing.stays_away(connection, found["person"]["id"]),
            shops={shop.id: shop.name for shop in shops},
            paid_otherwise=paid_otherwise(connection, found["orders"], {shop.id: shop for shop in shops}),
        )


def card_of(workspace: Workspace, text: str) -> PersonCard:
    """The record of who is meant by a person's id, an account's id, an e-mail or a phone.

    Raises SkipError where nobody is meant, PermanentError where several persons are.
    """
    card = person_card(workspace, text) if askable(text) else None
    if card is None:
        with workspace.store.read() as connection:
            side = side_of(connection, text)
        card = person_card(workspace, side.person)
    if card is None:
        raise SkipError(f"There is no person {side.person} any more. {FIND}")
    return card


def is_erased(workspace: Workspace, person_id: str) -> bool:
    """Whether a person was erased and not let back; false where there is no such person."""
    with workspace.store.read() as connection:
        return store.erasing.stays_away(connection, person_id)


def _ownership(
    connection: Connection, accounts: Sequence[Mapping[str, Any]], shops: Iterable[store.Shop]
) -> dict[str, Ownership]:
    vouched = {shop.id for shop in shops if store.checks_emails(shop.options)}
    proven = store.proven_accounts(connection, [row["id"] for row in accounts])
    return {
        row["id"]: ownership(
            email_verified=row["email_verified"],
            checks_emails=row["shop_id"] in vouched,
            confirmed_by_mail=row["id"] in proven,
        )
        for row in accounts
    }


def find_persons(workspace: Workspace, text: str, *, limit: int = 20) -> Sequence[Mapping[str, Any]]:
    """Persons by name in either alphabet, e-mail or its beginning, phone, order number, code or id.

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
