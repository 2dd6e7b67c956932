"""A workspace with a Shopify double behind a glass pane: what is asked of the shop is counted."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import select

from agent_world import COFFEE, ENVIRON, QUICK, START, Clock
from regulars_agent import (
    Performed,
    Settings,
    SyncReport,
    Workspace,
    backfill,
    connect_shop,
    derive,
    open_workspace,
    sync,
    tick,
    verify,
)
from regulars_agent._settings import RiskSettings
from regulars_connectors import CheckReport
from regulars_sandbox import (
    RateLimit,
    Request,
    Response,
    RunningServer,
    ShopHistory,
    ShopifyApp,
    ShopifyShop,
    ShopProduct,
    serve,
)
from regulars_sandbox.shopify import SCOPES
from regulars_store import Shop, Store, shop_named, tables
from shopify.conftest import TOKEN

NAME = "boutique"
_OPERATION = re.compile(rb'"query":\s*"[^"]*?\b(?:query|mutation) (\w+)')


@dataclass
class Pane:
    """Stands before the double and counts the operations that are asked for, by their names; lets a test
    answer instead of the shop, and act after it did."""

    shop: ShopifyShop
    asked: Counter[str] = field(default_factory=Counter)
    instead: Callable[[str, Request], Response | None] = lambda _name, _request: None
    after: Callable[[str], None] = lambda _name: None

    @property
    def home(self) -> str:
        return self.shop.home

    @home.setter
    def home(self, home: str) -> None:
        self.shop.home = home

    def respond(self, request: Request) -> Response:
        found = _OPERATION.search(request.body)
        name = found[1].decode() if found else request.target
        self.asked[name] += 1
        response = self.instead(name, request) or self.shop.respond(request)
        self.after(name)
        return response

    def writes(self, request: Request) -> bool:
        return self.shop.writes(request)


@dataclass
class Boutique:
    """The shop, and the agent that looks after it. Coffee costs 100 hryvnias."""

    workspace: Workspace
    shop: ShopifyShop
    pane: Pane
    server: RunningServer
    checked: CheckReport

    @property
    def clock(self) -> Clock:
        assert isinstance(self.workspace.clock, Clock)
        return self.workspace.clock

    @property
    def stored(self) -> Shop:
        with self.workspace.store.read() as connection:
            return shop_named(connection, NAME)

    def backfill(self) -> bool:
        done = backfill(self.workspace, NAME).complete
        derive(self.workspace)
        return done

    def sync(self) -> SyncReport:
        report = sync(self.workspace, NAME)
        derive(self.workspace)
        return report

    def verify(self) -> SyncReport:
        report = verify(self.workspace, NAME)
        derive(self.workspace)
        return report

    def buy(self, coffees: int = 1, customer: int | None = None, **terms: Any) -> str:
        """Somebody buys, a guest without ``customer``; the order's number."""
        buyer = {"customer_id": customer} if customer else {"email": "guest@example.com"}
        return str(self.shop.place_order(items=[(COFFEE, coffees)], **{**buyer, **terms}))

    def here(self, table: str) -> set[str]:
        """The objects that stand here."""
        return {number for number, gone in self.rows(table, "external_id", "gone") if not gone}

    def tick(self, **forward: float) -> list[Performed]:
        """What the agent does then."""
        self.clock.forward(**forward)
        return tick(self.workspace, self.clock())

    def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        found = getattr(tables, table)
        with self.workspace.store.read() as connection:
            query = select(*[found.c[name] for name in columns]).order_by(*found.primary_key)
            return [tuple(row) for row in connection.execute(query)]

    def sources(self) -> dict[str, Any]:
        """Where each order came from, as it is known here."""
        return dict(self.rows("order", "external_id", "source"))

    def waiting(self) -> list[tuple[str, datetime]]:
        """The orders that are to be read by name, and when."""
        found = self.rows("notice", "kind", "external_id", "due_at")
        return [(number, due) for kind, number, due in found if kind == "order"]


@contextmanager
def a_workspace(store: Store, folder: Path) -> Iterator[Workspace]:
    """A workspace over a store of its own."""
    given = {"directory": folder / "workspace", "store_url": SecretStr(store.url), "keyring_cost": QUICK}
    settings = Settings.model_validate(given)
    settings.directory.mkdir()
    with open_workspace(settings, clock=Clock(), environ=ENVIRON) as opened:
        yield opened


@contextmanager
def a_boutique(
    workspace: Workspace,
    *,
    without: frozenset[str] = frozenset(),
    history: ShopHistory | None = None,
    options: Mapping[str, str] | None = None,
    app: ShopifyApp | None = None,
) -> Iterator[Boutique]:
    """A connected shop with coffee, and a ``history`` if given, by a token that lacks some scopes or by an
    ``app``; nothing is read yet. The agent may change everything, and asks what is new once in six hours."""
    goods = (ShopProduct(COFFEE, "Coffee", "SKU-1", 10_000, START, START),)
    past = history or ShopHistory("UAH", "Europe/Kyiv", "UA")
    past = replace(past, products=(*past.products, *goods))
    shop = ShopifyShop.of(past, rate_limit=RateLimit(40_000.0, 2_000.0), clock=workspace.clock)
    shop.add_token(TOKEN, scopes=SCOPES - without)
    agent = workspace.settings.agent.model_copy(update={"interval": 21_600.0, "offers_checked": 0})
    wanted = {"agent": agent, "risk": RiskSettings(max_share_changed=1)}
    workspace.settings = workspace.settings.model_copy(update=wanted)
    pane = Pane(shop)
    with serve(pane) as server:
        secrets = {"access_token": SecretStr(TOKEN)}
        if app is not None:
            shop.add_app(app)
            shop.revoke_token(TOKEN)
            secrets = {
                "client_id": SecretStr(app.client_id),
                "client_secret": SecretStr(app.client_secret),
            }
        where = {"platform": "shopify", "name": NAME, "url": server.url}
        report = connect_shop(workspace, **where, options=options or {}, credentials=secrets)
        assert report is not None
        yield Boutique(workspace, shop, pane, server, report)
