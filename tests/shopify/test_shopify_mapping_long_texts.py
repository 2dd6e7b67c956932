"""Endless texts in Shopify's objects: what is shown is cut, what identifies is none."""

from regulars_connectors import ConnectorConfig, HttpOptions
from regulars_mapping import Customer, Kind, Order, Product, Refund
from regulars_shopify import ShopifyConnector
from shopify.conftest import HOME, TOKEN_ONLY, bag, raw
from shopify.shopify_payloads import a_customer, a_line, a_product, a_refund, an_address, an_order

TRANSLATOR = ShopifyConnector.open(ConnectorConfig(HOME, TOKEN_ONLY, HttpOptions()))
LONG = "Ї" * 20_000
SHORT = "Ї" * 249 + "…"
LONGER = "Ї" * 999 + "…"
ENDLESS = an_address(
    firstName=LONG, lastName=LONG, company=LONG, city=LONG, province=LONG, zip=LONG, address1=LONG, phone=LONG
)


def test_a_customer_s_endless_name_and_address_are_cut() -> None:
    payload = a_customer(firstName=LONG, lastName=" " + LONG, addressesV2={"nodes": [ENDLESS]})
    customer = TRANSLATOR.translate(raw(Kind.CUSTOMER, payload))
    assert isinstance(customer, Customer)
    address = customer.addresses[0]
    assert (customer.contact.given_name, customer.contact.family_name) == (SHORT, SHORT)
    assert (address.city, address.region, address.postcode, address.line1) == (SHORT, SHORT, SHORT, LONGER)
    assert payload["firstName"] == LONG, "the payload stays whole"


def test_an_endless_billing_name_costs_no_order() -> None:
    payload = an_order(billingAddress=ENDLESS)
    order = TRANSLATOR.translate(raw(Kind.ORDER, payload))
    assert isinstance(order, Order)
    assert (order.contact.given_name, order.contact.family_name) == (SHORT, SHORT)
    assert TRANSLATOR.translate(raw(Kind.ORDER, payload)) == order


def test_what_is_shown_of_an_order_is_cut() -> None:
    line = a_line(title=LONG, sku=LONG, variantTitle=LONG)
    shipping = {"title": LONG, "discountedPriceSet": bag("4.00")}
    payload = an_order(lineItems={"nodes": [line]}, shippingLine=shipping, paymentGatewayNames=[LONG])
    payload |= {"customerJourneySummary": None, "sourceName": LONG}
    order = TRANSLATOR.translate(raw(Kind.ORDER, payload))
    assert isinstance(order, Order)
    found = order.lines[0]
    assert (found.name, found.sku, found.options) == (LONGER, SHORT, {"variant": LONGER})
    assert (order.payment_method, order.shipping_method) == (SHORT, SHORT)
    assert order.source is not None
    assert order.source.source == SHORT


def test_an_endless_note_costs_no_refund() -> None:
    refund = TRANSLATOR.translate(raw(Kind.REFUND, a_refund(note=LONG)))
    assert isinstance(refund, Refund)
    assert refund.reason == LONGER


def test_endless_words_cost_no_product() -> None:
    variants = {"nodes": [{"sku": LONG, "price": "10.00"}]}
    payload = a_product(title=LONG, category={"name": LONG}, variants=variants)
    product = TRANSLATOR.translate(raw(Kind.PRODUCT, payload))
    assert isinstance(product, Product)
    assert (product.name, product.sku, product.categories[0]) == (LONGER, SHORT, SHORT)


def test_an_endless_e_mail_or_phone_is_none_given_and_never_another() -> None:
    email, phone = "olena@example.com" + "x" * 300, "+380671234567" + " 1" * 200
    order = TRANSLATOR.translate(raw(Kind.ORDER, an_order(email=email, phone=phone, billingAddress=ENDLESS)))
    assert isinstance(order, Order)
    assert (order.contact.email, order.contact.phone) == ("", "+351210000000"), "the delivery's own phone"
    payload = a_customer(defaultEmailAddress={"emailAddress": email}, addressesV2={"nodes": []})
    customer = TRANSLATOR.translate(
        raw(Kind.CUSTOMER, payload | {"defaultPhoneNumber": {"phoneNumber": phone}})
    )
    assert isinstance(customer, Customer)
    assert (customer.contact.email, customer.contact.phone) == ("", "")
    assert customer.email_verified is None
