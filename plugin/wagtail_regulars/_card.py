"""The card of a customer as the admin shows it: the agent's record in words, contacts masked if need be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars_agent import PersonCard
from regulars_marketing import next_step, read_proof, reason, terms, unreadable
from wagtail_regulars._card_addresses import AddressView, addresses_of
from wagtail_regulars._card_grants import GrantView, grants_of
from wagtail_regulars._card_identity import (
    AccountView,
    DecisionView,
    SuggestionView,
    accounts_of,
    decisions_of,
    suggestions_of,
)
from wagtail_regulars._card_orders import OrderView, ReturnView, orders_of, returns_of
from wagtail_regulars._card_profile import ProfileView, profile_of
from wagtail_regulars._card_record import RecordView, record_of
from wagtail_regulars._card_teller import Row, Teller, name_of
from wagtail_regulars._moments import showable
from wagtail_regulars._wording import (
    FOR_A_GUEST,
    SCOPES,
    Words,
    discount,
    language,
    money,
)


@dataclass(frozen=True, slots=True)
class FactView:
    """What was bought in one currency."""

    orders: int
    net: str
    refunded: str
    first_order_at: datetime | None
    last_order_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeclaredView:
    """What shops say was bought beyond the orders that they show; ``spent`` is empty where that cannot be
    told, ``held`` then says why."""

    orders: int
    spent: str
    held: str


@dataclass(frozen=True, slots=True)
class OfferView:
    """What a shop offers an account of this customer, and why; ``scope`` says what is not counted, or
    that nothing is given to a guest."""

    account: str
    discount: str
    level: str
    reason: str
    terms: str
    next_step: str
    scope: Words
    held: str
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class Card:
    """The whole card; ``more_orders`` counts those that are left out. ``erased_at``: when they were erased;
    ``open``: something can be written or decided about them, as of nobody who stays erased."""

    id: str
    name: str
    contacts: bool
    profile: ProfileView
    record: RecordView
    facts: Sequence[FactView]
    declared: DeclaredView | None
    offers: Sequence[OfferView]
    grants: Sequence[GrantView]
    accounts: Sequence[AccountView]
    orders: Sequence[OrderView]
    more_orders: int
    returns: Sequence[ReturnView]
    addresses: Sequence[AddressView]
    suggestions: Sequence[SuggestionView]
    decisions: Sequence[DecisionView]
    erased_at: datetime | None
    open: bool


def card_of(record: PersonCard, *, shops: Mapping[int, str], contacts: bool, most_orders: int | None) -> Card:
    """The agent's record as a card, with at most so many orders; None: all."""
    tell = Teller(shops, {row["id"]: row for row in record.accounts}, contacts)
    orders = record.orders[:most_orders]
    return Card(
        id=record.person["id"],
        name=name_of(record.person),
        contacts=contacts,
        profile=profile_of(record, tell),
        record=record_of(record, tell),
        facts=[_fact(row) for row in record.facts],
        declared=None if record.declared is None else _declared(record.declared),
        offers=[_offer(row, tell) for row in record.offers],
        grants=grants_of(record, tell),
        accounts=accounts_of(record, tell),
        orders=orders_of(orders, record.refunds, shops=shops, paid=record.paid_otherwise),
        more_orders=len(record.orders) - len(orders),
        returns=returns_of(record.refunds, record.orders),
        addresses=addresses_of(record.addresses, contacts=contacts),
        suggestions=suggestions_of(record, tell),
        decisions=decisions_of(record, tell),
        erased_at=record.erased[-1].at if record.erased else None,
        open=not record.stays_erased,
    )


def _fact(row: Row) -> FactView:
    net, refunded = (money(row[name], row["currency"]) for name in ("net", "refunded"))
    given_back = refunded if row["refunded"] else ""
    first, last = showable(row["first_order_at"]), showable(row["last_order_at"])
    return FactView(row["orders"], net, given_back, first, last)


def _declared(row: Row) -> DeclaredView:
    known = row["opening_balance"] is not None
    spent = money(row["opening_balance"], row["currency"]) if known else ""
    return DeclaredView(row["opening_orders"], spent, "" if known else row["held"] or "")


def _offer(row: Row, tell: Teller) -> OfferView:
    proof, spoken = read_proof(row["proof"]), language()
    return OfferView(
        account=tell.account(row["id"]),
        discount=discount(row),
        level=row["level"],
        reason=reason(proof, language=spoken) if proof else unreadable(row["person_id"]),
        terms=terms(proof, language=spoken) if proof else "",
        next_step=next_step(proof, language=spoken) if proof else "",
        scope=FOR_A_GUEST if tell.guest(row["id"]) else SCOPES.get(row["scope"], ""),
        held=row["held"] or "",
        valid_until=row["valid_until"],
    )
