"""Amounts and terms on the command line."""

from collections.abc import Callable

import pytest

from agent_world import SPENT, a_history
from command_line import CommandLine
from regulars_sandbox import RunningServer, WooCommerceShop

AMOUNTS = """
key = "regulars"
title = "Our regulars"
currency = "UAH"
minimum = "500.00"
orders = 3
priority = 5
group = "regulars"
goods = { categories = ["Coffee"], except_products = ["SKU-9"], reduced = false }
tiers = [
    { threshold = "1000.00", amount = "50.00", level = "Silver" },
    { threshold = "5000.00", amount = "100.00", level = "Gold" },
]
"""
LINES = (
    "  from 1,000.00 UAH: 50.00 UAH off  Silver",
    "  from 5,000.00 UAH: 100.00 UAH off  Gold",
    (
        "  Only on: Coffee. Not on: SKU-9. Not on goods that are already reduced. "
        "For orders of 500.00\u00a0₴ or more. It works for 3 orders."
    ),
    "  priority 5",
    "  of group regulars only one counts",
)


def test_amounts_and_terms_are_shown_before_and_after_a_programme_is_on(regulars: CommandLine) -> None:
    regulars.begin()
    file = regulars.scratch / "amounts.toml"
    file.write_text(AMOUNTS, "utf-8")
    foreseen = regulars.done("programme", "enable", str(file), "--dry-run").out
    regulars.done("programme", "enable", str(file))
    listed = regulars.done("programme", "list").out
    for line in LINES:
        assert line in foreseen.splitlines()
        assert line in listed.splitlines()
    (told,) = regulars.done("programme", "list", "--json").json
    assert (told["definition"]["tiers"][0]["amount"], told["definition"]["minimum"]) == (5_000, 50_000)
    assert told["not_given"] == []


def test_a_welcome_of_an_amount_is_listed_so(regulars: CommandLine) -> None:
    regulars.begin()
    file = regulars.scratch / "welcome.toml"
    file.write_text('kind="welcome"\nkey="w"\ntitle="New"\namount="75.50"\ncurrency="UAH"\n', "utf-8")
    regulars.done("programme", "enable", str(file))
    assert "for the first order: 75.50 UAH off  Welcome" in regulars.done("programme", "list").out
    file.write_text('kind="welcome"\nkey="w"\ntitle="New"\npercent=10\nadds=true\ncap=20.5\n', "utf-8")
    regulars.done("programme", "enable", str(file))
    said = "  added to others that add, up to 20.5 % in all"
    assert said in regulars.done("programme", "list").out.splitlines()


@pytest.fixture
def connected(regulars: CommandLine, served: Callable[..., RunningServer]) -> CommandLine:
    """A workspace with the small shop, which has coffee and no tea, and sells in hryvnias."""
    assert regulars.connected(served(WooCommerceShop.of(a_history(SPENT)))).code == 0
    regulars.done("backfill")
    return regulars


def test_what_a_shop_does_not_have_is_said_by_the_plan(connected: CommandLine) -> None:
    file = connected.scratch / "tea.toml"
    file.write_text(AMOUNTS.replace("Coffee", "Tea"), "utf-8")
    connected.done("programme", "enable", str(file))
    said = "Programme regulars gives nothing in main, which has none of its goods: category Tea"
    assert said in connected.done("plan", "main").out
    assert connected.done("plan", "main", "--json").json["plan"]["missing"] == [said]


def test_sums_of_another_currency_are_said_by_programmes_and_plans(connected: CommandLine) -> None:
    file = connected.scratch / "euro.toml"
    file.write_text(AMOUNTS.replace("UAH", "EUR"), "utf-8")
    why = "gives nothing in main: its sums are in EUR, and the shop sells in UAH"
    assert why in connected.done("programme", "enable", str(file), "--dry-run").out
    connected.done("programme", "enable", str(file))
    assert why in connected.done("programme", "list").out
    assert connected.done("programme", "list", "--json").json[0]["not_given"] == [why]
    assert f"Programme regulars {why}" in connected.done("plan", "main").out


def test_a_person_s_amount_is_shown_with_its_terms_and_code(connected: CommandLine) -> None:
    file = connected.scratch / "amounts.toml"
    file.write_text(AMOUNTS.replace("goods = ", "# "), "utf-8")
    connected.done("programme", "enable", str(file))
    planned = connected.done("plan", "main").out
    assert "Gold: 100.00 UAH off" in planned
    connected.done("apply", "main", "--confirm")
    shown = connected.done("person", "show", "1:4").out
    said = "100.00\u00a0₴ off: bought for 12,000.00\u00a0₴ with this account."
    assert f"{said} For orders of 500.00\u00a0₴ or more. It works for 3 orders." in shown
    assert "100.00 UAH, given" in shown


def test_a_shop_that_is_not_connected_is_told_with_the_nearest_name(connected: CommandLine) -> None:
    file = connected.scratch / "shops.toml"
    file.write_text('shops = ["maine", "other"]\n' + AMOUNTS, "utf-8")
    said = (
        "no shop is named maine; connected: main; did you mean main?",
        "no shop is named other; connected: main",
    )
    told = [connected.done("programme", "enable", str(file), *more).out for more in (["--dry-run"], [])]
    for out in (*told, connected.done("programme", "list").out):
        assert [f"  {each}" for each in said] == [line for line in out.splitlines() if "no shop" in line]
        assert "  in the shops maine, other only" in out.splitlines()
    warned = connected("doctor").out
    for each in said:
        assert f"It gives nothing there: {each}" in warned
