"""The books of what stands in a shop, held against what its people did there by hand."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

import regulars_store as stored
from purchases import NOW, World
from regulars_store import Store, tables

GIVEN, EDITED = {"amount": "5.00"}, {"amount": "50.00"}
KEY = ("coupon", "reg-a")


@pytest.fixture
def world(store: Store) -> World:
    made = World(store)
    made.shop(1, "tea")
    made.shop(2, "cake")
    return made


def stands(world: World, kind: str, key: str, *, account: str = "1:1", shop: int = 1, **more: Any) -> None:
    row = {"shop_id": shop, "target_kind": kind, "target_key": key, "account_id": account}
    row |= {"document": GIVEN, "remote_id": "7", "confirmed_at": NOW, **more}
    with world.store.write() as connection:
        connection.execute(insert(tables.push_state), [row])


def wrote(world: World, number: int, state: str, *, verb: str = "update", **more: Any) -> None:
    """One more write of the coupon, later than those before."""
    row: dict[str, Any] = {"id": f"op{number}", "plan_id": f"p{number}", "position": 0, "shop_id": 1}
    row |= {"account_id": "1:1", "target_kind": "coupon", "target_key": "reg-a", "verb": verb, "reason": ""}
    row |= {"state": state, "confirmed_at": NOW + timedelta(minutes=number), **more}
    with world.store.write() as connection:
        stored.start_plan(connection, plan_id=f"p{number}", shop_id=1, mechanism="coupons", now=NOW)
        stored.add_operations(connection, [row])


def left(world: World) -> Any:
    with world.store.read() as connection:
        return stored.last_left(connection, 1, [KEY, ("label", "1")]).get(KEY, "nothing known")


def test_how_our_writes_last_left_a_target_is_told_by_the_newest_that_was_decided(world: World) -> None:
    assert left(world) == "nothing known"
    wrote(world, 1, "confirmed", document=GIVEN)
    wrote(world, 2, "superseded", document=EDITED)
    wrote(world, 3, "confirmed", verb="discard", before=GIVEN)
    assert left(world) == GIVEN
    wrote(world, 4, "drifted", before=EDITED, document=GIVEN)
    assert left(world) == EDITED
    wrote(world, 5, "confirmed", verb="delete", before=GIVEN)
    assert left(world) is None
    wrote(world, 6, "refused", verb="create", document=GIVEN)
    assert left(world) == "nothing known"


def test_what_was_seen_is_kept_in_the_books_of_its_own_shop(world: World) -> None:
    for key in ("reg-a", "reg-b"):
        stands(world, "coupon", key)
        stands(world, "coupon", key, shop=2)
    with world.store.write() as connection:
        books = stored.standing_of_keys(connection, 1, "coupon", ["reg-a", "reg-b"])
        seen = [stored.SeenTarget(books["reg-a"], EDITED, "8"), stored.SeenTarget(books["reg-b"], None)]
        stored.adopt_seen(connection, 1, seen, now=NOW)
    with world.store.read() as connection:
        (kept,) = stored.standing_after(connection, 1, "coupon", after="", limit=5)
        assert (kept.key, kept.document, kept.remote_id) == ("reg-a", EDITED, "8")
        assert len(stored.standing_after(connection, 2, "coupon", after="", limit=5)) == 2
        assert stored.standing_after(connection, 2, "coupon", after="reg-a", limit=5)[0].key == "reg-b"
        assert stored.standing_of_remotes(connection, 1, "coupon", ["7", "8"]).keys() == {"8"}


def test_only_a_write_without_an_answer_is_unanswered(world: World) -> None:
    wrote(world, 1, "confirmed", document=GIVEN)
    wrote(world, 2, "planned", document=GIVEN)
    with world.store.read() as connection:
        assert stored.unanswered_keys(connection, 1, "coupon", ["reg-a"]) == set()
    wrote(world, 3, "sent", document=GIVEN)
    with world.store.read() as connection:
        assert stored.unanswered_keys(connection, 1, "coupon", ["reg-a"]) == {"reg-a"}
        assert stored.unanswered_keys(connection, 2, "coupon", ["reg-a"]) == set()


def test_labels_differ_where_they_landed_otherwise_than_they_stand(world: World) -> None:
    same, other, gone = (world.account(f"person{number}") for number in range(3))
    for account in (same, other, gone):
        stands(world, "label", account.partition(":")[2], account=account)
    accounts = tables.account
    with world.store.write() as connection:
        connection.execute(update(accounts).where(accounts.c.id == same).values(labels=GIVEN))
        connection.execute(update(accounts).where(accounts.c.id == gone).values(gone=True))
    ids = [account.partition(":")[2] for account in (same, other, gone)]
    with world.store.read() as connection:
        assert stored.differing_labels(connection, 1, "label", ids) == [other.partition(":")[2]]
        assert stored.accounts_known(connection, [same, "1:nobody"]) == {same}
