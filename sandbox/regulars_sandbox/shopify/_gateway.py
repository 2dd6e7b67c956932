"""The way into a shop: the GraphQL endpoint, the token endpoint, and who may enter."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qs, urlsplit

from regulars_sandbox._exchange import Request, Response
from regulars_sandbox.shopify._access import Access, Caller
from regulars_sandbox.shopify._offline import Offline
from regulars_sandbox.shopify._state import VERSION

if TYPE_CHECKING:
    from regulars_sandbox.shopify._execution import Execution

__all__ = ["Gateway"]

_GRAPHQL = re.compile(r"/admin/api/([\w-]+)/graphql\.json")
_TOKENS = "/admin/oauth/access_token"
_AUTHORIZE = "/admin/oauth/authorize"
_UNKNOWN_TOKEN = "[API] Invalid API key or access token (unrecognized login or wrong password)"  # noqa: S105 - a message
_NO_REDIRECT = {"error": "invalid_request", "error_description": "The redirect_uri is not whitelisted"}
_NO_QUERY = {"errors": {"query": "Required parameter missing or invalid"}}


class Storage(Protocol):
    """What files lie in, at addresses of its own, under the shop's roof for want of another host."""

    def respond(self, request: Request) -> Response | None:
        """The answer, None for a request that is none of its business."""
        ...


class Gateway:
    """Finds the endpoint, lets in or refuses, and writes the answer out."""

    def __init__(
        self, access: Access, offline: Offline, execution: Execution, storages: Sequence[Storage]
    ) -> None:
        self._access, self._offline = access, offline
        self._execution, self._storages = execution, storages

    def respond(self, request: Request, home: str) -> Response:
        """The shop's answer."""
        for storage in self._storages:
            stored = storage.respond(request)
            if stored is not None:
                return stored
        path = urlsplit(request.target).path
        found = _GRAPHQL.fullmatch(path)
        if found:
            return self._graphql(request, found[1], home)
        if path == _TOKENS:
            return self._token(request)
        if path == _AUTHORIZE and request.method == "GET":
            return self._authorize(request, home)
        if path.startswith("/admin/"):
            return _refused(f"{request.method} {path}")
        return _written(404, {"errors": "Not Found"})

    def writes(self, request: Request) -> bool:
        """True for a request that asks for a mutation or a token."""
        if urlsplit(request.target).path == _TOKENS:
            return True
        body = _body(request)
        return isinstance(body.get("query"), str) and self._execution.writes(body)

    def _graphql(self, request: Request, version: str, home: str) -> Response:
        caller = self._access.caller(request.headers.get("x-shopify-access-token", ""))
        if caller is None:
            return _written(401, {"errors": _UNKNOWN_TOKEN})
        if request.method != "POST" or version != VERSION:
            return _refused(f"{request.method} of the version {version}")
        return self._executed(request, caller, home)

    def _executed(self, request: Request, caller: Caller, home: str) -> Response:
        body = _body(request)
        if not isinstance(body.get("query"), str) or not isinstance(body.get("variables") or {}, dict):
            return _written(400, _NO_QUERY)
        answer = self._execution.answer(body, caller, home)
        version = ("X-Shopify-API-Version", VERSION)
        return _written(200, answer, (version, ("X-Request-Id", str(uuid.uuid4()))))

    def _token(self, request: Request) -> Response:
        given = {name: str(value) for name, value in _body(request).items()}
        kind = given.get("grant_type", "code" if "code" in given else "")
        if request.method != "POST" or kind not in {"client_credentials", "refresh_token", "code"}:
            return _refused("any grant but client_credentials, refresh_token and the exchange of a code")
        if kind == "client_credentials":
            granted = self._access.grant(given.get("client_id", ""), given.get("client_secret", ""))
            return _written(200, granted) if granted else _written(400, {"error": "invalid_client"})
        granted = self._offline.exchange(given) if kind == "code" else self._offline.refresh(given)
        return _written(200, granted) if granted else _written(400, {"error": "invalid_grant"})

    def _authorize(self, request: Request, home: str) -> Response:
        """The owner agrees at once."""
        query = urlsplit(request.target).query
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        place = self._offline.authorize(asked, urlsplit(home).netloc)
        return Response(302, (("Location", place),), b"") if place else _written(400, _NO_REDIRECT)


def _body(request: Request) -> Mapping[str, Any]:
    """What was sent as JSON or as a form; nothing for anything else."""
    kind = request.headers.get("content-type", "")
    try:
        if kind.startswith("application/x-www-form-urlencoded"):
            return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        body = json.loads(request.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _refused(what: str) -> Response:
    message = f"The sandbox does not model {what}: nothing may rely on it."
    return _written(501, {"errors": message, "code": "NOT_MODELLED"})


def _written(status: int, payload: object, extra: tuple[tuple[str, str], ...] = ()) -> Response:
    body = json.dumps(payload, separators=(",", ":")).encode()
    return Response(status, (("Content-Type", "application/json; charset=utf-8"), *extra), body)
