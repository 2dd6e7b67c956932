"""One workspace with two empty shops, a WooCommerce and a Shopify double, and what people do in them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from agent_world import COFFEE, KEY, PROGRAMME, START, Clock, credentials
from regulars_agent import (
    PersonCard,
    ShownOffer,
    Storefront,
    Workspace,
    apply_plan,
    backfill,
    connect_shop,
    derive,
    enable_programme,
    make_plan,
    person_card,
    storefront_key,
    sync,
)
from regulars_connectors import Found
from regulars_sandbox import RunningServer, ShopHistory, ShopifyShop, ShopProduct, WooCommerceShop, serve
from regulars_store import Shop, shop_named

TOKEN = "shpat_two_shops"
MARKET, BOUTIQUE = "market", "boutique"
WELCOME: Mapping[str, Any] = {"kind": "welcome", "key": "welcome", "title": "Welcome", "percent": "12"}


@dataclass
class TwoShops:
    """The market (WooCommerce) and the boutique (Shopify) of one owner. Coffee costs 100 hryvnias in both."""

    workspace: Workspace
    market: WooCommerceShop
    boutique: ShopifyShop
    backfilled: bool = False

    def shop(self, name: str) -> Shop:
        with self.workspace.store.read() as connection:
            return shop_named(connection, name)

    def account(self, shop: str, number: int) -> str:
        """The id here of a customer of a shop."""
        return f"{self.shop(shop).id}:{number}"

    def learn(self) -> None:
        """Everything both shops hold comes in, and everything follows from it."""
        for name in (MARKET, BOUTIQUE):
            assert (sync if self.backfilled else backfill)(self.workspace, name).complete
        self.backfilled = True
        derive(self.workspace)

    def push(self) -> None:
        """Both shops are brought to read as they shall."""
        for name in (MARKET, BOUTIQUE):
            shop = self.shop(name)
            plan = make_plan(self.workspace, shop)
            assert plan.empty or apply_plan(self.workspace, shop, plan.id, confirmed=True).complete
            assert make_plan(self.workspace, shop, everybody=True).empty

    def card(self, shop: str, number: int) -> PersonCard:
        """The record of the person behind a customer of a shop."""
        found = person_card(self.workspace, self.account(shop, number))
        assert found is not None
        return found

    def shown(self, shop: str, number: int) -> ShownOffer:
        """What that customer reads on the shop's pages."""
        front = Storefront(self.workspace)
        return front.offer(front.shops()[shop], str(number))

    def codes(self, shop: str) -> Mapping[str, Found]:
        """The discount codes of ours in a shop, by the customer they are for."""
        with self.workspace.connector(self.shop(shop)) as connector:
            found = [each for batch in connector.marked("coupon") for each in batch]
        return {_owner(each): each for each in found}

    def buy(self, shop: str, hryvnias: int, *, customer: int = 0, **form: str) -> None:
        """Somebody buys coffee for so much, a guest without ``customer``, and the order is paid."""
        items = [(COFFEE, hryvnias // 100)]
        if shop == MARKET:
            self.market.place_order(items=items, customer_id=customer, billing=form)
        else:
            self.boutique.place_order(items=items, customer_id=customer or None, billing=form)


def _owner(found: Found) -> str:
    """Whom a code is for: each platform says so in its own words."""
    document = found.document or {}
    return str(document["mark"] if "mark" in document else document["customers"][0])


@contextmanager
def two_shops(workspace: Workspace, **market_options: str) -> Iterator[TwoShops]:
    """Both shops served, connected and empty, with the tiers of `PROGRAMME` enabled."""
    goods = (ShopProduct(COFFEE, "Coffee", "SKU-1", 10_000, START, START),)
    history = ShopHistory("UAH", "Europe/Kyiv", "UA", products=goods)
    market, boutique = WooCommerceShop.of(history), ShopifyShop.of(history)
    market.add_key(KEY)
    boutique.add_token(TOKEN)
    with serve(market, tls=True) as one, serve(boutique, tls=True) as other:
        _connect(workspace, "woocommerce", MARKET, one, credentials(), market_options)
        _connect(workspace, "shopify", BOUTIQUE, other, {"access_token": SecretStr(TOKEN)}, {})
        enable_programme(workspace, PROGRAMME, who="the owner")
        yield TwoShops(workspace, market, boutique)


def _connect(
    workspace: Workspace,
    platform: str,
    name: str,
    server: RunningServer,
    secrets: Mapping[str, SecretStr],
    options: Mapping[str, str],
) -> None:
    assert server.certificate is not None
    bundle = workspace.settings.directory / f"{name}.pem"
    bundle.write_bytes(server.certificate.read_bytes())
    report = connect_shop(
        workspace,
        platform=platform,
        name=name,
        url=server.url,
        options={"certificates": bundle.name, **options},
        credentials=secrets,
    )
    assert report is not None
    assert report.usable
    storefront_key(workspace, name)


def clock_of(shops: TwoShops) -> Clock:
    """The agent's clock, which a test may move on."""
    clock = shops.workspace.clock
    assert isinstance(clock, Clock)
    return clock
