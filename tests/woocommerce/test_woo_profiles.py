"""Fields of a customer written by hand: a hundred customers a request, nothing that is not the owner's."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars_connectors import HiddenTargetsError, Operation, Outcome, Target, Verb
from regulars_sandbox import ApiKey
from regulars_woocommerce._profile import change, takes
from woocommerce.conftest import Opener, a_customer, a_shop


def profile(number: int, document: Mapping[str, str], before: Mapping[str, str] | None = None) -> Operation:
    target = Target("profile", str(number), fields=tuple(sorted(document)))
    return Operation(f"op-{number}", Verb.UPDATE, target, dict(document), str(number), before)


def test_a_hundred_customers_are_a_request_to_write_and_one_to_read(opened: Opener) -> None:
    connector = opened.connector(opened.served(a_shop(customers=tuple(map(a_customer, range(1, 101))))))
    assert connector.profile_calls(100) == 1
    document = {"given_name": "Ольга & Co", "phone": "+380671234567", "property:roast": "dark"}
    results = connector.push([profile(number, document) for number in range(1, 101)])
    assert {result.outcome for result in results} == {Outcome.DONE}
    targets = [Target("profile", str(number), fields=tuple(sorted(document))) for number in range(1, 101)]
    assert [found.document for found in connector.read_back(targets)] == [document] * 100


def test_a_customer_of_one_s_own_is_refused_alone(opened: Opener) -> None:
    connector = opened.connector(opened.served(a_shop(customers=(a_customer(1), a_customer(2)))))
    wanted = {"email": "person2@example.com"}
    results = connector.push([profile(1, wanted), profile(2, {"given_name": "Ольга"}), profile(9, wanted)])
    assert [result.outcome for result in results] == [Outcome.REFUSED, Outcome.DONE, Outcome.REFUSED]
    assert "@" not in " ".join(result.reason for result in results)


def test_a_manager_s_key_reads_names_and_says_that_it_is_shown_no_metadata(opened: Opener) -> None:
    shop = a_shop(customers=(a_customer(1),))
    manager = ApiKey("ck_manager", "cs_manager", role="shop_manager")
    shop.add_key(manager)
    connector = opened.connector(opened.served(shop), key=manager)
    (found,) = connector.read_back([Target("profile", "1", fields=("given_name",))])
    assert found.document == {"given_name": "Olena"}
    with pytest.raises(HiddenTargetsError, match="metadata"):
        connector.read_back([Target("profile", "1", fields=("property:roast",))])
    (result,) = connector.push([profile(1, {"property:roast": "dark"})])
    assert result.outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    "name",
    [
        *("wp_capabilities", "x9_capabilities", "WP_User_Level", "session_tokens", "wc_last_active"),
        *("_hidden", "regulars_discount", "Billing_phone", "shipping_city", "first_name", "locale"),
        *("", "two words", "a" * 81, "рост", "nul\0"),
    ],
)
def test_a_property_never_stands_where_something_else_lives(name: str) -> None:
    assert not takes(f"property:{name}", hidden=False)


def test_a_shop_has_names_phone_and_email_and_properties_where_it_shows_them() -> None:
    own = ("given_name", "family_name", "phone", "email")
    assert all(takes(name, hidden=True) for name in own)
    assert not any(takes(name, hidden=False) for name in ("language", "birth_date", "roast"))
    assert takes("property:roast", hidden=False)
    assert not takes("property:roast", hidden=True)


@given(
    document=st.dictionaries(st.sampled_from(["given_name", "phone", "property:a", "email"]), st.text()),
    before=st.dictionaries(st.sampled_from(["given_name", "phone", "property:a", "email"]), st.text()),
)
def test_only_what_differs_travels_and_an_empty_property_goes(
    document: dict[str, str], before: dict[str, str]
) -> None:
    differing = {name: value for name, value in document.items() if value != before.get(name)}
    body = change(document, before)
    assert body.get("first_name") == differing.get("given_name")
    assert body.get("email") == differing.get("email")
    assert body.get("billing", {}).get("phone") == differing.get("phone")
    metas = [{"key": "a", "value": differing["property:a"] or None}] if "property:a" in differing else None
    assert body.get("meta_data") == metas
    assert change(document, document) == {}
