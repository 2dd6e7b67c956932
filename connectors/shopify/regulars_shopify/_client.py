"""Shopify's Admin GraphQL API: paced by its own word, patient with what passes, whole answers only."""

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from regulars_connectors import Answer, HttpOptions, HttpSession, Stream, UnansweredError
from regulars_mapping import PermanentError, RetryError
from regulars_shopify._pacing import Pacing
from regulars_shopify._queries import Queries
from regulars_shopify._refusals import (
    DeniedError,
    ThrottledError,
    TooCostlyError,
    raise_for_errors,
    raise_for_status,
)
from regulars_shopify._token import Token, TokenAuth

Node = dict[str, Any]
Variables = Mapping[str, Any]

VERSION: Final = "2026-10"
MOST_A_PAGE: Final = 250
_THROTTLED_TRIES: Final = 30
_RENEWALS: Final = 3
"""How often in a row what another process renewed may have ended again."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer: its ``data``, the shop's clock, and the API version that gave it."""

    data: Node
    time: datetime | None
    version: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a connection, and where the next begins; ``after`` is None at its end."""

    nodes: Sequence[Node]
    after: str | None
    reply: Reply


class PageSizes:
    """How many objects to ask for at once: less after failures, more again after successes."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._limits: dict[str, int] = {}
        self._now: dict[str, int] = {}

    def of(self, document: str, most: int = MOST_A_PAGE) -> int:
        """The size for this document's next page."""
        return min(self._now.get(document, self._limit(document)), most, self._limit(document))

    def worked(self, document: str) -> None:
        """Dare a little more."""
        limit = self._limit(document)
        self._now[document] = min(limit, self.of(document) + max(1, limit // 10))

    def failed(self, document: str, size: int) -> None:
        """Half of it the next time."""
        self._now[document] = max(1, size // 2)

    def too_costly(self, document: str, size: int) -> None:
        """Never as much again. Raises PermanentError when one object is too much."""
        if size <= 1:
            raise PermanentError(f"One object alone costs too many points ({document}). Report this.")
        self._limits[document] = self._now[document] = size // 2

    def _limit(self, document: str) -> int:
        return self._limits.get(document, self._largest)


class ShopifyClient:
    """One shop's API. ``home`` is its address without a trailing slash; ``session`` sends a request once."""

    def __init__(
        self,
        home: str,
        session: HttpSession,
        auth: TokenAuth,
        token: Token,
        *,
        options: HttpOptions,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
        page_size: int = MOST_A_PAGE,
    ) -> None:
        self.home = home
        self.queries = Queries()
        self.sizes = PageSizes(page_size)
        self._session = session
        self._auth = auth
        self._token = token
        self._options = options
        self._sleep = sleep
        self._clock = clock
        self._pacing = Pacing(clock)
        self._scopes: frozenset[str] | None = None

    def close(self) -> None:
        """Give back the session. Harmless twice."""
        self._session.close()

    @property
    def rate(self) -> float | None:
        """Points that the shop's allowance grows by a second; None before it told."""
        return self._pacing.rate

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self._sleep(seconds)

    def now(self) -> float:
        """Seconds of the clock that waiting is measured by."""
        return self._clock()

    def download(self, url: str, headers: Mapping[str, str]) -> AbstractContextManager[Stream]:
        """A file that the shop names, as it comes; asked for once, without the token."""
        return self._session.stream(url, headers=headers)

    def scopes(self) -> frozenset[str]:
        """What the app was granted; asked once."""
        if self._scopes is None:
            installation = self.ask("granted_scopes").data.get("currentAppInstallation")
            self.learn_scopes(installation)
        return self._scopes or frozenset()

    def learn_scopes(self, installation: Any) -> None:
        """Take the granted scopes out of an ``AppInstallation``; documents ask for no more from now on."""
        listed = part(installation, "accessScopes")
        handles = [scope.get("handle") for scope in listed if isinstance(scope, dict)] if listed else []
        found = frozenset(handle for handle in handles if isinstance(handle, str))
        # The right to write includes the right to read, and Shopify lists the wider one only.
        self._scopes = found | {f"read_{name[6:]}" for name in found if name.startswith("write_")}
        self.queries.grant(self._scopes)

    def ask(self, document: str, variables: Variables | None = None) -> Reply:
        """The whole answer to a query; repeated on failures that may pass."""
        return self._patiently(lambda: self._send(document, variables or {}, write=False))

    def write(self, document: str, variables: Variables) -> Node:
        """A mutation's ``result``. Sent again only where it was certainly not carried out. Raises
        UnansweredError where it may have been."""
        reply = self._patiently(lambda: self._send(document, variables, write=True))
        result = reply.data.get("result")
        if not isinstance(result, dict):
            raise UnansweredError("Shopify answered a write with nothing. Whether it was done is not known.")
        return result

    def listing(
        self, document: str, variables: Variables, *, most: int = MOST_A_PAGE, owner: str = ""
    ) -> Listing:
        """A page of the connection called ``page``, in ``owner`` where it hangs below another object."""
        reply = self._patiently(lambda: self._paged(document, variables, most))
        found = part(part(reply.data, owner) if owner else reply.data, "page")
        nodes, info = part(found, "nodes"), part(found, "pageInfo")
        if not isinstance(nodes, list) or not isinstance(info, dict):
            raise RetryError("Shopify answered a page that is none. It will be asked again.")
        after = info.get("endCursor") if info.get("hasNextPage") is True else None
        if info.get("hasNextPage") is True and not isinstance(after, str):
            raise PermanentError(f"Shopify names no next page ({document}), though there is one.")
        return Listing([node for node in nodes if isinstance(node, dict)], after, reply)

    def nodes(self, document: str, ids: Sequence[str], variables: Variables | None = None) -> Reply:
        """Objects by their global ids. Raises TooCostlyError where fewer must be asked for."""
        return self.ask(document, {**(variables or {}), "ids": list(ids)})

    def _paged(self, document: str, variables: Variables, most: int) -> Reply:
        while True:
            size = self.sizes.of(document, most)
            try:
                reply = self._send(document, {**variables, "first": size}, write=False)
            except TooCostlyError:
                self.sizes.too_costly(document, size)
            except ThrottledError:
                raise
            except RetryError:
                self.sizes.failed(document, size)
                raise
            else:
                self.sizes.worked(document)
                return reply

    def _patiently(self, send: Callable[[], _T]) -> _T:
        failures = throttled = 0
        while True:
            try:
                return send()
            except UnansweredError:
                raise
            except ThrottledError as error:
                throttled += 1
                if throttled >= _THROTTLED_TRIES:
                    raise
                self._rest(error, 0)
            except RetryError as error:
                failures += 1
                if failures >= self._options.tries:
                    raise
                self._rest(error, failures)

    def _rest(self, error: RetryError, failures: int) -> None:
        asked = error.retry_after
        if asked is not None and asked > self._options.max_wait:
            raise error
        backoff = min(2.0 ** (failures - 1), self._options.max_wait) * (0.5 + random.random() / 2)  # noqa: S311 - no secret
        self._sleep(backoff if asked is None else asked)

    def _send(self, document: str, variables: Variables, *, write: bool) -> Reply:
        text = self.queries.text(document)
        try:
            return self._sent(document, text, variables, write=write)
        except DeniedError:
            # Not before: in a shop that grants everything, the scopes need not be asked for.
            if self._scopes is None and document != "granted_scopes":
                self.scopes()
            if self.queries.text(document) == text:
                raise
        return self._sent(document, self.queries.text(document), variables, write=write)

    def _sent(self, document: str, text: str, variables: Variables, *, write: bool) -> Reply:
        if wait := self._pacing.wait(document):
            self._sleep(wait)
        body = {"query": text, "variables": variables}
        url = f"{self.home}/admin/api/{VERSION}/graphql.json"
        answer = self._authorized(url, body, write=write)
        raise_for_status(answer, self.home)
        data = answer.data
        if isinstance(data, dict):
            self._pacing.learn(document, part(part(data, "extensions"), "cost"))
        raise_for_errors(data, document=document, write=write)
        return Reply(data["data"], answer.time, answer.headers.get("X-Shopify-API-Version", ""))

    def _authorized(self, url: str, body: Node, *, write: bool) -> Answer:
        answer = self._with_token(url, body, write=write)
        for _ in range(_RENEWALS):
            if answer.status != 401 or not self._token.renew():
                break
            answer = self._with_token(url, body, write=write)
            # What another process renewed may have ended since; what was renewed just now stays refused.
            if not self._token.borrowed:
                break
        return answer

    def _with_token(self, url: str, body: Node, *, write: bool) -> Answer:
        self._auth.token = self._token.current()
        return self._session.request("POST", url, json=body, safe=not write)


def part(value: Any, key: str) -> Any:
    """``value[key]`` where there is one, else None."""
    return value.get(key) if isinstance(value, dict) else None


def number_of(gid: Any) -> str:
    """The number at the end of a global id, empty where there is none."""
    tail = gid.partition("?")[0].rpartition("/")[2] if isinstance(gid, str) else ""
    return tail if is_number(tail) else ""


def is_number(text: str) -> bool:
    """Whether this can be the number of an object."""
    return text.isascii() and text.isdigit() and len(text) <= 20


def gid_of(kind: str, number: str) -> str:
    """The global id of an object: ``gid://shopify/Order/42``."""
    return f"gid://shopify/{kind}/{number}"
