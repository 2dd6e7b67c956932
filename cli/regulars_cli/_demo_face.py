"""What the owner and the shoppers see: the site as a process, and whether it shows what the store holds."""

from collections.abc import Mapping, Sequence

import regulars_store as store
from regulars_agent import PersonCard, anonymous_offer
from regulars_cli._demo_people import anna
from regulars_cli._demo_sandbox import MARKET, Sandbox
from regulars_cli._demo_shoppers import Shopper
from regulars_cli._demo_site import Addresses, OwnersBrowser, ShoppersBrowser
from regulars_cli._demo_stage import Stage
from regulars_cli._plain import escape
from regulars_mapping import MisconfiguredError

OWNER = "owner"
_STARTING = 60.0


def start_site(stage: Stage, addresses: Addresses, password: str) -> None:
    """The bundled site, with the demo's storefront page in it."""
    arguments = ["-m", "regulars_cli._demo_child", "-C", str(stage.session.directory)]
    arguments += ["serve", "--port", str(addresses.port), "--json"]
    more = {"REGULARS_DEMO": "1", "REGULARS_OWNER_PASSWORD": password, **_till(stage.sandboxes[MARKET])}
    stage.children.start("site", arguments, environ={**stage.session.environ, **more})


def await_site(stage: Stage, addresses: Addresses) -> None:
    """Wait until it answers. Raises MisconfiguredError where it does not."""
    if not stage.children.until(addresses.answer, seconds=_STARTING):
        raise MisconfiguredError("The demo's site does not answer; site.log in the demo's place says why.")


def check_owner(stage: Stage, addresses: Addresses, password: str) -> None:
    """The owner's list and a customer's card."""
    stage.title("What the owner sees")
    browser, card = OwnersBrowser(addresses), anna(stage)
    stage.check("the owner logs in at the site", lambda: browser.log_in(OWNER, password))
    stage.check(
        "the owner finds a customer by the e-mail in any spelling, and nobody by another",
        lambda: card is not None and _finds(browser, card),
    )
    stage.check(
        "the customer's card shows the orders of both shops",
        lambda: card is not None and _shows(browser, card, stage.shops()),
    )
    stage.out.print(f"{addresses.customers} lists the customers")


def check_shoppers(stage: Stage, addresses: Addresses, shoppers: Sequence[Shopper]) -> None:
    """Three offers for three people, and none for a guest."""
    stage.title("What the shoppers see")
    browsers = {shopper.key: ShoppersBrowser(addresses) for shopper in shoppers}
    stage.check(
        "three people log in at the storefront and see three different discounts, each their own",
        lambda: _three_offers(stage, browsers, shoppers),
    )
    stage.check(
        "a guest at the storefront is invited to log in, and learns nothing else",
        lambda: _is_anonymous(ShoppersBrowser(addresses)),
    )


def _till(shop: Sandbox) -> dict[str, str]:
    """What the storefront's page buys with."""
    return {
        "REGULARS_DEMO_SHOP_URL": shop.url,
        "REGULARS_DEMO_SHOP_CERTIFICATE": shop.certificate,
        "REGULARS_DEMO_SHOP_KEY": shop.credentials["consumer_key"],
        "REGULARS_DEMO_SHOP_SECRET": shop.credentials["consumer_secret"],
    }


def _finds(browser: OwnersBrowser, card: PersonCard) -> bool:
    link = f"/admin/customers/{card.person['id']}/"
    return link in browser.customers("anna@EXAMPLE.com") and link not in browser.customers(
        "nobody@example.com"
    )


def _shows(browser: OwnersBrowser, card: PersonCard, shops: Sequence[store.Shop]) -> bool:
    page = browser.card(card.person["id"])
    names: Mapping[int, str] = {shop.id: shop.name for shop in shops}
    shown = {names[order["shop_id"]] for order in card.orders if order["number"] in page}
    return shown == set(names.values()) and all(name in page for name in shown)


def _three_offers(stage: Stage, browsers: Mapping[str, ShoppersBrowser], shoppers: Sequence[Shopper]) -> bool:
    """Whether each browser shows what its shopper is given."""
    seen = {}
    for shopper in shoppers:
        browser = browsers[shopper.key]
        browser.log_in(shopper.key)
        shown = browser.offer()
        seen[shopper.key] = (browser.percent(), shown["level"], shown["code"])
        stage.out.print(escape(f"{shopper.name}: {shown['sentence']} {shown['next_step']}"))
    given = {shopper.key: (shopper.percent, shopper.level, shopper.code) for shopper in shoppers}
    return seen == given and len({percent for percent, _, _ in seen.values()}) == len(shoppers)


def _is_anonymous(browser: ShoppersBrowser) -> bool:
    browser.page()
    shown, expected = browser.offer(), anonymous_offer()
    return (shown["sentence"], shown["percent"], shown["level"], shown["code"]) == (
        expected.sentence,
        "0",
        "",
        "",
    )
