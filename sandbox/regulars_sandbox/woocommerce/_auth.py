"""Who calls: REST keys by Basic, by query string and by OAuth 1.0a, with WooCommerce's own quirks."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

from regulars_sandbox._exchange import Request
from regulars_sandbox.woocommerce._errors import ShopError, not_modelled, rest_error
from regulars_sandbox.woocommerce._query import parse_query, signature_pairs

__all__ = ["ApiKey", "Authenticator", "refuse_permission"]

_WINDOW_SECONDS = 15 * 60
# Two nonces a second for half an hour, twice over: old ones fall out of the timestamp window by themselves.
_NONCES_KEPT = 100_000
_PARAMETERS = (
    *("oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method"),
)
_HEADER_PART = re.compile(r'(oauth_[a-z_]+)="([^"]*)"')
_DIGESTS = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}
_READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A REST key.  ``permissions`` is read, write or read_write; ``role`` is that of the key's user."""

    consumer_key: str
    consumer_secret: str = field(repr=False)
    permissions: str = "read_write"
    role: str = "administrator"

    @property
    def powerful(self) -> bool:
        """True when the user may manage the shop."""
        return self.role in {"administrator", "shop_manager"}


class Authenticator:
    """Knows the shop's keys and the nonces already used."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._keys: dict[str, ApiKey] = {}
        self._nonces: OrderedDict[tuple[str, str, str], None] = OrderedDict()
        self._now = now

    def add(self, key: ApiKey) -> None:
        """Let ``key`` in."""
        self._keys[key.consumer_key] = key

    def revoke(self, consumer_key: str) -> None:
        """Forget the key: from now on it is unknown."""
        self._keys.pop(consumer_key, None)

    def identify(self, request: Request, query: Mapping[str, object], home: str) -> ApiKey | None:
        """The caller's key, None for the anonymous.  Raises the 401 of a failed authentication."""
        if request.secure:
            key = self._basic(request, query)
            if key:
                return key
        return self._oauth(request, query, home)

    def _basic(self, request: Request, query: Mapping[str, object]) -> ApiKey | None:
        name, secret = query.get("consumer_key"), query.get("consumer_secret")
        if not (name and secret):
            name, secret = _credentials(request.headers.get("authorization", ""))
        key = self._keys.get(str(name)) if name and secret else None
        if key and not hmac.compare_digest(key.consumer_secret.encode(), str(secret).encode()):
            raise _failed("Consumer secret is invalid.")
        return key

    def _oauth(self, request: Request, query: Mapping[str, object], home: str) -> ApiKey | None:
        given = _oauth_parameters(request, query)
        if not given:
            return None
        missing = [name for name in _PARAMETERS if not given.get(name)]
        if len(missing) > 1:
            raise not_modelled("more than one missing OAuth parameter")
        if missing:
            code = "woocommerce_rest_authentication_missing_parameter"
            raise rest_error(401, code, f"Missing OAuth parameter {missing[0]}")
        key = self._keys.get(given["oauth_consumer_key"])
        if key is None:
            raise _failed("Consumer key is invalid.")
        self._check_signature(key, request, given, home)
        self._check_freshness(key, given)
        return key

    def _check_signature(self, key: ApiKey, request: Request, given: Mapping[str, str], home: str) -> None:
        digest = _DIGESTS.get(given["oauth_signature_method"])
        if digest is None:
            raise not_modelled("an OAuth signature method other than HMAC-SHA1 and HMAC-SHA256")
        base = _base_string(request, given, home)
        mac = hmac.new(f"{key.consumer_secret}&".encode(), base.encode(), digest).digest()
        if not hmac.compare_digest(base64.b64encode(mac), given["oauth_signature"].encode()):
            raise _failed("Invalid signature - provided signature does not match.")

    def _check_freshness(self, key: ApiKey, given: Mapping[str, str]) -> None:
        stamp, nonce = given["oauth_timestamp"], given["oauth_nonce"]
        if not stamp.isdecimal() or abs(self._now() - int(stamp)) > _WINDOW_SECONDS:
            raise _failed("Invalid timestamp.")
        used = (key.consumer_key, stamp, nonce)
        if used in self._nonces:
            raise _failed("Invalid nonce - nonce has already been used.")
        self._nonces[used] = None
        if len(self._nonces) > _NONCES_KEPT:
            self._nonces.popitem(last=False)


def refuse_permission(key: ApiKey | None, method: str) -> ShopError | None:
    """The 401 (not 403) a key gets for a method its permissions leave out, None when they allow it."""
    if key is None or method == "OPTIONS":
        return None
    needed = "read" if method in _READS else "write"
    if key.permissions in {needed, "read_write"}:
        return None
    return _failed(f"The API key provided does not have {needed} permissions.")


def _failed(message: str) -> ShopError:
    return rest_error(401, "woocommerce_rest_authentication_error", message)


def _credentials(header: str) -> tuple[str, str]:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, secret = base64.b64decode(token, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret


def _oauth_parameters(request: Request, query: Mapping[str, object]) -> dict[str, str]:
    given = {name: str(value) for name, value in query.items() if name.startswith("oauth_")}
    header = request.headers.get("authorization", "")
    if header.lower().startswith("oauth "):
        given |= {name: unquote(value) for name, value in _HEADER_PART.findall(header)}
    return given


def _base_string(request: Request, given: Mapping[str, str], home: str) -> str:
    """What is signed: the shop's *configured* host and port, never those called; a JSON body is not."""
    path, _, query = request.target.partition("?")
    where = urlsplit(home)
    scheme = "https" if request.secure else "http"
    pairs = signature_pairs(query)
    inside = parse_query(query)
    pairs += [
        f"{name}={quote(value, safe='-._~')}"
        for name, value in given.items()
        if name not in inside and name != "oauth_signature"
    ]
    url = f"{scheme}://{where.netloc}{unquote(path)}"
    return "&".join(quote(part, safe="-._~") for part in (request.method, url, "&".join(sorted(pairs))))
