"""Queries that Shopify signs: what a raw query string holds, and whether a secret of ours signed it."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl

from pydantic import SecretStr

from regulars_connectors import ForgedRequestError
from regulars_shopify._client import is_number

TOLERANCE: Final = timedelta(minutes=5)
"""How old a signed query may be, and how far in the future."""
_LONGEST: Final = 16_384
_MOST: Final = 200
_LAST_SECOND: Final = 10**11

Fields = Mapping[str, Sequence[str]]


def fields_of(query: str) -> dict[str, list[str]]:
    """The decoded fields of a raw query string, in their order. Raises ForgedRequestError for one that is too
    long. Bytes that are no UTF-8 stay as they are, since they are signed as they are."""
    # Twice the most that a server of the web takes.
    refusal = "A request in Shopify's name has a query that nobody would sign."
    if len(query) > _LONGEST:
        raise ForgedRequestError(refusal)
    try:
        query.encode("utf-8", "surrogateescape")
        pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape", max_num_fields=_MOST)
    except ValueError as error:
        raise ForgedRequestError(refusal) from error
    found: dict[str, list[str]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def only(fields: Fields, key: str) -> str:
    """The one value of a field, empty where there is none. Raises ForgedRequestError for several: which of
    them Shopify meant is not to be guessed."""
    values = fields.get(key, ("",))
    if len(values) != 1:
        raise ForgedRequestError(f"A request in Shopify's name says its {key} more than once.")
    return values[0]


def require_signature(signature: str, messages: Sequence[str], secrets: Sequence[SecretStr]) -> None:
    """Raises ForgedRequestError unless the hex signature is that of one of the messages under one of the
    secrets. Takes the same time whichever it is."""
    given = signature.encode("utf-8", "surrogateescape")
    # Without a secret everybody could sign.
    keys = [key for key in (secret.get_secret_value().strip().encode() for secret in secrets) if key]
    held = [
        hmac.compare_digest(
            hmac.digest(key, message.encode("utf-8", "surrogateescape"), hashlib.sha256).hex().encode(), given
        )
        for key in keys
        for message in messages
    ]
    if not any(held):
        raise ForgedRequestError("A request in Shopify's name is not signed with this app's secret.")


def require_fresh(timestamp: str, now: datetime, tolerance: timedelta = TOLERANCE) -> None:
    """Raises ForgedRequestError unless this second since 1970 is about ``now``."""
    second = int(timestamp) if is_number(timestamp) else _LAST_SECOND
    if second >= _LAST_SECOND or abs(datetime.fromtimestamp(second, UTC) - now) > tolerance:
        raise ForgedRequestError(
            "A request in Shopify's name was signed too long ago, or this machine's clock is wrong."
        )
