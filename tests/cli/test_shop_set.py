"""``shop set``, and what ``shop add`` and ``shop check`` say of e-mails that nobody checks."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from command_line import CommandLine
from regulars_sandbox import (
    OrderStatus,
    RunningServer,
    ShopAddress,
    ShopCustomer,
    ShopHistory,
    ShopLine,
    ShopOrder,
    WooCommerceShop,
)
from regulars_store import add_shop, open_store

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
COMMAND = "regulars shop set main --option checks_emails=yes"
TIERS = """
key = "regulars"
title = "Our regulars"
currency = "UAH"
tiers = [{ threshold = "1000.00", percent = "5", level = "Silver" }]
"""


@pytest.fixture
def server(served: Callable[..., RunningServer]) -> RunningServer:
    """A shop where somebody bought as a guest, and an account was registered with their e-mail since."""
    customer = ShopCustomer(1, "hanna@example.com", START, START)
    address = ShopAddress(first_name="Hanna", email="hanna@example.com")
    lines = (ShopLine("Coffee", 1, 200_000, 200_000),)
    order = ShopOrder(11, OrderStatus.COMPLETED, START, START, address, lines, None, paid=START)
    return served(WooCommerceShop.of(ShopHistory("UAH", "Europe/Kyiv", "UA", (customer,), (order,))))


@pytest.fixture
def connected(regulars: CommandLine, server: RunningServer) -> CommandLine:
    assert regulars.connected(server).code == 0
    return regulars


def told(text: str) -> str:
    return " ".join(text.split())


def options(line: CommandLine) -> dict[str, str]:
    (shop,) = line.done("shop", "list", "--json").json
    return {name: value for name, value in shop["options"].items() if name != "certificates"}


def test_an_owner_is_told_what_unchecked_e_mails_mean_until_it_is_said(
    regulars: CommandLine, server: RunningServer
) -> None:
    assert COMMAND in told(regulars.connected(server).out)
    assert COMMAND in told(regulars.done("shop", "check", "main").out)
    regulars.done("shop", "set", "main", "--option", "checks_emails=no")
    assert "checks_emails" not in regulars.done("shop", "check", "main").out


def test_a_shop_that_was_not_connected_gets_no_such_advice(
    regulars: CommandLine, server: RunningServer
) -> None:
    regulars.begin()
    option = f"certificates={server.certificate}"
    said = regulars(
        "shop", "add", "woocommerce", "main", server.url, "--option", option, given="ck_wrong\ncs_wrong\n"
    )
    assert said.code == 1
    assert "checks_emails" not in said.out


def test_options_are_shown_before_and_after(connected: CommandLine) -> None:
    said = connected.done("shop", "set", "main", "--option", "language=uk", "--option", "checks_emails=yes")
    assert "Changed main:" in said.out
    assert "checks_emails: (not set) → yes" in said.out
    assert "language: (not set) → uk" in said.out
    assert (
        "Everybody's offers are due to be computed anew; that happens with the agent's next visit, with "
        "the next plan, or now: regulars compute. To see it: regulars plan main"
    ) in told(said.out)
    assert options(connected) == {"checks_emails": "yes", "language": "uk"}
    store = open_store(f"sqlite:///{connected.directory / 'regulars.sqlite3'}")
    with store.write() as connection:
        url = "https://other.example"
        add_shop(connection, name="other", platform="woocommerce", url=url, options={}, now=START)
    store.close()
    second = connected.done("shop", "set", "other", "--option", "checks_emails=yes").out
    assert "To see it: regulars plan other" in told(second)
    again = connected.done("shop", "set", "main", "--option", "language=")
    assert "language: uk → (not set)" in again.out
    assert "Everybody" not in again.out
    assert connected.done("shop", "set", "main", "--option", "language=").out == "main is set so already.\n"


def test_options_are_shown_to_machines_too(connected: CommandLine) -> None:
    said = connected.done("shop", "set", "main", "--option", "language=uk", "--json").json
    assert (said["shop"], said["changed"], said["after"]["language"]) == ("main", True, "uk")
    assert "language" not in said["before"]
    assert said["after"]["certificates"] == said["before"]["certificates"]


def test_a_rehearsal_of_it_changes_nothing(connected: CommandLine) -> None:
    command = ("shop", "set", "main", "--option", "checks_emails=yes", "--dry-run")
    assert "Would change main:" in connected.done(*command).out
    assert connected.done(*command, "--json").json["changed"] is False
    assert options(connected) == {}


@pytest.mark.parametrize(
    "option", ["checks_emails=perhaps", "settle_seconds=0", "bogus=1", "certificates=nowhere.pem"]
)
@pytest.mark.parametrize("more", [[], ["--dry-run"]], ids=["real", "rehearsal"])
def test_what_means_nothing_is_refused(connected: CommandLine, option: str, more: list[str]) -> None:
    said = connected("shop", "set", "main", "--option", option, *more)
    assert said.code == 1
    assert said.err.strip()
    assert "Traceback" not in said.err
    assert options(connected) == {}


def test_it_needs_an_option_and_a_shop(connected: CommandLine) -> None:
    assert connected("shop", "set", "main").code == 2
    assert connected("shop", "set", "main", "--option", "language").code == 2
    assert connected("shop", "set", "nobody", "--option", "language=uk").code == 1


def test_what_a_guest_bought_counts_for_an_account_only_while_the_shop_checks_e_mails(
    connected: CommandLine,
) -> None:
    programme = connected.scratch / "tiers.toml"
    programme.write_text(TIERS, "utf-8")
    connected.done("backfill")
    connected.done("programme", "enable", str(programme))

    def offers() -> list[tuple[str, str, int]]:
        connected.done("compute")
        card = connected.done("person", "show", "1:1", "--json").json
        return [(offer["id"], offer["scope"], offer["percent"]) for offer in card["offers"]]

    assert offers() == [("1:1", "account", 0)]
    shown = connected.done("person", "show", "1:1").out
    assert "offer for 1:1" in shown
    assert shown.count("only this account's own purchases count, because nobody has checked its e-mail") == 1
    connected.done("shop", "set", "main", "--option", "checks_emails=yes")
    assert offers() == [("1:1", "person", 500)]
    assert "nobody has checked" not in connected.done("person", "show", "1:1").out
    connected.done("shop", "set", "main", "--option", "checks_emails=no")
    assert offers() == [("1:1", "account", 0)]
