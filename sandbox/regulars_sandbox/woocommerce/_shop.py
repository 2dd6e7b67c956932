"""A WooCommerce shop in memory: the state, the REST API over it, and what the shop's own people do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from regulars_sandbox._exchange import Request, Response
from regulars_sandbox._history import ShopHistory
from regulars_sandbox.woocommerce._auth import ApiKey, Authenticator
from regulars_sandbox.woocommerce._core import Call, Core
from regulars_sandbox.woocommerce._deliveries import Delivery, Sender, delivery, ping, send_locally
from regulars_sandbox.woocommerce._errors import ShopError
from regulars_sandbox.woocommerce._gateway import Gateway
from regulars_sandbox.woocommerce._loading import load_history, load_records
from regulars_sandbox.woocommerce._people import People
from regulars_sandbox.woocommerce._resources import Resources
from regulars_sandbox.woocommerce._site import site_index
from regulars_sandbox.woocommerce._state import Record, Settings, Tax
from regulars_sandbox.woocommerce._storefront import Storefront
from regulars_sandbox.woocommerce._wc_auth import WcAuth

__all__ = ["WooCommerceShop"]

_SYMBOLS = {"UAH": "₴", "EUR": "€", "USD": "$", "GBP": "£", "PLN": "zł"}


def _utc_now() -> datetime:
    return datetime.now(UTC)


class WooCommerceShop(People):
    """One shop as WooCommerce 10.5 behaves, thread-safe, without any HTTP server in it.

    ``home`` is the URL the shop is configured with: paging links and OAuth signatures follow it, wherever the
    shop is called; "" takes the first server's.  ``clock`` returns an aware datetime.  ``hpos`` False stores
    orders among the posts, which shows in the total of a page past the end only.  What no recording of a real
    shop shows is refused with 501 ``not_modelled``.

    ``site`` is the WordPress around it.  ``trusts`` is the certificate of whoever its owner lets have a key.
    """

    def __init__(
        self,
        *,
        currency: str = "UAH",
        digits: int = 2,
        zone: str = "Europe/Kyiv",
        country: str = "UA",
        name: str = "Sandbox shop",
        tax: Tax | None = None,
        home: str = "",
        clock: Callable[[], datetime] = _utc_now,
        hpos: bool = True,
    ) -> None:
        symbol = _SYMBOLS.get(currency, currency)
        settings = Settings(currency, symbol, digits, ZoneInfo(zone), country, name, tax, hpos)
        core = Core(settings, clock)
        resources = Resources(core)
        super().__init__(core, resources, threading.RLock())
        self.home = home
        self.trusts: Path | None = None
        self._authenticator = Authenticator(core.now)
        cart = Storefront(core).cart
        self._gateway = Gateway(self._authenticator, resources.handlers(), self.site, self._index, cart)
        self._wc_auth = WcAuth(self._authenticator)

    @classmethod
    def of(
        cls,
        history: ShopHistory,
        *,
        home: str = "",
        clock: Callable[[], datetime] = _utc_now,
        hpos: bool = True,
    ) -> Self:
        """A shop with this past."""
        shop = cls(
            currency=history.currency,
            digits=history.minor_digits,
            zone=history.zone,
            country=history.country,
            name=history.name,
            home=home,
            clock=clock,
            hpos=hpos,
        )
        load_history(shop._core, history)
        return shop

    def load(
        self,
        *,
        customers: Iterable[Mapping[str, Any]] = (),
        orders: Iterable[Mapping[str, Any]] = (),
        refunds: Iterable[Mapping[str, Any]] = (),
        products: Iterable[Mapping[str, Any]] = (),
        coupons: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        """Take over records in WooCommerce's own shape, as whole listings show them."""
        with self._lock:
            load_records(
                self._core,
                customers=customers,
                orders=orders,
                refunds=refunds,
                products=products,
                coupons=coupons,
            )

    def add_key(self, key: ApiKey) -> ApiKey:
        """Let a REST key in."""
        self._authenticator.add(key)
        return key

    def revoke_key(self, consumer_key: str) -> None:
        """Shut a REST key out: the shop then knows it no more than any other text."""
        self._authenticator.revoke(consumer_key)

    def respond(self, request: Request) -> Response:
        """Answer one REST request; pings of webhooks it made go out before this returns."""
        if self._wc_auth.takes(request):
            # Not under the lock: who is sent a key may ask the shop at once.
            return self._wc_auth.respond(request, self.home, trusts=self.trusts)
        with self._lock:
            response = self._gateway.respond(request, self.home)
            pings = self._pings()
        for message in pings:
            send_locally(message)
        return response

    def deliver_webhooks(self, send: Sender = send_locally) -> list[Delivery]:
        """Send what waits, once each, in order, and report what became of it; nothing is ever sent again.

        Bodies are made now, not when things happened: changes in between coalesce, and what is gone meanwhile
        is delivered as an error object with a valid signature.
        """
        done = []
        with self._lock:
            waiting = list(self._resources.webhooks.waiting)
            self._resources.webhooks.waiting.clear()
        for number, resource in waiting:
            found = self._deliver(number, resource, send)
            if found:
                done.append(found)
        return done

    def _deliver(self, number: int, resource: int, send: Sender) -> Delivery | None:
        webhooks = self._resources.webhooks
        with self._lock:
            row = self._core.webhooks.get(number)
            if row is None or row.status != "active":
                return None
            webhook = dict(row.record)
            payload = self._payload(webhook["topic"], resource)
            secret = webhooks.subscriptions[number].secret
            message = delivery(webhook, secret, payload, home=self.home, now=self._core.now())
        outcome = Delivery(number, webhook["topic"], resource, send(message))
        with self._lock:
            webhooks.delivered(number, success=outcome.success)
            pings = self._pings()
        for reminder in pings:
            send(reminder)
        return outcome

    def _payload(self, topic: str, resource: int) -> object:
        kind, _, event = topic.partition(".")
        if event == "deleted":
            return {"id": resource}
        key = ApiKey("", "")
        call = Call("GET", self.home, "", key, {}, {"id": resource})
        try:
            return self._resources.readers()[kind](call).payload
        except ShopError as error:
            return error.payload

    def _pings(self) -> list[Any]:
        webhooks = self._resources.webhooks
        rows = [self._core.webhooks.get(number) for number in webhooks.pings]
        webhooks.pings.clear()
        return [ping(row.id, row.record["delivery_url"]) for row in rows if row is not None]

    def _index(self, path: str) -> Record:
        return site_index(path, self.home, self._core.settings, self._core.moment(), self.site)
