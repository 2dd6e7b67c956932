"""A shop in a process of its own that loses answers, works on for the dead, and lets codes race.

WooCommerce looks whether a code is free and then, some time later, writes the coupon: two requests at once
make twins. Run as a script; prints its URL and certificate as one line of JSON and ends with its input.
"""

import json
import random
import sys
import threading
import time
from typing import Any, Self

import orjson

from agent_world import KEY, LOST, a_history
from regulars_sandbox import Faults, Request, Response, WooCommerceShop, serve


class RacingShop(WooCommerceShop):
    """Looks for codes when a request arrives, works for ``work`` seconds (``steady``) or for any shorter
    time, and then writes.

    Every ``broken`` th write is carried out and answered as by a proxy that lost the answer.
    """

    work = 0.0
    steady = False
    broken = 0

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._arrived = threading.local()
        self._writes = 0
        coupons = self._resources.coupons
        refuse = coupons._check_free

        def check(code: str, own: int | None) -> None:
            if own is not None or code in self._arrived.taken:
                refuse(code, own)

        coupons._check_free = check  # type: ignore[method-assign]  # the double's own check is atomic

    @classmethod
    def working(cls, *, customers: int, work: float, steady: bool, broken: int) -> Self:
        shop = cls.of(a_history(dict.fromkeys(range(1, customers + 1), 6000)))
        shop.work, shop.steady, shop.broken = work, steady, broken
        shop.add_key(KEY)
        return shop

    def respond(self, request: Request) -> Response:
        if request.method != "POST" or "/batch" not in request.target:
            return super().respond(request)
        with self._lock:
            self._arrived.taken = frozenset(self._core.codes)
            self._writes += 1
            number = self._writes
        time.sleep(self.work if self.steady else self.work * random.random())
        response = super().respond(request)
        return LOST if self.broken and number % self.broken == 0 else response


def main() -> None:
    options = json.loads(sys.argv[1])
    drop = options.pop("drop")
    shop = RacingShop.working(**options)
    faults = Faults(drop_after_effect_every=drop)
    with serve(shop, tls=True, faults=faults) as server:
        told = {"url": server.url, "certificate": str(server.certificate)}
        sys.stdout.buffer.write(orjson.dumps(told) + b"\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
