"""A Shopify shop in memory: the state, the Admin API over it, and what the shop's own people do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

from regulars_sandbox._exchange import Request, Response
from regulars_sandbox._history import ShopHistory
from regulars_sandbox.shopify._access import SCOPES, Access, ShopifyApp
from regulars_sandbox.shopify._automatic import AutomaticDiscounts
from regulars_sandbox.shopify._bucket import STANDARD, RateLimit
from regulars_sandbox.shopify._bulk_conduct import BulkConduct
from regulars_sandbox.shopify._bulk_files import BulkFiles
from regulars_sandbox.shopify._call import Handler
from regulars_sandbox.shopify._compliance import compliance_payload
from regulars_sandbox.shopify._consent import Consents
from regulars_sandbox.shopify._core import Core
from regulars_sandbox.shopify._counter import Counter
from regulars_sandbox.shopify._discounts import Discounts
from regulars_sandbox.shopify._gateway import Gateway
from regulars_sandbox.shopify._listings import Listings
from regulars_sandbox.shopify._loading import load_history
from regulars_sandbox.shopify._metafields import Metafields
from regulars_sandbox.shopify._offline import Offline, app_proxy_query
from regulars_sandbox.shopify._profiles import Profiles
from regulars_sandbox.shopify._sales import Account
from regulars_sandbox.shopify._segment_conduct import SegmentConduct
from regulars_sandbox.shopify._segments import Segments
from regulars_sandbox.shopify._staged import StagedUploads
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
        metafields = Metafields(core)
        self._segments = Segments(core, metafields.definitions)
        discounts = Discounts(core, self._segments)
        webhooks = Webhooks(core, VERSION)
        super().__init__(core, discounts, webhooks, threading.RLock())
        self._access = Access(clock, rate_limit)
        self._files, uploads = BulkFiles(core.now), StagedUploads()
        handlers = discounts.handlers() | webhooks.handlers() | uploads.handlers()
        handlers |= AutomaticDiscounts(core, discounts).handlers() | self._segments.handlers()
        handlers |= Tags(core).handlers() | Consents(core).handlers()
        handlers |= metafields.handlers() | Profiles(core, self, metafields).handlers()
        self._execution = _execution(core, handlers, (self._files, uploads))
        self._gateway = Gateway(
            self._access, Offline(self._access, clock), self._execution, (self._files, uploads)
        )

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

    def remove_app(self, client_id: str) -> None:
        """The owner removes an app from the shop."""
        with self._lock:
            self._access.remove_app(client_id)

    def demand_by_law(
        self, topic: str, url: str, *, secret: str, customer: int | None = None, request: int = 0
    ) -> None:
        """Have one of the compliance topics wait to be delivered to the address in an app's settings, signed
        with the app's ``secret``; ``request`` is the number of a request of data."""
        with self._lock:
            payload = compliance_payload(self._core, topic, customer, request)
            self._webhooks.comply(secret, url, topic, payload)

    def proxied(self, client_id: str, customer: int | None, **extra: str) -> str:
        """The signed query with which the app proxy forwards what a customer, or a guest (None), asks of an
        app; ``extra`` is what the shopper's own address said.  The time is the shop's."""
        with self._lock:
            app = self._access.app(client_id)
            secret = app.client_secret if app else ""
            said = {
                "shop": self._core.settings.domain,
                "logged_in_customer_id": "" if customer is None else str(customer),
                "path_prefix": "/apps/regulars",
                "timestamp": str(int(self._core.moment().timestamp())),
            }
            return app_proxy_query(secret, extra | said)

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

    @property
    def bulk(self) -> BulkConduct:
        """How bulk operations behave; may be replaced at any time."""
        return self._files.conduct

    @bulk.setter
    def bulk(self, conduct: BulkConduct) -> None:
        with self._lock:
            self._files.conduct = conduct

    @property
    def segments(self) -> SegmentConduct:
        """How segments, and what is given to them, behave; may be replaced at any time."""
        return self._segments.conduct

    @segments.setter
    def segments(self, conduct: SegmentConduct) -> None:
        with self._lock:
            self._segments.conduct = conduct

    def add_segment(self, name: str, query: str) -> int:
        """Staff make a segment; returns its id."""
        with self._lock:
            return self._segments.create(name, query)

    def edit_segment(self, segment_id: int, *, name: str | None = None, query: str | None = None) -> None:
        """Staff give a segment, an app's own too, another name or query."""
        with self._lock:
            self._segments.change(segment_id, name, query)

    def delete_segment(self, segment_id: int) -> None:
        """Staff delete a segment."""
        with self._lock:
            self._segments.delete(segment_id)

    @property
    def hides_people(self) -> bool:
        """Whether names, e-mails, phones and addresses are null, as for an app without Shopify's approval for
        protected customer data.  May be set at any time."""
        return self._core.hides_people

    @hides_people.setter
    def hides_people(self, hides: bool) -> None:
        with self._lock:
            self._core.hides_people = hides

    @property
    def attributed_after(self) -> timedelta | None:
        """How long after an order the visits that led to it are known, which moves no date; None for only
        when ``attribute_order`` says so.  May be set at any time."""
        return self._core.attributed_after

    @attributed_after.setter
    def attributed_after(self, lag: timedelta | None) -> None:
        with self._lock:
            self._core.attributed_after = lag

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
            self._segments.settle()
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


def _execution(
    core: Core, handlers: dict[str, Handler], storages: tuple[BulkFiles, StagedUploads]
) -> Execution:
    """The part that needs graphql-core, which only who opens such a shop must have."""
    try:
        from regulars_sandbox.shopify._bulk import Bulk
        from regulars_sandbox.shopify._bulk_mutations import BulkMutations
        from regulars_sandbox.shopify._bulk_queries import BulkQueries
        from regulars_sandbox.shopify._execution import Execution
    except ModuleNotFoundError as missing:
        raise ImportError(
            "The Shopify double needs graphql-core: pip install 'graphql-core>=3.3'."
        ) from missing
    handlers |= Listings(core, VERSION).handlers()
    bulk = Bulk(core, storages[0])
    handlers |= bulk.handlers() | BulkQueries(bulk).handlers()
    handlers |= BulkMutations(bulk, storages[1]).handlers()
    return Execution(core, handlers)
