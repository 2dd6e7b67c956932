"""The easy way in: the owner approves us in the shop, and the shop sends us a key it has made (``wc-auth``).

The shop's server posts the key to ``callback_url``, over HTTPS only, and takes it back unless it is answered
200; then it sends the owner's browser to ``return_url`` with ``success`` and ``user_id`` added.
"""

import hmac
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from pydantic import SecretStr

from regulars_connectors import decode_json
from regulars_mapping import MisconfiguredError, PermanentError, RegularsError
from regulars_woocommerce._connector import home_of

LARGEST_GRANT: Final = 16 * 1024
"""Bytes of what a shop sends; the real ones have some 250."""
_SCOPES: Final = frozenset({"read", "write", "read_write"})
_HOST: Final = re.compile(r"[\w.:-]+")
_PATTERNS: Final = {
    "consumer_key": re.compile(r"ck_[0-9a-f]{40}"),
    "consumer_secret": re.compile(r"cs_[0-9a-f]{40}"),
}


def authorize_url(
    shop_url: str, *, app_name: str, scope: str, user_id: str, return_url: str, callback_url: str
) -> str:
    """Where the owner approves ``app_name`` in the shop. ``user_id`` comes back with the key.

    Raises MisconfiguredError for a shop's address that is none, for a callback without HTTPS, and for
    addresses of ours that the shop would read otherwise.
    """
    if scope not in _SCOPES:
        raise MisconfiguredError(
            f"There is no scope {scope[:20]!r}; there are: {', '.join(sorted(_SCOPES))}."
        )
    if urlsplit(callback_url).scheme != "https":
        raise MisconfiguredError(
            "WooCommerce sends keys to HTTPS addresses only, and this site is called over plain HTTP. Open "
            "it by its https:// address; behind a proxy, have the site told so (Django: "
            "SECURE_PROXY_SSL_HEADER)."
        )
    for url in (return_url, callback_url):
        # The shop decodes them twice.
        if "%" in url or "+" in url or not url.isascii():
            raise MisconfiguredError("This site's address holds signs that WooCommerce would read otherwise.")
    home = home_of(shop_url)
    if not _HOST.fullmatch(urlsplit(home).hostname or ""):
        raise MisconfiguredError(
            "The shop's URL must be its plain address, such as https://shop.example.com."
        )
    given = {
        "app_name": app_name,
        "scope": scope,
        "user_id": user_id,
        "return_url": return_url,
        "callback_url": callback_url,
    }
    return f"{home}/wc-auth/v1/authorize?{urlencode(given, quote_via=quote)}"


def granted_key(body: bytes, *, user_id: str, scope: str) -> Mapping[str, SecretStr]:
    """The credentials in what a shop has sent, by the connector's names.

    Raises PermanentError for anything but an answer to the request of ``user_id``, for a ``scope`` that is
    not the one asked for too; it does not repeat what came.
    """
    told = _told(body)
    if not _same(told.get("user_id"), user_id):
        raise PermanentError("What was sent is no answer to this request for a key.")
    if told.get("key_permissions") != scope:
        raise PermanentError("The shop granted other permissions than were asked for.")
    return {name: SecretStr(_part(told, name, pattern)) for name, pattern in _PATTERNS.items()}


def _part(told: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise PermanentError("What was sent holds no key of WooCommerce's form.")
    return value


def _told(body: bytes) -> dict[str, Any]:
    if len(body) > LARGEST_GRANT:
        raise PermanentError("What was sent is too large for a key.")
    try:
        told = decode_json(body)
    except RegularsError:
        told = None
    if not isinstance(told, dict):
        raise PermanentError("What was sent is no key.")
    return told


def _same(given: object, wanted: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(errors="replace"), wanted.encode())
