"""People, their contacts and what makes them hard to tell apart."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime

import phonenumbers
import pytest

from regulars_sandbox._history import OrderStatus, ShopAddress
from regulars_sandbox.population import Anchor, Kind, Person, Population, generate, people_for_second_shop

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
JUNK = {"0000000", "0000000000", "+380000000000", "-"}


@pytest.fixture(scope="module")
def shop() -> Population:
    return generate(seed=7, customers=3000, orders=9000, now=NOW)


@pytest.fixture(scope="module")
def forms(shop: Population) -> list[tuple[Person, ShopAddress]]:
    """Every billing address with the person who filled it in."""
    people = {person.number: person for person in shop.people}
    return [(people[shop.truth[Anchor("order", order.id)]], order.billing) for order in shop.history.orders]


def test_every_account_and_order_has_its_true_person(shop: Population) -> None:
    records = [Anchor("customer", customer.id) for customer in shop.history.customers]
    records += [Anchor("order", order.id) for order in shop.history.orders]
    assert set(shop.truth) == set(records)
    assert set(shop.truth.values()) <= {person.number for person in shop.people}


def test_an_order_of_an_account_is_its_owners(shop: Population) -> None:
    for order in shop.history.orders:
        if order.customer_id is not None:
            owner = shop.truth[Anchor("customer", order.customer_id)]
            assert shop.truth[Anchor("order", order.id)] == owner


def test_ids_are_one_sequence_and_age_with_the_orders(shop: Population) -> None:
    history = shop.history
    ids = [product.id for product in history.products]
    ids += [order.id for order in history.orders]
    ids += [refund.id for order in history.orders for refund in order.refunds]
    assert sorted(ids) == list(range(ids[0], ids[0] + len(ids)))
    assert [order.id for order in history.orders] == sorted(order.id for order in history.orders)
    assert [order.created for order in history.orders] == sorted(order.created for order in history.orders)


def test_emails_are_on_example_domains_only(shop: Population) -> None:
    spelled = {order.billing.email for order in shop.history.orders}
    spelled |= {customer.email for customer in shop.history.customers}
    form = re.compile(r"[a-z0-9._-]+@example\.(com|net|org)", re.IGNORECASE)
    assert [email for email in spelled if email and not form.fullmatch(email)] == []


def test_phones_are_valid_however_they_are_spelled(forms: list[tuple[Person, ShopAddress]]) -> None:
    for person, form in forms:
        if form.phone not in JUNK:
            parsed = phonenumbers.parse(form.phone, form.country)
            assert phonenumbers.is_valid_number(parsed), form.phone
            written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
            assert written in {person.phone, person.other_phone}


def test_the_shop_speaks_four_languages(shop: Population) -> None:
    speakers = Counter(person.language for person in shop.people)
    shares = {language: count / len(shop.people) for language, count in speakers.items()}
    assert sorted(shares) == ["de", "en", "ru", "uk"]
    assert min(shares.values()) > 0.05
    assert max(shares, key=lambda name: shares[name]) == "uk"


def test_guests_spell_one_mailbox_in_several_cases(forms: list[tuple[Person, ShopAddress]]) -> None:
    spellings = defaultdict(set)
    for _, form in forms:
        spellings[form.email.lower()].add(form.email)
    assert sum(len(found) > 1 for found in spellings.values()) > 300


def test_registered_people_also_buy_as_guests_with_their_mailbox_in_another_case(shop: Population) -> None:
    accounts = {customer.email.lower(): customer.email for customer in shop.history.customers}
    guests = [order.billing.email for order in shop.history.orders if order.customer_id is None]
    assert sum(accounts.get(email.lower(), email) != email for email in guests) > 300


def test_no_two_accounts_share_a_mailbox_or_a_user_name(shop: Population) -> None:
    emails = [customer.email.lower() for customer in shop.history.customers]
    names = [customer.username for customer in shop.history.customers]
    assert len(set(emails)) == len(emails)
    assert len(set(names)) == len(names)


def test_a_mailbox_leads_to_one_person_unless_it_is_a_role_or_trial(shop: Population) -> None:
    owners = defaultdict(set)
    for person in shop.people:
        if person.kind not in {Kind.ROLE, Kind.TESTER}:
            for email in filter(None, (person.email, person.other_email)):
                owners[email].add(person.number)
    assert [email for email, found in owners.items() if len(found) > 1] == []


def test_relatives_share_a_phone_but_neither_name_nor_mailbox(shop: Population) -> None:
    relatives = [person for person in shop.people if person.kind is Kind.FAMILY]
    by_phone = defaultdict(list)
    for person in shop.people:
        by_phone[person.phone].append(person)
    assert len(relatives) > 60
    for relative in relatives:
        household = by_phone[relative.phone]
        assert len(household) > 1
        assert len({person.email for person in household}) == len(household)
        assert {person.first_name for person in household} != {relative.first_name}


def test_one_person_is_spelled_in_both_alphabets(forms: list[tuple[Person, ShopAddress]]) -> None:
    latin = [form for person, form in forms if person.language in {"uk", "ru"} and form.last_name.isascii()]
    assert sum(form.last_name != "" for form in latin) > 100


def test_every_trouble_of_a_real_shop_is_there(shop: Population) -> None:
    orders = shop.history.orders
    assert {order.status for order in orders} == set(OrderStatus)
    assert any(not order.billing.email and order.billing.phone for order in orders)
    assert any(order.billing.email == "test@example.com" for order in orders)
    assert any(order.billing.phone in JUNK for order in orders)
    assert any(order.billing.email.startswith(("info@", "office@", "sales@", "shop@")) for order in orders)
    assert any(order.discount and order.coupon_codes for order in orders)
    assert any(customer.modified is None for customer in shop.history.customers)
    assert {order.source_type for order in orders} == {"typein", "organic", "utm", "referral", "admin"}


def test_returns_are_partial_or_whole_and_never_more_than_the_order(shop: Population) -> None:
    returned = [order for order in shop.history.orders if order.refunds]
    given = {order.id: sum(refund.amount for refund in order.refunds) for order in returned}
    assert all(0 < given[order.id] <= order.total for order in returned)
    whole = {order.id for order in returned if given[order.id] == order.total}
    assert whole == {order.id for order in shop.history.orders if order.status is OrderStatus.REFUNDED}
    assert 0 < len(whole) < len(returned)


def test_a_refused_parcel_is_a_cancelled_order_on_delivery(shop: Population) -> None:
    refused = [order for order in shop.history.orders if order.id in shop.refused]
    assert len(refused) > 20
    assert {(order.payment_method, order.status) for order in refused} == {("cod", OrderStatus.CANCELLED)}


def test_parcels_go_to_branches_and_lockers(shop: Population) -> None:
    points = [order.shipping.address_1 for order in shop.history.orders]
    assert any(point.startswith("Відділення №") for point in points)
    assert any(point.startswith("Поштомат") for point in points)


def test_a_second_shop_knows_some_of_the_people_and_new_ones(shop: Population) -> None:
    known = people_for_second_shop(shop)
    assert len(known) / len(shop.people) == pytest.approx(0.2, abs=0.03)
    assert tuple(person.number for person in known) == shop.second_shop_members
    second = generate(seed=8, customers=1000, orders=2500, now=NOW, currency="EUR", beside=shop)
    assert [person.number for person in second.people[: len(known)]] == list(shop.second_shop_members)
    newcomers = second.people[len(known) :]
    assert {person.number for person in newcomers}.isdisjoint(person.number for person in shop.people)
    taken = {person.email for person in shop.people} | {person.phone for person in shop.people} - JUNK
    fresh = [person for person in newcomers if person.kind is not Kind.ROLE]
    assert [person for person in fresh if person.email in taken or person.phone in taken] == []
