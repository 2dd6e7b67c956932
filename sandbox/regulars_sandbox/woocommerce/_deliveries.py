"""Carrying webhooks out: the bodies, the signatures, the sending to a receiver on this machine."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.client
import ipaddress
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

__all__ = ["Delivery", "Message", "Sender", "delivery", "is_local", "ping", "send_locally"]

_AGENT = "WooCommerce/10.5.0 Hookshot (WordPress/6.9.1)"
_TIMEOUT_SECONDS = 5.0
_SUCCESSES = frozenset({*range(200, 300), 301, 302})


@dataclass(frozen=True, slots=True)
class Message:
    """One POST to a receiver."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one delivery.  ``status`` is the receiver's HTTP status, 0 when it was not reached."""

    webhook_id: int
    topic: str
    resource_id: int
    status: int

    @property
    def success(self) -> bool:
        """2xx, and 301 and 302, which the shop takes for success without following them."""
        return self.status in _SUCCESSES


Sender = Callable[[Message], int]


def ping(number: int, url: str) -> Message:
    """The unsigned form post that goes out when a webhook is made or its URL changes."""
    headers = {"User-Agent": _AGENT, "Accept": "*/*", "Content-Type": "application/x-www-form-urlencoded"}
    return Message(url, headers, f"webhook_id={number}".encode())


def delivery(webhook: Mapping[str, Any], secret: str, payload: object, *, home: str, now: int) -> Message:
    """A signed delivery.  The delivery id is shared by all deliveries of a webhook within one second."""
    # PHP escapes all that is not ASCII and every slash; the signature is over these very bytes.
    body = json.dumps(payload, separators=(",", ":")).replace("/", "\\/").encode()
    mac = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    number = webhook["id"]
    headers = {
        "User-Agent": _AGENT,
        "Accept": "*/*",
        "Content-Type": "application/json",
        "X-WC-Webhook-Source": f"{home}/",
        "X-WC-Webhook-Topic": webhook["topic"],
        "X-WC-Webhook-Resource": webhook["resource"],
        "X-WC-Webhook-Event": webhook["event"],
        "X-WC-Webhook-Signature": base64.b64encode(mac).decode(),
        "X-WC-Webhook-ID": str(number),
        "X-WC-Webhook-Delivery-ID": hashlib.sha256(f"{number}:{now}".encode()).hexdigest()[:32],
    }
    return Message(webhook["delivery_url"], headers, body)


def send_locally(message: Message) -> int:
    """POST to a receiver on this machine and return its status, 0 when that fails.

    Any other host is never contacted: a sandbox must not talk to the world.
    """
    where = urlsplit(message.url)
    if where.scheme != "http" or not is_local(where.hostname or ""):
        return 0
    with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
        connection = http.client.HTTPConnection(
            where.hostname or "", where.port or 80, timeout=_TIMEOUT_SECONDS
        )
        with contextlib.closing(connection):
            path = (where.path or "/") + (f"?{where.query}" if where.query else "")
            connection.request("POST", path, message.body, dict(message.headers))
            return connection.getresponse().status
    return 0


def is_local(host: str) -> bool:
    """True for this very machine, the only one that a sandbox may speak to."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
