"""Whose purchases an account profits from, from the landing to the storefront: a thief and their victim."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from agent_world import START, World, a_history, connected, served
from regulars_agent import Storefront, Workspace, change_shop_options, derive, person_card
from regulars_sandbox import OrderStatus, ShopAddress, ShopCustomer, ShopLine, ShopOrder

VICTIM = "victim@example.com"
THIEF = 7


def checking(world: World, word: str) -> None:
    change_shop_options(world.workspace, "tea", {"checks_emails": word}, who="the owner")


def brought(world: World) -> dict[str, int]:
    """What is due is planned and written; what the plan came to."""
    plan = world.plan()
    assert world.apply().complete
    return dict(plan.counts)


def shown(world: World) -> tuple[Decimal, str]:
    """What the storefront shows the thief: percent and code."""
    front = Storefront(world.workspace)
    offer = front.offer(front.shops()["tea"], str(THIEF))
    return offer.percent, offer.code


def offers(world: World) -> list[tuple[Any, ...]]:
    card = person_card(world.workspace, f"{world.shop.id}:{THIEF}")
    assert card is not None
    assert sum(order["total"] for order in card.orders) == 1_200_000
    return [(offer["id"], offer["scope"], offer["percent"]) for offer in card.offers]


@pytest.fixture
def robbed(empty_workspace: Workspace) -> Iterator[World]:
    """Somebody bought for 12,000 as a guest; a stranger has registered with their e-mail since."""
    address = ShopAddress(first_name="Olena", email=VICTIM)
    lines = (ShopLine("Coffee", 1, 1_200_000, 1_200_000),)
    bought = ShopOrder(10_100, OrderStatus.COMPLETED, START, START, address, lines)
    usual = a_history({2: 1500})
    thief = ShopCustomer(THIEF, VICTIM, START, START, first_name="Olena")
    history = replace(usual, customers=(*usual.customers, thief), orders=(*usual.orders, bought))
    with served(history) as (front, server):
        made = connected(empty_workspace, front, server)
        assert brought(made) == {"create coupon": 1, "create label": 1}, "of customer 2"
        yield made


def test_a_stranger_s_account_at_a_shop_that_checks_nothing_gets_nothing_of_the_victim_s(
    robbed: World,
) -> None:
    assert offers(robbed) == [(f"{robbed.shop.id}:{THIEF}", "account", 0)]
    assert shown(robbed) == (0, "")
    assert robbed.label_of(THIEF) is None


def test_it_gets_them_once_the_owner_says_that_the_shop_checks(robbed: World) -> None:
    checking(robbed, "yes")
    assert brought(robbed)["create coupon"] == 1
    assert offers(robbed) == [(f"{robbed.shop.id}:{THIEF}", "person", 1000)]
    assert shown(robbed)[0] == 10
    robbed.assert_settled()


def test_it_loses_them_again_at_once_and_in_the_shop_with_the_next_plan(robbed: World) -> None:
    checking(robbed, "yes")
    brought(robbed)
    checking(robbed, "no")
    assert shown(robbed) == (0, ""), "before anything is computed"
    counts = brought(robbed)
    assert (counts["delete coupon"], counts["delete label"]) == (1, 1)
    assert offers(robbed) == [(f"{robbed.shop.id}:{THIEF}", "account", 0)]
    assert shown(robbed) == (0, "")
    robbed.assert_settled()


def test_the_owner_s_word_alone_is_enough_to_compute_anew(robbed: World) -> None:
    checking(robbed, "yes")
    derive(robbed.workspace)
    assert offers(robbed) == [(f"{robbed.shop.id}:{THIEF}", "person", 1000)]
