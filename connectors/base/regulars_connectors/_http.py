"""The HTTP session of all connectors: time-outs, bounded retries, pacing, bounded answers, one error map."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import inf
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests
from requests.auth import AuthBase
from requests.exceptions import (
    ChunkedEncodingError,
    ConnectTimeout,
    ContentDecodingError,
    InvalidHeader,
    InvalidURL,
    RequestException,
    SSLError,
    Timeout,
)
from requests.exceptions import (
    ConnectionError as NoConnectionError,
)
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError, ReadTimeoutError

from regulars_connectors._discretion import keep_queries_out_of_logs, kept_headers
from regulars_connectors._errors import (
    ClosedError,
    TooSlowError,
    UnansweredError,
    UnreachableError,
    WebPageError,
)
from regulars_connectors._json import decode_json
from regulars_connectors._noise import Noise, noise_around
from regulars_connectors._pause import Pause
from regulars_mapping import MisconfiguredError, PermanentError, RegularsError, RetryError

_CHUNK = 64 * 1024
# Of a file that breaks off, no more than this is lost of what has come.
_PIECE = 4 * 1024
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FIRST_WAIT = 1.0
# Who asks to be left alone for longer, for a week.
_LONGEST_ASKED = 7 * 86_400.0
_TOTAL_READS = 4
_FOR_CONNECTING = 0.25
# "Not implemented" and "version not supported" stay so however often they are asked for.
_NEVER = frozenset({501, 505})


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """How patiently to speak to a shop; seconds and bytes.

    ``verify`` is False, True or the path of a certificate bundle, as in requests. ``tries`` counts the
    first one; only requests that are safe to repeat are repeated. ``interval`` is the least time between
    the starts of two requests. ``pause`` is kept together with other sessions to the same shop. ``until`` is
    a moment of the session's clock past which nothing is asked, waited for or read: for whoever waits for us.
    """

    connect_timeout: float = 10.0
    read_timeout: float = 90.0
    tries: int = 5
    max_wait: float = 60.0
    max_bytes: int = 64 * 1024 * 1024
    verify: bool | str = True
    user_agent: str = "Regulars"
    interval: float = 0.0
    pause: Pause | None = field(default=None, repr=False, compare=False)
    until: float | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A definite answer of the shop. ``data`` is its JSON, None when it had none to decode; ``noise`` is what
    stood around it. ``headers`` hold no cookies, and no queries of links."""

    status: int
    headers: Mapping[str, str]
    data: Any
    noise: Noise = Noise.NONE

    def __repr__(self) -> str:
        return f"Answer({self.status})"

    @property
    def time(self) -> datetime | None:
        """The shop's clock (``Date``), aware UTC; None when it names none that can be read."""
        try:
            return parsedate_to_datetime(self.headers.get("Date", "")).astimezone(UTC)
        except (ValueError, TypeError, OverflowError):
            return None

    def count(self, header: str) -> int | None:
        """A header's value as a count, None when it is absent or no count."""
        text = self.headers.get(header, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


@dataclass(frozen=True, slots=True)
class Stream:
    """A file as it comes. ``chunks`` are its bytes; RetryError ends them where the connection breaks."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str = field(repr=False)
    params: Mapping[str, str | int] = field(repr=False)
    content: bytes | None = field(repr=False)
    auth: AuthBase | None = field(repr=False)
    decode: bool
    safe: bool

    @property
    def repeatable(self) -> bool:
        return self.safe or self.method in _SAFE

    @property
    def place(self) -> str:
        try:
            parts = urlsplit(self.url)
        except ValueError:
            return "the shop"
        return f"{parts.netloc.rpartition('@')[2]}{parts.path}"


class HttpSession:
    """One shop's HTTP session. Not shared by threads.

    Redirects are never followed: a redirected write turns into a read and carries credentials elsewhere.
    ``sleep`` and ``clock`` (monotonic seconds) are parameters so that tests neither wait nor race.
    """

    def __init__(
        self,
        options: HttpOptions,
        *,
        auth: AuthBase | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._options = options
        self._auth = auth
        self._sleep = sleep
        self._clock = clock
        self._jitter = jitter
        self._next_start = 0.0
        keep_queries_out_of_logs()
        self._session = _Session()
        self._session.headers.update({"User-Agent": options.user_agent, "Accept": "application/json"})

    @property
    def auth(self) -> AuthBase | None:
        """How requests prove who is asking; None for a session without credentials."""
        return self._auth

    def close(self) -> None:
        """Give back the connections. Harmless twice."""
        self._session.close()

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: Any = None,
        auth: AuthBase | None = None,
        anonymous: bool = False,
        decode: bool = True,
        safe: bool = False,
    ) -> Answer:
        """The shop's definite answer, success or refusal, as JSON. ``auth`` is another proof for this once.

        A read is repeated on failures that may pass, at most ``tries`` times, waiting as long as the shop
        asks (no longer than ``max_wait``: then RetryError carries the wished wait). A write is never
        repeated; ``safe`` says of a POST that it only reads, as GraphQL's queries do. Raises RetryError,
        UnansweredError (a write without a definite answer, or with one past ``max_bytes``),
        UnreachableError, or PermanentError for a read's answer past ``max_bytes``.
        """
        content = None if json is None else orjson.dumps(json)
        proof = None if anonymous else auth or self._auth
        request = _Request(method, url, params or {}, content, proof, decode and method != "HEAD", safe)
        tries = self._options.tries if request.repeatable else 1
        for attempt in range(1, tries):
            try:
                return self._once(request)
            except RetryError as error:
                self._wait(attempt, error, error.retry_after)
            except WebPageError as error:
                # A cache's hiccup is gone the next time; a firewall or a wrong address is not.
                if attempt > 1:
                    raise
                self._wait(attempt, error, None)
        return self._once(request)

    @contextmanager
    def stream(self, url: str, *, headers: Mapping[str, str]) -> Iterator[Stream]:
        """A file of any size, asked for once and without credentials; a refusal (4xx) is for the caller.

        Raises RetryError where it may come later, also out of ``chunks`` while the block lasts.
        """
        request = _Request("GET", url, {}, None, None, decode=False, safe=True)
        self._pace()
        with _mapped(request):
            response = self._send(request, headers)
        with response:
            if response.status_code == 429 or response.status_code >= 500:
                raise _passing(request, response)
            if 300 <= response.status_code < 400:
                raise _redirected(request, response)
            chunks = _chunks_of(request, response)
            yield Stream(response.status_code, kept_headers(response.headers), chunks)

    def _wait(self, attempt: int, error: RegularsError, asked: float | None) -> None:
        if asked is not None and asked > self._options.max_wait:
            raise error
        backoff = min(_FIRST_WAIT * 2 ** (attempt - 1), self._options.max_wait)
        seconds = backoff * (0.5 + self._jitter() / 2) if asked is None else asked
        if seconds >= self._left():
            raise error
        pause = self._options.pause
        if pause is None:
            self._sleep(seconds)
            return
        if asked is not None:
            pause.ask(asked)
        pause.keep(seconds)

    def _once(self, request: _Request) -> Answer:
        self._pace()
        with _mapped(request):
            with self._send(request) as response:
                body = self._read(response, request)
            return _answer(request, response, body)

    def _pace(self) -> None:
        if self._options.pause is not None:
            self._options.pause.keep()
        now = self._clock()
        if now < self._next_start:
            self._sleep(self._next_start - now)
        self._next_start = max(now, self._next_start) + self._options.interval

    def _left(self) -> float:
        """Seconds until nothing may be asked any more."""
        return inf if self._options.until is None else self._options.until - self._clock()

    def _patience(self, request: _Request) -> tuple[float, float]:
        """Seconds to wait for a connection, and for an answer: together no more than there are left."""
        left = self._left()
        if left <= 0:
            raise TooSlowError(f"{request.place} was not asked any more: the time for it was over.")
        connect = min(self._options.connect_timeout, left * _FOR_CONNECTING)
        return connect, min(self._options.read_timeout, left - connect)

    def _send(self, request: _Request, headers: Mapping[str, str] | None = None) -> requests.Response:
        typed = {"Content-Type": "application/json"} if request.content is not None else {}
        return self._session.request(
            request.method,
            request.url,
            params=dict(request.params),
            data=request.content,
            headers={**typed, **(headers or {})},
            auth=request.auth or _Anonymous(),
            timeout=self._patience(request),
            allow_redirects=False,
            stream=True,
            # Given with the request: on the session, REQUESTS_CA_BUNDLE of the environment would win over it.
            verify=self._options.verify,
        )

    def _read(self, response: requests.Response, request: _Request) -> bytes:
        # A time-out of requests is for one read only: a shop that drips bytes would hold us for ever.
        deadline = self._clock() + min(_TOTAL_READS * self._options.read_timeout, self._left())
        chunks: list[bytes] = []
        size = 0
        for chunk in response.iter_content(_CHUNK):
            chunks.append(chunk)
            size += len(chunk)
            if size > self._options.max_bytes:
                raise _unbounded(request, self._options.max_bytes)
            if self._clock() > deadline:
                raise Timeout
        return b"".join(chunks)


class _Session(requests.Session):
    """A session that reads proxies and certificates of the environment once a host, not with each request:
    looking through all its variables costs as much as the rest of a small request."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[tuple[str, str, bool | str | None], Any] = {}

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        parts = urlsplit(url)
        key = parts.scheme, parts.netloc, verify
        if key not in self._known:
            self._known[key] = super().merge_environment_settings(url, proxies, stream, verify, cert)
        return dict(self._known[key])


def _chunks_of(request: _Request, response: requests.Response) -> Iterator[bytes]:
    with _mapped(request):
        yield from response.iter_content(_PIECE)


class _Anonymous(AuthBase):
    """No credentials, not even those that requests would find in a netrc file."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def _answer(request: _Request, response: requests.Response, body: bytes) -> Answer:
    status = response.status_code
    if status == 429 or (status >= 500 and status not in _NEVER):
        raise _passing(request, response)
    if 300 <= status < 400:
        raise _redirected(request, response)
    answer = Answer(status, kept_headers(response.headers), None)
    if not request.decode:
        return answer
    try:
        return replace(answer, data=decode_json(body, place=request.place), noise=noise_around(body))
    except RegularsError as error:
        if status >= 400:
            return answer
        # The write was carried out or not: an answer that cannot be read does not say.
        raise error if request.repeatable else UnansweredError(str(error)) from error


def _passing(request: _Request, response: requests.Response) -> RetryError:
    message = f"{request.place} answered {response.status_code} ({_meaning(response.status_code)})."
    wait = _retry_after(response)
    if request.repeatable and response.status_code == 503:
        return ClosedError(f"{message} It will be asked again.", retry_after=wait)
    if request.repeatable or response.status_code == 429:
        return RetryError(f"{message} It will be asked again.", retry_after=wait)
    return UnansweredError(f"{message} Whether the write was done is not known.", retry_after=wait)


def _meaning(status: int) -> str:
    return {
        429: "too many requests",
        500: "an error inside the shop; its PHP error log says which",
        502: "the shop's server does not answer its proxy",
        503: "the shop is closed for maintenance or overloaded",
        504: "the shop took too long",
    }.get(status, "an error of the shop's server")


def _retry_after(response: requests.Response) -> float | None:
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST_ASKED)
    try:
        moment = parsedate_to_datetime(text)
        answered = parsedate_to_datetime(response.headers["Date"])
        return min(max(0.0, (moment - answered).total_seconds()), _LONGEST_ASKED)
    except (ValueError, TypeError, KeyError, OverflowError):
        return None


def _redirected(request: _Request, response: requests.Response) -> UnreachableError:
    parts = urlsplit(response.headers.get("Location", ""))
    target = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else "another path"
    return UnreachableError(
        f"{request.place} sends its visitors on to {target}. Give the shop's final address "
        "(with or without www, with https) as its URL."
    )


def _unbounded(request: _Request, limit: int) -> RegularsError:
    message = (
        f"{request.place} answered more than {limit // (1024 * 1024)} MB. Raise max_bytes for this shop if "
        "its objects really are that large."
    )
    if request.repeatable:
        return PermanentError(message)
    return UnansweredError(f"{message} Whether the write was done is not known.")


@contextmanager
def _mapped(request: _Request) -> Iterator[None]:
    """The one place where errors of requests and urllib3 become ours. Messages carry no query and no body."""
    try:
        yield
    except (InvalidURL, InvalidHeader, UnicodeError) as error:
        message = f"{request.place}: the shop's address or its key holds characters that cannot be sent."
        raise UnreachableError(message) from _bare(error)
    except SSLError as error:
        raise _certificate(request, error) from _bare(error)
    except (ConnectTimeout, NoConnectionError) as error:
        raise _unconnected(request, error) from _bare(error)
    except (Timeout, ChunkedEncodingError, ContentDecodingError, RequestException, HTTPError) as error:
        raise _lost(request, error) from _bare(error)
    except OSError as error:
        # Nothing was sent: requests looks for the bundle first, and raises a bare OSError with its path.
        message = f"{request.place}: the certificate bundle named for this shop is not there or not readable."
        raise MisconfiguredError(message) from _bare(error)


def _bare(error: Exception) -> Exception:
    # Foreign messages quote the whole URL; only the kind of error is kept in the chain.
    return type(error)() if isinstance(error, RequestException) else Exception(type(error).__name__)


def _certificate(request: _Request, error: SSLError) -> RegularsError:
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text or "doesn't match" in text or "Hostname mismatch" in text:
        return UnreachableError(
            f"{request.place}: the shop's certificate cannot be trusted (expired, for another name, or "
            "signed by nobody known). Renew it, or name your own bundle for this shop."
        )
    if "WRONG_VERSION_NUMBER" in text or "wrong version number" in text:
        return UnreachableError(f"{request.place} does not speak HTTPS there. Use http:// or the right port.")
    return _lost(request, error)


def _unconnected(request: _Request, error: RequestException) -> RetryError:
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    if isinstance(reason, NameResolutionError):
        return RetryError(f"{request.place}: no such host is known. Check the shop's URL and the network.")
    if isinstance(reason, NewConnectionError):
        return RetryError(f"{request.place}: nothing answers. Check the shop's URL and whether it is up.")
    if isinstance(error, ConnectTimeout):
        return TooSlowError(f"{request.place}: no connection in time. Check whether the shop is up.")
    return _lost(request, error)


def _lost(request: _Request, error: Exception) -> RetryError:
    late = isinstance(error, Timeout | ReadTimeoutError) or "Read timed out" in str(error)
    what = "did not answer in time" if late else "broke the connection off"
    if request.repeatable:
        made = TooSlowError if late else RetryError
        return made(f"{request.place} {what}. It will be asked again.")
    return UnansweredError(f"{request.place} {what}. Whether the write was done is not known.")
