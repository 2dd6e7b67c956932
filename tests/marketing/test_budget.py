"""Budgets of programmes: what offers may cost is reserved, and beyond it nothing is given."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from budget_world import (
    NO_MORE,
    SEASON,
    assert_books_balance,
    exposed,
    given,
    proved,
    season,
    state,
    swept,
)
from purchases import NOW, World, gift, refused, tiers
from regulars_marketing import Proof, next_step, sentence, verify_proof
from regulars_marketing._exposure import exposure_of
from regulars_marketing._programmes import disable_programme
from regulars_marketing._proof import ProofTier, sealed
from regulars_store import tables
from regulars_store._erasure_rows import rename_accounts

LATER = NOW + timedelta(days=3)


@pytest.mark.parametrize(
    ("percent", "amount", "reckoned", "orders", "cost"),
    [
        (7_50, 0, 333_33, None, (25_00, 1)),  # 24.99975
        (5_00, 0, 10, 1, (1, 1)),  # half a cent
        (5_00, 0, 9, 1, (0, 1)),  # 0.45 of a cent
        (10_00, 0, 1_05, 3, (33, 3)),  # 10.5 cents an order, each rounded by itself
        (0, 50_00, None, 3, (150_00, 3)),
        (0, 50_00, None, None, (50_00, 1)),
    ],
)
def test_what_an_offer_may_cost_is_reckoned_an_order_half_up(
    percent: int, amount: int, reckoned: int | None, orders: int | None, cost: tuple[int, int]
) -> None:
    assert exposure_of(percent, amount, reckoned_order=reckoned, orders=orders) == cost


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"budget": "0"}, "budget: must be above 0"),
        ({"budget": "-5.00"}, "budget: must be above 0"),
        ({"budget": "5.001"}, "budget: '5.001' is finer than UAH allows"),
        ({"budget": "9.99"}, "budget: is not enough for one order"),
        ({"reckoned_order": None}, "reckoned_order: is missing; a budget of percents needs"),
        ({"reckoned_order": "0.01"}, "reckoned_order: is so small that its discount comes to nothing"),
        ({"budget": None}, "reckoned_order: is for the budget of percents; remove it"),
        ({"percent": None, "amount": "5.00"}, "reckoned_order: is for the budget of percents; remove it"),
        ({"currency": None}, "budget: is a sum of money; say in which currency"),
        ({"margin_floor": 100}, "margin_floor: is no margin; write a percentage from 0 to 99.99"),
        ({"margin_floor": "NaN"}, "margin_floor: is no margin"),
        ({"margin_floor": True}, "margin_floor: is no margin"),
        ({"margin_floor": "5.005"}, "margin_floor: is too fine"),
        (
            {"percent": None, "amount": "5.00", "reckoned_order": None, "margin_floor": 5},
            "margin_floor: is for percents",
        ),
    ],
)
def test_a_budget_that_cannot_be_held_is_refused_in_words(changes: dict[str, Any], words: str) -> None:
    definition = {**season().model_dump(mode="json"), **changes}
    if "budget" not in changes:
        definition["budget"] = "20.00" if changes.get("currency", "UAH") else definition["budget"]
    definition.pop("kind")
    assert words in refused("seasonal", **definition)


def test_whoever_finds_no_room_gets_the_next_best_and_the_budget_is_never_exceeded(world: World) -> None:
    world.programme(season())
    world.programme(gift("seasonal", **{**SEASON, "key": "small", "percent": 3}))
    accounts = [world.account(person) for person in ("ann", "bob", "cat")]
    rest = {"ann": ("seasonal", 10_00), "bob": ("seasonal", 10_00), "cat": ("small", 3_00)}
    assert given(world, "ann", "bob", "cat") == rest
    assert given(world, "cat", "bob", "ann", days=1) == rest
    assert exposed(world) == [(account, 10_00, "reserved") for account in accounts[:2]]
    full = state(world)
    assert (full.issued, full.left, full.accounts, full.full_since) == (20_00, 0, 2, NOW)
    assert_books_balance(world)
    world.programme(season(budget="30.00"))
    assert given(world, "cat") == {**rest, "cat": ("seasonal", 10_00)}
    assert (state(world).left, state(world).full_since) == (0, NOW)
    world.programme(season(budget="50.00"))
    given(world, "ann")
    assert (state(world).left, state(world).full_since) == (20_00, None)
    assert_books_balance(world)


def test_a_lowered_budget_takes_nothing_back_and_gives_no_more(world: World) -> None:
    world.programme(season(budget="20.00"))
    for person in ("ann", "bob", "cat"):
        world.account(person)
    held = {"ann": ("seasonal", 10_00), "bob": ("seasonal", 10_00)}
    assert given(world, "ann", "bob") == held
    world.programme(season(budget="10.00"))
    assert given(world, "ann", "bob", "cat") == held
    assert (state(world).issued, state(world).left) == (20_00, 0)


def test_a_budget_for_a_programme_that_runs_counts_whom_it_serves_already(world: World) -> None:
    plain = {"currency": None, "budget": None, "reckoned_order": None}
    world.programme(season(**plain))
    for person in ("ann", "bob", "zoe"):
        world.account(person)
    world.compute("bob", "zoe")
    world.programme(season())
    assert given(world, "ann", "bob", "zoe") == {"bob": ("seasonal", 10_00), "zoe": ("seasonal", 10_00)}
    assert state(world).issued == 20_00
    assert_books_balance(world)


def test_guests_reserve_nothing_and_whoever_registers_finds_the_room(world: World) -> None:
    world.programme(season())
    guests = [world.account(each, registered=False) for each in ("a-guest", "b-guest", "c-guest")]
    ann, bob = world.account("ann"), world.account("bob")
    had = ("seasonal", 10_00)
    every = dict.fromkeys(("a-guest", "b-guest", "c-guest", "ann"), had)
    assert given(world, "a-guest", "b-guest", "c-guest", "ann") == every
    assert exposed(world) == [(ann, 10_00, "reserved")]
    member = world.account("b-guest")
    assert given(world, "a-guest", "b-guest", "bob", "ann") == every
    assert exposed(world) == [(ann, 10_00, "reserved"), (member, 10_00, "reserved")]
    assert guests[1] not in world.offers()
    full = state(world)
    assert (full.issued, full.accounts, full.full_since) == (20_00, 2, NOW)
    # Guests are not who makes a budget full, nor told of it, in whatever order and however often.
    assert given(world, "c-guest", "a-guest", "ann", "bob", "b-guest", days=1) == every
    assert bob not in world.offers()
    assert_books_balance(world)


def test_a_new_budget_counts_no_guests_and_what_one_has_reserved_is_released(world: World) -> None:
    plain = {"currency": None, "budget": None, "reckoned_order": None}
    world.programme(season(**plain))
    guest, ann = world.account("guest", registered=False), world.account("ann")
    world.compute("guest", "ann")
    world.programme(season())
    given(world, "ann")
    assert exposed(world) == [(ann, 10_00, "reserved")]
    world.change(tables.account, ann, registered=False)
    assert given(world, "guest", "ann") == dict.fromkeys(("guest", "ann"), ("seasonal", 10_00))
    assert exposed(world) == [(ann, 10_00, "released")]
    world.change(tables.account, guest, registered=True)
    given(world, "guest")
    assert exposed(world) == [(guest, 10_00, "reserved"), (ann, 10_00, "released")]
    assert_books_balance(world)


def test_room_is_released_when_no_code_can_be_used_any_more_and_goes_to_the_next(world: World) -> None:
    world.programme(season(budget="10.00"))
    ann, bob = world.account("ann"), world.account("bob")
    assert given(world, "ann", "bob") == {"ann": ("seasonal", 10_00)}
    grant = world.grant(ann, programme="seasonal")
    world.change(tables.account, ann, gone=True)
    # The offer is gone, but its coupon stands in the shop.
    assert given(world, "ann", "bob", days=1) == {}
    assert exposed(world) == [(ann, 10_00, "reserved")]
    world.change(tables.grant, grant, state="withdrawn", withdrawn_at=NOW + timedelta(days=1))
    swept(world, days=1)
    # An order placed with it may still be on its way to us.
    assert exposed(world) == [(ann, 10_00, "reserved")]
    swept(world, days=3)
    assert given(world, "bob", days=3) == {"bob": ("seasonal", 10_00)}
    assert exposed(world) == [(ann, 10_00, "released"), (bob, 10_00, "reserved")]
    assert_books_balance(world)


def test_what_was_used_stays_spent_by_its_orders(world: World) -> None:
    world.programme(season(budget="30.00", orders=3))
    ann, bob = world.account("ann"), world.account("bob")
    given(world, "ann", "bob")
    grant = world.grant(ann, programme="seasonal")
    for number, day in (("1:old", -2), ("1:a", 1), ("1:b", 2)):
        use = {"grant_id": grant, "order_id": number, "at": NOW + timedelta(days=day), "currency": "UAH"}
        with world.store.write() as connection:
            connection.execute(insert(tables.grant_use), [use])
    world.change(tables.grant, grant, state="withdrawn", withdrawn_at=NOW)
    with world.store.write() as connection:
        disable_programme(connection, "seasonal", who="owner", now=NOW)
    given(world, "ann", "bob", days=3)
    assert exposed(world) == [(ann, 20_00, "spent")]
    world.programme(season(budget="30.00", orders=1))
    assert given(world, "ann", "bob", days=3) == {"bob": ("seasonal", 10_00)}
    assert exposed(world) == [(ann, 20_00, "spent"), (bob, 10_00, "reserved")]
    assert (state(world).spent, state(world).reserved, state(world).left) == (20_00, 10_00, 0)
    assert_books_balance(world)


def test_whoever_rises_without_room_for_more_keeps_what_they_have(world: World) -> None:
    limits = {"budget": "12.00", "reckoned_order": "100.00"}
    world.programme(tiers(**limits))
    ann, bob = world.account("ann"), world.account("bob")
    world.order(ann, 5_000_00)
    world.order(bob, 10_000_00)
    assert given(world, "ann", "bob") == {"ann": ("regulars", 5_00), "bob": ("regulars", 7_00)}
    world.order(ann, 20_000_00)
    assert given(world, "ann")["ann"] == ("regulars", 5_00)
    held = world.offers()[ann]
    assert held.held == (
        "The budget of regulars has no room for more, so nothing higher is offered until there is some."
    )
    world.programme(tiers(**limits | {"budget": "17.00"}))
    assert given(world, "ann")["ann"] == ("regulars", 10_00)
    assert world.offers()[ann].held is None
    assert exposed(world) == [(ann, 10_00, "reserved"), (bob, 7_00, "reserved")]
    # Back down: the higher code counts until the shop has the lower one.
    grant = world.grant(ann, programme="regulars")
    with world.store.write() as connection:
        goods = update(tables.order).where(tables.order.c.account_id == ann)
        connection.execute(goods.values(goods=2_500_00))
    assert given(world, "ann")["ann"] == ("regulars", 5_00)
    assert exposed(world)[0] == (ann, 10_00, "reserved")
    world.change(tables.grant, grant, percent=5_00)
    given(world, "ann")
    assert exposed(world)[0] == (ann, 5_00, "reserved")
    assert_books_balance(world)


def risen(world: World, **changes: Any) -> tuple[str, str]:
    """Two who have 5 % of 1,000.00 each, and room for 10.00 more: the first has risen to 10 %."""
    world.programme(tiers(**{"budget": "110.00", "reckoned_order": "1000.00", **changes}))
    ann, bob = world.account("ann"), world.account("bob")
    for account in (ann, bob):
        world.order(account, 5_000_00)
    world.compute("ann", "bob")
    world.order(ann, 15_000_00)
    world.compute("ann", "bob")
    return ann, bob


def test_whoever_rises_without_room_has_the_same_whoever_they_are_and_when_all_is_computed_anew(
    world: World,
) -> None:
    ann, bob = risen(world)
    plain, held = (5_00, "Bronze", None), (5_00, "Bronze", NO_MORE)
    books = [(ann, 50_00, "reserved"), (bob, 50_00, "reserved")]
    assert (proved(world, ann), proved(world, bob)) == (held, plain)
    for person, of_bob in (("bob", plain), ("ann", held), ("bob", plain), ("cat", plain)):
        world.change(tables.account, bob, person_id=person)
        for forgotten in (False, True):
            if forgotten:
                with world.store.write() as connection:
                    connection.execute(delete(tables.offer))
            world.compute("ann", "bob", "cat")
            assert (proved(world, ann), proved(world, bob)) == (held, of_bob)
            assert exposed(world) == books
    assert_books_balance(world)


def test_the_highest_tier_that_is_reserved_or_has_room_is_given_and_no_higher_one_promised(
    world: World,
) -> None:
    ann, bob = risen(world, budget="120.00")
    assert proved(world, ann) == (7_00, "Silver", NO_MORE)
    assert exposed(world) == [(ann, 70_00, "reserved"), (bob, 50_00, "reserved")]
    proof = Proof.model_validate(world.offers()[ann].proof)
    said = "7 %, because you bought for 20,000.00\N{NO-BREAK SPACE}₴ in our shops."
    assert (sentence(proof), next_step(proof)) == (said, "")
    cat = world.account("cat")
    world.order(cat, 20_000_00)
    assert "cat" not in given(world, "ann", "bob", "cat")
    world.programme(tiers(budget="175.00", reckoned_order="1000.00"))
    assert given(world, "cat")["cat"] == ("regulars", 5_00)
    assert proved(world, cat) == (5_00, "Bronze", NO_MORE)
    assert_books_balance(world)


def test_in_a_sum_too_the_tier_for_which_there_is_room_is_given(world: World) -> None:
    adding = {"adds": True, "cap": 30}
    world.programme(season(key="june", percent=4, currency=None, budget=None, reckoned_order=None, **adding))
    ann, bob = risen(world, **adding)
    for _ in range(2):
        assert proved(world, ann) == (9_00, "Bronze", NO_MORE)
        whole = Proof.model_validate(world.offers()[ann].proof)
        assert (whole.own or whole.added[0].own, next_step(whole)) == (5_00, "")
        with world.store.write() as connection:
            connection.execute(delete(tables.offer))
        world.change(tables.account, bob, person_id="ann")
        world.compute("ann", "bob")
    assert exposed(world) == [(ann, 50_00, "reserved"), (bob, 50_00, "reserved")]


def test_a_lost_tier_is_kept_only_so_far_as_there_is_room(world: World) -> None:
    """Ann reached 10 and 7 % without room for them, and lost them: she has the 5 % that she still reaches."""
    ann, _ = risen(world, downgrade="never")
    back = update(tables.order).where(tables.order.c.goods == 15_000_00)
    with world.store.write() as connection:
        connection.execute(back.values(goods=1_00))
    world.compute("ann")
    assert proved(world, ann) == (5_00, "Bronze", NO_MORE)
    world.programme(tiers(budget="120.00", reckoned_order="1000.00", downgrade="never"))
    world.compute("ann")
    assert proved(world, ann) == (7_00, "Silver", NO_MORE)
    assert Proof.model_validate(world.offers()[ann].proof).kept is not None


def test_a_proof_that_tells_of_no_room_cannot_give_what_was_not_reached(world: World) -> None:
    ann, _ = risen(world)
    proof = Proof.model_validate(world.offers()[ann].proof)
    beyond = ProofTier(40_000_00, 20_00, 0, "Platinum")
    assert proof.room is not None
    for change, problem in (
        ({"room": proof.reached}, "there is room for the one from 2000000 at 1000 hundredths"),
        ({"room": beyond, "percent": 20_00}, "there is room for the one from 4000000 at 2000 hundredths"),
        ({"room": replace(proof.room, percent=6_00), "percent": 6_00}, "at 600 hundredths, which is no tier"),
        ({"room": None}, "the percent is 1000 hundredths, not 500"),
        ({"percent": 7_00}, "the percent is 500 hundredths, not 700"),
        ({"counted": 4_000_00}, "the tier reached is none"),
    ):
        forged, _ = sealed(proof.model_copy(update=change))
        assert any(problem in each for each in verify_proof(forged)), change


def test_nobody_is_promised_a_first_tier_for_which_there_is_no_room(world: World) -> None:
    world.programme(tiers(budget="5.00", reckoned_order="100.00"))
    ann, bob = world.account("ann"), world.account("bob")
    assert given(world, "bob") == {"bob": ("regulars", 0)}
    world.order(ann, 5_000_00)
    assert given(world, "ann", "bob") == {"ann": ("regulars", 5_00)}
    assert exposed(world) == [(ann, 5_00, "reserved")]
    assert bob


def test_merges_and_splits_neither_double_nor_lose_what_is_reserved(world: World) -> None:
    world.programme(season())
    ann, bob = world.account("ann"), world.account("bob")
    given(world, "ann", "bob")
    before = exposed(world)
    world.change(tables.account, bob, person_id="ann")
    given(world, "ann", "bob")
    assert exposed(world) == before
    world.change(tables.account, bob, person_id="bob")
    given(world, "ann", "bob")
    assert exposed(world) == before
    assert_books_balance(world)
    assert ann


def test_a_sum_counts_with_each_programme_that_it_is_made_of(world: World) -> None:
    adding = {"adds": True, "cap": 13}
    world.programme(season(key="a", percent=10, budget="10.00", **adding))
    world.programme(season(key="b", percent=4, budget="4.00", **adding))
    ann, bob = world.account("ann"), world.account("bob")
    assert sorted(given(world, "ann", "bob")) == ["ann"]
    assert world.offers()[ann].percent == 13_00
    assert exposed(world) == [(ann, 10_00, "reserved"), (ann, 4_00, "reserved")]
    swept(world, days=5)
    assert (state(world, "a").left, state(world, "b").left) == (0, 0)
    world.programme(season(key="b", percent=4, budget="8.00", **adding))
    assert given(world, "bob")["bob"] == ("b", 4_00)
    assert exposed(world)[-1] == (bob, 4_00, "reserved")
    assert_books_balance(world)


def test_another_currency_begins_a_count_of_its_own(world: World) -> None:
    world.programme(season())
    ann, bob = world.account("ann"), world.account("bob")
    given(world, "ann", "bob")
    world.change(tables.account, bob, gone=True)
    world.programme(season(currency="EUR", budget="9.00", reckoned_order="70.00"))
    assert given(world, "ann", "bob") == {"ann": ("seasonal", 10_00)}
    assert exposed(world) == [(ann, 7_00, "reserved"), (bob, 10_00, "released")]
    with world.store.read() as connection:
        rows = connection.execute(select(tables.programme_budget)).all()
    assert {row.currency: row.issued for row in rows} == {"UAH": 0, "EUR": 7_00}
    assert (state(world).currency, state(world).left) == ("EUR", 2_00)


def test_an_erased_account_leaves_its_sum_in_the_books(world: World) -> None:
    world.programme(season())
    ann = world.account("ann")
    given(world, "ann")
    with world.store.write() as connection:
        rename_accounts(connection, {ann: "1:token"})
    assert exposed(world) == [("1:token", 10_00, "reserved")]
    assert_books_balance(world)


def test_what_was_planned_and_given_up_before_it_was_written_takes_no_room(world: World) -> None:
    world.programme(season())
    ann = world.account("ann")
    given(world, "ann")
    world.grant(ann, programme="seasonal", state="planned")
    world.change(tables.account, ann, gone=True)
    operation = {"id": "o", "plan_id": "p", "position": 0, "shop_id": 1, "account_id": ann, "verb": "create"}
    operation |= {"target_kind": "coupon", "target_key": "c", "reason": "", "state": "planned", "attempts": 0}
    plan = {"id": "p", "shop_id": 1, "state": "open", "digest": "", "mechanism": "", "summary": {}}
    with world.store.write() as connection:
        connection.execute(insert(tables.plan), [{**plan, "created_at": NOW}])
        connection.execute(insert(tables.push_operation), [operation])
    given(world, "ann")
    assert exposed(world) == [(ann, 10_00, "reserved")]
    world.change(tables.push_operation, "o", state="superseded")
    swept(world)
    assert exposed(world) == [(ann, 10_00, "released")]
    assert_books_balance(world)
