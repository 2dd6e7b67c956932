"""Webhooks: what is sent when, signed how, and what becomes of a receiver that fails."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

SECRET = "ключ & <secret>"
EVENTS = ("created", "updated", "deleted", "restored")


@contextmanager
def _receiver(status: int = 200) -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    got: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((dict(self.headers), body))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _subscribe(client: Any, topic: str, url: str) -> int:
    number: int = client("POST", "/webhooks", {"topic": topic, "delivery_url": url, "secret": SECRET}).json[
        "id"
    ]
    return number


def test_a_new_webhook_is_pinged_at_once_without_a_signature(client: Any) -> None:
    with _receiver() as (url, got):
        number = _subscribe(client, "order.updated", url)
    headers, body = got[0]
    assert body == f"webhook_id={number}".encode()
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert not [name for name in headers if name.startswith("X-WC")]


def test_a_delivery_is_signed_over_its_very_bytes(stocked: Any) -> None:
    with _receiver() as (url, got):
        _subscribe(stocked, "order.created", url)
        number = stocked.shop.place_order(items=[(10, 1)], billing={"first_name": "Олена"})
        done = stocked.shop.deliver_webhooks()
    headers, body = got[1]
    assert [(one.topic, one.resource_id, one.success) for one in done] == [("order.created", number, True)]
    mac = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    assert headers["X-WC-Webhook-Signature"] == mac
    assert b"\\u041e" in body
    assert json.loads(body)["billing"]["first_name"] == "Олена"
    assert headers["X-WC-Webhook-Source"] == "https://shop.example/"


def test_several_changes_before_a_delivery_become_one_with_the_last_state(stocked: Any) -> None:
    with _receiver() as (url, got):
        _subscribe(stocked, "customer.updated", url)
        for name in ("A", "B", "C"):
            stocked("PUT", "/customers/1", {"first_name": name})
        stocked.shop.deliver_webhooks()
        assert stocked.shop.deliver_webhooks() == []
    assert [json.loads(body)["first_name"] for _, body in got[1:]] == ["C"]


def test_what_is_gone_at_delivery_comes_as_an_error_object_with_a_signature(stocked: Any) -> None:
    with _receiver() as (url, got):
        _subscribe(stocked, "order.created", url)
        number = stocked.shop.place_order(items=[(10, 1)])
        stocked.shop.delete_order(number)
        stocked.shop.deliver_webhooks()
    headers, body = got[1]
    assert json.loads(body)["code"] == "woocommerce_rest_shop_order_invalid_id"
    assert headers["X-WC-Webhook-Topic"] == "order.created"


def test_trashing_tells_and_deleting_for_good_does_not(stocked: Any) -> None:
    with _receiver() as (url, got):
        _subscribe(stocked, "order.deleted", url)
        kept, lost = (stocked.shop.place_order(items=[(10, 1)]) for _ in range(2))
        stocked.shop.trash_order(kept)
        stocked.shop.delete_order(lost)
        stocked.shop.deliver_webhooks()
    assert [body for _, body in got[1:]] == [f'{{"id":{kept}}}'.encode()]


def test_the_seventh_failure_in_a_row_disables_and_pings_stop(stocked: Any) -> None:
    with _receiver(500) as (url, got):
        number = _subscribe(stocked, "customer.updated", url)
        states = []
        for _ in range(8):
            stocked("PUT", "/customers/1", {})
            stocked.shop.deliver_webhooks()
            states.append(stocked("GET", f"/webhooks/{number}").json["status"])
    assert states == ["active"] * 6 + ["disabled"] * 2
    # The ping at birth, six deliveries each with a ping after it, and the seventh delivery.
    assert len(got) == 1 + 6 * 2 + 1


def test_a_webhook_made_active_again_falls_at_its_next_failure(stocked: Any) -> None:
    with _receiver(500) as (url, _got):
        number = _subscribe(stocked, "customer.updated", url)
        for _ in range(7):
            stocked("PUT", "/customers/1", {})
            stocked.shop.deliver_webhooks()
        assert stocked("PUT", f"/webhooks/{number}", {"status": "active"}).json["status"] == "active"
        stocked("PUT", "/customers/1", {})
        stocked.shop.deliver_webhooks()
    assert stocked("GET", f"/webhooks/{number}").json["status"] == "disabled"


def test_no_receiver_but_this_machine_is_ever_contacted(stocked: Any) -> None:
    _subscribe(stocked, "customer.updated", "http://192.0.2.1/hook")
    stocked("PUT", "/customers/1", {})
    assert [(one.status, one.success) for one in stocked.shop.deliver_webhooks()] == [(0, False)]


@pytest.mark.parametrize("resource", ("customer", "order", "coupon", "product"))
@pytest.mark.parametrize("event", EVENTS)
def test_any_event_of_any_resource_is_a_topic(client: Any, resource: str, event: str) -> None:
    given = {"topic": f"{resource}.{event}", "delivery_url": "http://127.0.0.1:9/a"}
    made = client("POST", "/webhooks", given)
    path = f"/webhooks/{made.json['id']}"
    assert (made.status, made.json["resource"], made.json["event"]) == (201, resource, event)
    assert [row["topic"] for row in client("GET", "/webhooks").json] == [f"{resource}.{event}"]
    changed = {"status": "paused", "name": "mine", "delivery_url": "http://127.0.0.1:9/b"}
    assert changed.items() <= client("PUT", path, changed).json.items()
    assert client("DELETE", f"{path}?force=true").status == 200
    assert client("GET", "/webhooks").json == []


@pytest.mark.parametrize("topic", ["product.exploded", "product", "shop.created", "Product.created", ""])
def test_anything_else_is_no_topic(client: Any, topic: str) -> None:
    refused = client("POST", "/webhooks", {"topic": topic, "delivery_url": "http://127.0.0.1:9/a"})
    assert (refused.status, refused.json["code"]) == (400, "woocommerce_rest_shop_webhook_invalid_topic")


def test_products_of_the_double_never_change_so_their_topics_carry_nothing(stocked: Any) -> None:
    for event in EVENTS:
        _subscribe(stocked, f"product.{event}", "http://127.0.0.1:9/a")
    stocked.shop.place_order(items=[(10, 1)])
    assert stocked.shop.deliver_webhooks(lambda _message: 200) == []
