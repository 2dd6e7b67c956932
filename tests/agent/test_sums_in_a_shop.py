"""Discounts that are added up: from the programmes to the coupon, the label, the storefront and the card."""

from datetime import timedelta
from typing import Any

from agent_world import PROGRAMME, World
from regulars_agent import Storefront, derive, disable_programme, enable_programme, person_card
from regulars_marketing import Proof, reason, verify_proof

ADDING: dict[str, Any] = {"adds": True, "cap": 13}


def season(world: World, **changes: Any) -> dict[str, Any]:
    """5 % for all, today and tomorrow, added up to 13 %."""
    today = world.workspace.clock().date()
    days = {"first_day": today - timedelta(days=1), "last_day": today + timedelta(days=1)}
    named = {"kind": "seasonal", "key": "fair", "title": "The fair", "level": "Tea fair", "percent": 5}
    return {**named, **days, **ADDING, **changes}


def given(world: World, customer: int) -> tuple[str, str, Any, str]:
    """The coupon's code, percent and limit, and what the label in the shop says."""
    document, label = world.coupon_of(customer).document, world.label_of(customer)
    assert document is not None
    assert label is not None
    return document["code"], document["amount"], document["usage_limit"], label["regulars_sentence"]


def applied(world: World, *definitions: dict[str, Any]) -> None:
    for each in definitions:
        enable_programme(world.workspace, each, who="the owner")
    world.plan()
    assert world.apply().complete
    world.assert_settled()


def test_a_sum_stands_in_the_shop_and_is_read_everywhere_and_ends_with_its_first_programme(
    world: World,
) -> None:
    applied(world, {**PROGRAMME, **ADDING})
    code, *_ = given(world, 3)
    applied(world, season(world))
    silver = "10 %: 5 % as Silver and 5 % (Tea fair)."
    assert given(world, 3) == (code, "10.00", 0, silver)
    assert given(world, 1)[1::2] == ("5.00", "5 %: Tea fair.")
    assert given(world, 4)[1] == "13.00"
    front = Storefront(world.workspace)
    shown = front.offer(front.shops()["tea"], "3", language="en")
    assert (shown.percent, shown.sentence, shown.code) == (10, silver, code)
    assert shown.next_step == "4,000.00\u00a0₴ more gives 13 %."
    assert shown.valid_until is not None
    card = person_card(world.workspace, f"{world.shop.id}:3")
    assert card is not None
    (offer,) = card.offers
    proof = Proof.model_validate(offer["proof"])
    assert (verify_proof(proof), offer["percent"], offer["valid_until"]) == ([], 1000, shown.valid_until)
    assert reason(proof).startswith("10 % together, of 13 % at most. 5 %: ")
    assert world.plan().empty
    world.clock.forward(days=3)
    enable_programme(world.workspace, {**PROGRAMME, **ADDING, "title": "Ours"}, who="the owner")
    applied(world)
    assert given(world, 3)[:2] == (code, "5.00")


def test_a_sum_with_something_for_one_order_is_a_code_for_one_order(world: World) -> None:
    applied(world, {**PROGRAMME, **ADDING})
    lasting, *_ = given(world, 3)
    applied(world, season(world, orders=1))
    once, percent, limit, said = given(world, 3)
    assert (percent, limit, once != lasting) == ("10.00", 1, True)
    assert said == "10 %: 5 % as Silver and 5 % (Tea fair). It works for 1 order."
    assert granted(world, 3) == [("given", "fair", ["regulars"], 1)]
    derive(world.workspace)
    assert world.plan(everybody=True).empty
    enable_programme(world.workspace, {**PROGRAMME, **ADDING, "key": "ours"}, who="the owner")
    disable_programme(world.workspace, "regulars", who="the owner")
    assert world.plan().empty
    assert granted(world, 3) == [("given", "fair", ["ours"], 1)]


def granted(world: World, customer: int) -> list[tuple[Any, ...]]:
    """By which programmes the account's given grant is, and for how many orders."""
    rows = world.rows("grant", "account_id", "state", "programme_key", "added", "orders")
    return [row[1:] for row in rows if row[:2] == (f"{world.shop.id}:{customer}", "given")]
