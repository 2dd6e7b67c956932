"""What tells a stray from what stands: the books of one shop, and what is underway there."""

from typing import Any

import pytest
from sqlalchemy import insert, update

import regulars_store as stored
from purchases import NOW, World
from regulars_store import Store, tables

CODES = ["reg-a", "reg-b", "reg-c"]


@pytest.fixture
def world(store: Store) -> World:
    made = World(store)
    made.shop(1, "tea")
    made.shop(2, "cake")
    return made


def stands(world: World, code: str, *, account: str = "1:1", shop: int = 1, remote: str | None = "7") -> None:
    row = {"shop_id": shop, "target_kind": "coupon", "target_key": code, "account_id": account}
    row |= {"document": {}, "remote_id": remote, "confirmed_at": NOW}
    with world.store.write() as connection:
        connection.execute(insert(tables.push_state), [row])


def underway(world: World, code: str, *, state: str, verb: str = "create", shop: int = 1) -> None:
    plan = f"plan-{code}"
    row: dict[str, Any] = {"id": code, "plan_id": plan, "position": 0, "shop_id": shop, "account_id": "1:1"}
    row |= {"target_kind": "coupon", "target_key": code, "verb": verb, "reason": "", "state": state}
    with world.store.write() as connection:
        stored.start_plan(connection, plan_id=plan, shop_id=shop, mechanism="coupons", now=NOW)
        stored.add_operations(connection, [row])


def test_what_stands_is_told_with_the_number_it_had_in_its_own_shop(world: World) -> None:
    stands(world, "reg-a")
    stands(world, "reg-b", remote=None)
    stands(world, "reg-c", shop=2)
    with world.store.read() as connection:
        assert stored.standing_ids(connection, 1, "coupon", CODES) == {"reg-a": "7", "reg-b": None}
        assert stored.standing_ids(connection, 1, "label", CODES) == {}
        assert stored.standing_ids(connection, 1, "coupon", []) == {}


@pytest.mark.parametrize(
    ("state", "verb", "named"),
    [
        ("planned", "create", True),
        ("sent", "update", True),
        ("sent", "delete", True),
        ("sent", "discard", False),
        ("confirmed", "create", False),
        ("superseded", "create", False),
        ("refused", "create", False),
    ],
)
def test_underway_is_what_a_write_names_that_is_planned_or_unanswered(
    world: World, state: str, verb: str, *, named: bool
) -> None:
    underway(world, "reg-a", state=state, verb=verb)
    underway(world, "reg-b", state="sent", shop=2)
    with world.store.read() as connection:
        assert (stored.keys_underway(connection, 1, "coupon", CODES) == {"reg-a"}) == named
        assert stored.keys_underway(connection, 1, "label", CODES) == set()


def test_accounts_a_plan_can_change_are_the_active_ones_and_those_gone_that_hold_something(
    world: World,
) -> None:
    active, gone, holding = (world.account(f"person{number}") for number in range(3))
    world.account("elsewhere", shop=2)
    accounts = tables.account
    with world.store.write() as connection:
        connection.execute(update(accounts).where(accounts.c.id.in_([gone, holding])).values(gone=True))
    for code, account in (("reg-a", active), ("reg-b", holding), ("reg-c", holding), ("reg-d", "1:erased")):
        stands(world, code, account=account)
    with world.store.read() as connection:
        assert stored.touchable_accounts(connection, 1) == 3
        assert stored.touchable_accounts(connection, 2) == 1
