"""What planning reads and writes of offers, grants and plans."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select

import regulars_store as stored
from offer_rows import give_offer
from purchases import NOW, World
from regulars_store import Store, tables


@pytest.fixture
def world(store: Store) -> World:
    made = World(store)
    made.shop(1, "tea")
    made.shop(2, "cake")
    return made


def customer(world: World, person: str, *, percent: int = 500, shop: int = 1) -> str:
    account = world.account(person, shop=shop)
    give_offer(world.store, account, percent)
    return account


def standing(world: World, account: str) -> None:
    row = {
        "account_id": account,
        "target_kind": "coupon",
        "target_key": f"reg-{account}",
        "remote_id": "1",
    }
    row |= {"shop_id": int(account[0]), "document": {"amount": "5.00"}, "confirmed_at": NOW}
    with world.store.write() as connection:
        connection.execute(insert(tables.push_state), [row])


def started(world: World, plan_id: str, *, shop: int = 1, later: int = 0, mechanism: str = "coupons") -> None:
    at = NOW + timedelta(minutes=later)
    with world.store.write() as connection:
        stored.start_plan(connection, plan_id=plan_id, shop_id=shop, mechanism=mechanism, now=at)


def finished(world: World, plan_id: str, state: str = "open") -> None:
    with world.store.write() as connection:
        stored.finish_plan(connection, plan_id, digest="d", summary={"counts": {}}, state=state)


def operations(world: World, plan_id: str, states: Sequence[str], *, account: str = "1:1") -> None:
    rows = [
        {
            "id": f"{plan_id}-{number}",
            "plan_id": plan_id,
            "position": number,
            "shop_id": 1,
            "account_id": f"{account}{number}",
            "target_kind": "coupon",
            "target_key": f"reg-{number}",
            "verb": "create",
            "before": None,
            "document": {"amount": "5.00"},
            "remote_id": None,
            "reason": "Bronze: 5 %",
            "state": state,
        }
        for number, state in enumerate(states)
    ]
    with world.store.write() as connection:
        stored.add_operations(connection, rows)


def states(world: World) -> list[Any]:
    query = select(tables.push_operation.c.state).order_by(tables.push_operation.c.id)
    with world.store.read() as connection:
        return list(connection.scalars(query))


def test_offered_accounts_are_a_person_s_active_accounts_in_that_shop_each_with_its_own_offer(
    world: World,
) -> None:
    first, second = customer(world, "p1", percent=700), customer(world, "p1", percent=300)
    gone = customer(world, "p1")
    world.change(tables.account, gone, gone=True)
    world.account("p1")
    customer(world, "p1", shop=2)
    customer(world, "p2")
    with world.store.read() as connection:
        found = stored.offered_accounts(connection, 1, ["p1"])
    assert [(each.id, each.person_id, each.percent) for each in found] == [
        (first, "p1", 700),
        (second, "p1", 300),
    ]
    assert "example" not in repr(found[0])


def test_a_guest_with_an_offer_is_told_to_be_one(world: World) -> None:
    guest = customer(world, "p1")
    world.change(tables.account, guest, registered=False)
    with world.store.read() as connection:
        (found,) = stored.offered_accounts(connection, 1, ["p1"])
    assert (found.id, found.registered) == (guest, False)


def test_an_account_is_stranded_once_its_own_offer_is_gone_whatever_others_of_the_person_have(
    world: World,
) -> None:
    kept, bereft = customer(world, "p1"), customer(world, "p1")
    for account in (kept, bereft):
        standing(world, account)
    with world.store.write() as connection:
        connection.execute(delete(tables.offer).where(tables.offer.c.id == bereft))
        assert stored.stranded_accounts(connection, 1) == [bereft]
        stored.mark_dirty(connection, "facts", ["p1"])
        assert stored.stranded_accounts(connection, 1) == []


def test_persons_with_offers_come_once_each_by_id(world: World) -> None:
    for person in ("p3", "p1", "p2", "p1", "p1"):
        customer(world, person)
    customer(world, "p0", shop=2)
    with world.store.read() as connection:
        assert stored.persons_with_offers(connection, 1, after="", limit=2) == ["p1", "p2"]
        assert stored.persons_with_offers(connection, 1, after="p2", limit=2) == ["p3"]


def test_a_whole_shop_is_marked_and_marking_again_is_another_mark(world: World) -> None:
    for person in ("p1", "p1", "p2"):
        customer(world, person)
    customer(world, "p3", shop=2)
    with world.store.write() as connection:
        stored.mark_dirty(connection, "offers:1", ["p1", "p9"])
        before = stored.dirty_marks(connection, "offers:1", limit=9)
        stored.mark_offers_of(connection, 1)
        stored.clear_dirty(connection, "offers:1", before)
    assert (world.dirty(1), world.dirty(2)) == ({"p1", "p2"}, set())


def test_accounts_without_person_or_offer_are_stranded_unless_they_are_being_derived(world: World) -> None:
    kept, gone, left, lost = (customer(world, f"p{number}") for number in range(4))
    for account in (kept, gone, left, lost, "1:999"):
        standing(world, account)
    world.change(tables.account, gone, gone=True)
    world.change(tables.account, left, person_id=None)
    world.change(tables.account, lost, person_id="p-new")
    with world.store.read() as connection:
        assert stored.stranded_accounts(connection, 1) == sorted([gone, left, lost, "1:999"])
        assert stored.stranded_accounts(connection, 2) == []
    with world.store.write() as connection:
        stored.mark_dirty(connection, "identity", [left])
        stored.mark_dirty(connection, "facts", ["p-new"])
    with world.store.read() as connection:
        assert stored.stranded_accounts(connection, 1) == sorted([gone, "1:999"])


def test_a_newer_plan_voids_what_was_not_sent_and_names_whoever_it_concerns(world: World) -> None:
    started(world, "old")
    finished(world, "old")
    operations(world, "old", ["planned", "sent", "confirmed", "refused", "drifted"])
    with world.store.write() as connection:
        assert stored.supersede_plans(connection, 1) == ["1:10", "1:11", "1:14"]
    assert states(world) == ["superseded", "sent", "confirmed", "refused", "drifted"]
    with world.store.read() as connection:
        assert stored.open_plan_of(connection, 1) is None
        found = stored.plan_of(connection, "old")
    assert found is not None
    assert found.state == "superseded"


def test_plans_of_another_shop_and_finished_ones_stay(world: World) -> None:
    started(world, "other", shop=2)
    finished(world, "other")
    started(world, "done")
    finished(world, "done", "applied")
    with world.store.write() as connection:
        assert stored.supersede_plans(connection, 1) == []
    with world.store.read() as connection:
        assert stored.open_plan_of(connection, 2) is not None


def test_the_last_mechanism_is_that_of_the_newest_plan_that_was_built_to_its_end(world: World) -> None:
    with world.store.read() as connection:
        assert stored.last_mechanism(connection, 1) is None
    started(world, "a")
    finished(world, "a")
    started(world, "b", later=1, mechanism="companion")
    with world.store.read() as connection:
        assert stored.last_mechanism(connection, 1) == "coupons"
    finished(world, "b")
    with world.store.read() as connection:
        assert stored.last_mechanism(connection, 1) == "companion"
        assert stored.last_mechanism(connection, 2) is None


def test_persons_of_many_accounts_are_found_each_once(world: World) -> None:
    accounts = [world.account(f"p{number % 3}") for number in range(9)]
    absent = [f"1:{number}" for number in range(10_000, 11_500)]
    with world.store.read() as connection:
        assert stored.persons_of(connection, [*absent, *accounts]) == ["p0", "p1", "p2"]


def test_persons_are_marked_in_the_shops_where_they_have_an_offer(world: World) -> None:
    customer(world, "p1")
    customer(world, "p1")
    customer(world, "p2", shop=2)
    moved = customer(world, "p3", shop=2)
    world.change(tables.account, moved, person_id="p4")
    with world.store.write() as connection:
        stored.mark_offered(connection, ["p1", "p2", "p3", "p4", "p-unknown"])
    assert (world.dirty(1), world.dirty(2)) == ({"p1"}, {"p2", "p4"})


def test_planned_grants_change_or_go_and_given_ones_never_go(world: World) -> None:
    customer(world, "p1", percent=700)
    rows = [
        {
            "id": name,
            "account_id": "1:1",
            "shop_id": 1,
            "programme_key": "regulars",
            "programme_version": 1,
            "code": "reg-1",
            "percent": 500,
            "state": state,
            "given_at": NOW,
        }
        for name, state in (("given", "given"), ("planned", "planned"), ("dropped", "planned"))
    ]
    with world.store.write() as connection:
        stored.add_grants(connection, rows)
        (offered,) = stored.offered_accounts(connection, 1, ["p1"])
        stored.change_grants(connection, {"planned": offered}, dropped=["dropped", "given"])
        found = stored.active_grants(connection, ["1:1", "1:2"])
    assert set(found) == {"1:1"}
    gifts = {state: held.gift.percent for state, held in found["1:1"].items()}
    assert gifts == {"given": 500, "planned": 700}
    with world.store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(tables.grant)) == 2


def test_marks_are_read_on_from_a_key(store: Store) -> None:
    with store.write() as connection:
        stored.mark_dirty(connection, "facts", ["a", "b", "c"])
    with store.read() as connection:
        assert [mark.key for mark in stored.dirty_marks(connection, "facts", limit=2)] == ["a", "b"]
        assert [mark.key for mark in stored.dirty_marks(connection, "facts", limit=2, after="b")] == ["c"]
