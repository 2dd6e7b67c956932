"""A WooCommerce double that lives, an agent beside it on SQLite, and what the one should know of the other.

The shop is in this process: its answers reach the HTTP session of the connector without a socket, so that
many lives fit into a test. The clock is one for all, and stands still unless somebody lets time pass; the
agent's may be off by a constant.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from threading import Lock
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from sqlalchemy import select
from urllib3 import HTTPResponse

from agent_world import KEY, START, a_history
from regulars_agent import Settings, Workspace, backfill, connect_shop, open_workspace
from regulars_agent._secrets import environment_variable
from regulars_sandbox import Faults, Request, Response, ShopProduct, WooCommerceShop
from regulars_sandbox._faults import FaultInjector
from regulars_store import decompress, tables

URL = "https://shop.example.com"
COFFEE, TEA = 501, 502
GOODS = {COFFEE: "Coffee", TEA: "Tea"}
STATES_ITSELF = {
    "customer": {"_links", "avatar_url"},
    "order": {"_links", "currency_symbol", "is_editable", "needs_payment", "needs_processing", "payment_url"},
    "product": {"_links", "permalink", "price_html", "related_ids"},
    "refund": {"_links", "_regulars_currency"},
    "review": {"_links", "product_name", "product_permalink", "reviewer_avatar_urls"},
}
"""What of a payload is no word about the object: it may be old in the store."""
DRAFT = "checkout-draft"
NO_BUSINESS_OF_OURS = {"order": (DRAFT,), "review": ("spam", "trash")}
Key = tuple[str, int]
"""A kind and the shop's number."""


@dataclass
class Times:
    """The time of a world."""

    now: datetime

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Wire:
    """Carries requests to a shop in this process, one at a time. ``before`` is called ahead of each, with its
    number."""

    def __init__(self, shop: WooCommerceShop, times: Times) -> None:
        self.shop = shop
        self.times = times
        self.injector = FaultInjector(Faults())
        self.before: Callable[[int], None] = lambda _: None
        self.after: Callable[[Request, Response], Response] = lambda _, response: response
        self.seen: list[Request] = []
        self._lock = Lock()

    def send(self, request: requests.PreparedRequest) -> requests.Response:
        """What the shop answers to a request that was ready to be sent."""
        parts = urlsplit(request.url or "")
        headers = {name.lower(): str(value) for name, value in request.headers.items()}
        body = request.body or b""
        asked = Request(
            method=request.method or "GET",
            target=f"{parts.path}?{parts.query}",
            headers=headers,
            body=body.encode() if isinstance(body, str) else bytes(body),
            secure=True,
        )
        with self._lock:
            self.before(len(self.seen))
            self.seen.append(asked)
            said = self.injector.instead(asked) or self._answered(asked)
            return _received(request, said, self.times.now)

    def _answered(self, asked: Request) -> Response:
        return self.injector.spoil(self.after(asked, self.shop.respond(asked)))


def _received(request: requests.PreparedRequest, said: Response, now: datetime) -> requests.Response:
    headers = {"Date": format_datetime(now.astimezone(UTC), usegmt=True), **dict(said.headers)}
    raw = HTTPResponse(io.BytesIO(said.body), headers=headers, status=said.status, preload_content=False)
    received = requests.Response()
    received.status_code, received.url, received.request = said.status, request.url or "", request
    received.headers.update(headers)
    received.raw = raw
    return received


@dataclass
class Life:
    """A shop that lives, and the workspace that reads it."""

    shop: WooCommerceShop
    times: Times
    wire: Wire
    workspace: Workspace

    def numbers(self, kind: str) -> list[int]:
        """What there is of a kind, ascending."""
        return sorted(row.id for row in self._table(kind))

    def status(self, order: int) -> str:
        """An order's status in the shop."""
        row = self.shop._core.orders.get(order)
        return "" if row is None else row.status

    def owner(self, number: int, kind: str = "order") -> int:
        """An order's customer, or a refund's order."""
        row = self._table(kind).get(number)
        return 0 if row is None else row.owner

    def refunds_of(self, order: int) -> list[int]:
        return [row.id for row in self.shop._core.refunds if row.owner == order]

    def write_usermeta(self, customer: int, value: str) -> None:
        """Another plug-in writes a customer's metadata: no date moves, nothing fires."""
        row = self.shop._core.customers.get(customer)
        assert row is not None
        kept = [meta for meta in row.own()["meta_data"] if meta["key"] != "loyalty_card"]
        number = self.shop._core.next_inner()
        row.own()["meta_data"] = [*kept, {"id": number, "key": "loyalty_card", "value": value}]
        self.shop._core.customers.put(row)

    def rename_product(self, product: int, name: str) -> None:
        """Staff save a product."""
        row = self.shop._core.products.get(product)
        assert row is not None
        row.own()["name"] = name
        self.shop._core.touch(self.shop._core.products, row)

    def _table(self, kind: str) -> Any:
        return getattr(self.shop._core, f"{kind}s")

    def in_shop(self) -> dict[Key, Mapping[str, Any]]:
        """Everything the shop holds, by kind and number, as it says it itself; no carts and no spam."""
        return {
            (kind, row.id): _told(kind, row.record)
            for kind in STATES_ITSELF
            for row in self._table(kind)
            if row.status not in NO_BUSINESS_OF_OURS.get(kind, ())
        }

    def in_store(self) -> dict[Key, Mapping[str, Any]]:
        """Everything that stands in the store and is not gone: the newest payload of each object."""
        head, seen = tables.observation_head.c, tables.observation.c
        same = (
            (seen.shop_id == head.shop_id)
            & (seen.kind == head.kind)
            & (seen.external_id == head.external_id)
            & (seen.sequence == head.sequence)
        )
        query = select(head.kind, head.external_id, seen.payload).join_from(
            tables.observation_head, tables.observation, same
        )
        alive = set(self.rows())
        with self.workspace.store.read() as connection:
            found = [((kind, int(number)), payload) for kind, number, payload in connection.execute(query)]
        return {key: _told(key[0], decompress(payload)) for key, payload in found if key in alive}

    def rows(self) -> dict[Key, tuple[Any, ...]]:
        """The mapped rows that are not gone: of customers role, e-mail and name; of orders status, sum of
        goods, buyer; of refunds order and amount; of products the name; of reviews e-mail, stars, whether
        shown."""
        account, order, refund, product = tables.account, tables.order, tables.refund, tables.product
        review = tables.review
        registered = account.c.registered & account.c.version_of.is_(None)
        queries = {
            "customer": select(
                account.c.external_id, account.c.role, account.c.email, account.c.given_name
            ).where(registered, ~account.c.gone),
            "order": select(
                order.c.external_id, order.c.shop_status, order.c.goods, order.c.account_id
            ).where(~order.c.gone),
            "refund": select(refund.c.external_id, refund.c.order_id, refund.c.amount)
            .join_from(refund, order, order.c.id == refund.c.order_id)
            .where(~refund.c.gone, ~order.c.gone),
            "product": select(product.c.external_id, product.c.name).where(~product.c.gone),
            "review": select(
                review.c.external_id, review.c.email_folded, review.c.stars, review.c.published
            ).where(~review.c.gone),
        }
        with self.workspace.store.read() as connection:
            return {
                (kind, int(row[0])): _plain(kind, row[1:])
                for kind, query in queries.items()
                for row in connection.execute(query)
            }

    def expected_rows(self) -> dict[Key, tuple[Any, ...]]:
        """What ``rows`` would be, worked out from what the shop itself holds."""
        return {key: _expected(key[0], record) for key, record in self.in_shop().items()}

    def differences(self) -> set[Key]:
        """Whatever is not in the store as it is in the shop."""
        there, here = self.in_shop(), self.in_store()
        expected, rows = self.expected_rows(), self.rows()
        keys = there.keys() | here.keys() | rows.keys()
        return {key for key in keys if there.get(key) != here.get(key) or expected.get(key) != rows.get(key)}


def _told(kind: str, record: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in record.items() if name not in STATES_ITSELF[kind]}


def _plain(kind: str, row: Any) -> tuple[Any, ...]:
    """A row without the number of the shop; a guest is a guest."""
    values = list(row)
    if kind == "order":
        buyer = values[2].partition(":")[2]
        values[2] = 0 if buyer.startswith("guest-") else int(buyer)
    if kind == "refund":
        values[0] = int(values[0].partition(":")[2])
    return tuple(values)


def _expected(kind: str, record: Mapping[str, Any]) -> tuple[Any, ...]:
    if kind == "customer":
        return record["role"], record["email"], record["first_name"] or record["billing"]["first_name"]
    if kind == "order":
        goods = sum(_minor(line["total"]) for line in record["line_items"])
        return record["status"], goods, record["customer_id"]
    if kind == "refund":
        return record["parent_id"], abs(_minor(record["amount"]))
    if kind == "review":
        return record["reviewer_email"], record["rating"] or None, record["status"] == "approved"
    return (record["name"],)


def _minor(text: str) -> int:
    return round(float(text) * 100)


@contextmanager
def life(
    place: Path, template: bytes, *, start: datetime = START, agent_ahead: float = 0.0, hpos: bool = True
) -> Iterator[Life]:
    """A shop with two products, three customers and three orders, read to the end by an agent whose clock
    is so many seconds ahead. ``template`` is an SQLite file with the newest schema."""
    times = Times(start)
    shop = WooCommerceShop.of(_past(start), clock=lambda: times.now, home=URL, hpos=hpos)
    shop.add_key(KEY)
    settings = _settings(place)
    (place / "regulars.sqlite3").write_bytes(template)
    environ = {
        environment_variable("tea", "consumer_key"): KEY.consumer_key,
        environment_variable("tea", "consumer_secret"): KEY.consumer_secret,
    }
    wire = Wire(shop, times)
    with (
        patch.object(HTTPAdapter, "send", lambda _, request, **__: wire.send(request)),
        open_workspace(
            settings, clock=lambda: times.now + timedelta(seconds=agent_ahead), environ=environ
        ) as workspace,
    ):
        connect_shop(workspace, platform="woocommerce", name="tea", url=URL, options={}, credentials={})
        assert backfill(workspace, "tea").complete
        yield Life(shop, times, wire, workspace)


def _settings(place: Path) -> Settings:
    plain = Settings(directory=place)
    return plain.model_copy(update={"batches": plain.batches.model_copy(update={"pause": 0.0})})


def _past(start: datetime) -> Any:
    before = start - timedelta(days=40)
    products = tuple(ShopProduct(n, name, f"SKU-{n}", 10_000, before, before) for n, name in GOODS.items())
    shift = before - START
    history = a_history({1: 500, 2: 1500, 3: 6000}, products=products)
    return replace(
        history,
        customers=tuple(replace(one, created=before, modified=before) for one in history.customers),
        orders=tuple(
            replace(one, created=one.created + shift, modified=one.modified + shift) for one in history.orders
        ),
    )
