"""Risk limits: a plan beyond them is written only after a person has confirmed it."""

from contextlib import suppress

import pytest

from agent_world import SPENT, World, is_write
from regulars_agent import Applied, apply_plan, confirming, disable_programme
from regulars_agent._risk import beyond
from regulars_agent._settings import RiskSettings
from regulars_mapping import MisconfiguredError, RetryError
from regulars_sandbox import Response


@pytest.mark.parametrize(
    ("share", "accounts", "touched", "within"),
    [
        (0.2, 100, 20, True),
        (0.2, 100, 21, False),
        (0.2, 4, 0, True),
        (0.2, 4, 1, False),
        (0.2, 5, 1, True),
        (0.29, 100, 29, True),
        (0.07, 100, 7, True),
        (0.07, 100, 8, False),
        (1.0, 3, 3, True),
        (0.0, 3, 0, True),
        (0.0, 3, 1, False),
        (0.2, 0, 0, True),
    ],
)
def test_a_share_exactly_at_the_limit_is_within_it(
    share: float, accounts: int, touched: int, *, within: bool
) -> None:
    limits = RiskSettings(max_share_changed=share)
    said = beyond(limits, touched=touched, accounts=accounts, deletions=0)
    assert (said == ()) == within
    assert all(f"{touched} of {accounts} accounts" in each for each in said)


@pytest.mark.parametrize(
    ("limit", "deletions", "within"), [(100, 100, True), (100, 101, False), (0, 0, True), (0, 1, False)]
)
def test_deletions_exactly_at_the_limit_are_within_it(limit: int, deletions: int, *, within: bool) -> None:
    said = beyond(RiskSettings(max_deletions=limit), touched=0, accounts=10, deletions=deletions)
    assert (said == ()) == within
    assert all(f"deletes {deletions} things" in each for each in said)


def test_a_plan_may_be_beyond_both() -> None:
    said = beyond(RiskSettings(), touched=2, accounts=2, deletions=101)
    assert [("share" in each, "deletions" in each) for each in said] == [(True, False), (False, True)]


def limited(world: World, **limits: float) -> None:
    risk = RiskSettings.model_validate(limits)
    world.workspace.settings = world.workspace.settings.model_copy(update={"risk": risk})


def test_the_first_plan_of_a_shop_waits_for_its_owner_and_says_how_to_go_on(world: World) -> None:
    plan = world.plan()
    assert plan.beyond == (
        "it changes 5 of 6 accounts, and risk.max_share_changed = 0.2 lets it change 1 unconfirmed",
    )
    with pytest.raises(MisconfiguredError) as caught:
        apply_plan(world.workspace, world.shop)
    said = str(caught.value)
    assert plan.beyond[0] in said
    assert f"regulars apply tea {plan.id} --confirm" in said
    assert confirming("tea", plan.id) in said
    assert world.front.writes() == []
    assert world.rows("plan", "state", "summary")[0][1]["beyond"] == list(plan.beyond)
    assert world.rows("plan", "state") == [("open",)]
    assert apply_plan(world.workspace, world.shop, plan.id, confirmed=True).complete
    world.assert_settled()


def test_a_plan_within_the_limits_is_applied_unconfirmed(told: World) -> None:
    told.buy(2, 4000)
    plan = told.plan()
    assert (plan.accounts, plan.beyond) == (1, ())
    assert told.apply(confirmed=False).complete


def test_a_share_that_is_allowed_whole_asks_about_no_share(world: World) -> None:
    limited(world, max_share_changed=1.0)
    assert world.plan().beyond == ()
    assert world.apply(confirmed=False).complete


def test_customers_who_left_count_among_the_accounts_while_they_hold_something(told: World) -> None:
    for customer in SPENT:
        told.double.delete_customer(customer)
    told.recount()
    limited(told, max_share_changed=1.0)
    plan = told.plan()
    assert (plan.accounts, plan.counts, plan.beyond) == (5, {"delete coupon": 5, "delete label": 5}, ())


@pytest.mark.parametrize(("limit", "waits"), [(10, False), (9, True)])
def test_what_a_plan_deletes_is_counted_thing_by_thing(told: World, limit: int, *, waits: bool) -> None:
    limited(told, max_share_changed=1.0, max_deletions=limit)
    disable_programme(told.workspace, "regulars", who="the owner")
    assert bool(told.plan().beyond) == waits
    if waits:
        with pytest.raises(MisconfiguredError, match="it deletes 10 things"):
            told.apply(confirmed=False)
    assert told.apply(confirmed=waits).complete
    assert told.coupons() == []


def test_a_stray_counts_as_deletion_and_as_no_account(told: World) -> None:
    limited(told, max_share_changed=0.0, max_deletions=0)
    told.staff("POST", "coupons", {"code": "reg-x", "meta_data": [{"key": "_regulars", "value": "4"}]})
    plan = told.plan(everybody=True)
    assert plan.beyond == ("it deletes 1 things, and risk.max_deletions lets it delete 0 unconfirmed",)


def test_what_was_confirmed_and_interrupted_goes_on_unconfirmed(world: World) -> None:
    world.plan()
    world.front.before = lambda request: (
        Response(429, (), b"{}") if is_write(request, "customers/batch") else None
    )
    with suppress(RetryError):
        world.apply(confirmed=True)
    assert world.labels() == []
    world.front.before = lambda _: None
    applied: Applied = world.apply(confirmed=False)
    assert applied.complete
    world.assert_settled()
