"""The double answers as the recorded shop did: status, headers that matter, shape, determined values."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from regulars_sandbox.woocommerce._deliveries import delivery, ping

RECORDINGS = Path(__file__).parent / "recordings"

SAME_HEADERS = ("Allow", "Content-Type", "Retry-After")
# These were recorded while the coupons that the export shows were being made.
BEFORE_THE_EXPORTED_COUPONS = frozenset({"auth_oauth1_http", "coupons", "coupons_expiry_and_traps"})
# Numbers and keys that a shop hands out by itself.
GIVEN = re.compile(r"wc_order_\w+|/(\d+)(?=[/?\"]|$)")


def differences(exchange: dict[str, Any], answer: Any) -> list[str]:
    """How the answer departs from the recording in what always must agree; empty when it does not."""
    found = []
    if answer.status != exchange["status"]:
        return [f"status {answer.status} instead of {exchange['status']}"]
    for name in SAME_HEADERS:
        recorded, got = exchange["headers"].get(name), answer.headers.get(name.lower())
        if recorded != got:
            found.append(f"{name}: {got!r} instead of {recorded!r}")
    found += [
        f"{name} there or not"
        for name in ("X-WP-Total", "X-WP-TotalPages", "Location", "Nonce", "Cart-Token")
        if (name in exchange["headers"]) != (name.lower() in answer.headers)
    ]
    if "json" not in exchange:
        return found
    recorded, got = exchange["json"], answer.json
    if exchange["status"] >= 400:
        if _unnumbered(recorded) != _unnumbered(got):
            found.append(f"error {got!r} instead of {recorded!r}")
        return found
    return found + shape_differences(recorded, got, "")


def shape_differences(recorded: Any, got: Any, at: str) -> list[str]:
    """Where keys (in order) or types part; null goes with any type, values of meta data are not compared."""
    if recorded is None or got is None or at.endswith((".value", ".display_value")):
        return []
    if isinstance(recorded, dict) and isinstance(got, dict):
        if list(recorded) != list(got):
            missing, extra = recorded.keys() - got.keys(), got.keys() - recorded.keys()
            return [f"{at}: keys missing {sorted(missing)}, extra {sorted(extra)}, or in another order"]
        return [
            line for name in recorded for line in shape_differences(recorded[name], got[name], f"{at}.{name}")
        ]
    if isinstance(recorded, list) and isinstance(got, list):
        pairs = zip(recorded, got, strict=False)
        return [line for one, other in pairs for line in shape_differences(one, other, f"{at}[]")]
    if _kind(recorded) != _kind(got):
        return [f"{at}: {_kind(got)} instead of {_kind(recorded)}"]
    return []


def agreements(exchange: dict[str, Any], answer: Any) -> list[str]:
    """What agrees in value beyond what must: total, rows, link, body."""
    found = []
    headers = exchange["headers"]
    if "X-WP-Total" in headers and answer.headers.get("x-wp-total") == headers["X-WP-Total"]:
        found.append("total")
    if "Link" in headers and _unnumbered(_unsigned(answer.headers.get("link", ""))) == _unnumbered(
        _unsigned(headers["Link"])
    ):
        found.append("link")
    recorded, got = exchange.get("json"), answer.json
    if isinstance(recorded, list) and recorded and isinstance(recorded[0], dict) and "id" in recorded[0]:
        rows = exchange.get("rows") or [row["id"] for row in recorded]
        if rows == [row["id"] for row in got or ()]:
            found.append("rows")
    if recorded not in (None, []) and "rows" not in exchange and _unnumbered(recorded) == _unnumbered(got):
        found.append("body")
    return found


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, (int, float)) else type(value).__name__


def _unsigned(link: str) -> str:
    return re.sub(r"(consumer_key|consumer_secret|oauth_\w+)=[^&>]*", r"\1=", link)


def _unnumbered(value: Any) -> Any:
    """The value without what a shop hands out by itself: new ids, order keys, meta ids."""
    if isinstance(value, dict):
        return {
            name: "id" if name in {"id", "new_draft_order_id", "number"} else _unnumbered(part)
            for name, part in value.items()
        }
    if isinstance(value, list):
        return [_unnumbered(part) for part in value]
    return GIVEN.sub("/…", value) if isinstance(value, str) else value


EXCHANGES: dict[str, list[dict[str, Any]]] = json.loads((RECORDINGS / "exchanges.json").read_text("utf-8"))
NOT_REPLAYED: dict[str, list[str]] = {
    "wp/v2 is not modelled": ["auth_matrix#16"],
    "wc-analytics is not modelled": [
        "auth_matrix#17",
        "analytics_customers",
        "analytics_customers_freshness",
    ],
    "wc/v1 and wc/v2 are not modelled": [
        "auth_permalinks_and_routes#4",
        "auth_permalinks_and_routes#5",
        "customers_list#51",
    ],
    "OPTIONS and its schema are not modelled": ["customers_list#38", "webhooks_create#7"],
    "a database that is down is not modelled; fatal and maintenance are": [
        "errors_noise#14",
        "errors_noise#15",
    ],
    "the Store API is modelled for a new guest's empty cart only": [
        *(f"store_api#{at}" for at in (*range(1, 9), *range(10, 16))),
        "store_personal_discount#1",
        "store_personal_discount#2",
        "store_personal_discount#3",
        "store_personal_discount#6",
        "store_personal_discount#7",
        "store_personal_discount#8",
    ],
    "the old storage of orders as posts is not modelled": ["storage_mode_cpt_posts"],
    "findings of the recorder, no exchanges": ["ties_3000_equal", "store_api#9", "store_api#16"],
}


@pytest.mark.parametrize("name", sorted(EXCHANGES))
def test_every_recorded_exchange_is_answered_as_the_shop_answered_it(
    name: str, replay_at: Callable[..., Any]
) -> None:
    replay = replay_at(early=name in BEFORE_THE_EXPORTED_COUPONS)
    wrong = []
    for exchange in EXCHANGES[name]:
        answer = replay.send(exchange)
        found = differences(exchange, answer)
        agreed = agreements(exchange, answer)
        found += [f"{part} no longer exact" for part in exchange.get("exact", ()) if part not in agreed]
        wrong += [f"{name}#{exchange['at']} {exchange['note']}: {line}" for line in found]
    assert not wrong


def test_the_replay_does_not_shrink_in_silence() -> None:
    kept = [exchange for exchanges in EXCHANGES.values() for exchange in exchanges]
    exact = Counter(part for exchange in kept for part in exchange.get("exact", ()))
    assert len(kept) == 414
    assert exact == {"link": 386, "body": 264, "total": 58, "rows": 34}


def test_what_is_not_replayed_is_named_with_its_reason() -> None:
    recorded = json.loads((RECORDINGS / "not_replayed.json").read_text("utf-8"))
    assert recorded == NOT_REPLAYED
    replayed = {f"{name}#{exchange['at']}" for name, exchanges in EXCHANGES.items() for exchange in exchanges}
    assert not replayed & {one for reason in NOT_REPLAYED.values() for one in reason}


@pytest.mark.parametrize(
    "at", range(len(json.loads((RECORDINGS / "webhook_deliveries.json").read_text("utf-8"))))
)
def test_a_recorded_delivery_is_rebuilt_byte_for_byte_with_its_signature(at: int) -> None:
    recorded = json.loads((RECORDINGS / "webhook_deliveries.json").read_text("utf-8"))[at]
    headers, body = recorded["headers"], base64.b64decode(recorded["body_b64"])
    topic = headers.get("X-WC-Webhook-Topic")
    if topic is None:
        message = ping(int(body.partition(b"=")[2]), "http://127.0.0.1:9099/ok")
    else:
        resource, _, event = topic.partition(".")
        webhook = {
            "id": int(headers["X-WC-Webhook-ID"]),
            "topic": topic,
            "resource": resource,
            "event": event,
        }
        message = delivery(
            {**webhook, "delivery_url": "http://127.0.0.1:9099/ok"},
            recorded["secret"],
            json.loads(body),
            home=headers["X-WC-Webhook-Source"].rstrip("/"),
            now=1795318736,
        )
    assert message.body == body
    ours = {name: value for name, value in message.headers.items() if name != "X-WC-Webhook-Delivery-ID"}
    assert ours == {name: headers[name] for name in ours}
