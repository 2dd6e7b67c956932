"""Shops that are read by bulk operations, and what came of it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import requests

from regulars_connectors import Cursor, Page, RawRecord, Scan, Window
from regulars_mapping import Kind, RetryError
from regulars_sandbox import BulkConduct, RateLimit, ShopHistory, ShopifyShop, ShopLine, ShopRefund
from regulars_shopify import ShopifyConnector
from shopify.conftest import START, TOKEN, a_customer, a_product, an_order, minutes

KINDS = (Kind.CUSTOMER, Kind.PRODUCT, Kind.ORDER)
_ASKED = "{ bulkOperations(first: 100) { nodes { id status } } }"


def a_history(*, size: int = 12, name: str = "Olena", lines: int = 3, refunded: int = 5) -> ShopHistory:
    """A shop of some people, goods and orders; each ``refunded``-th order came back in part."""
    bought = tuple(ShopLine(f"{name} {at}", 1, 100, 90 if at % 2 else 100) for at in range(lines))
    orders = [
        an_order(
            number,
            START + minutes(number),
            lines=bought[: 1 + number % lines],
            customer_id=number if number <= size else None,
            coupon_codes=("SPRING",) if number % 3 == 0 else (),
            paid=START,
            refunds=(ShopRefund(9_000 + number, 50, START),) if number % refunded == 0 else (),
        )
        for number in range(1, 2 * size + 1)
    ]
    return ShopHistory(
        "UAH",
        "Europe/Kyiv",
        "UA",
        customers=tuple(a_customer(number) for number in range(1, size + 1)),
        orders=tuple(orders),
        products=tuple(a_product(5_000 + number) for number in range(size)),
        name=name,
    )


def a_bulk_shop(history: ShopHistory | None = None, **conduct: Any) -> ShopifyShop:
    """A shop with a big allowance; what is tested is not patience."""
    shop = ShopifyShop.of(
        history or a_history(),
        rate_limit=RateLimit(40_000.0, 2_000.0),
    )
    shop.bulk = BulkConduct(**conduct)
    return shop


def asked(url: str, document: str, **variables: Any) -> dict[str, Any]:
    """The shop's answer to another program of the same app."""
    answer = requests.post(
        f"{url}/admin/api/2026-10/graphql.json",
        json={"query": document, "variables": variables},
        headers={"X-Shopify-Access-Token": TOKEN},
        timeout=10,
    ).json()
    data: dict[str, Any] = answer["data"]
    return data


def operations(url: str) -> list[str]:
    """How the operations of our app stand, the newest first."""
    return [each["status"] for each in asked(url, _ASKED)["bulkOperations"]["nodes"]]


@dataclass
class Walk:
    """A history as an agent reads it: on from the last page that came, anew after an error."""

    connector: Callable[[], ShopifyConnector]
    kind: Kind
    window: Window | None = None
    pages: list[Page] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def go(self, *, runs: int = 1, most: int = 500) -> "Walk":
        """Read to the end, in so many runs at most; the last error is raised."""
        for left in reversed(range(runs)):
            try:
                self.run(most)
            except RetryError as error:
                self.errors.append(str(error))
                if not left:
                    raise
            else:
                break
        return self

    def run(self, most: int) -> None:
        """One run, of so many pages at most."""
        cursor = self.pages[-1].cursor if self.pages else None
        if self.pages and cursor is None:
            return
        pages = self.connector().pages(self.kind, Scan.HISTORY, cursor=cursor, window=self.window)
        for _, page in zip(range(most), pages, strict=False):
            self.pages.append(page)

    @property
    def cursors(self) -> list[Cursor | None]:
        return [page.cursor for page in self.pages]

    @property
    def by_bulk(self) -> dict[tuple[Kind, str], RawRecord]:
        """What came after the first page, before which it was not known how much there is."""
        return found(self.pages[1:])

    @property
    def by_bulk_ids(self) -> list[str]:
        return [one.external_id for page in self.pages[1:] for one in page.records if one.kind is self.kind]

    @property
    def went_by_pages(self) -> bool:
        """Whether the end of it came by pages."""
        return any(cursor is not None and {"after", "last"} & set(cursor) for cursor in self.cursors)


def found(pages: Iterator[Page] | list[Page]) -> dict[tuple[Kind, str], RawRecord]:
    """The records of pages by what they are."""
    return {(one.kind, one.external_id): one for page in pages for one in page.records}


def same(one: dict[tuple[Kind, str], RawRecord], other: dict[tuple[Kind, str], RawRecord]) -> bool:
    """Whether two readings brought the same, byte by byte."""
    assert {key: value.payload for key, value in one.items()} == {
        key: value.payload for key, value in other.items()
    }
    return {key: (value.digest, value.changed_at) for key, value in one.items()} == {
        key: (value.digest, value.changed_at) for key, value in other.items()
    }


def is_personal(text: str) -> bool:
    """Whether a message says what stands in the shop, or how to get at it."""
    return re.search(r"Olena|@|Signature|gid:|shpat", text) is not None
