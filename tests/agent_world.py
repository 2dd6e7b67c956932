"""A workspace with one small shop: a WooCommerce double over TLS, and what its people and the agent do."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from pydantic import SecretStr
from sqlalchemy import select, update

from regulars_agent import (
    Applied,
    PlanSummary,
    Workspace,
    apply_plan,
    backfill,
    connect_shop,
    derive,
    enable_programme,
    make_plan,
    sync,
    verify,
)
from regulars_agent._leases import visit
from regulars_agent._pull import Pulled, land_records
from regulars_connectors import Found
from regulars_mapping import Kind
from regulars_sandbox import (
    ApiKey,
    OrderStatus,
    Request,
    Response,
    RunningServer,
    ShopAddress,
    ShopCustomer,
    ShopHistory,
    ShopLine,
    ShopOrder,
    ShopProduct,
    WooCommerceShop,
    serve,
)
from regulars_store import Shop, Store, StoredOperation, operation_counts, operations_of, shop_named, tables

KEY = ApiKey("ck_agent", "cs_agent")
ENVIRON = {"REGULARS_MASTER_KEY": "m4ster-key-of-the-tests-0123456789abcdef"}
QUICK = 1024
"""A keyring's cost that lets no test wait; what the master key of the tests opens is no secret."""
PROGRAMME: Mapping[str, Any] = {
    "kind": "tier",
    "key": "regulars",
    "title": "Our regulars",
    "currency": "UAH",
    "tiers": [
        {"threshold": "1000.00", "percent": "3", "level": "Bronze"},
        {"threshold": "5000.00", "percent": "5", "level": "Silver"},
        {"threshold": "10000.00", "percent": "10", "level": "Gold"},
    ],
}
RICHER: Mapping[str, Any] = {
    **PROGRAMME,
    "tiers": [*PROGRAMME["tiers"][:2], {**PROGRAMME["tiers"][2], "percent": "12"}],
}
"""The same with 12 % for Gold."""
SPENT = {1: 500, 2: 1500, 3: 6000, 4: 12000, 5: 2000, 6: 7000}
"""Hryvnias that each customer of the small shop spent: the first has no discount, the fourth is Gold."""
COFFEE = 90_001
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    """The agent's clock: the real time, and what a test adds to it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def forward(self, **span: float) -> None:
        self.ahead += timedelta(**span)


class Front:
    """Stands before the double: notes every request, and lets a test act before and after the shop does."""

    def __init__(self, shop: WooCommerceShop) -> None:
        self.shop = shop
        self.seen: list[tuple[str, str]] = []
        self.before: Callable[[Request], Response | None] = lambda _: None
        self.after: Callable[[Request, Response], Response] = lambda _, response: response

    @property
    def home(self) -> str:
        return self.shop.home

    @home.setter
    def home(self, home: str) -> None:
        self.shop.home = home

    def respond(self, request: Request) -> Response:
        self.seen.append((request.method, request.target.partition("?")[0].rpartition("/wc/v3/")[2]))
        return self.before(request) or self.after(request, self.shop.respond(request))

    def writes(self) -> list[str]:
        """The paths that were written to, in order."""
        return [path for method, path in self.seen if method != "GET"]


def is_write(request: Request, path: str = "/batch") -> bool:
    return request.method == "POST" and path in request.target


LOST = Response(502, (("Content-Type", "text/html"),), b"<html>Bad Gateway</html>")
"""What a proxy says when it lost the shop's answer."""


@dataclass
class Backfilled:
    """A workspace with one shop, wherever that is served."""

    workspace: Workspace
    clock: Clock
    url: str
    bundle: Path

    @property
    def store(self) -> Store:
        return self.workspace.store

    @property
    def shop(self) -> Shop:
        with self.store.read() as connection:
            return shop_named(connection, "tea")

    def plan(self, *, everybody: bool = False) -> PlanSummary:
        return make_plan(self.workspace, self.shop, everybody=everybody)

    def apply(self, plan_id: str | None = None, *, confirmed: bool = True) -> Applied:
        return apply_plan(self.workspace, self.shop, plan_id, confirmed=confirmed)

    def refresh(self) -> None:
        """What changed in the shop comes in, and everything follows from it."""
        sync(self.workspace, "tea")
        derive(self.workspace)

    def recount(self) -> None:
        """Everything the shop holds is compared, also what no filter finds."""
        verify(self.workspace, "tea")
        derive(self.workspace)

    def reread(self, *customers: int) -> None:
        """These customers are read anew, as after a webhook."""
        with visit(self.workspace, self.shop, resource="pull") as at:
            reading = at.connector.read(Kind.CUSTOMER, [str(number) for number in customers])
            land_records(at, reading.records, via="read", pulled=Pulled())
        derive(self.workspace)

    def settled(self) -> None:
        """Let the time pass in which the shop may still work on a lost request."""
        self.clock.forward(minutes=6)

    def staff(self, method: str, path: str, document: Any = None) -> Any:
        """Somebody of the shop's staff does something by hand."""
        answer = requests.request(
            method,
            f"{self.url}/wp-json/wc/v3/{path}",
            json=document,
            auth=(KEY.consumer_key, KEY.consumer_secret),
            verify=str(self.bundle),
            timeout=10,
        )
        answer.raise_for_status()
        return answer.json()

    def coupons(self) -> list[Found]:
        """Every coupon of the shop that carries our mark, twins too."""
        with self.workspace.connector(self.shop) as connector:
            return [found for batch in connector.marked("coupon") for found in batch]

    def coupon_of(self, customer: int) -> Found:
        (found,) = [found for found in self.coupons() if (found.document or {})["mark"] == str(customer)]
        return found

    def labels(self) -> list[Found]:
        with self.workspace.connector(self.shop) as connector:
            return [found for batch in connector.marked("label") for found in batch]

    def label_of(self, customer: int) -> Mapping[str, Any] | None:
        return next((found.document for found in self.labels() if found.target.key == str(customer)), None)

    def rows(self, name: str, *columns: str) -> list[tuple[Any, ...]]:
        """A table's rows in a fixed order."""
        table = getattr(tables, name)
        wanted = [table.c[column] for column in columns]
        with self.store.read() as connection:
            return [tuple(row) for row in connection.execute(select(*wanted).order_by(*table.primary_key))]

    def states(self, plan_id: str) -> dict[str, int]:
        with self.store.read() as connection:
            return operation_counts(connection, plan_id)

    def operations(self, plan_id: str) -> list[StoredOperation]:
        with self.store.read() as connection:
            return operations_of(connection, plan_id)

    def grants_of(self, customer: int) -> list[tuple[Any, ...]]:
        """State, percent and code of a customer's grants, in the order of the states' names."""
        account = f"{self.shop.id}:{customer}"
        found = self.rows("grant", "account_id", "state", "percent", "code")
        return sorted(row[1:] for row in found if row[0] == account)

    def standing(self) -> dict[tuple[str, str], Any]:
        """What the store says stands in the shop."""
        rows = self.rows("push_state", "target_kind", "target_key", "document")
        return {(kind, key): document for kind, key, document in rows}

    def shown(self) -> dict[tuple[str, str], Any]:
        """What the shop shows of ours."""
        found = [*self.coupons(), *self.labels()]
        return {(each.target.kind, each.target.key): each.document for each in found}

    def assert_settled(self) -> None:
        """The shop reads as the store says, each coupon once, and there is nothing left to do."""
        keys = [each.target.key for each in self.coupons()]
        assert len(keys) == len(set(keys))
        assert self.shown() == self.standing()
        assert self.plan(everybody=True).empty


@dataclass
class World(Backfilled):
    """A workspace with one shop, and the shop."""

    double: WooCommerceShop
    front: Front
    server: RunningServer

    def buy(self, customer: int, hryvnias: int) -> None:
        """A customer of the shop buys for so much, and the agent learns of it."""
        self.double.place_order(items=[(COFFEE, hryvnias // 100)], customer_id=customer)
        self.refresh()


def a_history(spent: Mapping[int, int], **changes: Any) -> ShopHistory:
    """A shop whose customers, by id, have each spent so many hryvnias in one order."""
    values: dict[str, Any] = {
        "customers": tuple(_customer(number) for number in spent),
        "orders": tuple(_order(number, hryvnias) for number, hryvnias in spent.items()),
        "products": (ShopProduct(COFFEE, "Coffee", "SKU-1", 10_000, START, START),),
    }
    return ShopHistory("UAH", "Europe/Kyiv", "UA", **{**values, **changes})


def _customer(number: int) -> ShopCustomer:
    return ShopCustomer(number, f"person{number}@example.com", START, START, first_name="Olena")


def _order(number: int, hryvnias: int) -> ShopOrder:
    address = ShopAddress(first_name="Olena", email=f"person{number}@example.com")
    lines = (ShopLine("Coffee", 1, hryvnias * 100, hryvnias * 100),)
    return ShopOrder(10_000 + number, OrderStatus.COMPLETED, START, START, address, lines, customer_id=number)


def set_option(world: Backfilled, name: str, value: str) -> None:
    """The owner sets an option of the shop."""
    options = {**world.shop.options, name: value}
    with world.store.write() as connection:
        connection.execute(update(tables.shop).values(options=options))


def credentials(key: ApiKey = KEY) -> dict[str, SecretStr]:
    return {
        "consumer_key": SecretStr(key.consumer_key),
        "consumer_secret": SecretStr(key.consumer_secret),
    }


@contextmanager
def served(history: ShopHistory, *, port: int = 0) -> Iterator[tuple[Front, RunningServer]]:
    """A double of this past, over TLS."""
    front = Front(WooCommerceShop.of(history))
    front.shop.add_key(KEY)
    with serve(front, tls=True, port=port) as server:
        yield front, server


def connected_at(workspace: Workspace, url: str, certificate: Path, **options: str) -> Backfilled:
    """A workspace with the shop at this address, backfilled, with the programme enabled."""
    bundle = workspace.settings.directory / "shop.pem"
    bundle.write_bytes(certificate.read_bytes())
    connect_shop(
        workspace,
        platform="woocommerce",
        name="tea",
        url=url,
        options={"certificates": bundle.name, **options},
        credentials=credentials(),
    )
    assert backfill(workspace, "tea").complete
    derive(workspace)
    enable_programme(workspace, PROGRAMME, who="the owner")
    clock = workspace.clock
    assert isinstance(clock, Clock)
    return Backfilled(workspace, clock, url, bundle)


def connected(workspace: Workspace, front: Front, server: RunningServer) -> World:
    """A world of a workspace and a served shop."""
    assert server.certificate is not None
    made = connected_at(workspace, server.url, server.certificate)
    return World(workspace, made.clock, made.url, made.bundle, front.shop, front, server)
