"""Asking the owner of somebody else's shop to let this app in: the authorization code grant."""

import hmac
import secrets as random_secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urlencode, urlsplit

from pydantic import SecretStr

from regulars_connectors import ForgedRequestError, HttpOptions, HttpSession
from regulars_mapping import MisconfiguredError
from regulars_shopify._address import home_of
from regulars_shopify._check import REQUIRED
from regulars_shopify._offline import OfflineGrant
from regulars_shopify._signed import Fields, fields_of, only, require_fresh, require_signature
from regulars_shopify._token import ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN
from regulars_shopify._token_endpoint import Answered, App, ask, text_of

WANTED_SCOPES: Final = (*REQUIRED, "read_discounts", "read_customer_merge")
"""What an app of ours asks an owner for."""
_HMAC: Final = "hmac"
_UNSIGNED: Final = frozenset({_HMAC, "signature"})
_LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Authorization:
    """One asking: where to send the owner's browser, and what that browser must bring back. ``state`` is kept
    in the owner's own session, nowhere else, until they are back."""

    shop: str
    state: SecretStr
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Granted:
    """What the owner agreed to: the credentials to open the connector with, and the scopes they cover."""

    credentials: Mapping[str, SecretStr]
    scopes: frozenset[str]


def begin_authorization(
    shop: str, *, client_id: str, redirect_uri: str, scopes: Sequence[str] = WANTED_SCOPES
) -> Authorization:
    """Ask the owner of ``shop`` for access. ``redirect_uri`` is one that the app lists. Nothing is sent.

    Raises MisconfiguredError for a shop that cannot be one of Shopify's and an address that is not https.
    """
    home = home_of(shop)
    back = urlsplit(redirect_uri)
    if back.scheme != "https" and not (back.scheme == "http" and back.hostname in _LOCAL):
        raise MisconfiguredError("The address that Shopify sends the owner back to must begin with https://.")
    state = random_secrets.token_urlsafe(32)
    asked = {
        "client_id": client_id,
        "scope": ",".join(scopes),
        "redirect_uri": redirect_uri,
        "state": state,
    }
    return Authorization(home, SecretStr(state), f"{home}/admin/oauth/authorize?{urlencode(asked)}")


def finish_authorization(
    query: str,
    *,
    shop: str,
    state: SecretStr,
    client_id: SecretStr,
    client_secrets: Sequence[SecretStr],
    now: datetime,
    http: HttpOptions | None = None,
    expiring: bool = True,
) -> Granted:
    """Take the code that the owner's browser brought back and exchange it for credentials, once.

    ``query`` is the raw query string of the address that Shopify sent the owner back to; ``shop`` and
    ``state`` are those of the asking; of ``client_secrets`` the first is the newest. Apps for the public must
    take tokens that end (``expiring``); those of one shop may take one that does not. Raises
    ForgedRequestError for an answer that is not to this asking, MisconfiguredError where Shopify does not
    take the code, and UnansweredError where its answer was lost: then the owner is asked again.
    """
    home = home_of(shop)
    code = verified_code(query, client_secrets, home=home, state=state, now=now)
    app = client_id, client_secrets[0]
    session = HttpSession(http or HttpOptions())
    try:
        token, data = _exchanged(session, home, app, code, expiring=expiring)
    finally:
        session.close()
    return _granted(app, token, data, now)


def verified_code(
    query: str, secrets: Sequence[SecretStr], *, home: str, state: SecretStr, now: datetime
) -> SecretStr:
    """The code in what a browser brought back. Raises ForgedRequestError unless Shopify signed it just now,
    for this shop and this asking."""
    fields = fields_of(query)
    require_signature(only(fields, _HMAC), _messages(fields), secrets)
    given = only(fields, "state").encode("utf-8", "surrogateescape")
    if not hmac.compare_digest(given, state.get_secret_value().encode()) or not given:
        raise ForgedRequestError("Somebody came back from Shopify who was not sent there from here.")
    if only(fields, "shop").lower() != urlsplit(home).netloc:
        raise ForgedRequestError("The owner came back from another shop than they were sent to.")
    require_fresh(only(fields, "timestamp"), now)
    code = text_of(only(fields, "code"))
    if code is None:
        raise ForgedRequestError("The owner came back from Shopify without a code.")
    return code


def _messages(fields: Fields) -> list[str]:
    """What Shopify signs: the fields but for the signature, sorted. Its documentation joins them as they
    read, its libraries as they stand in an address; the two differ for few signs only."""
    pairs = sorted((key, only(fields, key)) for key in fields.keys() - _UNSIGNED)
    if any("&" in key + value or "=" in key for key, value in pairs):
        raise ForgedRequestError("A request in Shopify's name could be read in two ways.")
    plain = "&".join(f"{key}={value}" for key, value in pairs)
    return [plain, urlencode(pairs, errors="surrogateescape")]


def _exchanged(
    session: HttpSession, home: str, app: App, code: SecretStr, *, expiring: bool
) -> tuple[SecretStr, Answered]:
    grant = {"code": code.get_secret_value()} | ({"expiring": "1"} if expiring else {})
    refused = (
        "Shopify gives no token for the code that the owner brought back. Check the app's client id and "
        "secret, and begin again: a code serves once, and for a short time."
    )
    # A code serves once, so that a lost answer cannot be had again.
    return ask(session, home, app, grant, refused=refused, safe=False)


def _granted(app: App, token: SecretStr, data: Answered, now: datetime) -> Granted:
    scope = data.get("scope")
    scopes = frozenset(filter(None, scope.split(","))) if isinstance(scope, str) else frozenset()
    refresh = text_of(data.get("refresh_token"))
    # The client secret goes with either, since the shop's webhooks are signed with it.
    if refresh is None:
        return Granted({CLIENT_SECRET: app[1], ACCESS_TOKEN: token}, scopes)
    kept = OfflineGrant.answered(token, refresh, data, now=now).kept()
    return Granted({CLIENT_ID: app[0], CLIENT_SECRET: app[1], REFRESH_TOKEN: kept}, scopes)
