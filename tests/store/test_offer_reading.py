"""What one account may be shown of its offer."""

from typing import Any

import pytest
from sqlalchemy import event, update

from regulars_store import AccountOffering, Store, account_offering, tables
from storefront_world import ShoppingWorld, shopping_world

SILVER = 1_000_000


@pytest.fixture
def world(store: Store) -> ShoppingWorld:
    return shopping_world(store)


def read(world: ShoppingWorld, account: str, *, shop: int = 1) -> AccountOffering | None:
    with world.store.read() as connection:
        return account_offering(connection, shop, account)


def confirmed(world: ShoppingWorld, account: str, *, shop: int = 1) -> tuple[int, int, str]:
    found = read(world, account, shop=shop)
    assert found is not None
    return found.percent, found.confirmed, found.code


def test_a_given_code_that_stands_in_the_shop_is_read_with_its_percent(world: ShoppingWorld) -> None:
    account = world.regular("anna", SILVER, 700)
    assert confirmed(world, account) == (700, 700, f"reg-1-{account}")


@pytest.mark.parametrize("state", ["planned", "withdrawn", "replaced"])
def test_only_a_given_grant_counts(world: ShoppingWorld, state: str) -> None:
    account = world.shopper("anna", SILVER)
    world.granted(account, 700, state=state)
    assert confirmed(world, account) == (700, 0, "")


def test_a_grant_of_which_nothing_stands_any_more_does_not_count(world: ShoppingWorld) -> None:
    account = world.shopper("anna", SILVER)
    world.granted(account, 700, stands=False)
    assert confirmed(world, account) == (700, 0, "")


def test_a_discount_that_needs_no_code_has_none(world: ShoppingWorld) -> None:
    account = world.shopper("anna", SILVER)
    world.granted(account, 700, stands=False)
    world.standing(account, "label", account)
    assert confirmed(world, account) == (700, 700, "")


def test_two_accounts_of_one_person_never_share_a_code(world: ShoppingWorld) -> None:
    first = world.regular("anna", SILVER, 700)
    second = world.shopper("anna")
    elsewhere = world.shopper("anna", shop=2)
    assert confirmed(world, first)[2]
    assert confirmed(world, second) == (700, 0, "")
    assert confirmed(world, elsewhere, shop=2) == (700, 0, "")


def test_an_account_of_another_shop_is_not_found(world: ShoppingWorld) -> None:
    account = world.regular("anna", SILVER, 700)
    assert read(world, account, shop=2) is None
    assert read(world, f"1:{account}") is None


@pytest.mark.parametrize("change", [{"gone": True}, {"registered": False}, {"person_id": None}])
def test_an_account_that_nobody_can_log_in_to_is_not_found(
    world: ShoppingWorld, change: dict[str, object]
) -> None:
    account = world.regular("anna", SILVER, 700)
    world.change(tables.account, f"1:{account}", **change)
    assert read(world, account) is None


def test_a_shop_that_was_removed_answers_nobody(world: ShoppingWorld) -> None:
    account = world.regular("anna", SILVER, 700)
    with world.store.write() as connection:
        connection.execute(update(tables.shop).values(removed_at=tables.shop.c.added_at))
    assert read(world, account) is None


def test_neither_code_nor_proof_is_in_the_representation(world: ShoppingWorld) -> None:
    account = world.regular("anna", SILVER, 700)
    assert repr(read(world, account)) == "AccountOffering(700, 700)"


def test_no_part_of_it_grows_with_the_shop(sqlite_store: Store) -> None:
    world = shopping_world(sqlite_store)
    account = world.regular("anna", SILVER, 700)
    seen: list[tuple[str, Any]] = []
    with sqlite_store.read() as connection:
        event.listen(connection, "before_cursor_execute", lambda _c, _k, *said: seen.append(said[:2]))
        account_offering(connection, 1, account)
        ((statement, parameters),) = list(seen)
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    steps = [row[3] for row in plan if row[3].startswith(("SEARCH", "SCAN"))]
    assert len(steps) == 6
    assert all("(id=?)" in step or "(rowid=?)" in step or "(account_id=?)" in step for step in steps)
