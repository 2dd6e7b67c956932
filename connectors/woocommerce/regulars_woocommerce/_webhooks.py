"""Webhooks: what the machinery needs in a shop, and what a delivery proves."""

import hashlib
import hmac
import re
from base64 import b64decode
from binascii import Error as NoBase64Error
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import SecretStr

from regulars_connectors import (
    ForgedWebhookError,
    Infrastructure,
    SeenWebhook,
    SeenWebhooks,
    WebhookNotice,
    decode_json,
)
from regulars_mapping import Kind, RegularsError
from regulars_woocommerce._client import PAGE_SIZE, Item, Params, WooClient, id_of

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
_TOPIC: Final = re.compile(r"(?P<resource>[a-z]{1,20})\.[a-z_]{1,75}")
_PING: Final = re.compile(rb"webhook_id=[0-9]{1,18}")
# By id, so that none moves from one page to the next.
_EVERY_ONE: Final[Params] = {"status": "all", "orderby": "id", "order": "asc", "per_page": PAGE_SIZE}
_NAME: Final = "Regulars "
_FOR_GOOD: Final = {"force": "true"}
_LARGEST_BODY: Final = 16 * 1024 * 1024
_LARGEST_ID: Final = 2**63 - 1


def verified(headers: Mapping[str, str], body: bytes, secrets: Sequence[SecretStr]) -> WebhookNotice:
    """What a delivery says. The delivery id is no identity: the shop repeats it for other objects.

    A ping is unsigned and says nothing; an object that was gone at delivery comes as an error under a valid
    signature, with its kind and without its id. Raises ForgedWebhookError, of a body past 16 MB too, which is
    not computed on.
    """
    if len(body) > _LARGEST_BODY:
        raise ForgedWebhookError("A webhook came that is larger than any order; it was not looked at.")
    known = {name.lower(): value for name, value in headers.items()}
    signature = known.get("x-wc-webhook-signature")
    if signature is None and _PING.fullmatch(body):
        return WebhookNotice(None, (), "ping")
    if not _is_signed(signature or "", body, secrets):
        raise ForgedWebhookError("A webhook came without a signature of ours; it was not looked at.")
    topic = known.get("x-wc-webhook-topic", "")
    # The signature is over the body alone: a topic is believed as far as to read what it names.
    named = _TOPIC.fullmatch(topic)
    kind = _KINDS.get(named["resource"]) if named else None
    return WebhookNotice(kind, _ids(body) if kind else (), topic if named else "")


def _is_signed(signature: str, body: bytes, secrets: Sequence[SecretStr]) -> bool:
    try:
        given = b64decode(signature, validate=True)
    except (NoBase64Error, ValueError):
        return False
    # Every secret is tried, so that the time taken does not tell which one held. An empty one is no secret:
    # anybody could sign with it.
    held = [
        hmac.compare_digest(hmac.digest(secret.get_secret_value().encode(), body, hashlib.sha256), given)
        for secret in secrets
        if secret.get_secret_value()
    ]
    return any(held)


def _ids(body: bytes) -> tuple[str, ...]:
    try:
        found: Any = decode_json(body, place="a webhook")
    except RegularsError:
        return ()
    number = id_of(found) if isinstance(found, dict) else 0
    return (str(number),) if 0 < number <= _LARGEST_ID else ()


def seen(client: WooClient, wanted: Infrastructure | None) -> SeenWebhooks:
    """The hundred newest webhooks, whoever made them."""
    listing = client.listing("webhooks", {**_EVERY_ONE, "order": "desc"})
    webhooks = [_seen(item) for item in listing.items]
    needed: list[str] = []
    if wanted is not None:
        present = _by_topic(reversed(listing.items), wanted.webhook_url)
        needed = [words for topic in TOPICS for words, *_ in _needed(topic, present.get(topic, []), wanted)]
    total = len(webhooks) if listing.total is None else listing.total
    return SeenWebhooks(webhooks, total, needed)


def _seen(item: Item) -> SeenWebhook:
    topic, url, status = (str(item.get(name) or "") for name in ("topic", "delivery_url", "status"))
    ours = str(item.get("name") or "").startswith(_NAME)
    return SeenWebhook(topic, url, status, active=status == "active", ours=ours)


def ensure(client: WooClient, infrastructure: Infrastructure, *, dry_run: bool) -> list[str]:
    """An active webhook for each topic at our address, with our secret; what was (or would be) done.

    One is enough: a second, left by a lost answer, would send everything twice and goes.
    """
    present = _present(client, infrastructure.webhook_url)
    done = []
    for topic in TOPICS:
        for words, method, path, part in _needed(topic, present.get(topic, []), infrastructure):
            if not dry_run:
                client.write(method, path, part, _FOR_GOOD if method == "DELETE" else None)
            done.append(words)
    return done


def remove(client: WooClient, url: str, *, dry_run: bool) -> list[str]:
    """No webhook at this address any more; what was (or would be) done."""
    done = []
    for topic, items in sorted(_present(client, url).items()):
        for item in items:
            if not dry_run:
                client.write("DELETE", f"webhooks/{id_of(item)}", None, _FOR_GOOD)
            done.append(f"remove the webhook {topic}")
    return done


def _needed(
    topic: str, present: Sequence[Item], infrastructure: Infrastructure
) -> Iterator[tuple[str, str, str, Item | None]]:
    """In words, and as requests: method, path and body."""
    secret = infrastructure.secret.get_secret_value()
    body = {"name": _name(topic, secret), "secret": secret}
    if not present:
        whole = {**body, "topic": topic, "delivery_url": infrastructure.webhook_url}
        yield f"create the webhook {topic}", "POST", "webhooks", whole
        return
    kept, *others = sorted(present, key=lambda item: (item.get("name") != body["name"], id_of(item)))
    path = f"webhooks/{id_of(kept)}"
    if kept.get("name") != body["name"]:
        yield f"give the webhook {topic} the new secret", "PUT", path, {**body, "status": "active"}
    elif kept.get("status") != "active":
        yield f"switch the webhook {topic} on again", "PUT", path, {"status": "active"}
    for other in others:
        yield f"remove the second webhook {topic}", "DELETE", f"webhooks/{id_of(other)}", None


def _name(topic: str, secret: str) -> str:
    # The shop never tells a webhook's secret; a trace of it in the name shows whether it is the present one.
    trace = hmac.digest(secret.encode(), b"regulars webhook name", hashlib.sha256).hex()
    return f"{_NAME}{topic} {trace[:12]}"


def _present(client: WooClient, url: str) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    page = 1
    while True:
        listing = client.listing("webhooks", {**_EVERY_ONE, "page": page})
        for topic, items in _by_topic(listing.items, url).items():
            found.setdefault(topic, []).extend(items)
        if not listing.more(page):
            return found
        page += 1


def _by_topic(items: Iterable[Item], url: str) -> dict[str, list[Item]]:
    """Those of the webhooks that deliver to this very address."""
    found: dict[str, list[Item]] = {}
    for item in items:
        if item.get("delivery_url") == url:
            found.setdefault(str(item.get("topic")), []).append(item)
    return found
