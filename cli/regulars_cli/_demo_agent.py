"""The agent at work: somebody buys in the shop, and the discount moves by itself."""

from collections.abc import Sequence
from decimal import Decimal

from regulars_cli._demo_children import Child
from regulars_cli._demo_loop import TIERS
from regulars_cli._demo_sandbox import MARKET
from regulars_cli._demo_shoppers import Shopper
from regulars_cli._demo_site import Addresses, ShoppersBrowser
from regulars_cli._demo_stage import Stage
from regulars_cli._demo_till import Till
from regulars_cli._plain import escape

INTERVAL = 2
"""Seconds from one visit of the agent to the next."""
_MOST_WAITED = 90.0


def start_agent(stage: Stage) -> Child:
    """``regulars agent``, a process of its own."""
    arguments = ["-m", "regulars_cli._demo_child", "-C", str(stage.session.directory), "agent"]
    environ = {**stage.session.environ, "REGULARS_AGENT_INTERVAL": str(INTERVAL)}
    return stage.children.start("agent", arguments, environ=environ)


def check_agent(stage: Stage, addresses: Addresses, shoppers: Sequence[Shopper]) -> None:
    """An order moves the second one up, in what the storefront shows and in what the shop takes off."""
    stage.title("An order, and the agent's next visit")
    _, shopper, regular = shoppers
    browser, amount = ShoppersBrowser(addresses), _enough(shopper, regular)
    with Till(stage.sandboxes[MARKET]) as till:
        stage.check(
            f"{shopper.name} bought, and at the agent's next visit the discount followed "
            "to what the programme promises for all orders together",
            lambda: _moved(stage, browser, till, shopper, amount),
        )
        stage.check(
            "the coupon in the shop takes off what the storefront says",
            lambda: till.coupon_percent(shopper.code) == Decimal(browser.percent()) / 100,
        )


def _moved(stage: Stage, browser: ShoppersBrowser, till: Till, shopper: Shopper, amount: Decimal) -> bool:
    browser.log_in(shopper.key)
    before = till.newest_order(shopper.account)
    browser.buy(amount)
    placed = till.newest_order(shopper.account)
    if placed is None or (before is not None and before["id"] == placed["id"]):
        return False
    wanted = _promised(shopper.counted + int(Decimal(placed["total"]) * 100))
    stage.out.print(
        escape(f"{shopper.name} had {shopper.percent / 100:g} %, bought for {placed['total']} UAH")
    )
    followed = stage.children.until(lambda: browser.percent() == wanted, seconds=_MOST_WAITED)
    stage.out.print(escape(f"Now: {browser.offer()['sentence']}"))
    return followed and wanted > shopper.percent


def _enough(shopper: Shopper, other: Shopper) -> Decimal:
    """What is missing, in hryvnias, to the next tier that the other is not on: the three stay different."""
    counted = Decimal(shopper.counted) / 100
    missing = [
        Decimal(tier["threshold"]) - counted for tier in TIERS["tiers"] if tier["level"] != other.level
    ]
    return min(amount for amount in missing if amount > 0)


def _promised(counted: int) -> int:
    """The programme's percent for a sum in minor units, worked out anew; in hundredths."""
    reached = [tier for tier in TIERS["tiers"] if Decimal(tier["threshold"]) * 100 <= counted]
    return int(Decimal(reached[-1]["percent"]) * 100) if reached else 0
