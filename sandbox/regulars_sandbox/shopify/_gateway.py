"""The way into a shop: the GraphQL endpoint, the token endpoint, and who may enter."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from regulars_sandbox._exchange import Request, Response
from regulars_sandbox.shopify._access import Access, Caller
from regulars_sandbox.shopify._state import VERSION

if TYPE_CHECKING:
    from regulars_sandbox.shopify._execution import Execution

__all__ = ["Gateway"]

_GRAPHQL = re.compile(r"/admin/api/([\w-]+)/graphql\.json")
_TOKENS = "/admin/oauth/access_token"
_UNKNOWN_TOKEN = "[API] Invalid API key or access token (unrecognized login or wrong password)"  # noqa: S105 - a message
_NO_QUERY = {"errors": {"query": "Required parameter missing or invalid"}}


class Gateway:
    """Finds the endpoint, lets in or refuses, and writes the answer out."""

    def __init__(self, access: Access, execution: Execution) -> None:
        self._access, self._execution = access, execution

    def respond(self, request: Request, home: str) -> Response:
        """The shop's answer."""
        path = urlsplit(request.target).path
        found = _GRAPHQL.fullmatch(path)
        if found:
            return self._graphql(request, found[1], home)
        if path == _TOKENS:
            return self._token(request)
        if path.startswith("/admin/"):
            return _refused(f"{request.method} {path}")
        return _written(404, {"errors": "Not Found"})

    def writes(self, request: Request) -> bool:
        """True for a request that asks for a mutation."""
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
        given = _body(request)
        if request.method != "POST" or given.get("grant_type") != "client_credentials":
            return _refused("any grant but client_credentials")
        granted = self._access.grant(str(given.get("client_id", "")), str(given.get("client_secret", "")))
        if granted is None:
            return _written(400, {"error": "invalid_client"})
        return _written(200, granted)


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
