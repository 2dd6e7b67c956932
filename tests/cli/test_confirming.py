"""Plans beyond the risk limits on the command line: shown, refused, and confirmed with the command shown."""

from collections.abc import Callable

import pytest

from agent_world import SPENT, a_history
from command_line import CommandLine, Meddled, untouched
from regulars_sandbox import Response, RunningServer, WooCommerceShop

TIERS = """
key = "regulars"
title = "Our regulars"
currency = "UAH"
tiers = [{ threshold = "1000.00", percent = "5", level = "Silver" }]
"""
LIMIT = "it changes 5 of 6 accounts, and risk.max_share_changed = 0.2 lets it change 1 unconfirmed"


@pytest.fixture
def planned(regulars: CommandLine, served: Callable[..., RunningServer]) -> CommandLine:
    """A workspace whose first plan changes more than it may unconfirmed."""
    assert regulars.connected(served(WooCommerceShop.of(a_history(SPENT)))).code == 0
    regulars.done("backfill")
    programme = regulars.scratch / "tiers.toml"
    programme.write_text(TIERS, "utf-8")
    regulars.done("programme", "enable", str(programme))
    regulars.done("compute")
    return regulars


def test_a_plan_beyond_the_limits_is_shown_so_refused_and_applied_by_the_command_shown(
    planned: CommandLine,
) -> None:
    told = planned.done("plan", "main").out
    assert f"Beyond the limits: {LIMIT}." in told
    command = told.rpartition("to confirm and apply it: regulars ")[2].split()
    assert command[:2] == ["apply", "main"]
    assert command[3:] == ["--confirm"]
    assert LIMIT in planned.done("apply", "main", "--dry-run").out
    assert planned.done("apply", "main", "--dry-run", "--json").json["beyond"] == [LIMIT]
    refused = planned("apply", "main")
    assert refused.code == 1
    assert LIMIT in " ".join(refused.err.split())
    assert "--confirm" in refused.err
    assert "10 writes confirmed" in planned.done(*command).out
    assert planned.done("plan", "main", "--all", "--json").json["plan"]["operations"] == 0


def test_a_plan_says_its_limits_in_json_and_within_them_how_it_is_applied(planned: CommandLine) -> None:
    assert planned.done("plan", "main", "--json").json["plan"]["beyond"] == [LIMIT]
    planned.environ["REGULARS_RISK_MAX_SHARE_CHANGED"] = "1"
    told = planned.done("plan", "main").out
    assert "Beyond" not in told
    command = told.rpartition("To apply it: regulars ")[2].split()
    assert "10 writes confirmed" in planned.done(*command).out


def test_without_a_plan_there_is_nothing_to_apply(planned: CommandLine) -> None:
    assert "nothing to apply" in planned.done("apply", "main").out
    assert "Would apply nothing" in planned.done("apply", "main", "--dry-run").out


def test_a_dry_run_and_the_status_say_in_words_what_waits(planned: CommandLine) -> None:
    plan = planned.done("plan", "main", "--json").json["plan"]["id"]
    told = planned.done("apply", "main", "--dry-run").out
    assert f"Would apply plan {plan}: 5 × create coupon, 5 × create label" in told
    status = " ".join(planned.done("status").out.split())
    assert f"plan {plan} of " in status
    assert "10 writes, waits for confirmation" in status
    planned.environ["REGULARS_RISK_MAX_SHARE_CHANGED"] = "1"
    planned.done("plan", "main")
    assert "waits to be applied: regulars apply main" in planned.done("status").out


def test_a_plan_without_a_programme_says_that_none_is_on(planned: CommandLine) -> None:
    planned.done("programme", "disable", "regulars")
    assert "regulars programme enable FILE" in planned.done("plan", "main").out


def test_unanswered_writes_are_told_with_their_time_until_they_are_looked_up(
    regulars: CommandLine, served: Callable[..., RunningServer]
) -> None:
    lost = Response(502, (("Content-Type", "text/html"),), b"<html>Bad Gateway</html>")
    shop = Meddled(WooCommerceShop.of(a_history(SPENT)), untouched)
    assert regulars.connected(served(shop)).code == 0
    regulars.done("backfill")
    programme = regulars.scratch / "tiers.toml"
    programme.write_text(TIERS, "utf-8")
    regulars.done("programme", "enable", str(programme))
    regulars.done("plan", "main")
    shop.change = lambda request, response: lost if "coupons/batch" in request.target else response
    assert regulars("apply", "main", "--confirm").code == 3
    shop.change = untouched
    said = "5 writes have no answer from the shop yet. They can be looked up from "
    assert said in regulars.done("plan", "main").out
    assert said in regulars.done("status").out
    again = regulars("apply", "main")
    assert again.code == 3
    assert said in again.out
    assert "UTC on; this does it then: regulars apply main" in again.out
    assert regulars.done("status", "--json").json["shops"][0]["unanswered"]["count"] == 5
