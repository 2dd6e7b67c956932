"""Consent and tags written into the Shopify double: which word stands, and what is told of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from regulars_sandbox import Message

ANN = "gid://shopify/Customer/1"
CHANNELS = {"email": "emailMarketingConsent", "sms": "smsMarketingConsent"}


@pytest.fixture(params=sorted(CHANNELS))
def channel(request: pytest.FixtureRequest, shopify: Any) -> str:
    """Ann, with an e-mail and a phone, and the way she is asked about."""
    shopify.shop.edit_customer(1, phone="+380671112233")
    return str(request.param)


def _say(shopify: Any, channel: str, state: str, customer: str = ANN, **more: Any) -> Any:
    given = {"customerId": customer, CHANNELS[channel]: {"marketingState": state, **more}}
    name = f"customer{channel.title()}MarketingConsentUpdate"
    return shopify.data(f"{channel}_consent_update", input=given)[name]


def _stands(shopify: Any, channel: str) -> tuple[str, str | None, str | None]:
    """State, opt-in level and time, as a pull reads them."""
    fields = "{ marketingState marketingOptInLevel marketingUpdatedAt }"
    contact = "defaultEmailAddress" if channel == "email" else "defaultPhoneNumber"
    person = shopify.data(f'{{ customer(id: "{ANN}") {{ {contact} {fields} }} }}')["customer"]
    told: dict[str, Any] = person[contact]
    return told["marketingState"], told["marketingOptInLevel"], told["marketingUpdatedAt"]


def test_a_word_is_kept_with_its_level_and_time(shopify: Any, channel: str) -> None:
    at = {"consentUpdatedAt": "2026-11-20T10:00:00Z", "marketingOptInLevel": "CONFIRMED_OPT_IN"}
    payload = _say(shopify, channel, "SUBSCRIBED", **at)
    assert payload["userErrors"] == []
    assert _stands(shopify, channel) == ("SUBSCRIBED", "CONFIRMED_OPT_IN", "2026-11-20T10:00:00Z")
    _say(shopify, channel, "UNSUBSCRIBED")
    assert _stands(shopify, channel) == ("UNSUBSCRIBED", "CONFIRMED_OPT_IN", "2026-11-22T03:30:01Z")
    if channel == "sms":
        told = _say(shopify, channel, "PENDING")["customer"]["defaultPhoneNumber"]["smsMarketingConsent"]
        assert (told["state"], told["collectedFrom"]) == ("PENDING", "OTHER")


def test_an_older_word_does_not_win_and_says_nothing(shopify: Any, channel: str) -> None:
    _say(shopify, channel, "UNSUBSCRIBED", consentUpdatedAt="2026-11-20T10:00:00Z")
    before = shopify.data("customer_by_id", id=ANN, ns="regulars")["customer"]["updatedAt"]
    shopify.tick(60)
    payload = _say(shopify, channel, "SUBSCRIBED", consentUpdatedAt="2026-11-20T09:59:59Z")
    assert payload["userErrors"] == []
    assert _stands(shopify, channel)[0] == "UNSUBSCRIBED"
    assert shopify.data("customer_by_id", id=ANN, ns="regulars")["customer"]["updatedAt"] == before
    _say(shopify, channel, "SUBSCRIBED", consentUpdatedAt="2026-11-20T10:00:00Z")
    assert _stands(shopify, channel)[0] == "SUBSCRIBED"


@pytest.mark.parametrize("state", ["NOT_SUBSCRIBED", "REDACTED"])
def test_states_that_only_the_shop_sets_are_refused(shopify: Any, channel: str, state: str) -> None:
    payload = _say(shopify, channel, state)
    (error,) = payload["userErrors"]
    assert (payload["customer"], error["code"]) == (None, "INCLUSION")
    assert error["field"] == ["input", CHANNELS[channel], "marketingState"]
    assert _stands(shopify, channel) == ("NOT_SUBSCRIBED", None, None)


def test_without_the_address_or_the_person_nothing_is_kept(shopify: Any, channel: str) -> None:
    contact = {"phone": "+380671112244"} if channel == "email" else {"email": "bo@example.com"}
    for customer in (shopify.shop.register(**contact), 99):
        payload = _say(shopify, channel, "SUBSCRIBED", shopify.node("Customer", customer))
        assert [error["code"] for error in payload["userErrors"]] == ["INVALID"]


def test_a_word_from_the_future_is_not_modelled(shopify: Any, channel: str) -> None:
    given = {"marketingState": "SUBSCRIBED", "consentUpdatedAt": "2026-11-23T00:00:00Z"}
    answer = shopify(f"{channel}_consent_update", input={"customerId": ANN, CHANNELS[channel]: given})
    assert answer["errors"][0]["extensions"]["code"] == "NOT_MODELLED"
    assert _stands(shopify, channel)[0] == "NOT_SUBSCRIBED"


def test_who_may_not_write_customers_changes_no_consent(shopify: Any, channel: str) -> None:
    shopify.shop.add_token("poor", scopes=frozenset({"read_customers"}))
    given = {"customerId": ANN, CHANNELS[channel]: {"marketingState": "SUBSCRIBED"}}
    answer = shopify(f"{channel}_consent_update", token="poor", input=given)
    assert answer["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"


def test_consents_and_tags_echo_with_what_they_changed(shopify: Any) -> None:
    shopify.shop.edit_customer(1, phone="+380671112233")
    shopify.shop.add_token("signed", secret="hush")
    for topic in (
        "CUSTOMERS_UPDATE",
        "CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE",
        "CUSTOMERS_MARKETING_CONSENT_UPDATE",
        "CUSTOMER_TAGS_ADDED",
        "CUSTOMER_TAGS_REMOVED",
    ):
        shopify("webhook_create", token="signed", topic=topic, sub={"uri": "https://app.example.com/hook"})
    _say(shopify, "email", "SUBSCRIBED")
    _say(shopify, "sms", "UNSUBSCRIBED")
    shopify.data("tags_add", id=ANN, tags=["Gold", "gold", "tea"])
    shopify.data("tags_add", id=ANN, tags=["GOLD"])
    shopify.data("tags_remove", id=ANN, tags=["gold", "none"])
    sent = list[Message]()
    shopify.shop.deliver_webhooks(lambda message: sent.append(message) or 200)
    told = [(message.headers["X-Shopify-Topic"], json.loads(message.body)) for message in sent]
    assert [topic for topic, _ in told if topic != "customers/update"] == [
        "customers_email_marketing_consent/update",
        "customers_marketing_consent/update",
        "customer.tags_added",
        "customer.tags_removed",
    ]
    tagged = {topic: said for topic, said in told if "tags" in said}
    assert tagged["customer.tags_added"]["tags"] == ["Gold", "tea"]
    assert tagged["customer.tags_removed"]["tags"] == ["Gold"]
    assert {said["customerId"] for said in tagged.values()} == {ANN}
    assert sum(topic == "customers/update" for topic, _ in told) == 4
