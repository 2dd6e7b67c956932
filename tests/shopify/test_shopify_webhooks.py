"""Webhooks: what proves them, and what they say."""

import hashlib
import hmac
import json
from base64 import b64encode
from typing import Any

import pytest
from pydantic import SecretStr

from regulars_connectors import ForgedWebhookError, Infrastructure, WebhookNotice
from regulars_mapping import Kind
from regulars_sandbox import Message
from shopify.conftest import Opener, a_customer, a_shop, gid

OLD, NEW = SecretStr("old-secret"), SecretStr("new-secret")


def headers(topic: str, body: bytes, *, secret: SecretStr = NEW, prefix: str = "X-Shopify") -> dict[str, str]:
    digest = hmac.digest(secret.get_secret_value().encode(), body, hashlib.sha256)
    return {f"{prefix}-Hmac-Sha256": b64encode(digest).decode(), f"{prefix}-Topic": topic}


def notice(opened: Opener, topic: str, body: Any) -> WebhookNotice:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return opened.connector().verify_webhook(headers(topic, raw), raw, [NEW])


@pytest.mark.parametrize("secret", [OLD, NEW])
@pytest.mark.parametrize("prefix", ["X-Shopify", "x-shopify", "Shopify"])
def test_a_delivery_signed_with_either_secret_is_ours(opened: Opener, secret: SecretStr, prefix: str) -> None:
    body = b'{"id": 42, "email": "anna@example.com"}'
    signed = headers("orders/updated", body, secret=secret, prefix=prefix)
    found = opened.connector().verify_webhook(signed, body, [NEW, OLD])
    assert found == WebhookNotice(Kind.ORDER, ("42",), "orders/updated")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda signed: signed | {"X-Shopify-Hmac-Sha256": "AAAA"},
        lambda signed: signed | {"X-Shopify-Hmac-Sha256": "ключ"},
        lambda signed: {"X-Shopify-Topic": signed["X-Shopify-Topic"]},
        lambda signed: signed | {"X-Shopify-Hmac-Sha256": ""},
    ],
)
def test_a_forged_delivery_is_refused(opened: Opener, spoil: Any) -> None:
    body = b'{"id": 42}'
    with pytest.raises(ForgedWebhookError):
        opened.connector().verify_webhook(spoil(headers("orders/updated", body)), body, [NEW])


def test_a_changed_body_is_refused(opened: Opener) -> None:
    with pytest.raises(ForgedWebhookError):
        opened.connector().verify_webhook(headers("orders/updated", b'{"id": 42}'), b'{"id": 43}', [NEW])


@pytest.mark.parametrize(
    ("topic", "body", "kind", "ids"),
    [
        ("customers/update", {"id": 7}, Kind.CUSTOMER, ("7",)),
        ("customers/delete", {"id": 7}, Kind.CUSTOMER, ("7",)),
        ("customer.tags_added", {"customerId": gid("Customer", 7)}, Kind.CUSTOMER, ("7",)),
        (
            "customers/merge",
            {
                "admin_graphql_api_customer_kept_id": gid("Customer", 7),
                "admin_graphql_api_customer_deleted_id": gid("Customer", 8),
            },
            Kind.CUSTOMER,
            ("7", "8"),
        ),
        ("refunds/create", {"id": 9, "order_id": 42}, Kind.ORDER, ("42",)),
        ("products/update", {"id": 5}, Kind.PRODUCT, ("5",)),
        ("app/uninstalled", {"id": 1}, None, ()),
        ("orders/updated", {"id": True}, Kind.ORDER, ()),
        ("orders/updated", {"id": -4}, Kind.ORDER, ()),
        ("orders/updated", [], Kind.ORDER, ()),
        ("orders/updated", b"not json", Kind.ORDER, ()),
    ],
)
def test_a_delivery_names_what_to_read(
    opened: Opener, topic: str, body: Any, kind: Kind | None, ids: tuple[str, ...]
) -> None:
    assert notice(opened, topic, body) == WebhookNotice(kind, ids, topic)


@pytest.mark.parametrize(
    ("said", "merged"),
    [
        ({"status": "completed"}, ("7", "8")),
        ({"status": "failed", "errors": [{"field": "merge_in_progress"}]}, None),
        ({}, None),
        ({"status": "completed", "admin_graphql_api_customer_deleted_id": None}, None),
        ({"status": "completed", "admin_graphql_api_customer_deleted_id": gid("Customer", 7)}, None),
        ({"status": "completed", "admin_graphql_api_customer_kept_id": {"id": 7}}, None),
    ],
)
def test_only_a_completed_merge_says_who_was_kept(opened: Opener, said: Any, merged: Any) -> None:
    ids = {
        "admin_graphql_api_customer_kept_id": gid("Customer", 7),
        "admin_graphql_api_customer_deleted_id": gid("Customer", 8),
    }
    assert notice(opened, "customers/merge", ids | said).merged == merged
    assert notice(opened, "customers/update", {"id": 7} | ids | said).merged is None


def test_what_the_double_delivers_is_ours_and_says_no_more_than_ids(opened: Opener) -> None:
    shop = a_shop(customers=(a_customer(7),))
    shop.add_token("shpat_signed", secret=NEW.get_secret_value())
    server = opened.served(shop)
    connector = opened.connector(server.url, credentials={"access_token": SecretStr("shpat_signed")})
    connector.ensure(Infrastructure("https://hub.example.com/hook", NEW), dry_run=False)
    shop.edit_customer(7, first_name="Anna")
    messages: list[Message] = []

    def receive(message: Message) -> int:
        messages.append(message)
        return 200

    shop.deliver_webhooks(receive)
    found = [connector.verify_webhook(one.headers, one.body, [NEW]) for one in messages]
    assert WebhookNotice(Kind.CUSTOMER, ("7",), "customers/update") in found
    assert all(b"Anna" not in one.body for one in messages)
