"""The card of a customer as the admin shows it: the agent's record in words, contacts masked if need be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from regulars_agent import PersonCard
from regulars_marketing import Proof, next_step, reason, terms
from wagtail_regulars._card_addresses import AddressView, addresses_of
from wagtail_regulars._card_orders import OrderView, ReturnView, orders_of, returns_of
from wagtail_regulars._masking import masked_email, masked_phone
from wagtail_regulars._wording import (
    FOR_A_GUEST,
    GRANT_STATES,
    LINK_RULES,
    SCOPES,
    SOURCE_RULES,
    Words,
    discount,
    language,
    money,
    said,
)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field of the profile, and where it comes from."""

    label: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class FactView:
    """What was bought in one currency."""

    orders: int
    net: str
    refunded: str
    first_order_at: datetime | None
    last_order_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account in a shop, and why it belongs to this customer."""

    shop: str
    external_id: str
    registered: bool
    registered_at: datetime | None
    name: str
    email: str
    phone: str
    evidence: Sequence[str]


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
class GrantView:
    """A discount code of this customer."""

    shop: str
    code: str
    discount: str
    state: Words
    given_at: datetime | None
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Card:
    """The whole card; ``more_orders`` counts those that are left out."""

    name: str
    contacts: bool
    profile: Sequence[FieldView]
    facts: Sequence[FactView]
    offers: Sequence[OfferView]
    grants: Sequence[GrantView]
    accounts: Sequence[AccountView]
    orders: Sequence[OrderView]
    more_orders: int
    returns: Sequence[ReturnView]
    addresses: Sequence[AddressView]


@dataclass(frozen=True, slots=True)
class _Teller:
    """Tells rows in words; ``contacts``: whether contact data is shown whole."""

    shops: Mapping[int, str]
    accounts: Mapping[str, Row]
    contacts: bool

    def shop(self, row: Row) -> str:
        return self.shops.get(row["shop_id"], "")

    def email(self, email: str) -> str:
        return email if self.contacts else masked_email(email)

    def phone(self, phone: str) -> str:
        return phone if self.contacts else masked_phone(phone)

    def guest(self, account_id: str) -> bool:
        row = self.accounts.get(account_id)
        return row is not None and not row["registered"]

    def account(self, account_id: str) -> str:
        row = self.accounts.get(account_id)
        if row is None:
            return account_id
        return _("%(shop)s, %(account)s") % {"shop": self.shop(row), "account": self._account(row)}

    def _account(self, row: Row) -> str:
        if row["registered"]:
            return _("account %(id)s") % {"id": row["external_id"]}
        # A guest has no account number, and the id made up for one says nothing to anybody.
        told = self.email(row["email"]) or self.phone(row["phone"]) or _name(row)
        return _("guest %(contact)s") % {"contact": told}


def card_of(record: PersonCard, *, shops: Mapping[int, str], contacts: bool, most_orders: int | None) -> Card:
    """The agent's record as a card, with at most so many orders; None: all."""
    tell = _Teller(shops, {row["id"]: row for row in record.accounts}, contacts)
    orders = record.orders[:most_orders]
    return Card(
        name=_name(record.person),
        contacts=contacts,
        profile=_profile(record.person, tell),
        facts=[_fact(row) for row in record.facts],
        offers=[_offer(row, tell) for row in record.offers],
        grants=[_grant(row, tell) for row in record.grants],
        accounts=[_account(row, record.links, tell) for row in record.accounts],
        orders=orders_of(orders, record.refunds, shops=shops),
        more_orders=len(record.orders) - len(orders),
        returns=returns_of(record.refunds, record.orders),
        addresses=addresses_of(record.addresses, contacts=contacts),
    )


def _name(row: Row) -> str:
    return f"{row['given_name']} {row['family_name']}".strip() or _("(no name)")


def _profile(person: Row, tell: _Teller) -> list[FieldView]:
    fields = (
        ("name", _("Name"), _name(person)),
        ("email", _("E-mail"), tell.email(person["email"])),
        ("phone", _("Phone"), tell.phone(person["phone"])),
    )
    return [FieldView(label, value, _source(person, field, tell)) for field, label, value in fields]


def _source(person: Row, field: str, tell: _Teller) -> str:
    halves = ("given_name", "family_name") if field == "name" else ()
    sources = person["sources"]
    found = next((sources[each] for each in (*halves, field) if each in sources), None)
    if not found:
        return ""
    words = {"account": tell.account(found["account"]), "rule": said(SOURCE_RULES, found["rule"])}
    return _("%(account)s: %(rule)s") % words


def _fact(row: Row) -> FactView:
    net, refunded = (money(row[name], row["currency"]) for name in ("net", "refunded"))
    given_back = refunded if row["refunded"] else ""
    return FactView(row["orders"], net, given_back, row["first_order_at"], row["last_order_at"])


def _offer(row: Row, tell: _Teller) -> OfferView:
    proof = Proof.model_validate(row["proof"])
    return OfferView(
        account=tell.account(row["id"]),
        discount=discount(row),
        level=row["level"],
        reason=reason(proof, language=language()),
        terms=terms(proof, language=language()),
        next_step=next_step(proof, language=language()),
        scope=FOR_A_GUEST if tell.guest(row["id"]) else SCOPES.get(row["scope"], ""),
        held=row["held"] or "",
        valid_until=row["valid_until"],
    )


def _grant(row: Row, tell: _Teller) -> GrantView:
    return GrantView(
        shop=tell.shop(row),
        code=row["code"],
        discount=discount(row),
        state=said(GRANT_STATES, row["state"]),
        given_at=row["given_at"],
        withdrawn_at=row["withdrawn_at"],
    )


def _account(row: Row, links: Sequence[Row], tell: _Teller) -> AccountView:
    return AccountView(
        shop=tell.shop(row),
        external_id=row["external_id"] if row["registered"] else "",
        registered=row["registered"],
        registered_at=row["registered_at"],
        name=_name(row),
        email=tell.email(row["email"]),
        phone=tell.phone(row["phone"]),
        evidence=[_evidence(row["id"], link, tell) for link in links if _joins(row["id"], link)],
    )


def _joins(account: str, link: Row) -> bool:
    return bool(link["taken"]) and account in {link["account_a"], link["account_b"]}


def _evidence(account: str, link: Row, tell: _Teller) -> str:
    other = link["account_b"] if link["account_a"] == account else link["account_a"]
    return _("%(rule)s as %(account)s") % {
        "rule": said(LINK_RULES, link["rule"]),
        "account": tell.account(other),
    }
