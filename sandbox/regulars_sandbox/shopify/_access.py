"""Who may speak to a shop: static tokens, apps that fetch a token for a day, and apps that owners let in."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from regulars_sandbox.shopify._bucket import Bucket, RateLimit

__all__ = ["SCOPES", "Access", "Caller", "ShopifyApp"]

_LIFE_SECONDS = 86_399
SCOPES = frozenset({
    *("read_customers", "write_customers", "read_orders", "read_products"),
    *("read_discounts", "write_discounts", "read_all_orders", "read_customer_merge"),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShopifyApp:
    """An app: its credentials, the scopes it was granted or may ask for, and where it has owners sent back
    to.  Only apps of the shop's own organization, which have none, fetch tokens by client credentials."""

    client_id: str
    client_secret: str = field(repr=False)
    scopes: frozenset[str] = SCOPES
    redirect_uris: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Caller:
    """An app as one request knows it; all its tokens share ``bucket``, its webhooks ``secret``."""

    app_id: int
    scopes: frozenset[str]
    bucket: Bucket
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Token:
    caller: Caller
    expires: datetime | None


class Access:
    """Tokens and apps.  Nothing here is ever shown by ``repr``."""

    def __init__(self, now: Callable[[], datetime], limit: RateLimit) -> None:
        self._now, self._limit = now, limit
        self._tokens: dict[str, _Token] = {}
        self._apps: dict[str, tuple[ShopifyApp, Caller]] = {}
        self._last = 0
        self._on_use: Callable[[str], None] = lambda _token: None

    def add_token(self, token: str, scopes: frozenset[str], secret: str) -> None:
        """An app made in the admin: its token never expires."""
        self._tokens[token] = _Token(self._caller(scopes, secret), None)

    def add_app(self, app: ShopifyApp) -> None:
        """An app that fetches its tokens by client credentials."""
        self._apps[app.client_id] = (app, self._caller(app.scopes, app.client_secret))

    def remove_app(self, client_id: str) -> None:
        """The owner removes an app: its tokens end, and it gets no others."""
        _, gone = self._apps.pop(client_id)
        self._tokens = {
            text: token for text, token in self._tokens.items() if token.caller.app_id != gone.app_id
        }

    def revoke(self, token: str) -> None:
        """Shut a token out."""
        self._tokens.pop(token, None)

    def expire(self) -> None:
        """End every fetched token before its time."""
        self._tokens = {text: token for text, token in self._tokens.items() if token.expires is None}

    def caller(self, token: str) -> Caller | None:
        """Whose token it is, None for unknown and expired ones."""
        found = self._tokens.get(token)
        if found is None or (found.expires is not None and found.expires <= self._now()):
            return None
        self._on_use(token)
        return found.caller

    def on_use(self, tell: Callable[[str], None]) -> None:
        """Tell of each token that lets somebody in."""
        self._on_use = tell

    def app(self, client_id: str) -> ShopifyApp | None:
        """A known app."""
        return self._apps[client_id][0] if client_id in self._apps else None

    def issue(self, app: ShopifyApp, scopes: frozenset[str], life: timedelta | None) -> str:
        """A token of this app for these scopes; without ``life`` it never ends."""
        caller = replace(self._apps[app.client_id][1], scopes=scopes)
        token = f"shpat_{secrets.token_hex(16)}"
        self._tokens[token] = _Token(caller, self._now() + life if life else None)
        return token

    def callers(self) -> list[Caller]:
        """Every app that ever came in."""
        apps = [caller for _, caller in self._apps.values()]
        return apps + [token.caller for token in self._tokens.values() if token.expires is None]

    def grant(self, client_id: str, client_secret: str) -> dict[str, object] | None:
        """The answer of the client credentials grant: a token for a day; None for wrong credentials."""
        app, caller = self._apps.get(client_id, (None, None))
        known = app.client_secret if app else ""
        if caller is None or not hmac.compare_digest(known.encode(), client_secret.encode()):
            return None
        if app is None or app.redirect_uris:
            return None
        token = self.issue(app, caller.scopes, timedelta(seconds=_LIFE_SECONDS))
        scope = ",".join(sorted(caller.scopes))
        return {"access_token": token, "scope": scope, "expires_in": _LIFE_SECONDS}

    def _caller(self, scopes: frozenset[str], secret: str) -> Caller:
        self._last += 1
        return Caller(self._last, scopes, Bucket(self._limit), secret)
