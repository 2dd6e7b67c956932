"""Endless texts in WooCommerce's payloads: what is shown is cut, what identifies is none or refused."""

from copy import deepcopy
from typing import Any

import pytest

from regulars_mapping import Customer, Kind, Order, Product, Refund, Review, UnmappableError
from regulars_woocommerce import WooCommerceConnector
from woocommerce.conftest import A_REVIEW, exported, raw

LONG = "Ї" * 20_000
SHORT = "Ї" * 249 + "…"
LONGER = "Ї" * 999 + "…"


@pytest.fixture
def payload() -> dict[str, Any]:
    return deepcopy(exported("orders")[0])


def order_of(translator: WooCommerceConnector, payload: dict[str, Any]) -> Order:
    order = translator.translate(raw(Kind.ORDER, payload))
    assert isinstance(order, Order)
    return order


def test_a_customer_s_endless_name_and_address_are_cut(translator: WooCommerceConnector) -> None:
    profile = deepcopy(exported("customers")[5])
    profile |= {"first_name": LONG, "last_name": LONG}
    profile["billing"] |= dict.fromkeys(("company", "city", "state", "postcode"), LONG)
    profile["billing"] |= dict.fromkeys(("address_1", "address_2"), LONG)
    customer = translator.translate(raw(Kind.CUSTOMER, profile))
    assert isinstance(customer, Customer)
    contact, address = customer.contact, customer.addresses[0]
    assert (contact.given_name, contact.family_name, contact.company) == (SHORT, SHORT, SHORT)
    assert (address.city, address.region, address.postcode) == (SHORT, SHORT, SHORT)
    assert (address.line1, address.line2) == (LONGER, LONGER)
    assert Customer.model_validate(customer.model_dump()) == customer
    assert profile["last_name"] == LONG, "the payload stays whole"


@pytest.mark.parametrize("length", [20_000, 5_000_000])
def test_an_endless_billing_name_costs_no_order(
    translator: WooCommerceConnector, payload: dict[str, Any], length: int
) -> None:
    payload["billing"]["first_name"] = "Ї" * length
    order = order_of(translator, payload)
    assert order.contact.given_name == SHORT
    assert order.billing is not None
    assert order.billing.given_name == SHORT
    assert order_of(translator, payload) == order


def test_what_is_shown_of_an_order_is_cut(translator: WooCommerceConnector, payload: dict[str, Any]) -> None:
    payload["line_items"][0] |= {"name": LONG, "sku": LONG}
    payload["line_items"][0]["meta_data"] = [{"key": "Size", "value": LONG}, {"key": LONG, "value": "M"}]
    payload |= {"payment_method": LONG, "shipping_lines": [{"method_title": LONG}]}
    order = order_of(translator, payload)
    line = order.lines[0]
    assert (line.name, line.sku) == (LONGER, SHORT)
    assert line.options == {"Size": "Ї" * 995 + "…", SHORT: "M"}
    assert (order.payment_method, order.shipping_method) == (SHORT, SHORT)


def test_an_endless_reason_costs_no_refund(translator: WooCommerceConnector) -> None:
    refund = translator.translate(raw(Kind.REFUND, exported("refunds")[0] | {"reason": LONG}))
    assert isinstance(refund, Refund)
    assert refund.reason == LONGER


def test_endless_words_cost_no_product(translator: WooCommerceConnector) -> None:
    attributes = [{"name": "Size", "options": ["M", LONG]}]
    payload = exported("products")[0] | {"name": LONG, "sku": LONG, "categories": [{"name": LONG}]}
    product = translator.translate(raw(Kind.PRODUCT, payload | {"attributes": attributes}))
    assert isinstance(product, Product)
    assert (product.name, product.sku, product.categories) == (LONGER, SHORT, (SHORT,))
    assert product.attributes == {"Size": ("M", SHORT)}


def test_an_endless_opinion_costs_no_review(translator: WooCommerceConnector) -> None:
    payload = {**A_REVIEW, "reviewer": LONG, "reviewer_email": LONG, "review": "Ї" * 70_000}
    review = translator.translate(raw(Kind.REVIEW, payload))
    assert isinstance(review, Review)
    assert (review.contact.given_name, review.contact.email) == (SHORT, "")
    assert review.text == "Ї" * 65_534 + "…"


def test_an_endless_e_mail_or_phone_is_none_given_and_never_another(
    translator: WooCommerceConnector, payload: dict[str, Any]
) -> None:
    payload["billing"] |= {"email": "olena@example.com" + "x" * 300, "phone": "+380671234567" + " 1" * 200}
    contact = order_of(translator, payload).contact
    assert (contact.email, contact.phone) == ("", "")
    profile = exported("customers")[5] | {"email": "x" * 300 + "@example.com"}
    profile |= {"billing": payload["billing"], "shipping": {}}
    customer = translator.translate(raw(Kind.CUSTOMER, profile))
    assert isinstance(customer, Customer)
    assert (customer.contact.email, customer.contact.phone) == ("", "")


@pytest.mark.parametrize(
    ("given", "cut"),
    [
        ("x" * 250, "x" * 250),
        (" " * 300 + "Olena" + " " * 300, "Olena"),
        ("x" * 240 + " " * 20 + "y", "x" * 240 + "…"),
        ("x" * 245 + "&amp;" + "y" * 20, "x" * 245 + "…"),
        ("x" * 240 + "&amp;" + "y" * 20, "x" * 240 + "&yyyy…"),
        ("x" * 245 + "&more" + "y" * 40, "x" * 245 + "&mor…"),
        ("\0" * 300 + "Olena", "Olena"),
        ("😀" * 300, "😀" * 249 + "…"),
    ],
    ids=["fits", "space", "space before", "entity", "entity before", "ampersand", "NUL", "emoji"],
)
def test_a_cut_is_between_characters_and_says_that_it_is_one(
    translator: WooCommerceConnector, payload: dict[str, Any], given: str, cut: str
) -> None:
    payload["billing"]["last_name"] = given
    assert order_of(translator, payload).contact.family_name == cut


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"number": "1" * 300}, "number"),
        ({"status": "x" * 300}, "status"),
        ({"currency": "UAH" * 10}, "currency"),
        ({"total": "1" * 100}, "total"),
        ({"coupon_lines": [{"code": "x" * 2_000}]}, "coupon_lines.0.code"),
    ],
)
def test_what_is_a_key_or_an_amount_is_refused_and_never_cut(
    translator: WooCommerceConnector, payload: dict[str, Any], changes: dict[str, Any], path: str
) -> None:
    with pytest.raises(UnmappableError, match="is longer than") as caught:
        translator.translate(raw(Kind.ORDER, payload | changes))
    assert caught.value.path == path


def test_too_many_lines_are_refused_and_never_cut(
    translator: WooCommerceConnector, payload: dict[str, Any]
) -> None:
    payload["line_items"] = payload["line_items"][:1] * 2_001
    with pytest.raises(UnmappableError, match="has more than 2000 entries"):
        translator.translate(raw(Kind.ORDER, payload))
