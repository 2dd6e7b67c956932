"""Webhooks: real deliveries verify, forgeries do not, and the machinery makes its own."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
import responses
from pydantic import SecretStr

from regulars_connectors import ConnectorConfig, ForgedWebhookError, HttpOptions, Infrastructure
from regulars_mapping import Kind
from regulars_sandbox import Message, WooCommerceShop
from regulars_woocommerce import WooCommerceConnector
from woocommerce.conftest import Opener, Waits, a_customer, a_shop, credentials

DELIVERIES = json.loads(
    (Path(__file__).parent / "recordings" / "webhook_deliveries.json").read_text(encoding="utf-8")
)
SIGNED = [delivery for delivery in DELIVERIES if delivery["secret"] is not None]
URL = "https://shop.example.com"
WEBHOOKS = f"{URL}/wp-json/wc/v3/webhooks"
OURS = Infrastructure("https://hub.example.com/hook", SecretStr("s3cret"))


@pytest.fixture
def connector() -> WooCommerceConnector:
    return WooCommerceConnector.open(ConnectorConfig(URL, credentials(), HttpOptions()), sleep=Waits())


def body_of(delivery: dict[str, Any]) -> bytes:
    return b64decode(delivery["body_b64"])


def secrets_of(delivery: dict[str, Any]) -> list[SecretStr]:
    return [SecretStr("the one before"), SecretStr(delivery["secret"])]


@pytest.mark.parametrize("delivery", SIGNED, ids=lambda one: one["headers"]["X-WC-Webhook-Topic"])
def test_a_recorded_delivery_verifies_and_names_its_object(
    connector: WooCommerceConnector, delivery: dict[str, Any]
) -> None:
    notice = connector.verify_webhook(delivery["headers"], body_of(delivery), secrets_of(delivery))
    topic = delivery["headers"]["X-WC-Webhook-Topic"]
    content = json.loads(body_of(delivery))
    resource = topic.partition(".")[0]
    assert notice.topic == topic
    assert notice.kind == (None if resource == "coupon" else Kind(resource))
    if notice.kind is not None:
        assert notice.ids == ((str(content["id"]),) if "id" in content else ())


def test_an_object_that_was_gone_at_delivery_names_nothing(connector: WooCommerceConnector) -> None:
    delivery = next(one for one in SIGNED if b'"code":"woocommerce_rest' in body_of(one))
    headers = {**delivery["headers"], "X-WC-Webhook-Topic": "order.created"}
    notice = connector.verify_webhook(headers, body_of(delivery), secrets_of(delivery))
    assert (notice.kind, notice.ids) == (Kind.ORDER, ())


def test_header_names_may_come_in_any_case(connector: WooCommerceConnector) -> None:
    delivery = SIGNED[0]
    headers = {name.lower(): value for name, value in delivery["headers"].items()}
    assert connector.verify_webhook(headers, body_of(delivery), secrets_of(delivery)).topic


@pytest.mark.parametrize("delivery", [one for one in DELIVERIES if one["secret"] is None])
def test_a_ping_is_unsigned_and_says_nothing(
    connector: WooCommerceConnector, delivery: dict[str, Any]
) -> None:
    notice = connector.verify_webhook(delivery["headers"], body_of(delivery), [SecretStr("x")])
    assert (notice.kind, notice.ids, notice.topic) == (None, (), "ping")


@pytest.mark.parametrize("signature", ["", "AAAA", "no base64!", "ключ", None])
def test_a_forgery_is_refused(connector: WooCommerceConnector, signature: str | None) -> None:
    delivery = SIGNED[0]
    headers = {**delivery["headers"], "X-WC-Webhook-Signature": signature}
    if signature is None:
        del headers["X-WC-Webhook-Signature"]
    with pytest.raises(ForgedWebhookError):
        connector.verify_webhook(headers, body_of(delivery), secrets_of(delivery))


def test_a_changed_body_is_refused(connector: WooCommerceConnector) -> None:
    delivery = SIGNED[0]
    with pytest.raises(ForgedWebhookError):
        connector.verify_webhook(delivery["headers"], body_of(delivery) + b" ", secrets_of(delivery))


def test_without_a_secret_nothing_verifies(connector: WooCommerceConnector) -> None:
    with pytest.raises(ForgedWebhookError):
        connector.verify_webhook(SIGNED[0]["headers"], body_of(SIGNED[0]), [])


def received(shop: WooCommerceShop) -> list[Message]:
    """What the shop sends now to a receiver that takes everything."""
    sent: list[Message] = []

    def receive(message: Message) -> int:
        sent.append(message)
        return 200

    shop.deliver_webhooks(receive)
    return sent


def test_a_change_in_the_shop_arrives_as_a_notice(opened: Opener) -> None:
    shop = a_shop(customers=(a_customer(7),))
    connector = opened(shop)
    body = {"topic": "customer.updated", "delivery_url": "http://127.0.0.1:9/hook", "secret": "s'ключ"}
    connector._client.write("POST", "webhooks", body)
    connector._client.write("PUT", "customers/7", {"first_name": "Oksana"})
    notices = [
        connector.verify_webhook(one.headers, one.body, [SecretStr("s'ключ")]) for one in received(shop)
    ]
    assert [(one.kind, one.ids, one.topic) for one in notices] == [
        (Kind.CUSTOMER, ("7",), "customer.updated")
    ]


def topics_of(connector: WooCommerceConnector) -> dict[str, str]:
    """The shop's webhooks at our address: topic → status."""
    items = connector._client.listing("webhooks", {"status": "all", "per_page": 100}).items
    return {item["topic"]: item["status"] for item in items if item["delivery_url"] == OURS.webhook_url}


def test_a_shop_has_each_webhook_once_however_often_it_is_ensured(opened: Opener) -> None:
    connector = opened(a_shop())
    planned = connector.ensure(OURS, dry_run=True)
    assert topics_of(connector) == {}
    assert connector.ensure(OURS, dry_run=False) == planned
    present = topics_of(connector)
    assert present == {words.removeprefix("create the webhook "): "active" for words in planned}
    assert {topic.partition(".")[0] for topic in present} == {"customer", "order", "product"}
    assert connector.ensure(OURS, dry_run=True) == connector.ensure(OURS, dry_run=False) == []
    assert connector._client.listing("webhooks", {"status": "all"}).total == len(planned)


def test_what_the_shop_switched_off_is_switched_on_and_signed_with_the_new_secret(opened: Opener) -> None:
    shop = a_shop(customers=(a_customer(7),))
    connector = opened(shop)
    connector.ensure(OURS, dry_run=False)
    for _ in range(7):
        connector._client.write("PUT", "customers/7", {})
        shop.deliver_webhooks(lambda _message: 500)
    assert topics_of(connector)["customer.updated"] == "disabled"
    assert connector.ensure(OURS, dry_run=False) == ["switch the webhook customer.updated on again"]
    renewed = Infrastructure(OURS.webhook_url, SecretStr("n3w"))
    done = connector.ensure(renewed, dry_run=False)
    assert set(done) == {f"give the webhook {topic} the new secret" for topic in topics_of(connector)}
    assert connector.ensure(renewed, dry_run=False) == []
    connector._client.write("PUT", "customers/7", {})
    (message,) = received(shop)
    notice = connector.verify_webhook(message.headers, message.body, [renewed.secret])
    assert (notice.kind, notice.ids) == (Kind.CUSTOMER, ("7",))


def listed(present: list[dict[str, Any]]) -> None:
    responses.get(WEBHOOKS, json=present, headers={"X-WP-Total": str(len(present))})


def made() -> list[dict[str, Any]]:
    """The webhooks that ``ensure`` has made so far, as the shop would list them."""
    bodies = [
        json.loads(call.request.body or b"{}") for call in responses.calls if call.request.method == "POST"
    ]
    return [{"id": at, "status": "active", **body} for at, body in enumerate(bodies, 1)]


@responses.activate
def test_webhooks_are_made_once(connector: WooCommerceConnector) -> None:
    listed([])
    responses.post(WEBHOOKS, json={"id": 1}, status=201)
    done = connector.ensure(OURS, dry_run=False)
    assert len(done) == 11
    assert {body["delivery_url"] for body in made()} == {"https://hub.example.com/hook"}
    assert {"customer.created", "order.updated", "order.restored"} <= {body["topic"] for body in made()}
    present = made()
    responses.reset()
    listed(present)
    assert connector.ensure(OURS, dry_run=False) == []


@responses.activate
def test_a_dry_run_says_what_it_would_do_and_does_nothing(connector: WooCommerceConnector) -> None:
    listed([])
    assert "create the webhook order.created" in connector.ensure(OURS, dry_run=True)
    assert {call.request.method for call in responses.calls} == {"GET"}


@responses.activate
def test_a_new_secret_and_a_disabled_webhook_are_mended(connector: WooCommerceConnector) -> None:
    listed([])
    responses.post(WEBHOOKS, json={"id": 1}, status=201)
    connector.ensure(OURS, dry_run=False)
    present = made()
    responses.reset()
    present[0]["status"] = "disabled"
    present[1]["name"] = "Regulars customer.updated 000000000000"
    listed(present)
    for number in (1, 2):
        responses.put(f"{WEBHOOKS}/{number}", json={"id": number})
    assert connector.ensure(OURS, dry_run=False) == [
        "switch the webhook customer.created on again",
        "give the webhook customer.updated the new secret",
    ]
    bodies = [
        json.loads(call.request.body or b"{}") for call in responses.calls if call.request.method == "PUT"
    ]
    assert bodies[0] == {"status": "active"}
    assert bodies[1]["secret"] == "s3cret"


@responses.activate
def test_webhooks_of_others_are_left_alone(connector: WooCommerceConnector) -> None:
    other = {
        "id": 9,
        "topic": "order.created",
        "delivery_url": "https://other.example.com/",
        "status": "disabled",
    }
    listed([other])
    done = connector.ensure(OURS, dry_run=True)
    assert len(done) == 11
