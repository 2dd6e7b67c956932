"""What one account may be shown of its offer."""

from typing import Any

import pytest
from sqlalchemy import event, update

from offer_rows import give_offer
from regulars_store import AccountOffering, Store, account_offering, tables
from storefront_world import ShoppingWorld


@pytest.fixture
def world(store: Store) -> ShoppingWorld:
    made = ShoppingWorld(store)
    made.shop(1, "tea")
    made.shop(2, "cake")
    return made


def shopper(
    world: ShoppingWorld, person: str, *, percent: int = 700, shop: int = 1, scope: str = "account"
) -> str:
    """The external id of a new account with an offer."""
    account = world.account(person, shop=shop)
    give_offer(world.store, account, percent, scope=scope)
    return account.partition(":")[2]


def regular(world: ShoppingWorld, person: str) -> str:
    """A shopper whose 7 % work in the shop."""
    account = shopper(world, person)
    world.granted(account, 700)
    return account


def read(world: ShoppingWorld, account: str, *, shop: int = 1) -> AccountOffering | None:
    with world.store.read() as connection:
        return account_offering(connection, shop, account)


def confirmed(world: ShoppingWorld, account: str, *, shop: int = 1) -> tuple[int, int, str]:
    found = read(world, account, shop=shop)
    assert found is not None
    return found.percent, found.confirmed.percent, found.code


def test_a_given_code_that_stands_in_the_shop_is_read_with_its_percent(world: ShoppingWorld) -> None:
    account = regular(world, "anna")
    assert confirmed(world, account) == (700, 700, f"reg-1-{account}")


@pytest.mark.parametrize("state", ["planned", "withdrawn", "replaced"])
def test_only_a_given_grant_counts(world: ShoppingWorld, state: str) -> None:
    account = shopper(world, "anna")
    world.granted(account, 700, state=state)
    assert confirmed(world, account) == (700, 0, "")


def test_a_grant_of_which_nothing_stands_any_more_does_not_count(world: ShoppingWorld) -> None:
    account = shopper(world, "anna")
    world.granted(account, 700, stands=False)
    assert confirmed(world, account) == (700, 0, "")


def test_a_discount_that_needs_no_code_has_none(world: ShoppingWorld) -> None:
    account = shopper(world, "anna")
    world.granted(account, 700, stands=False)
    world.standing(account, "label", account)
    assert confirmed(world, account) == (700, 700, "")


def test_two_accounts_of_one_person_share_neither_offer_nor_code(world: ShoppingWorld) -> None:
    first = regular(world, "anna")
    second = shopper(world, "anna", percent=300)
    elsewhere = shopper(world, "anna", percent=0, shop=2)
    assert confirmed(world, first) == (700, 700, f"reg-1-{first}")
    assert confirmed(world, second) == (300, 0, "")
    assert confirmed(world, elsewhere, shop=2) == (0, 0, "")


def test_an_account_without_an_offer_of_its_own_is_shown_nobody_else_s(world: ShoppingWorld) -> None:
    regular(world, "anna")
    stranger = world.account("anna").partition(":")[2]
    elsewhere = world.account("anna", shop=2).partition(":")[2]
    assert read(world, stranger) is None
    assert read(world, elsewhere, shop=2) is None


@pytest.mark.parametrize(
    ("verified", "options", "shown"),
    [
        (None, {}, False),
        (False, {"checks_emails": "no"}, False),
        (None, {"checks_emails": "true"}, False),
        (True, {}, True),
        (None, {"checks_emails": "yes"}, True),
    ],
)
def test_what_a_person_earned_is_shown_only_while_the_account_is_known_to_be_theirs(
    world: ShoppingWorld, verified: bool | None, options: dict[str, str], shown: bool
) -> None:
    account = shopper(world, "anna", scope="person")
    world.change(tables.account, f"1:{account}", email_verified=verified)
    world.set_options(1, **options)
    assert (read(world, account) is not None) is shown


def test_an_offer_made_for_the_person_of_before_is_not_shown(world: ShoppingWorld) -> None:
    account = regular(world, "anna")
    world.change(tables.account, f"1:{account}", person_id="bella")
    assert read(world, account) is None


def test_an_account_of_another_shop_is_not_found(world: ShoppingWorld) -> None:
    account = regular(world, "anna")
    assert read(world, account, shop=2) is None
    assert read(world, f"1:{account}") is None


@pytest.mark.parametrize("change", [{"gone": True}, {"registered": False}, {"person_id": None}])
def test_an_account_that_nobody_can_log_in_to_is_not_found(
    world: ShoppingWorld, change: dict[str, object]
) -> None:
    account = regular(world, "anna")
    world.change(tables.account, f"1:{account}", **change)
    assert read(world, account) is None


def test_a_shop_that_was_removed_answers_nobody(world: ShoppingWorld) -> None:
    account = regular(world, "anna")
    with world.store.write() as connection:
        connection.execute(update(tables.shop).values(removed_at=tables.shop.c.added_at))
    assert read(world, account) is None


def test_neither_code_nor_proof_is_in_the_representation(world: ShoppingWorld) -> None:
    account = regular(world, "anna")
    assert repr(read(world, account)) == "AccountOffering(700, 700)"


def test_no_part_of_it_grows_with_the_shop(sqlite_store: Store) -> None:
    world = ShoppingWorld(sqlite_store)
    world.shop(1, "tea")
    account = regular(world, "anna")
    seen: list[tuple[str, Any]] = []
    with sqlite_store.read() as connection:
        event.listen(connection, "before_cursor_execute", lambda _c, _k, *said: seen.append(said[:2]))
        account_offering(connection, 1, account)
        ((statement, parameters),) = list(seen)
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    steps = [row[3] for row in plan if row[3].startswith(("SEARCH", "SCAN"))]
    assert len(steps) == 8
    keys = ("(id=?)", "(rowid=?)", "(account_id=?)", "(key=? AND version=?)")
    assert all(any(key in step for key in keys) for step in steps)
