"""A Shopify shop that hides its older orders: what it declares of them, and its tags, through its API."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import requests
from pydantic import SecretStr
from rich.console import Console
from sqlalchemy import select, update

from agent_world import COFFEE, START, Clock
from regulars_agent import (
    Workspace,
    backfill,
    check_shop,
    connect_shop,
    derive,
    person_card,
    sync,
)
from regulars_agent._derive import EVERYBODY
from regulars_agent._rates import lacking_rates, set_rate
from regulars_cli._people import _print_declared
from regulars_sandbox import ShopHistory, ShopifyShop, ShopProduct, serve
from regulars_sandbox.shopify import SCOPES
from regulars_store import mark_dirty, tables

TOKEN = "shpat_declared"
TAGS = 'mutation T($id: ID!) { tagsAdd(id: $id, tags: ["VIP", "Кава"]) { userErrors { message } } }'


@dataclass
class Boutique:
    """The shop, its agent and one of its customers."""

    workspace: Workspace
    shop: ShopifyShop
    url: str
    anna: int

    def buy(self, *, ago: float = 0, coffees: int = 1) -> int:
        clock = self.workspace.clock
        assert isinstance(clock, Clock)
        clock.forward(days=-ago)
        number = self.shop.place_order(items=[(COFFEE, coffees)], customer_id=self.anna, shipping_total=5_000)
        clock.forward(days=ago)
        return number

    def tag(self) -> None:
        asked = {"query": TAGS, "variables": {"id": f"gid://shopify/Customer/{self.anna}"}}
        headers = {"X-Shopify-Access-Token": TOKEN}
        url = f"{self.url}/admin/api/2026-10/graphql.json"
        assert requests.post(url, json=asked, headers=headers, timeout=10).json()["data"]

    def declared(self) -> tuple[int, int] | None:
        """Balance and orders, on the card."""
        card = person_card(self.workspace, f"1:{self.anna}")
        assert card is not None
        told = card.declared
        return None if told is None else (told["opening_balance"], told["opening_orders"])

    def said(self) -> str:
        """The same, as the command says it."""
        card = person_card(self.workspace, f"1:{self.anna}")
        assert card is not None
        console = Console(width=200)
        with console.capture() as captured:
            _print_declared(console, card)
        return captured.get()

    def profile(self) -> tuple[int, int, list[str]]:
        found = tables.person_profile.c
        with self.workspace.store.read() as connection:
            row = connection.execute(select(found.spent, found.orders, found.labels)).one()
        return (row.spent, row.orders, row.labels)


@pytest.fixture
def boutique(empty_workspace: Workspace, request: pytest.FixtureRequest) -> Iterator[Boutique]:
    """Three orders of which the last alone is shown; in hryvnias, unless another currency is asked for."""
    currency = getattr(request, "param", "UAH")
    goods = (ShopProduct(COFFEE, "Coffee", "SKU-1", 10_000, START, START),)
    history = ShopHistory(currency, "Europe/Kyiv", "UA", products=goods)
    shop = ShopifyShop.of(history, clock=empty_workspace.clock)
    shop.add_token(TOKEN, scopes=SCOPES - {"read_all_orders"})
    with serve(shop) as server:
        anna = shop.register("anna@example.com", first_name="Anna")
        made = Boutique(empty_workspace, shop, server.url, anna)
        made.buy(ago=200, coffees=3)
        made.buy(ago=61, coffees=2)
        made.buy(ago=10)
        secrets = {"access_token": SecretStr(TOKEN)}
        where = {"platform": "shopify", "name": "boutique", "url": server.url}
        report = connect_shop(empty_workspace, **where, options={}, credentials=secrets)
        assert report is not None and report.usable
        assert backfill(empty_workspace, "boutique").complete
        derive(empty_workspace)
        yield made


def test_what_was_bought_before_the_orders_that_the_shop_shows_is_known_as_declared(
    boutique: Boutique,
) -> None:
    # 3 and 2 coffees at 100.00, each sent for 50.00; only the last order is shown, goods of 100.00.
    assert boutique.declared() == (350_00 + 250_00, 2)
    assert "declared by the shop: 600.00 UAH in 2 older orders" in boutique.said()
    assert boutique.profile()[:2] == (100_00, 1)
    # Bought since, and given back: the opening stays as it was.
    order = boutique.buy(coffees=4)
    boutique.shop.refund_order(order, 20_00)
    boutique.tag()
    sync(boutique.workspace, "boutique")
    derive(boutique.workspace)
    assert boutique.declared() == (600_00, 2)
    assert (boutique.profile()[1], boutique.profile()[2]) == (2, ["vip", "кава"])


def test_a_shop_that_shows_all_of_its_orders_declares_nothing(boutique: Boutique) -> None:
    boutique.shop.add_token(TOKEN, scopes=SCOPES)
    check_shop(boutique.workspace, "boutique")
    derive(boutique.workspace)
    assert (boutique.declared(), boutique.said()) == (None, "")
    # All that was declared comes as orders, and nothing counts twice.
    assert backfill(boutique.workspace, "boutique").complete
    derive(boutique.workspace)
    assert (boutique.declared(), boutique.profile()[:2]) == (None, (600_00, 3))


@pytest.mark.parametrize("boutique", ["EUR"], indirect=True)
def test_a_missing_rate_of_a_declared_sum_is_named_and_its_coming_counts_it_anew(boutique: Boutique) -> None:
    workspace = boutique.workspace
    with workspace.store.write() as connection:
        # Everything is told in the currency of the shop that was connected first.
        connection.execute(update(tables.shop).values(currency="UAH"))
        mark_dirty(connection, EVERYBODY, ["test"])
    derive(workspace)
    assert boutique.declared() == (None, 2)
    assert "2 older orders; for how much cannot be told (" in boutique.said()
    (lacked,) = lacking_rates(workspace)
    today = workspace.clock().astimezone(ZoneInfo("Europe/Kyiv")).date()
    # The day of the order that is shown, and that on which the total was read.
    assert (lacked.currency, lacked.quote, lacked.days, lacked.last) == ("EUR", "UAH", 2, today)
    day = today - timedelta(days=12)
    kept = set_rate(workspace, "EUR", "UAH", "45.5", day=day, who="the owner")
    assert kept.persons == 1
    derive(workspace)
    assert (boutique.declared(), lacking_rates(workspace)) == ((27_300_00, 2), [])
