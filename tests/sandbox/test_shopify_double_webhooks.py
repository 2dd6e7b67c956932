"""Webhooks of the Shopify double: hints with a signature, tried again as they were."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from regulars_sandbox import Message

HOOK = {"uri": "https://app.example.com/hook"}


@pytest.fixture
def heard(shopify: Any) -> Any:
    """The shop with an app that hears of customers and orders."""
    shopify.shop.add_token("signed", secret="hush")
    for topic in ("CUSTOMERS_UPDATE", "CUSTOMERS_MERGE", "ORDERS_CREATE"):
        shopify("webhook_create", token="signed", topic=topic, sub=HOOK)
    return shopify


def test_a_delivery_is_signed_and_carries_little_more_than_the_id(heard: Any) -> None:
    messages = list[Message]()
    heard.shop.edit_customer(1, note="new")
    done = heard.shop.deliver_webhooks(lambda message: messages.append(message) or 200)
    assert [(each.topic, each.success) for each in done] == [("CUSTOMERS_UPDATE", True)]
    headers, body = messages[0].headers, messages[0].body
    mac = base64.b64encode(hmac.new(b"hush", body, hashlib.sha256).digest()).decode()
    assert (headers["X-Shopify-Hmac-Sha256"], headers["X-Shopify-Topic"]) == (mac, "customers/update")
    assert set(json.loads(body)) == {"id", "admin_graphql_api_id", "updated_at"}


def test_a_write_by_the_app_itself_echoes(heard: Any) -> None:
    heard("tags_add", token="signed", id="gid://shopify/Customer/1", tags=["vip"])
    assert [each.topic for each in heard.shop.deliver_webhooks(lambda _: 200)] == ["CUSTOMERS_UPDATE"]


def test_a_failed_delivery_is_tried_again_with_the_same_body_and_id(heard: Any) -> None:
    tried = list[Message]()
    heard.shop.edit_customer(1, note="first")
    heard.shop.deliver_webhooks(lambda message: tried.append(message) or 500)
    heard.shop.deliver_webhooks(lambda message: tried.append(message) or 200)
    assert tried[0] == tried[1]
    assert heard.shop.deliver_webhooks(lambda _: 200) == []


def test_eight_failures_in_a_row_delete_the_subscription(heard: Any) -> None:
    heard.shop.edit_customer(1, note="new")
    for _ in range(8):
        heard.shop.deliver_webhooks(lambda _: 0)
    nodes = heard("webhooks_list", token="signed")["data"]["webhookSubscriptions"]["nodes"]
    assert [node["topic"] for node in nodes] == ["CUSTOMERS_MERGE", "ORDERS_CREATE"]
    assert heard.shop.deliver_webhooks(lambda _: 200) == []


def test_a_merge_names_who_stayed_and_who_is_gone(heard: Any) -> None:
    messages = list[Message]()
    twin = heard.shop.register("twin@example.com")
    heard.shop.merge_customers(1, twin)
    heard.shop.deliver_webhooks(lambda message: messages.append(message) or 200)
    told = json.loads(messages[-1].body)
    assert messages[-1].headers["X-Shopify-Topic"] == "customers/merge"
    assert told["admin_graphql_api_customer_deleted_id"] == heard.node("Customer", twin)


def test_the_same_topic_and_address_twice_is_a_user_error(heard: Any) -> None:
    again = heard("webhook_create", token="signed", topic="ORDERS_CREATE", sub=HOOK)["data"]
    assert again["webhookSubscriptionCreate"]["userErrors"][0]["message"].endswith("already been taken")


def test_an_app_sees_and_deletes_its_own_subscriptions_only(heard: Any) -> None:
    mine = heard("webhooks_list", token="signed")["data"]["webhookSubscriptions"]["nodes"]
    assert heard.data("webhooks_list")["webhookSubscriptions"]["nodes"] == []
    foreign = heard.data("webhook_delete", id=mine[0]["id"])["webhookSubscriptionDelete"]
    assert foreign["deletedWebhookSubscriptionId"] is None
    own = heard("webhook_delete", token="signed", id=mine[0]["id"])["data"]["webhookSubscriptionDelete"]
    assert own["deletedWebhookSubscriptionId"] == mine[0]["id"]


def test_no_secret_and_no_person_is_in_a_messages_repr(heard: Any) -> None:
    messages = list[Message]()
    heard.shop.edit_customer(1, note="new")
    heard.shop.deliver_webhooks(lambda message: messages.append(message) or 200)
    assert "hush" not in repr(messages)
    assert "admin_graphql_api_id" not in repr(messages)
