"""``/wc-auth/v1/``: the shop's owner grants an application a REST key, which the shop sends to it.

Modelled on the plug-in's own code; no recording shows it.  Whoever comes is taken for the owner, logged in.
"""

from __future__ import annotations

import contextlib
import html
import http.client
import itertools
import json
import secrets
import ssl
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from regulars_sandbox._exchange import Request, Response
from regulars_sandbox.woocommerce._auth import ApiKey, Authenticator
from regulars_sandbox.woocommerce._deliveries import is_local
from regulars_sandbox.woocommerce._query import parse_query

__all__ = ["WcAuth"]

_PATH = "/wc-auth/v1/"
_PARAMETERS = ("app_name", "user_id", "return_url", "callback_url", "scope")
_SCOPES = frozenset({"read", "write", "read_write"})
_TIMEOUT_SECONDS = 60.0
_PAGE = (("Content-Type", "text/html; charset=UTF-8"),)


class WcAuth:
    """Shows the page to approve, makes the key, sends it, and sends the owner back.

    A key that did not arrive, with 200 and nothing else, is taken back.
    """

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator
        self._nonce = secrets.token_hex(5)
        self._numbers = itertools.count(1)

    def takes(self, request: Request) -> bool:
        """True for a request that is no business of the REST API's."""
        return request.target.startswith(_PATH)

    def respond(self, request: Request, home: str, *, trusts: Path | None) -> Response:
        """The page, or the way back.  ``trusts`` is the certificate of whoever is sent the key."""
        route, _, query = request.target.removeprefix(_PATH).partition("?")
        given = {name: value for name, value in parse_query(query).items() if isinstance(value, str)}
        problem = _problem(given)
        if problem is None and route == "authorize":
            return self._asked(given, home)
        if problem is None and route == "access_granted":
            if given.get("wc_auth_nonce") == self._nonce:
                return self._granted(given, trusts)
            problem = "Invalid nonce verification"
        return _denied(problem or "You do not have permission to access this page")

    def _asked(self, given: dict[str, str], home: str) -> Response:
        asked = {name: given[name] for name in _PARAMETERS}
        approve = f"{home}{_PATH}access_granted?{urlencode({**asked, 'wc_auth_nonce': self._nonce})}"
        page = (
            f"<!DOCTYPE html>\n<html><body><h1>{html.escape(given['app_name'])} would like to connect to "
            f'your store</h1>\n<a href="{html.escape(approve)}" class="button wc-auth-approve">Approve</a>\n'
            f'<a href="{html.escape(_back(given, success=False))}" class="button wc-auth-deny">Deny</a>'
            "</body></html>"
        )
        return Response(200, _PAGE, page.encode())

    def _granted(self, given: dict[str, str], trusts: Path | None) -> Response:
        key = ApiKey(f"ck_{secrets.token_hex(20)}", f"cs_{secrets.token_hex(20)}", given["scope"])
        self._authenticator.add(key)
        told = {
            "key_id": next(self._numbers),
            "user_id": given["user_id"],
            "consumer_key": key.consumer_key,
            "consumer_secret": key.consumer_secret,
            "key_permissions": key.permissions,
        }
        if _sent(given["callback_url"], json.dumps(told).encode(), trusts) == 200:
            return Response(302, (("Location", _back(given, success=True)), *_PAGE), b"")
        self._authenticator.revoke(key.consumer_key)
        return _denied(
            "An error occurred in the request and at the time were unable to send the consumer data"
        )


def _problem(given: dict[str, str]) -> str | None:
    missing = [name for name in _PARAMETERS if not given.get(name)]
    if missing:
        return f"Missing parameter {missing[0]}"
    if given["scope"] not in _SCOPES:
        return f"Invalid scope {given['scope']}"
    for name in ("return_url", "callback_url"):
        if not urlsplit(given[name]).hostname:
            return f"The {given[name]} is not a valid URL"
    if not given["callback_url"].lower().startswith("https://"):
        return "The callback_url needs to be over SSL"
    return None


def _back(given: dict[str, str], *, success: bool) -> str:
    url = given["return_url"]
    told = urlencode({"success": int(success), "user_id": given["user_id"]})
    return f"{url}{'&' if '?' in url else '?'}{told}"


def _denied(message: str) -> Response:
    title = "<title>Access denied</title>"
    page = f"<!DOCTYPE html>\n<html>{title}<body>Error: {html.escape(message)}.</body></html>"
    return Response(401, _PAGE, page.encode())


def _sent(url: str, body: bytes, trusts: Path | None) -> int:
    """The status of whoever was sent the key, 0 without one.  Other machines are never contacted, whereas a
    real shop contacts no other than those."""
    where = urlsplit(url)
    if not is_local(where.hostname or ""):
        return 0
    context = ssl.create_default_context(cafile=trusts)
    with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
        connection = http.client.HTTPSConnection(
            where.hostname or "", where.port or 443, timeout=_TIMEOUT_SECONDS, context=context
        )
        with contextlib.closing(connection):
            path = (where.path or "/") + (f"?{where.query}" if where.query else "")
            connection.request("POST", path, body, {"Content-Type": "application/json;charset=UTF-8"})
            return connection.getresponse().status
    return 0
