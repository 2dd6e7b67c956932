"""What Shopify's objects mean: the shop's own money, tax in or out, status, people, sources."""

from datetime import UTC, datetime
from typing import Any

import pytest

from regulars_connectors import ConnectorConfig, HttpOptions
from regulars_mapping import Customer, Kind, Order, OrderStatus, Product, Refund, UnmappableError
from regulars_shopify import ShopifyConnector
from shopify.conftest import HOME, TOKEN_ONLY, bag, gid, raw
from shopify.shopify_payloads import a_customer, a_line, a_product, a_refund, an_address, an_order

TRANSLATOR = ShopifyConnector.open(ConnectorConfig(HOME, TOKEN_ONLY, HttpOptions()))


def order(**changes: Any) -> Order:
    found = TRANSLATOR.translate(raw(Kind.ORDER, an_order(**changes)))
    assert isinstance(found, Order)
    return found


def customer(**changes: Any) -> Customer:
    found = TRANSLATOR.translate(raw(Kind.CUSTOMER, a_customer(**changes)))
    assert isinstance(found, Customer)
    return found


def refund(**changes: Any) -> Refund:
    found = TRANSLATOR.translate(raw(Kind.REFUND, a_refund(**changes)))
    assert isinstance(found, Refund)
    return found


def product(**changes: Any) -> Product:
    found = TRANSLATOR.translate(raw(Kind.PRODUCT, a_product(**changes)))
    assert isinstance(found, Product)
    return found


def amounts(found: Order) -> tuple[int, int, int, int, int]:
    return found.goods, found.goods_tax, found.shipping, found.shipping_tax, found.total


def test_an_order_without_tax_in_its_prices_adds_up() -> None:
    found = order()
    assert amounts(found) == (2000, 500, 400, 100, 3000)
    assert sum(amounts(found)[:4]) == found.total
    assert (found.currency, found.external_id, found.number) == ("EUR", "42", "#1042")


def test_an_order_with_tax_in_its_prices_adds_up() -> None:
    line = a_line(originalTotalSet=bag("25.00"))
    shipping = {"title": "Post", "discountedPriceSet": bag("5.00")}
    found = order(taxesIncluded=True, lineItems={"nodes": [line]}, shippingLine=shipping)
    assert amounts(found) == (2000, 500, 400, 100, 3000)
    assert (found.lines[0].gross, found.lines[0].net, found.lines[0].tax) == (2000, 2000, 500)


@pytest.mark.parametrize(
    ("included", "price", "off", "tax", "gross", "net"),
    [
        (False, "20.00", "5.00", "3.75", 2000, 1500),
        (True, "25.00", "5.00", "4.00", 2000, 1600),
        (True, "25.00", "25.00", "0.00", 2000, 0),
    ],
)
def test_discounts_come_off_the_lines_they_were_allotted_to(
    included: bool, price: str, off: str, tax: str, gross: int, net: int
) -> None:
    line = a_line(
        originalTotalSet=bag(price),
        discountAllocations=[{"allocatedAmountSet": bag(off)}],
        taxLines=[{"rate": 0.25, "priceSet": bag(tax)}],
    )
    found = order(taxesIncluded=included, lineItems={"nodes": [line]})
    assert (found.lines[0].gross, found.lines[0].net) == (gross, net)
    assert (found.goods, found.discount) == (net, gross - net)


def test_tips_and_duties_are_in_the_total_alone() -> None:
    found = order(totalPriceSet=bag("33.00"))
    assert amounts(found) == (2000, 500, 400, 100, 3300)


def test_tax_that_is_neither_on_lines_nor_on_shipping_stays_the_orders() -> None:
    assert amounts(order(totalTaxSet=bag("50.00"))) == (2000, 5000, 400, 0, 3000)
    assert amounts(order(totalTaxSet=bag("1.00"))) == (2000, 100, 400, 0, 3000)


def test_an_order_without_a_shipping_line_takes_the_orders_shipping() -> None:
    assert order(shippingLine=None).shipping == 400
    assert order(shippingLine=None, totalShippingPriceSet=None, totalTaxSet=None).shipping == 0


def test_the_buyers_own_currency_is_never_looked_at() -> None:
    assert order(presentmentCurrencyCode="USD").currency == "EUR"
    with pytest.raises(UnmappableError, match="shippingLine"):
        order(shippingLine={"discountedPriceSet": bag("4.00", "USD")})


@pytest.mark.parametrize(
    ("financial", "fulfilled", "status", "paid"),
    [
        ("PAID", "FULFILLED", OrderStatus.COMPLETED, True),
        ("PAID", "UNFULFILLED", OrderStatus.PROCESSING, True),
        ("PARTIALLY_REFUNDED", "FULFILLED", OrderStatus.COMPLETED, True),
        ("REFUNDED", "FULFILLED", OrderStatus.REFUNDED, True),
        ("PENDING", "UNFULFILLED", OrderStatus.PENDING, False),
        ("PENDING", "FULFILLED", OrderStatus.PROCESSING, False),
        ("AUTHORIZED", "UNFULFILLED", OrderStatus.ON_HOLD, False),
        ("PARTIALLY_PAID", "PARTIALLY_FULFILLED", OrderStatus.ON_HOLD, False),
        ("EXPIRED", "UNFULFILLED", OrderStatus.FAILED, False),
        ("VOIDED", "UNFULFILLED", OrderStatus.CANCELLED, False),
        ("LATER_WORD", "UNFULFILLED", OrderStatus.OTHER, False),
        (None, "UNFULFILLED", OrderStatus.PROCESSING, True),
    ],
)
def test_a_status_is_made_of_payment_and_parcels(
    financial: str | None, fulfilled: str, status: OrderStatus, paid: bool
) -> None:
    found = order(displayFinancialStatus=financial, displayFulfillmentStatus=fulfilled)
    assert (found.status, found.paid_at is not None) == (status, paid)


def test_a_cancelled_order_is_cancelled_whatever_was_paid() -> None:
    found = order(cancelledAt="2026-03-03T12:00:00Z", displayFinancialStatus="REFUNDED")
    assert (found.status, found.shop_status) == (OrderStatus.CANCELLED, "cancelled refunded fulfilled")


def test_an_order_is_dated_by_when_it_was_placed_and_completed_by_its_parcels() -> None:
    found = order()
    assert found.placed_at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert found.completed_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert order(displayFulfillmentStatus="IN_PROGRESS").completed_at is None


def test_the_buyer_is_the_one_who_paid() -> None:
    found = order()
    assert (found.customer_id, found.contact.given_name) == ("7", "Anna")
    assert (found.contact.email, found.contact.phone) == ("anna@example.com", "+351210000000")
    assert found.delivery is not None
    assert (found.delivery.given_name, found.delivery.country) == ("Petro", "PT")


def test_a_guest_has_no_customer_and_may_have_no_name() -> None:
    found = order(customer=None, billingAddress=None, shippingAddress=None, email=None)
    assert (found.customer_id, found.billing, found.delivery) == (None, None, None)
    assert not any(found.contact.model_dump().values())


def test_a_source_is_the_visit_that_led_to_the_order() -> None:
    source = order().source
    assert source is not None
    assert (source.kind, source.source, source.medium, source.campaign) == ("seo", "news", "email", "spring")
    counter = order(customerJourneySummary=None, sourceName="pos").source
    assert counter is not None
    assert (counter.kind, counter.source) == ("channel", "pos")


def test_the_rest_of_an_order_is_kept() -> None:
    found = order(test=True)
    assert (found.is_test, found.coupon_codes, found.refund_ids) == (True, ("RG-1",), ("9",))
    assert (found.payment_method, found.shipping_method) == ("shopify_payments", "Post")
    line = found.lines[0]
    assert (line.product_id, line.variant_id, line.options) == ("5", "6", {"variant": "Dark"})


def test_a_line_of_a_deleted_product_stays_a_line() -> None:
    line = a_line(product=None, variant=None, sku=None, variantTitle="Default Title")
    found = order(lineItems={"nodes": [line]}).lines[0]
    assert (found.product_id, found.variant_id, found.sku, found.options) == ("", "", "", {})


def test_a_refund_names_its_order_and_its_goods_without_tax() -> None:
    found = refund()
    assert (found.external_id, found.order_id, found.reason) == ("9", "42", "Too dark")
    assert (found.amount, found.goods) == (1250, 1000)
    assert found.refunded_at == datetime(2026, 3, 4, 12, tzinfo=UTC)
    assert (found.lines[0].order_line_id, found.lines[0].net, found.lines[0].tax) == ("1", 1000, 250)


def test_a_refund_in_a_shop_with_tax_in_its_prices_is_without_tax() -> None:
    found = refund(order={"id": gid("Order", 42), "taxesIncluded": True})
    assert found.goods == 750


def test_a_refund_of_a_bare_amount_does_not_say_what_goods_it_is_for() -> None:
    assert refund(refundLineItems={"nodes": []}).goods is None


def test_goods_that_came_back_for_less_money_count_as_that_much() -> None:
    assert refund(totalRefundedSet=bag("6.00")).goods == 600


def test_a_customer_is_the_account() -> None:
    found = customer()
    assert (found.external_id, found.contact.email, found.contact.country) == ("7", "anna@example.com", "PT")
    assert (found.contact.phone, found.email_verified, found.role) == ("+351910000000", True, "enabled")
    assert found.labels == {"discount": "7.00"}
    assert len(found.addresses) == 1


def test_a_customer_without_an_address_is_still_one() -> None:
    nothing = {"nodes": []}
    found = customer(defaultEmailAddress=None, defaultPhoneNumber=None, addressesV2=nothing, firstName=None)
    assert (found.contact.email, found.email_verified, found.addresses) == ("", None, ())


@pytest.mark.parametrize(("said", "verified"), [(True, True), (False, False), (None, None)])
def test_an_address_is_verified_where_shopify_says_so(*, said: bool | None, verified: bool | None) -> None:
    assert customer(verifiedEmail=said).email_verified is verified


@pytest.mark.parametrize(
    ("state", "meant"),
    [
        ("SUBSCRIBED", "granted"),
        ("UNSUBSCRIBED", "withdrawn"),
        ("PENDING", "pending"),
        *((silent, None) for silent in ("NOT_SUBSCRIBED", "INVALID", "REDACTED", "", None, "subscribed?")),
    ],
)
def test_a_customers_word_about_advertising_is_told_and_silence_is_none(
    state: str | None, meant: str | None
) -> None:
    said = {"marketingState": state, "marketingUpdatedAt": "2026-02-01T10:00:00Z"}
    email = {"emailAddress": "anna@example.com", "marketingOptInLevel": "SINGLE_OPT_IN", **said}
    found = customer(defaultEmailAddress=email, defaultPhoneNumber={"phoneNumber": "+351910000000", **said})
    at = datetime(2026, 2, 1, 10, tzinfo=UTC)
    told = [(word.kind, word.address, word.state, word.at, word.how) for word in found.consents]
    both = [
        ("email", "anna@example.com", meant, at, "single_opt_in"),
        ("phone", "+351910000000", meant, at, ""),
    ]
    assert told == (both if meant else [])


@pytest.mark.parametrize("address", [None, {"emailAddress": None}, {"emailAddress": " "}])
def test_what_is_not_there_is_neither_verified_nor_not(address: dict[str, Any] | None) -> None:
    assert customer(defaultEmailAddress=address, verifiedEmail=True).email_verified is None


def test_an_address_with_a_word_for_its_country_is_kept_without_it() -> None:
    found = customer(addressesV2={"nodes": [an_address(countryCodeV2="Portugal")]})
    assert found.addresses[0].country == ""


def test_a_product_has_its_first_variants_code_and_price() -> None:
    found = product()
    assert (found.sku, found.price, found.status) == ("C-1", 1000, "active")
    assert found.categories == ("Drinks", "Beans")
    assert product(variants={"nodes": []}, _regulars_currency=None).price is None


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"id": None}, "id"),
        ({"processedAt": "yesterday"}, "processedAt"),
        ({"totalPriceSet": None}, "totalPriceSet"),
        ({"totalPriceSet": bag("1e9999")}, "totalPriceSet"),
        ({"lineItems": {"nodes": [a_line(quantity="two")]}}, "quantity"),
        ({"name": "1" * 300}, "name"),
        ({"discountCodes": ["x" * 300]}, "discountCodes"),
        ({"lineItems": {"nodes": [a_line()] * 2_001}}, "lineItems"),
        ({"lineItems": None}, "lineItems"),
    ],
)
def test_what_cannot_be_mapped_is_named_by_its_place(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(UnmappableError) as raised:
        order(**changes)
    assert path in raised.value.path
