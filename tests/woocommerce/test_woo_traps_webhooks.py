"""What a real shop does with webhooks, each of its traps a test.

Held elsewhere (test_woo_webhooks): recorded deliveries verify, odd secrets among them, header names in any
case, a changed body and other forgeries are refused, recorded pings and error bodies, webhooks are made once
and switched on again, the new secret; what fires what (tests/sandbox/test_recorded_findings).
"""

import base64
import hashlib
import hmac
import json
from dataclasses import fields

import pytest
from pydantic import SecretStr

from regulars_connectors import ForgedWebhookError, Infrastructure, WebhookNotice
from regulars_mapping import Kind
from regulars_sandbox import Message, WooCommerceShop
from regulars_woocommerce import WooCommerceConnector
from woocommerce.conftest import Opener, a_customer, a_product, a_shop

URL = "http://127.0.0.1:9/hook"
SECRET = SecretStr("s3cret & 'ключ'")
OURS = Infrastructure(URL, SECRET)


@pytest.fixture
def shop() -> WooCommerceShop:
    return a_shop(customers=(a_customer(1), a_customer(2)), products=(a_product(10),))


@pytest.fixture
def connector(opened: Opener, shop: WooCommerceShop) -> WooCommerceConnector:
    connector = opened(shop)
    connector.ensure(OURS, dry_run=False)
    return connector


def received(shop: WooCommerceShop, status: int = 200) -> list[Message]:
    """What the shop sends now to a receiver that answers all of it with ``status``."""
    sent: list[Message] = []

    def receive(message: Message) -> int:
        sent.append(message)
        return status

    shop.deliver_webhooks(receive)
    return sent


def told(connector: WooCommerceConnector, messages: list[Message]) -> list[WebhookNotice]:
    return [connector.verify_webhook(one.headers, one.body, [SECRET]) for one in messages]


def signed(
    body: bytes, topic: str = "order.updated", secret: str = SECRET.get_secret_value()
) -> dict[str, str]:
    """The headers of a delivery."""
    mac = hmac.digest(secret.encode(), body, hashlib.sha256)
    return {"X-WC-Webhook-Topic": topic, "X-WC-Webhook-Signature": base64.b64encode(mac).decode()}


def switch_off(connector: WooCommerceConnector, shop: WooCommerceShop) -> None:
    """Let the webhook customer.updated fail for the seventh time in a row."""
    for _ in range(7):
        connector._client.write("PUT", "customers/1", {})
        received(shop, status=500)
    assert status_of(connector, "customer.updated") == "disabled"


def status_of(connector: WooCommerceConnector, topic: str) -> str:
    items = connector._client.listing("webhooks", {"status": "all", "per_page": 100}).items
    return next(str(item["status"]) for item in items if item["topic"] == topic)


def test_a_ping_is_a_form_without_signature_and_comes_again_after_failures(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    connector._client.write("PUT", "customers/1", {})
    delivery, ping = received(shop, status=500)
    assert ping.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert told(connector, [ping]) == [WebhookNotice(None, (), "ping")]
    assert told(connector, [delivery])[0].ids == ("1",)


@pytest.mark.parametrize(
    "body",
    [
        b"webhook_id=",
        b"webhook_id=3&order=9",
        b"webhook_id=3\n",
        b"x=1",
        b'{"id":1}',
        b"",
        b"webhook_id=" + b"9" * 99,
    ],
)
def test_what_is_unsigned_and_no_ping_is_a_forgery(connector: WooCommerceConnector, body: bytes) -> None:
    with pytest.raises(ForgedWebhookError):
        connector.verify_webhook({"X-WC-Webhook-Topic": "order.updated"}, body, [SECRET])


def test_a_ping_that_carries_a_wrong_signature_is_a_forgery(connector: WooCommerceConnector) -> None:
    with pytest.raises(ForgedWebhookError):
        connector.verify_webhook(signed(b"other"), b"webhook_id=3", [SECRET])


def test_deliveries_that_share_an_id_are_each_a_notice(
    connector: WooCommerceConnector, opened: Opener
) -> None:
    shop = WooCommerceShop(clock=lambda: a_product(10).created)
    shop.load(products=[next(iter(a_shop(products=(a_product(10),))._core.products)).record])
    opened(shop).ensure(OURS, dry_run=False)
    numbers = {str(shop.place_order(items=[(10, 1)])) for _ in range(5)}
    messages = [one for one in received(shop) if one.headers["X-WC-Webhook-Topic"] == "order.created"]
    assert len({one.headers["X-WC-Webhook-Delivery-ID"] for one in messages}) == 1
    assert {number for notice in told(connector, messages) for number in notice.ids} == numbers


def test_the_very_bytes_are_signed_and_not_what_they_mean(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    connector._client.write("PUT", "customers/1", {"first_name": "Олена", "billing": {"company": "a/b"}})
    (message,) = received(shop)
    assert rb"\u041e" in message.body
    assert rb"a\/b" in message.body
    assert told(connector, [message])[0].ids == ("1",)
    for printed in (
        json.dumps(json.loads(message.body)),
        json.dumps(json.loads(message.body), ensure_ascii=False),
    ):
        with pytest.raises(ForgedWebhookError):
            connector.verify_webhook(message.headers, printed.encode(), [SECRET])


def test_while_a_secret_is_rotated_both_serve_and_afterwards_one(connector: WooCommerceConnector) -> None:
    body = b'{"id":292}'
    old, new = SecretStr("old"), SecretStr("new")
    for secret in ("old", "new"):
        notice = connector.verify_webhook(signed(body, secret=secret), body, [new, old])
        assert notice.ids == ("292",)
    with pytest.raises(ForgedWebhookError):
        connector.verify_webhook(signed(body, secret="old"), body, [new])


def test_a_secret_that_is_empty_is_none(connector: WooCommerceConnector) -> None:
    body = b'{"id":292}'
    with pytest.raises(ForgedWebhookError):
        connector.verify_webhook(signed(body, secret=""), body, [SecretStr(""), SECRET])


def test_several_changes_are_one_delivery_and_a_creation_is_two(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    for name in ("A", "B", "C"):
        connector._client.write("PUT", "customers/1", {"first_name": name})
    assert [notice.ids for notice in told(connector, received(shop))] == [("1",)]
    number = shop.place_order(items=[(10, 1)])
    notices = told(connector, received(shop))
    assert [(one.topic, one.ids) for one in notices] == [
        ("order.created", (str(number),)),
        ("order.updated", (str(number),)),
    ]


def test_a_payload_is_a_hint_to_read_and_nothing_of_it_is_passed_on(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    number = shop.place_order(items=[(10, 1)], billing={"email": "then@example.com"}, status="pending")
    messages = received(shop)
    shop.edit_order(number, status="cancelled")
    notice = told(connector, messages)[0]
    assert {field.name for field in fields(notice)} == {"kind", "ids", "topic", "merged", "demand"}
    assert notice.merged is None
    assert "then@example.com" not in repr(notice)
    assert notice.kind is not None
    (record,) = connector.read(notice.kind, notice.ids).records
    assert record.payload["status"] == "cancelled"


def test_what_was_gone_at_delivery_says_its_kind_but_not_its_id(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    number = shop.place_order(items=[(10, 1)])
    shop.delete_order(number)
    created, _ = received(shop)
    assert b"woocommerce_rest_shop_order_invalid_id" in created.body
    assert told(connector, [created]) == [WebhookNotice(Kind.ORDER, (), "order.created")]


def test_of_the_deleted_comes_the_id_alone_and_a_read_says_what_became_of_it(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    number = shop.place_order(items=[(10, 1)])
    received(shop)
    shop.trash_order(number)
    shop.delete_customer(2)
    messages = received(shop)
    assert [json.loads(one.body) for one in messages] == [{"id": number}, {"id": 2}]
    trashed, deleted = told(connector, messages)
    assert (trashed.kind, trashed.ids) == (Kind.ORDER, (str(number),))
    assert connector.read(Kind.ORDER, trashed.ids).gone == frozenset(), "it lies in the trash"
    assert connector.read(Kind.CUSTOMER, deleted.ids).gone == {"2"}


def test_what_fires_nothing_is_found_by_the_lists_and_by_reading(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    kept, deleted, refunded = (shop.place_order(items=[(10, 1)]) for _ in range(3))
    refund = shop.refund_order(refunded, 100)
    received(shop)
    shop.delete_order(deleted)
    shop.delete_refund(refund)
    shop.change_role(1, "wholesale")
    assert received(shop) == []
    assert [one for batch in connector.list_ids(Kind.ORDER) for one in batch] == [str(kept), str(refunded)]
    assert connector.read(Kind.ORDER, [str(deleted)]).gone == {str(deleted)}
    assert connector.read(Kind.ORDER, [str(refunded)]).records[0].payload["refunds"] == []
    assert connector.read(Kind.CUSTOMER, ["1"]).records[0].payload["role"] == "wholesale"


def test_a_webhook_switched_on_again_falls_at_the_next_failure_and_is_whole_after_a_success(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    switch_off(connector, shop)
    connector.ensure(OURS, dry_run=False)
    connector._client.write("PUT", "customers/1", {})
    received(shop, status=500)
    assert status_of(connector, "customer.updated") == "disabled", "its failures were not forgotten"
    assert connector.ensure(OURS, dry_run=False) == ["switch the webhook customer.updated on again"]
    connector._client.write("PUT", "customers/1", {})
    received(shop)
    for _ in range(6):
        connector._client.write("PUT", "customers/1", {})
        received(shop, status=500)
    assert status_of(connector, "customer.updated") == "active"


def test_what_happens_while_a_webhook_is_off_is_lost_to_it(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    switch_off(connector, shop)
    connector._client.write("PUT", "customers/2", {})
    connector.ensure(OURS, dry_run=False)
    assert received(shop) == [], "a sweep has to find it"


def test_a_paused_webhook_is_made_active_by_a_change_and_not_by_making_it(
    connector: WooCommerceConnector,
) -> None:
    items = connector._client.listing("webhooks", {"status": "all", "per_page": 100}).items
    (number,) = [item["id"] for item in items if item["topic"] == "order.created"]
    connector._client.write("PUT", f"webhooks/{number}", {"status": "paused"})
    assert connector.ensure(OURS, dry_run=False) == ["switch the webhook order.created on again"]
    assert status_of(connector, "order.created") == "active"


def test_a_second_webhook_that_a_lost_answer_left_behind_goes(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    items = connector._client.listing("webhooks", {"status": "all", "per_page": 100}).items
    (name,) = [item["name"] for item in items if item["topic"] == "customer.updated"]
    twin = {
        "name": name,
        "topic": "customer.updated",
        "delivery_url": URL,
        "secret": SECRET.get_secret_value(),
    }
    connector._client.write("POST", "webhooks", twin)
    assert connector.ensure(OURS, dry_run=True) == ["remove the second webhook customer.updated"]
    assert connector.ensure(OURS, dry_run=False) == ["remove the second webhook customer.updated"]
    assert connector.ensure(OURS, dry_run=False) == []
    connector._client.write("PUT", "customers/1", {})
    assert len(received(shop)) == 1


def test_every_webhook_is_made_with_our_secret_since_the_shops_own_could_not_be_read(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    kept = shop._resources.webhooks.subscriptions.values()
    assert len(kept) == 11
    assert {one.secret for one in kept} == {SECRET.get_secret_value()}


def test_our_own_labels_come_back_as_a_notice_of_their_customer(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    label = {"meta_data": [{"key": "regulars_level", "value": "Silver"}]}
    body = {"update": [{"id": number, **label} for number in (1, 2)]}
    for _ in range(2):
        connector._client.write("POST", "customers/batch", body)
        assert [notice.ids for notice in told(connector, received(shop))] == [("1",), ("2",)], "each time"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"5",
        b'{"id":null}',
        b'{"id":0}',
        b'{"id":-5}',
        b'{"id":true}',
        b'{"id":"x"}',
        b'{"id":99999999999999999999999}',
        b'{"id":{"id":5}}',
        b"<html>",
        b'{"id":5',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_a_signed_body_without_a_usable_id_names_nothing(
    connector: WooCommerceConnector, body: bytes
) -> None:
    notice = connector.verify_webhook(signed(body), body, [SECRET])
    assert (notice.kind, notice.ids) == (Kind.ORDER, ())


def test_a_body_past_all_bounds_is_not_looked_at(connector: WooCommerceConnector) -> None:
    body = b'{"id":5,"x":"' + b"x" * (16 * 1024 * 1024) + b'"}'
    with pytest.raises(ForgedWebhookError, match="larger than any order"):
        connector.verify_webhook(signed(body), body, [SECRET])


@pytest.mark.parametrize(
    "topic", ["coupon.created", "action.wp_login", "", "order", "Order.updated", "order." + "x" * 9_999]
)
def test_a_topic_of_nothing_we_keep_names_no_kind(connector: WooCommerceConnector, topic: str) -> None:
    body = b'{"id":5}'
    notice = connector.verify_webhook(signed(body, topic), body, [SECRET])
    assert (notice.kind, notice.ids) == (None, ())
    assert len(notice.topic) <= 100


def test_a_topic_is_not_signed_so_a_false_one_leads_to_no_more_than_a_read(
    connector: WooCommerceConnector, shop: WooCommerceShop
) -> None:
    connector._client.write("PUT", "customers/1", {})
    (message,) = received(shop)
    headers = {**message.headers, "X-WC-Webhook-Topic": "order.deleted"}
    notice = connector.verify_webhook(headers, message.body, [SECRET])
    assert (notice.kind, notice.ids) == (Kind.ORDER, ("1",))
    assert connector.read(Kind.ORDER, notice.ids).gone == {"1"}
    assert connector.read(Kind.CUSTOMER, ["1"]).gone == frozenset()
