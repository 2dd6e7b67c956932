"""What the people of the Shopify double do, and what of it an app can see."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

ANN = "gid://shopify/Customer/1"


def _person(shop: Any, number: int = 1) -> Any:
    return shop.data("customer_by_id", id=shop.node("Customer", number), ns="regulars")["customer"]


def _order(shop: Any, number: int) -> Any:
    nodes = shop.data("orders_page", first=9, query=f"id:{number}")["orders"]["nodes"]
    return nodes[0] if nodes else None


def _amount(bag: Any) -> str:
    assert bag["shopMoney"] == bag["presentmentMoney"]
    text: str = bag["shopMoney"]["amount"]
    return text


def test_a_guest_order_has_an_email_in_the_buyers_letters_and_no_customer(shopify: Any) -> None:
    number = shopify.shop.place_order(items=[(2, 2)], email="ANNA@Example.com")
    order = _order(shopify, number)
    assert (order["customer"], order["email"]) == (None, "ANNA@Example.com")
    assert (order["shippingAddress"], order["phone"]) == (None, None)


def test_spending_and_orders_of_a_customer_follow_without_moving_its_date(shopify: Any) -> None:
    before = _person(shopify)["updatedAt"]
    shopify.tick()
    number = shopify.shop.place_order(items=[(2, 2)], customer_id=1)
    shopify.shop.refund_order(number, 5_050)
    person = _person(shopify)
    assert (person["numberOfOrders"], person["amountSpent"]["amount"]) == ("1", "149.5")
    assert person["updatedAt"] == before


def test_money_has_no_more_zeros_than_one_decimal_needs(shopify: Any) -> None:
    number = shopify.shop.place_order(items=[(2, 1)], customer_id=1)
    assert _amount(_order(shopify, number)["totalPriceSet"]) == "100.0"
    product = shopify.data("products_page", first=1)["products"]["nodes"][0]
    assert product["variants"]["nodes"][0]["price"] == "100.00"


def test_a_refund_leaves_the_total_lowers_the_current_total_and_bumps_the_order(shopify: Any) -> None:
    number = shopify.shop.place_order(items=[(2, 2)], customer_id=1)
    shopify.tick()
    refund = shopify.shop.refund_order(number, 5_000, reason="late")
    order = _order(shopify, number)
    assert _amount(order["totalPriceSet"]) == "200.0"
    assert _amount(order["currentTotalPriceSet"]) == _amount(order["netPaymentSet"]) == "150.0"
    assert _amount(order["totalRefundedSet"]) == "50.0"
    assert order["displayFinancialStatus"] == "PARTIALLY_REFUNDED"
    assert [each["id"] for each in order["refunds"]] == [shopify.node("Refund", refund)]
    assert order["updatedAt"] > order["createdAt"]
    shopify.shop.refund_order(number, 15_000)
    assert _order(shopify, number)["displayFinancialStatus"] == "REFUNDED"
    with pytest.raises(ValueError, match="more than what was paid"):
        shopify.shop.refund_order(number, 1)


def test_refund_lines_name_what_came_back_and_a_bare_amount_names_none(shopify: Any) -> None:
    number = shopify.shop.place_order(items=[(2, 2)], customer_id=1)
    shopify.shop.refund_order(number, 5_000)
    told = shopify.data("order_refunds", id=shopify.node("Order", number))["order"]["refunds"]
    assert told[0]["refundLineItems"]["nodes"] == []
    whole = shopify.shop.place_order(items=[(2, 2)], customer_id=1)
    shopify.shop.refund_order(whole, 20_000)
    told = shopify.data("order_refunds", id=shopify.node("Order", whole))["order"]["refunds"]
    assert told[0]["refundLineItems"]["nodes"][0]["quantity"] == 2
    assert told[0]["transactions"]["nodes"][0]["kind"] == "REFUND"


def test_a_cancelled_order_counts_for_nothing_and_stays(shopify: Any) -> None:
    number = shopify.shop.place_order(items=[(2, 1)], customer_id=1, paid=False)
    shopify.shop.cancel_order(number)
    order = _order(shopify, number)
    assert (order["displayFinancialStatus"], order["cancelReason"]) == ("VOIDED", "CUSTOMER")
    assert _amount(order["currentTotalPriceSet"]) == "0.0"
    assert order["lineItems"]["nodes"][0]["currentQuantity"] == 0
    assert _person(shopify)["amountSpent"]["amount"] == "0.0"


def test_cash_on_delivery_is_pending_until_it_is_paid(shopify: Any) -> None:
    number = shopify.shop.place_order(items=[(2, 1)], customer_id=1, paid=False)
    assert _order(shopify, number)["displayFinancialStatus"] == "PENDING"
    shopify.shop.fulfil_order(number)
    shopify.shop.pay_order(number)
    order = _order(shopify, number)
    assert (order["displayFinancialStatus"], order["displayFulfillmentStatus"]) == ("PAID", "FULFILLED")
    assert order["fulfillments"][0]["displayStatus"] == "DELIVERED"


def test_where_an_order_came_from_is_known_later_and_no_date_tells(shopify: Any) -> None:
    number = shopify.shop.place_order(items=[(2, 1)], customer_id=1)
    fresh = _order(shopify, number)
    assert fresh["customerJourneySummary"]["ready"] is False
    assert fresh["customerJourneySummary"]["lastVisit"] is None
    shopify.tick()
    shopify.shop.attribute_order(number, source="newsletter")
    known = _order(shopify, number)
    assert known["customerJourneySummary"]["lastVisit"]["utmParameters"]["source"] == "newsletter"
    assert known["updatedAt"] == fresh["updatedAt"]


def test_where_an_order_came_from_may_be_known_after_a_while_by_itself(shopify: Any) -> None:
    shopify.shop.attributed_after = timedelta(seconds=1)
    number = shopify.shop.place_order(items=[(2, 1)], customer_id=1, source="newsletter")
    assert _order(shopify, number)["customerJourneySummary"]["ready"] is False
    shopify.tick()
    visit = _order(shopify, number)["customerJourneySummary"]["lastVisit"]
    assert (visit["sourceType"], visit["utmParameters"]["source"]) == ("AD", "newsletter")


def test_a_buyer_may_see_another_currency(shopify: Any) -> None:
    number = shopify.shop.place_order(items=[(2, 1)], customer_id=1, presented=("USD", Decimal("0.02")))
    order = _order(shopify, number)
    total, own = order["totalPriceSet"], order["totalPriceSet"]["shopMoney"]
    assert order["presentmentCurrencyCode"] == total["presentmentMoney"]["currencyCode"] == "USD"
    assert Decimal(total["presentmentMoney"]["amount"]) == Decimal(own["amount"]) / 50


def test_people_may_be_hidden_from_an_app(shopify: Any) -> None:
    number = shopify.shop.place_order(items=[(2, 1)], customer_id=1)
    shopify.shop.hides_people = True
    person, order = _person(shopify), _order(shopify, number)
    shown = [person[name] for name in ("firstName", "lastName", "defaultEmailAddress", "defaultPhoneNumber")]
    assert shown + [order[name] for name in ("email", "phone", "billingAddress")] == [None] * 7
    assert (person["numberOfOrders"], order["customer"]["id"]) == ("1", ANN)


def test_a_customer_may_have_a_phone_and_no_email(shopify: Any) -> None:
    number = shopify.shop.register(phone="067 123 45 67", first_name="Bo")
    person = _person(shopify, number)
    assert person["defaultEmailAddress"] is None
    assert person["defaultPhoneNumber"]["phoneNumber"] == "+380671234567"
    with pytest.raises(ValueError, match="Phone has already been taken"):
        shopify.shop.register("bo@example.com", phone="+380 67 1234567")
    with pytest.raises(ValueError, match="Email has already been taken"):
        shopify.shop.register("ANN@example.com")


def test_consent_changes_only_by_the_accepted_states(shopify: Any) -> None:
    shopify.shop.subscribe(1)
    assert _person(shopify)["defaultEmailAddress"]["marketingState"] == "SUBSCRIBED"
    wanted = {"marketingState": "NOT_SUBSCRIBED"}
    answer = shopify.data("email_consent_update", input={"customerId": ANN, "emailMarketingConsent": wanted})
    assert answer["customerEmailMarketingConsentUpdate"]["userErrors"][0]["code"] == "INCLUSION"
    wanted = {"marketingState": "UNSUBSCRIBED"}
    shopify.data("email_consent_update", input={"customerId": ANN, "emailMarketingConsent": wanted})
    assert _person(shopify)["defaultEmailAddress"]["marketingState"] == "UNSUBSCRIBED"


def test_a_customer_with_orders_is_erased_not_deleted_and_its_orders_lose_the_person(shopify: Any) -> None:
    number = shopify.shop.place_order(items=[(2, 1)], customer_id=1, billing={"first_name": "Ann"})
    with pytest.raises(ValueError, match="with orders"):
        shopify.shop.delete_customer(1)
    shopify.tick()
    shopify.shop.erase_customer(1)
    assert _person(shopify) is None
    order = _order(shopify, number)
    assert [order[name] for name in ("customer", "email", "billingAddress")] == [None, None, None]
    assert order["updatedAt"] > order["createdAt"]


def test_a_merged_customer_is_gone_and_its_orders_change_hands_without_a_date(shopify: Any) -> None:
    twin = shopify.shop.register("ann.lee@example.com", phone="+380671234567")
    shopify.data("tags_add", id=shopify.node("Customer", twin), tags=["vip"])
    number = shopify.shop.place_order(items=[(2, 1)], customer_id=twin)
    before = _order(shopify, number)["updatedAt"]
    shopify.tick()
    shopify.shop.merge_customers(1, twin)
    assert shopify.data("customers_exist", ids=[shopify.node("Customer", twin)])["nodes"] == [None]
    order, kept = _order(shopify, number), _person(shopify)
    assert (order["customer"]["id"], order["updatedAt"]) == (ANN, before)
    assert (kept["tags"], kept["numberOfOrders"]) == (["vip"], "1")
    assert kept["defaultEmailAddress"]["emailAddress"] == "ann@example.com"
    assert kept["defaultPhoneNumber"]["phoneNumber"] == "+380671234567"
    assert kept["updatedAt"] > before
    assert shopify.shop.customer_by_email("ann.lee@example.com") is None


def test_lines_of_a_deleted_product_keep_their_name_and_lose_the_way_to_it(shopify: Any) -> None:
    number = shopify.shop.place_order(items=[(2, 1)], customer_id=1)
    shopify.shop.delete_product(2)
    line = _order(shopify, number)["lineItems"]["nodes"][0]
    assert (line["name"], line["product"], line["variant"]) == ("Coffee", None, None)


def test_a_product_with_variants_is_bought_by_the_variant(shopify: Any) -> None:
    tea = shopify.shop.add_product("Tea", 5_000, sku="T", variants={"Small": 5_000, "Big": 9_000})
    nodes = shopify.data("products_page", first=9, query=f"id:{tea}")["products"]["nodes"]
    variants = nodes[0]["variants"]["nodes"]
    assert [each["title"] for each in variants] == ["Small", "Big"]
    big = int(variants[1]["legacyResourceId"])
    line = _order(shopify, shopify.shop.place_order(items=[(big, 1)]))["lineItems"]["nodes"][0]
    assert (line["sku"], _amount(line["originalTotalSet"])) == ("T-1", "90.0")
    assert line["product"]["id"] == shopify.node("Product", tea)


def test_lines_beyond_the_inline_page_are_drained_by_cursor(shopify: Any) -> None:
    items = [(2, quantity) for quantity in range(1, 8)]
    number = shopify.shop.place_order(items=items)
    page = shopify.data("orders_page", first=1, lines=3)["orders"]["nodes"][0]["lineItems"]
    assert page["pageInfo"]["hasNextPage"]
    rest = shopify.data(
        "order_lines_more", id=shopify.node("Order", number), after=page["pageInfo"]["endCursor"]
    )
    lines = [*page["nodes"], *rest["order"]["lineItems"]["nodes"]]
    assert [line["quantity"] for line in lines] == [quantity for _, quantity in items]


def test_an_order_without_an_email_is_known_by_its_phone(shopify: Any) -> None:
    number = shopify.shop.place_order(items=[(2, 1)], billing={"first_name": "Bo", "phone": "067 123-45-67"})
    order = _order(shopify, number)
    assert (order["email"], order["phone"]) == (None, "+380671234567")
    assert order["billingAddress"]["phone"] == "067 123-45-67"


def test_an_order_tells_which_of_its_customers_orders_it_is(shopify: Any) -> None:
    first, second = (shopify.shop.place_order(items=[(2, 1)], customer_id=1) for _ in range(2))
    places = [
        _order(shopify, each)["customerJourneySummary"]["customerOrderIndex"] for each in (first, second)
    ]
    assert places == [1, 2]


def test_a_refund_is_read_by_its_id_with_its_order_and_is_gone_with_it(shopify: Any) -> None:
    number = shopify.shop.place_order(items=[(2, 2)], customer_id=1)
    refund = shopify.node("Refund", shopify.shop.refund_order(number, 5_000))
    text = """query R($ids: [ID!]!) { nodes(ids: $ids) { id ... on Refund {
        totalRefundedSet { shopMoney { amount } } order { id currencyCode } } } }"""
    told = shopify.data(text, ids=[refund])["nodes"][0]
    assert told["totalRefundedSet"]["shopMoney"]["amount"] == "50.0"
    assert told["order"] == {"id": shopify.node("Order", number), "currencyCode": "UAH"}
    shopify.shop.delete_order(number)
    assert shopify.data(text, ids=[refund])["nodes"] == [None]


def test_deeds_on_what_is_not_there_name_it(shopify: Any) -> None:
    with pytest.raises(LookupError, match="customer 99"):
        shopify.shop.edit_customer(99)
    with pytest.raises(LookupError, match="order 99"):
        shopify.shop.refund_order(99, 1)
    with pytest.raises(LookupError, match="variant 99"):
        shopify.shop.place_order(items=[(99, 1)])
