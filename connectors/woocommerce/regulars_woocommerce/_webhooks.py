"""Webhooks: what the machinery needs in a shop, and what a delivery proves."""

import hashlib
import hmac
import re
from base64 import b64decode
from binascii import Error as NoBase64Error
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import SecretStr

from regulars_connectors import ForgedWebhookError, Infrastructure, WebhookNotice, decode_json
from regulars_mapping import Kind, RegularsError
from regulars_woocommerce._client import PAGE_SIZE, Item, WooClient, id_of

TOPICS: Final = (
    "customer.created",
    "customer.updated",
    "customer.deleted",
    "order.created",
    "order.updated",
    "order.deleted",
    "order.restored",
    "product.created",
    "product.updated",
    "product.deleted",
    "product.restored",
)
_KINDS: Final = {"customer": Kind.CUSTOMER, "order": Kind.ORDER, "product": Kind.PRODUCT}
_PING: Final = re.compile(rb"webhook_id=[0-9]{1,18}")


def verified(headers: Mapping[str, str], body: bytes, secrets: Sequence[SecretStr]) -> WebhookNotice:
    """What a delivery says. The delivery id is no identity: the shop repeats it for other objects.

    A ping is unsigned and says nothing; an object that was gone at delivery comes as an error under a valid
    signature.
    """
    known = {name.lower(): value for name, value in headers.items()}
    signature = known.get("x-wc-webhook-signature")
    if signature is None and _PING.fullmatch(body):
        return WebhookNotice(None, (), "ping")
    if not _is_signed(signature or "", body, secrets):
        raise ForgedWebhookError("A webhook came without a signature of ours; it was not looked at.")
    topic = known.get("x-wc-webhook-topic", "")
    kind = _KINDS.get(topic.partition(".")[0])
    return WebhookNotice(kind, _ids(body) if kind else (), topic)


def _is_signed(signature: str, body: bytes, secrets: Sequence[SecretStr]) -> bool:
    try:
        given = b64decode(signature, validate=True)
    except (NoBase64Error, ValueError):
        return False
    # Every secret is tried, so that the time taken does not tell which one held.
    held = [
        hmac.compare_digest(hmac.digest(secret.get_secret_value().encode(), body, hashlib.sha256), given)
        for secret in secrets
    ]
    return any(held)


def _ids(body: bytes) -> tuple[str, ...]:
    try:
        found: Any = decode_json(body, place="a webhook")
    except RegularsError:
        return ()
    number = id_of(found) if isinstance(found, dict) else 0
    return (str(number),) if number else ()


def ensure(client: WooClient, infrastructure: Infrastructure, *, dry_run: bool) -> list[str]:
    """An active webhook for each topic at our address, with our secret; what was (or would be) done."""
    present = _present(client, infrastructure.webhook_url)
    done = []
    for topic in TOPICS:
        secret = infrastructure.secret.get_secret_value()
        body = {"name": _name(topic, secret), "secret": secret}
        words, method, path, part = _needed(topic, present.get(topic), body, infrastructure.webhook_url)
        if not words:
            continue
        if not dry_run:
            client.write(method, path, part)
        done.append(words)
    return done


def _needed(topic: str, present: Item | None, body: Item, url: str) -> tuple[str, str, str, Item]:
    if present is None:
        return (
            f"create the webhook {topic}",
            "POST",
            "webhooks",
            {**body, "topic": topic, "delivery_url": url},
        )
    path = f"webhooks/{id_of(present)}"
    if present.get("name") != body["name"]:
        return f"give the webhook {topic} the new secret", "PUT", path, {**body, "status": "active"}
    if present.get("status") != "active":
        return f"switch the webhook {topic} on again", "PUT", path, {"status": "active"}
    return "", "", "", {}


def _name(topic: str, secret: str) -> str:
    # The shop never tells a webhook's secret; a trace of it in the name shows whether it is the present one.
    trace = hmac.digest(secret.encode(), b"regulars webhook name", hashlib.sha256).hex()
    return f"Regulars {topic} {trace[:12]}"


def _present(client: WooClient, url: str) -> dict[str, Item]:
    found: dict[str, Item] = {}
    page = 1
    while True:
        listing = client.listing("webhooks", {"status": "all", "per_page": PAGE_SIZE, "page": page})
        for item in listing.items:
            if item.get("delivery_url") == url:
                found[str(item.get("topic"))] = item
        if not listing.more(page):
            return found
        page += 1
