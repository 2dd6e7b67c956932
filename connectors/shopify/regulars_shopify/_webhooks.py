"""What a webhook proves and says. Its payload is a hint only: some fields are missing, some are old."""

import hashlib
import hmac
from base64 import b64decode
from binascii import Error as NoBase64Error
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import SecretStr

from regulars_connectors import ForgedWebhookError, WebhookNotice, decode_json
from regulars_mapping import Kind, RegularsError
from regulars_shopify._client import is_number, number_of, part
from regulars_shopify._compliance import TOPICS, demanded

_KINDS: Final = {
    "customers": Kind.CUSTOMER,
    "customer": Kind.CUSTOMER,
    "orders": Kind.ORDER,
    "refunds": Kind.ORDER,
    "products": Kind.PRODUCT,
}
_MERGE: Final = "customers/merge"
_KEPT: Final = "admin_graphql_api_customer_kept_id"
_GONE: Final = "admin_graphql_api_customer_deleted_id"
# In a refund the order is what was changed; a merge names two customers.
_ID_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "refunds": ("order_id",),
    "customers": ("id", _KEPT, _GONE),
    "customer": ("customerId", "customer_id", "id"),
}


def verified(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[SecretStr], *, home: str
) -> WebhookNotice:
    """What a delivery to the shop at ``home`` says, signed with the app's secret. Headers come with and
    without their ``X-``."""
    known = {name.lower().removeprefix("x-"): value for name, value in headers.items()}
    if not _is_signed(known.get("shopify-hmac-sha256", ""), body, secrets):
        raise ForgedWebhookError("A webhook came without a signature of ours; it was not looked at.")
    topic = known.get("shopify-topic", "")
    if topic in TOPICS:
        return WebhookNotice(None, (), topic, demand=demanded(topic, known, body, _read(body), home=home))
    # "customers/update", but "customer.tags_added".
    family = topic.partition("/")[0].partition(".")[0]
    kind = _KINDS.get(family)
    if kind is None:
        return WebhookNotice(None, (), topic)
    said = _read(body)
    return WebhookNotice(kind, _ids(said, family), topic, _merged(said) if topic == _MERGE else None)


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


def _read(body: bytes) -> Any:
    try:
        return decode_json(body, place="a webhook")
    except RegularsError:
        return None


def _ids(said: Any, family: str) -> tuple[str, ...]:
    numbers = [_number(said, path) for path in _ID_FIELDS.get(family, ("id",))]
    return tuple(dict.fromkeys(filter(None, numbers)))


def _merged(said: Any) -> tuple[str, str] | None:
    """Who was kept and who is gone. A merge is told of when it failed, too."""
    kept, gone = _number(said, _KEPT), _number(said, _GONE)
    done = part(said, "status") == "completed"
    return (kept, gone) if done and kept and gone and kept != gone else None


def _number(said: Any, name: str) -> str:
    found = part(said, name)
    if isinstance(found, int) and not isinstance(found, bool):
        text = str(found)
        return text if is_number(text) else ""
    if isinstance(found, str) and is_number(found):
        return found
    return number_of(found) if isinstance(found, str) and "/" in found else ""
