"""A Shopify shop in memory: the state, the Admin API over it, and what the shop's own people do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

from regulars_sandbox._exchange import Request, Response
from regulars_sandbox._history import ShopHistory
from regulars_sandbox.shopify._access import SCOPES, Access, ShopifyApp
from regulars_sandbox.shopify._bucket import STANDARD, RateLimit
from regulars_sandbox.shopify._call import Handler
from regulars_sandbox.shopify._core import Core
from regulars_sandbox.shopify._counter import Counter
from regulars_sandbox.shopify._discounts import Discounts
from regulars_sandbox.shopify._gateway import Gateway
from regulars_sandbox.shopify._listings import Listings
from regulars_sandbox.shopify._loading import load_history
from regulars_sandbox.shopify._metafields import Metafields
from regulars_sandbox.shopify._people import People
from regulars_sandbox.shopify._profiles import Profiles
from regulars_sandbox.shopify._sales import Account
from regulars_sandbox.shopify._state import VERSION, Row, Settings
from regulars_sandbox.shopify._tags import Tags
from regulars_sandbox.shopify._webhooks import Webhooks
from regulars_sandbox.woocommerce._deliveries import Message, send_locally

if TYPE_CHECKING:
    from regulars_sandbox.shopify._execution import Execution

__all__ = ["ShopifyDelivery", "ShopifyShop"]

Sender = Callable[[Message], int]


@dataclass(frozen=True, slots=True)
class ShopifyDelivery:
    """What became of one try to deliver: ``status`` is the receiver's, 0 when it was not reached."""

    topic: str
    resource: str
    status: int

    @property
    def success(self) -> bool:
        """Any 2xx."""
        return 200 <= self.status < 300


def _utc_now() -> datetime:
    return datetime.now(UTC)


class ShopifyShop(Counter):
    """One shop as the Admin GraphQL API 2026-10 shows it, thread-safe, without any HTTP server in it.

    ``home`` is the URL the shop's links begin with; "" takes the first server's.  ``clock`` returns an aware
    datetime.  ``rate_limit`` is what the shop's plan allows each app.  Every document is validated against
    the schema; what is valid and of unknown behaviour is refused with the code NOT_MODELLED.
    Needs graphql-core; without it the constructor raises ImportError.
    """

    def __init__(
        self,
        *,
        currency: str = "UAH",
        digits: int = 2,
        zone: str = "Europe/Kyiv",
        country: str = "UA",
        name: str = "Sandbox shop",
        domain: str = "sandbox.myshopify.com",
        home: str = "",
        rate_limit: RateLimit = STANDARD,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self.home = home
        core = Core(Settings(currency, digits, ZoneInfo(zone), country, name, domain), clock)
        discounts = Discounts(core)
        webhooks = Webhooks(core, VERSION)
        super().__init__(core, discounts, webhooks, threading.RLock())
        self._access = Access(clock, rate_limit)
        self._execution = _execution(core, discounts.handlers() | webhooks.handlers(), self)
        self._gateway = Gateway(self._access, self._execution)

    @classmethod
    def of(
        cls,
        history: ShopHistory,
        *,
        home: str = "",
        rate_limit: RateLimit = STANDARD,
        clock: Callable[[], datetime] = _utc_now,
    ) -> Self:
        """A shop with this past."""
        shop = cls(
            currency=history.currency,
            digits=history.minor_digits,
            zone=history.zone,
            country=history.country,
            name=history.name,
            home=home,
            rate_limit=rate_limit,
            clock=clock,
        )
        load_history(shop._core, history, shop._enter_loaded)
        return shop

    def add_token(self, token: str, *, scopes: frozenset[str] = SCOPES, secret: str = "") -> None:
        """Let in an app made in the admin; ``secret`` signs its webhooks."""
        with self._lock:
            self._access.add_token(token, scopes, secret)

    def add_app(self, app: ShopifyApp) -> None:
        """Let in an app that fetches tokens by client credentials; its secret signs its webhooks."""
        with self._lock:
            self._access.add_app(app)

    def revoke_token(self, token: str) -> None:
        """Shut a token out: the shop then knows it no more than any other text."""
        with self._lock:
            self._access.revoke(token)

    def expire_tokens(self) -> None:
        """End all tokens fetched by client credentials before their day is over."""
        with self._lock:
            self._access.expire()

    def drain_buckets(self) -> None:
        """Another client of the same apps has just used up all their points."""
        with self._lock:
            for caller in self._access.callers():
                caller.bucket.empty(self._core.moment())

    def stumble(self, times: int = 1) -> None:
        """The next operations answer 200 with INTERNAL_SERVER_ERROR and have no effect."""
        with self._lock:
            self._execution.stumbles += times

    def respond(self, request: Request) -> Response:
        """Answer one request."""
        with self._lock:
            return self._gateway.respond(request, self.home)

    def writes(self, request: Request) -> bool:
        """True for a mutation: what a fault after the effect counts, for every request here is a POST."""
        return self._gateway.writes(request)

    def deliver_webhooks(self, send: Sender = send_locally) -> list[ShopifyDelivery]:
        """Try once to send each notification that waits, in order, and report what became of it.

        A failed one waits for the next call with the body it was made with.
        """
        with self._lock:
            waiting = self._webhooks.waiting
            self._webhooks.waiting = []
        done = []
        for notice in waiting:
            delivery = ShopifyDelivery(notice.topic, notice.resource, send(notice.message))
            with self._lock:
                self._webhooks.tried(notice, success=delivery.success)
            done.append(delivery)
        return done

    def _enter_loaded(self, row: Row[Account]) -> bool:
        if row.state.phone in self._phones:
            return False
        self._enter(row)
        return True


def _execution(core: Core, handlers: dict[str, Handler], people: People) -> Execution:
    """The part that needs graphql-core, which only who opens such a shop must have."""
    try:
        from regulars_sandbox.shopify._execution import Execution
    except ModuleNotFoundError as missing:
        raise ImportError(
            "The Shopify double needs graphql-core: pip install 'graphql-core>=3.3'."
        ) from missing
    handlers |= Listings(core, VERSION).handlers()
    metafields = Metafields(core)
    handlers |= metafields.handlers() | Tags(core).handlers()
    handlers |= Profiles(core, people, metafields).handlers()
    return Execution(core, handlers)
