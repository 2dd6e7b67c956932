"""The least that reading a shop can take: ``requests``, pages by number, JSON decoded and dropped."""

import threading
from collections.abc import Iterator
from itertools import count
from typing import Any

import requests

from bench._serving import KEY, SECRET, ServedShop

_API = "/wp-json/wc/v3/"
_PAGE = 100
_NEWEST = {"per_page": _PAGE, "orderby": "date", "order": "desc"}


def read_barely(shop: ServedShop, *, readers: int) -> int:
    """Every page of orders, and the refunds of its orders, by so many threads; how many orders came."""
    pages, lock = count(1), threading.Lock()
    seen: set[int] = set()

    def read() -> None:
        with requests.Session() as session:
            session.auth = (KEY, SECRET)
            while orders := _listing(session, shop, "orders", {**_NEWEST, "page": _next(pages, lock)}):
                seen.update(order["id"] for order in orders)
                refunds = ",".join(str(refund["id"]) for order in orders for refund in order["refunds"])
                if refunds:
                    _listing(session, shop, "refunds", {"include": refunds, "per_page": _PAGE})

    threads = [threading.Thread(target=read) for _ in range(readers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(seen)


def _next(pages: Iterator[int], lock: threading.Lock) -> int:
    with lock:
        return next(pages)


def _listing(session: requests.Session, shop: ServedShop, name: str, params: dict[str, Any]) -> list[Any]:
    answer = session.get(f"{shop.url}{_API}{name}", params=params, timeout=90, verify=shop.certificate)
    answer.raise_for_status()
    found: list[Any] = answer.json()
    return found
