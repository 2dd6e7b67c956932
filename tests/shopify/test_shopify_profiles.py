"""Fields of a customer written by hand: one call a customer, nothing else of the customer is touched."""

from collections.abc import Mapping

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from regulars_connectors import Operation, Outcome, PushResult, Target, Verb
from regulars_shopify import ShopifyConnector
from shopify.conftest import API, Opener, a_customer, a_shop, answer, gid


def profile(customer: str, document: Mapping[str, str], before: Mapping[str, str] | None = None) -> Operation:
    target = Target("profile", customer, fields=tuple(sorted(document)))
    return Operation(f"op-{customer}", Verb.UPDATE, target, dict(document), customer, before)


def read(connector: ShopifyConnector, customer: str, *fields: str) -> Mapping[str, str] | None:
    (found,) = connector.read_back([Target("profile", customer, fields=fields)])
    return found.document


def push(connector: ShopifyConnector, *operations: Operation) -> list[PushResult]:
    return list(connector.push(operations))


def test_names_contacts_language_and_properties_are_written_and_read_back(opened: Opener) -> None:
    connector = opened(a_shop(customers=(a_customer(1), a_customer(2))))
    wanted = {
        "given_name": "Ольга",
        "family_name": "",
        "phone": "+380671234567",
        "email": "new@example.com",
        "language": "en",
        "property:roast": "dark\nand oily",
    }
    (done,) = push(connector, profile("1", wanted))
    assert done.outcome is Outcome.DONE
    assert read(connector, "1", *wanted) == wanted
    assert read(connector, "2", "given_name", "property:roast") == {
        "given_name": "Olena",
        "property:roast": "",
    }
    assert read(connector, "3", "given_name") is None


def test_a_property_that_shall_be_empty_goes_and_the_rest_stays(opened: Opener) -> None:
    connector = opened(a_shop(customers=(a_customer(1),)))
    push(connector, profile("1", {"property:roast": "dark", "property:size": "XL"}))
    (done,) = push(connector, profile("1", {"property:roast": ""}, {"property:roast": "dark"}))
    assert done.outcome is Outcome.DONE
    assert read(connector, "1", "property:roast", "property:size") == {
        "property:roast": "",
        "property:size": "XL",
    }


def test_a_phone_of_another_customer_is_refused_alone_and_quotes_nothing(opened: Opener) -> None:
    connector = opened(a_shop(customers=(a_customer(1), a_customer(2))))
    push(connector, profile("1", {"phone": "+380671234567"}))
    other, fine = push(
        connector, profile("2", {"phone": "+380671234567"}), profile("1", {"given_name": "Ольга"})
    )
    assert (other.outcome, other.reason) == (Outcome.REFUSED, "the shop refused it (phone)")
    assert fine.outcome is Outcome.DONE
    assert read(connector, "2", "phone") == {"phone": ""}


def test_guests_and_those_who_are_gone_are_refused(opened: Opener) -> None:
    connector = opened(a_shop(customers=(a_customer(1),)))
    results = push(
        connector, profile("guest-1", {"phone": "+380671234567"}), profile("9", {"given_name": "A"})
    )
    assert [result.outcome for result in results] == [Outcome.REFUSED, Outcome.REFUSED]


def test_what_shopify_stored_otherwise_is_said_by_its_name(
    opened: Opener, api: responses.RequestsMock
) -> None:
    stored = {"id": gid("Customer", 1), "firstName": "Olga", "metafields": {"nodes": []}}
    api.post(API, json=answer({"result": {"customer": stored, "userErrors": []}}))
    (result,) = push(opened.connector(), profile("1", {"given_name": "Ольга"}))
    assert (result.outcome, result.reason) == (
        Outcome.REFUSED,
        "the shop stored another value (given_name)",
    )


def test_a_customer_is_a_call_and_reading_25_is_one(opened: Opener) -> None:
    shop = a_shop(customers=tuple(a_customer(number) for number in range(1, 31)))
    connector = opened(shop)
    assert connector.profile_calls(30) == 30
    found = connector.read_back([Target("profile", str(at), fields=("given_name",)) for at in range(1, 31)])
    assert {one.document["given_name"] for one in found if one.document} == {"Olena"}


@pytest.mark.parametrize(
    ("name", "takes"),
    [
        ("given_name", True),
        ("language", True),
        ("birth_date", False),
        ("property:roast", True),
        ("property:r", False),
        ("property:", False),
        ("property:a b", False),
    ],
)
def test_what_a_customer_of_shopify_has(opened: Opener, name: str, takes: bool) -> None:
    assert opened.connector().profile_takes(name, frozenset()) is takes


@given(st.text(max_size=80))
def test_no_name_of_a_property_reaches_shopify_that_it_would_refuse(name: str) -> None:
    if ShopifyConnector.profile_takes(f"property:{name}", frozenset()):
        assert 2 <= len(name) <= 64
        assert name.isascii()
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
