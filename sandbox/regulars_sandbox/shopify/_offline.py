"""Apps in other people's shops: owners who agree, codes that serve once, and tokens that end each hour."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from regulars_sandbox.shopify._access import Access, ShopifyApp

__all__ = ["Offline", "app_proxy_query"]

_HOUR, _MONTH, _NINETY_DAYS = timedelta(hours=1), timedelta(days=30), timedelta(days=90)
_CODE_SERVES = timedelta(minutes=10)
Answer = dict[str, object]


@dataclass(frozen=True, slots=True)
class _Code:
    app: ShopifyApp
    scopes: frozenset[str]
    ends: datetime


@dataclass(slots=True)
class _Refresh:
    """A refresh token.  It may be tried again for a month, until a token that came later was used."""

    app: ShopifyApp
    scopes: frozenset[str]
    ends: datetime
    access: str
    tried: datetime | None = None


class Offline:
    """The authorization code grant and what follows from it, over the shop's ``Access``."""

    def __init__(self, access: Access, now: Callable[[], datetime]) -> None:
        self._access, self._now = access, now
        self._codes: dict[str, _Code] = {}
        self._refreshes: dict[str, _Refresh] = {}
        access.on_use(self._used)

    def authorize(self, asked: Mapping[str, str], shop: str) -> str | None:
        """Where an owner who agrees to everything is sent; None for an unknown app or address."""
        app = self._access.app(asked.get("client_id", ""))
        if app is None or asked.get("redirect_uri") not in app.redirect_uris:
            return None
        wanted = frozenset(filter(None, asked.get("scope", "").split(","))) or app.scopes
        code = secrets.token_hex(16)
        self._codes[code] = _Code(app, wanted & app.scopes, self._now() + _CODE_SERVES)
        said = {"code": code, "host": "YWRtaW4", "shop": shop, "state": asked.get("state", "")}
        said["timestamp"] = str(int(self._now().timestamp()))
        message = "&".join(f"{key}={value}" for key, value in sorted(said.items()))
        said["hmac"] = hmac.new(app.client_secret.encode(), message.encode(), hashlib.sha256).hexdigest()
        return f"{asked['redirect_uri']}?{urlencode(said)}"

    def exchange(self, given: Mapping[str, str]) -> Answer | None:
        """Tokens for a code, None where it is none of this app's any more."""
        app = self._known(given)
        code = self._codes.pop(given.get("code", ""), None)
        if app is None or code is None or code.app != app or code.ends <= self._now():
            return None
        if given.get("expiring") == "1":
            for text in [text for text, one in self._refreshes.items() if one.app == app]:
                self._end(text)
            return self._pair(app, code.scopes)
        token = self._access.issue(app, code.scopes, None)
        return {"access_token": token, "scope": ",".join(sorted(code.scopes))}

    def refresh(self, given: Mapping[str, str]) -> Answer | None:
        """A new pair of tokens, None for a refresh token that is dead."""
        app = self._known(given)
        found = self._refreshes.get(given.get("refresh_token", ""))
        if app is None or found is None or found.app != app or found.ends <= self._now():
            return None
        found.tried = found.tried or self._now()
        if self._now() - found.tried > _MONTH:
            return None
        self._retire_others(found)
        # One access token of an app serves at a time.
        self._access.revoke(found.access)
        return self._pair(app, found.scopes)

    def _pair(self, app: ShopifyApp, scopes: frozenset[str]) -> Answer:
        token, refresh = self._access.issue(app, scopes, _HOUR), f"shprt_{secrets.token_hex(16)}"
        self._refreshes[refresh] = _Refresh(app, scopes, self._now() + _NINETY_DAYS, token)
        return {
            "access_token": token,
            "scope": ",".join(sorted(scopes)),
            "expires_in": int(_HOUR.total_seconds()),
            "refresh_token": refresh,
            "refresh_token_expires_in": int(_NINETY_DAYS.total_seconds()),
        }

    def _used(self, token: str) -> None:
        current = next((one for one in self._refreshes.values() if one.access == token), None)
        if current is not None:
            self._retire_others(current)

    def _retire_others(self, current: _Refresh) -> None:
        known = self._refreshes.items()
        for text in [text for text, one in known if one.app == current.app and one is not current]:
            self._end(text)

    def _end(self, text: str) -> None:
        self._access.revoke(self._refreshes.pop(text).access)

    def _known(self, given: Mapping[str, str]) -> ShopifyApp | None:
        app = self._access.app(given.get("client_id", ""))
        secret = given.get("client_secret", "")
        known = app is not None and hmac.compare_digest(app.client_secret.encode(), secret.encode())
        return app if known else None


def app_proxy_query(secret: str, said: Mapping[str, str]) -> str:
    """The query of a request that the shop's app proxy forwards, signed."""
    message = "".join(sorted(f"{key}={value}" for key, value in said.items()))
    signature = hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()
    return urlencode([*said.items(), ("signature", signature)])
