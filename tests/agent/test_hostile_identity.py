"""Strangers who claim to be somebody: pulled from a shop, resolved, explained; none becomes their victim."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import func, select

from agent_world import START, Front, World, a_history, connected, served
from regulars_agent import Storefront, Workspace, explain_persons
from regulars_sandbox import (
    OrderStatus,
    Request,
    Response,
    ShopAddress,
    ShopCustomer,
    ShopHistory,
    ShopLine,
    ShopOrder,
)
from regulars_store import Store, digest_parts, resolve_all, tables

VICTIM, PHONE = "anna.koval@gmail.com", "067 123 45 67"
VICTIMS = 4
NUL, SURROGATE = "NUL-HERE", "SURROGATE-HERE"
ESCAPES = {NUL: rb"\u0000", SURROGATE: rb"\ud83d"}
"""What the shop's JSON says in their place: no double of ours could hold it."""
Claim = tuple[str, str, str, str]
"""E-mail, given name, family name, phone."""

# Each by a registration and a guest; none may share the victim's person.
STRANGERS: Mapping[str, Claim] = {
    "an e-mail as a name": ("", VICTIM, VICTIM, ""),
    "an e-mail everywhere but in its field": ("", VICTIM, VICTIM, VICTIM),
    "an e-mail as a name, and the phone": ("", VICTIM, "", PHONE),
    "a phone as a name": ("", PHONE, PHONE, ""),
    "the phone": ("", "Petro", "Bondar", PHONE),
    "the phone without a name": ("", "", "", PHONE),
    "the phone with half a name": ("", "Anna", "", PHONE),
    "the phone with initials": ("", "A.", "K.", PHONE),
    "the phone with a man's name": ("", "Oleh", "Koval", PHONE),
    "the phone behind invisible characters": ("", "Petro", "Bondar", "\u202e+38\u200b067\u200d123 45 67"),
    "the phone with a name from right to left": ("", "\u202eanna", "\u202elavok", PHONE),
    "the phone with nothing but marks": ("", "\u200b\u200f\u2066", "\u0301" * 200, PHONE),
    "the phone with nul": ("", NUL, f"{NUL}{NUL}", PHONE),
    "the phone with surrogates": ("", f"{SURROGATE}{SURROGATE}", SURROGATE, PHONE),
    "the phone with an endless name": ("", "x" * 50_000, "y " * 25_000, PHONE),
    "another spelling of the mailbox": ("AnnaKoval+x@GoogleMail.com", "Petro", "Bondar", ""),
    "another spelling without a name": ("a.n.n.a.koval@gmail.com", "", "", ""),
    "zero width inside": ("anna.ko\u200bval@gmail.com", "Anna", "Koval", ""),
    "from right to left": ("\u202emoc.liamg@lavok.anna", "Anna", "Koval", ""),
    "a Cyrillic a": ("\u0430nna.koval@gmail.com", "Anna", "Koval", ""),
    "a Cyrillic a in the domain": ("anna.koval@gm\u0430il.com", "Anna", "Koval", ""),
    "nul inside": (f"anna.{NUL}koval@gmail.com", "Anna", "Koval", ""),
    "a surrogate inside": (f"anna.{SURROGATE}koval@gmail.com", "Anna", "Koval", ""),
    "two addresses": (f"{VICTIM},eve@example.org", "Anna", "Koval", ""),
    "one address in another": (f"{VICTIM}@example.org", "Anna", "Koval", ""),
    "the domain's end": (f"{VICTIM}.example.org", "Anna", "Koval", ""),
    "the domain's beginning": ("anna.koval@xgmail.com", "Anna", "Koval", ""),
}
DOUBLES: Mapping[str, Claim] = {
    "name and phone": ("", "Anna", "Koval", PHONE),
    "name and phone, letters exchanged": ("", "\u0410nn\u0430", "K\u200boval", PHONE),
    "the same address": (VICTIM.upper(), "Eve", "Mora", ""),
    "another spelling, and the name": ("annakoval+eve@googlemail.com", "Anna", "Koval", ""),
}
"""They claim so much that their history is shown as one; all the more must they gain nothing."""


def claimed(claims: Mapping[str, Claim]) -> ShopHistory:
    """Anna bought for 12,000 in a shop that checks nothing. A registration and a guest make each claim."""
    anna = ShopAddress(first_name="Anna", last_name="Koval", email=VICTIM, phone=PHONE, country="UA")
    customers = [ShopCustomer(VICTIMS, VICTIM, START, START, "Anna", "Koval", billing=anna)]
    orders = [bought(10_000, anna, 1_200_000, customer=VICTIMS)]
    for number, (claim, given, family, phone) in enumerate(claims.values()):
        email = claim or f"eve{number}@example.org"
        form = ShopAddress(first_name=given, last_name=family, phone=phone, country="UA", email=email)
        customers.append(ShopCustomer(100 + number, email, START, START, given, family, billing=form))
        orders.append(bought(20_000 + number, form, 100))
    return a_history({}, customers=tuple(customers), orders=tuple(orders))


def bought(number: int, by: ShopAddress, hundredths: int, *, customer: int = 0) -> ShopOrder:
    lines = (ShopLine("Coffee", 1, hundredths, hundredths),)
    return ShopOrder(number, OrderStatus.COMPLETED, START, START, by, lines, customer_id=customer)


def escaped(_: Request, response: Response) -> Response:
    body = response.body
    for word, escape in ESCAPES.items():
        body = body.replace(word.encode(), escape)
    headers = tuple(pair for pair in response.headers if pair[0].lower() != "content-length")
    return Response(response.status, headers, body)


def opened(workspace: Workspace, front: Front, server: Any) -> World:
    front.after = escaped
    made = connected(workspace, front, server)
    made.recount()
    return made


@pytest.fixture
def strangers(empty_workspace: Workspace) -> Iterator[World]:
    with served(claimed(STRANGERS)) as (front, server):
        yield opened(empty_workspace, front, server)


@pytest.fixture
def doubles(empty_workspace: Workspace) -> Iterator[World]:
    with served(claimed(DOUBLES)) as (front, server):
        yield opened(empty_workspace, front, server)


def company_of(store: Store, account: str) -> set[str]:
    """All accounts of the account's person."""
    mine = select(tables.account.c.person_id).where(tables.account.c.id == account).scalar_subquery()
    with store.read() as connection:
        return set(connection.scalars(select(tables.account.c.id).where(tables.account.c.person_id == mine)))


def contents(store: Store) -> dict[str, str]:
    with store.read() as connection:
        return digest_parts(connection)


def test_no_claim_makes_a_stranger_anybody_else(strangers: World) -> None:
    store, victim = strangers.store, f"1:{VICTIMS}"
    assert company_of(store, victim) == {victim}
    with store.read() as connection:
        guests = select(func.count()).where(tables.account.c.registered.is_(False))
        assert connection.scalar(guests) == len(STRANGERS)
    for number, what in enumerate(STRANGERS):
        registered = f"1:{100 + number}"
        found = explain_persons(strangers.workspace, VICTIM, registered)
        assert (found.one_person, found.path) == (False, ()), what
        assert all(key.hindrance for key in found.keys), what
    before = contents(store)
    resolve_all(store)
    strangers.recount()
    assert contents(store) == before


def test_a_double_s_history_is_shown_as_one_and_the_double_gains_nothing(doubles: World) -> None:
    victim = f"1:{VICTIMS}"
    registered = [f"1:{100 + number}" for number in range(len(DOUBLES))]
    assert {victim, *registered} <= company_of(doubles.store, victim)
    assert doubles.plan().counts == {"create coupon": 1, "create label": 1}
    assert doubles.apply().complete
    front = Storefront(doubles.workspace)
    shop = front.shops()["tea"]
    shown = {name: front.offer(shop, name.partition(":")[2]) for name in [victim, *registered]}
    assert {name for name, offer in shown.items() if offer.percent or offer.code} == {victim}
    with doubles.store.read() as connection:
        rows = connection.execute(select(tables.offer).where(tables.offer.c.id.in_(registered))).all()
    assert {(row.scope, "1200000" in str(row.proof)) for row in rows} <= {("account", False)}
