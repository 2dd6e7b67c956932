"""Budgets and costs on the command line."""

from command_line import CommandLine

SPRING = """
kind = "seasonal"
key = "spring"
title = "Spring"
percent = 10
level = "Spring"
first_day = 2999-03-01
last_day = 2999-05-31
currency = "UAH"
budget = "500.00"
reckoned_order = "400.00"
margin_floor = "12.5"
"""


def test_a_budget_is_shown_before_and_after_a_programme_is_on(regulars: CommandLine) -> None:
    regulars.begin()
    file = regulars.scratch / "spring.toml"
    file.write_text(SPRING, "utf-8")
    assert regulars.done("programme", "budget").out == "No programme has a budget.\n"
    meant = "  a budget of 500.00 UAH: 40.00 an account, room for 12"
    floor = "  not on goods that it would leave with a margin below 12.5 %"
    stands = "budget 500.00 UAH: 0.00 issued to 0 accounts (0.00 reserved, 0.00 spent), 500.00 left"
    foreseen = regulars.done("programme", "enable", str(file), "--dry-run").out.splitlines()
    assert {meant, floor} <= set(foreseen)
    assert regulars.done("programme", "budget", "--json").json == []
    regulars.done("programme", "enable", str(file))
    assert {meant, floor, f"  {stands}"} <= set(regulars.done("programme", "list").out.splitlines())
    assert regulars.done("programme", "budget", "spring").out == f"spring: {stands}\n"
    (told,) = regulars.done("programme", "budget", "--json").json
    assert (told["key"], told["budget"], told["issued"], told["left"]) == ("spring", 500_00, 0, 500_00)
    assert regulars.done("programme", "list", "--json").json[0]["budget"]["budget"] == 500_00
    failed = regulars("programme", "budget", "autumn")
    assert failed.code == 1
    assert "There is no programme autumn. See: regulars programme list" in failed.err
    file.write_text(SPRING.replace('"500.00"', '"39.99"'), "utf-8")
    assert "budget: is not enough for one order" in regulars("programme", "enable", str(file)).err


def test_costs_of_a_shop_that_is_not_known_or_a_bad_file_are_refused(regulars: CommandLine) -> None:
    regulars.begin()
    file = regulars.scratch / "costs.csv"
    file.write_text("sku,cost\na,1\n", "utf-8")
    for command in (("import", "nowhere", str(file)), ("list", "nowhere")):
        said = regulars("cost", *command)
        assert said.code == 1
        assert "nowhere" in said.err
