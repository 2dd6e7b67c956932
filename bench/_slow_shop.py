"""The prepared shop behind a server that is as slow as a real one: two requests at a time, each at a price.

The prices are those of a real WooCommerce 10.5 with 20,000 orders on two processors: whole orders by pages of
a hundred came at 186 a second to one reader and at 344 to two, and more readers gained nothing.
"""

import threading
import time

from bench._static_shop import StaticShop
from regulars_sandbox import Request, Response

AT_ONCE = 2
"""Requests that the server works on at the same time; others wait."""
A_REQUEST = 0.1
"""Seconds that any request costs."""
AN_OBJECT = 0.00432
"""Seconds that each object in an answer costs."""
BESIDE_ANOTHER = 1.078
"""How many times longer a request takes while the server works on another."""


class SlowShop:
    """Answers as the prepared shop does, once the price is paid. The price of an answer counts its objects;
    one that asks for ids alone pays for the request only."""

    def __init__(self, shop: StaticShop) -> None:
        self.home = shop.home
        self._shop = shop
        self._places = threading.Semaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._underway = 0

    def respond(self, request: Request) -> Response:
        """The prepared answer, in its time."""
        response = self._shop.respond(request)
        bare = "_fields=id" in request.target
        seconds = A_REQUEST + (0.0 if bare else AN_OBJECT * _objects(response))
        with self._places:
            self._work(seconds)
        return response

    def _work(self, seconds: float) -> None:
        with self._lock:
            self._underway += 1
            beside = self._underway > 1
        time.sleep(seconds * (BESIDE_ANOTHER if beside else 1.0))
        with self._lock:
            self._underway -= 1


def _objects(response: Response) -> int:
    """How many top-level objects stand in an answer; each has its links once."""
    return response.body.count(b'"_links":{"self"') if response.body.startswith(b"[") else 1
