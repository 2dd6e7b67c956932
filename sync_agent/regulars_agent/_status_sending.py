"""One signed message to one address, after the Standard Webhooks scheme: who is told can see who tells it."""

import hmac
from base64 import b64decode, b64encode
from binascii import Error as NotBase64Error
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from secrets import token_bytes
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
import requests
from pydantic import SecretStr
from requests.exceptions import (
    ConnectionError as NoConnectionError,
)
from requests.exceptions import (
    RequestException,
    SSLError,
    Timeout,
)
from requests.utils import get_environ_proxies, select_proxy

from regulars_agent._pinned_http import InsideError, PublicAdapter, public_addresses
from regulars_mapping import MisconfiguredError

_PREFIX: Final = "whsec_"
_LEAST_KEY, _MOST_KEY = 24, 64
_GONE: Final = 410
_TOO_MANY: Final = 429
_LONGEST_ASKED: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: the same ``id`` at each try, so that who is told twice can see it."""

    id: str
    body: bytes = field(repr=False)

    @classmethod
    def of(cls, id_: str, type_: str, *, at: datetime, data: Mapping[str, Any]) -> "Message":
        """A message of this type about a moment, with these data."""
        told = {"type": type_, "timestamp": at.isoformat().replace("+00:00", "Z"), "data": dict(data)}
        return cls(id_, orjson.dumps(told))


@dataclass(frozen=True, slots=True)
class Answered:
    """How it went: told, where ``problem`` is empty. ``gone``: it is not wanted, ever. ``busy``: whatever is
    sent next would fail too. ``after`` is how many seconds it asks to be left alone, no more
    than a day."""

    problem: str = ""
    gone: bool = False
    busy: bool = False
    after: float = 0.0


def new_signing_secret() -> SecretStr:
    """A secret as the scheme writes them."""
    return SecretStr(_PREFIX + b64encode(token_bytes(32)).decode())


def signing_key(secret: SecretStr) -> bytes:
    """The key that a secret stands for. Raises MisconfiguredError for one that the scheme does not know."""
    try:
        key = b64decode(secret.get_secret_value().removeprefix(_PREFIX), validate=True)
    except (NotBase64Error, ValueError):
        key = b""
    if not _LEAST_KEY <= len(key) <= _MOST_KEY:
        raise MisconfiguredError(
            f"A signing secret is {_PREFIX} and {_LEAST_KEY} to {_MOST_KEY} bytes in base64; the given "
            "one is not. Leave it to Regulars to make one, or copy it again."
        )
    return key


def signatures(keys: Sequence[bytes], id_: str, timestamp: int, body: bytes) -> str:
    """The header ``webhook-signature`` where any of several secrets may be the one that is checked by."""
    return " ".join(signature(key, id_, timestamp, body) for key in dict.fromkeys(keys))


def signature(key: bytes, id_: str, timestamp: int, body: bytes) -> str:
    """One signature over id, time (seconds since 1970) and body."""
    signed = b".".join((id_.encode(), str(timestamp).encode(), body))
    return f"v1,{b64encode(hmac.digest(key, signed, sha256)).decode()}"


class Sender:
    """Sends to one address. A context manager; ``timeout`` is in seconds, for each part of a try.

    Each of ``keys`` signs. Redirects are not followed, of the answer only its head is read, and no other
    credentials are sent than the signatures. Unless ``inside``, nothing is sent to an address within a
    network, whatever name leads there, and whenever it does.
    """

    def __init__(self, url: str, keys: Sequence[bytes], *, timeout: float, inside: bool) -> None:
        self.url = url
        self._keys = tuple(keys)
        self._timeout = timeout
        self._session = requests.Session()
        # A proxy looks names up by itself: there, no more can be done than look before.
        self._looks = not inside and select_proxy(url, get_environ_proxies(url)) is not None
        if not inside:
            for scheme in ("https://", "http://"):
                self._session.mount(scheme, PublicAdapter())
        self._session.auth = _unchanged
        self._session.headers.update({"User-Agent": "Regulars", "Content-Type": "application/json"})

    def __enter__(self) -> "Sender":
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def send(self, message: Message, *, now: datetime) -> Answered:
        """Try once. Raises nothing for what may be wrong with the address or at the other end."""
        timestamp = int(now.timestamp())
        headers = {
            "webhook-id": message.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signatures(self._keys, message.id, timestamp, message.body),
        }
        try:
            if self._looks:
                _look(self.url)
            with self._session.post(
                self.url,
                data=message.body,
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                return _answered(response)
        except InsideError as error:
            return Answered(str(error), busy=True)
        except (RequestException, OSError, ValueError) as error:
            return Answered(_said(error), busy=True)


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    # Given as the session's, so that requests looks for none in a netrc file.
    return request


def _look(url: str) -> None:
    """Raises InsideError for a name that leads inside; one that is unknown here, the proxy may know."""
    parts = urlsplit(url)
    with suppress(OSError, UnicodeError):
        public_addresses(parts.hostname or "", parts.port or 443)


def _answered(response: requests.Response) -> Answered:
    status = response.status_code
    if 200 <= status < 300:
        return Answered()
    if 300 <= status < 400:
        return Answered(f"it answered {status} and sends on to another address, which is not followed")
    if status == _GONE:
        return Answered(f"it answered {status}: this is not wanted any more", gone=True)
    busy = status == _TOO_MANY or status >= 500
    return Answered(f"it answered {status}", busy=busy, after=_retry_after(response) if busy else 0.0)


def _retry_after(response: requests.Response) -> float:
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST_ASKED)
    try:
        asked, answered = parsedate_to_datetime(text), parsedate_to_datetime(response.headers["Date"])
        return min(max(0.0, (asked - answered).total_seconds()), _LONGEST_ASKED)
    except (ValueError, TypeError, KeyError, OverflowError):
        return 0.0


def _said(error: Exception) -> str:
    """In plain words, and never in the error's own: those quote the address."""
    if isinstance(error, SSLError):
        return "its certificate cannot be trusted, or it does not speak HTTPS"
    if isinstance(error, Timeout):
        return "it did not answer in time"
    if isinstance(error, NoConnectionError):
        return "nothing answers there, or it broke the connection off"
    return "the message could not be sent"
