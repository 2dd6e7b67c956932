from collections.abc import Callable
from datetime import timedelta

from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import BigInteger, literal, select

from purchases import NOW, World
from regulars_marketing import read_facts
from regulars_marketing._facts import read_account_facts
from regulars_marketing._shares import GoodsShare, goods_share, teach_shares
from regulars_store import Store, tables

Buyer = Callable[..., str]
AMOUNTS = st.integers(-(10**15), 10**15)


def test_what_two_accounts_of_one_person_bought_is_summed_over_shops(world: World, buyer: Buyer) -> None:
    world.shop(2, "coffee")
    buyer("ann", 100_00, 50_00)
    buyer("ann", 25_50, shop=2)
    (fact,) = world.facts("ann")
    assert (fact.currency, fact.orders, fact.goods, fact.refunded, fact.net) == ("UAH", 3, 175_50, 0, 175_50)


def test_the_accounts_facts_come_to_the_person_s(world: World, buyer: Buyer) -> None:
    world.shop(2, "coffee")
    first, second = buyer("ann", 100_00, 50_00), buyer("ann", 25_50, shop=2)
    world.order(second, 7_00, currency="EUR", placed_at=NOW)
    over = world.order(second, 10_00, total=12_00, placed_at=NOW - timedelta(days=90))
    for _ in range(2):
        world.refund(over, 11_00)
    with world.store.read() as connection:
        held = read_account_facts(connection, ["ann"])["ann"]
    assert {key: [(each.currency, each.net) for each in facts] for key, facts in held.items()} == {
        first: [("UAH", 150_00)],
        second: [("EUR", 7_00), ("UAH", 25_50)],
    }
    euro, hryvnia = world.facts("ann")
    assert (euro.orders, euro.net, euro.first_order_at) == (1, 7_00, NOW)
    assert (hryvnia.orders, hryvnia.goods, hryvnia.refunded, hryvnia.net) == (4, 185_50, 10_00, 175_50)
    assert hryvnia.first_order_at == NOW - timedelta(days=90)
    assert hryvnia.last_order_at == NOW - timedelta(days=30)


def test_currencies_are_kept_apart_and_in_order(world: World, buyer: Buyer) -> None:
    buyer("ann", 100_00)
    buyer("ann", 30_00, currency="EUR")
    assert [(fact.currency, fact.net) for fact in world.facts("ann")] == [("EUR", 30_00), ("UAH", 100_00)]


def test_first_and_last_order_are_told(world: World, buyer: Buyer) -> None:
    account = buyer("ann")
    for days in (30, 400, 2):
        world.order(account, 1_00, placed_at=NOW - timedelta(days=days))
    (fact,) = world.facts("ann")
    assert (fact.first_order_at, fact.last_order_at) == (NOW - timedelta(days=400), NOW - timedelta(days=2))


def test_orders_that_are_not_bought_or_gone_do_not_count(world: World, buyer: Buyer) -> None:
    account = buyer("ann", 100_00)
    world.order(account, 70_00, bought=False, status="cancelled")
    world.order(account, 80_00, gone=True)
    (fact,) = world.facts("ann")
    assert (fact.orders, fact.net) == (1, 100_00)


def test_shipping_and_tax_are_left_out(world: World, buyer: Buyer) -> None:
    world.order(buyer("ann"), 100_00, goods_tax=20_00, shipping=9_00, shipping_tax=1_80, total=130_80)
    assert world.facts("ann")[0].net == 100_00


def test_orders_of_an_account_that_is_gone_no_longer_count(world: World, buyer: Buyer) -> None:
    buyer("ann", 40_00)
    world.change(tables.account, buyer("ann", 100_00), gone=True)
    assert [fact.net for fact in world.facts("ann")] == [40_00]


def test_an_account_without_a_person_counts_for_nobody(world: World, buyer: Buyer) -> None:
    world.change(tables.account, buyer("ann", 100_00), person_id=None)
    with world.store.read() as connection:
        assert read_facts(connection) == {}


def test_a_refund_of_lines_takes_their_goods_only(world: World, buyer: Buyer) -> None:
    order = world.order(buyer("ann"), 100_00, total=150_00)
    world.refund(order, 45_00, goods=30_00)
    (fact,) = world.facts("ann")
    assert (fact.goods, fact.refunded, fact.net) == (100_00, 30_00, 70_00)


def test_a_bare_refund_takes_goods_in_proportion_half_up(world: World, buyer: Buyer) -> None:
    # 10.01 of 120.00, of which 80.00 are goods: 667.33 kopecks, so 667; 10.02 would be 668 exactly.
    order = world.order(buyer("ann"), 80_00, total=120_00)
    world.refund(order, 10_01)
    assert world.facts("ann")[0].refunded == 6_67
    # 1 of 2 with 3 goods: 1.5 kopecks, so 2.
    half = world.order(buyer("bob"), 3, total=2)
    world.refund(half, 1)
    assert world.facts("bob")[0].refunded == 2


def test_an_order_given_back_in_bare_thirds_leaves_nothing(world: World, buyer: Buyer) -> None:
    order = world.order(buyer("ann"), 100_00, total=120_00)
    for _ in range(3):
        world.refund(order, 40_00)
    assert world.facts("ann")[0].net == 0


def test_refunds_never_come_to_more_than_the_goods_of_their_order(world: World, buyer: Buyer) -> None:
    account = buyer("ann", 500_00)
    order = world.order(account, 100_00)
    world.refund(order, 90_00, goods=90_00)
    world.refund(order, 90_00)
    assert world.facts("ann")[0].net == 500_00


def test_a_refund_below_nothing_adds_nothing(world: World, buyer: Buyer) -> None:
    order = world.order(buyer("ann"), 100_00)
    world.refund(order, -90_00, goods=-90_00)
    world.refund(order, -5_00)
    assert world.facts("ann")[0].net == 100_00


def test_a_refund_that_is_gone_does_not_count(world: World, buyer: Buyer) -> None:
    world.refund(world.order(buyer("ann"), 100_00), 40_00, gone=True)
    assert world.facts("ann")[0].net == 100_00


def test_a_refund_of_a_cancelled_order_is_not_taken_from_other_orders(world: World, buyer: Buyer) -> None:
    account = buyer("ann", 100_00)
    world.refund(world.order(account, 70_00, bought=False), 70_00)
    assert world.facts("ann")[0].net == 100_00


def test_a_bare_refund_of_an_order_that_asked_for_nothing_is_taken_for_goods(
    world: World, buyer: Buyer
) -> None:
    world.refund(world.order(buyer("ann"), 50_00, total=0), 20_00)
    assert world.facts("ann")[0].net == 30_00


def test_amounts_beyond_64_bits_in_the_product_stay_exact(world: World, buyer: Buyer) -> None:
    goods, total, amount = 999_999_999_999_999, 999_999_999_999_998, 333_333_333_333_333
    world.refund(world.order(buyer("ann"), goods, total=total, currency="IRR"), amount)
    assert world.facts("ann")[0].refunded == (2 * amount * goods + total) // (2 * total)


def test_everybody_in_one_statement_equals_each_alone(world: World, buyer: Buyer) -> None:
    for number in range(7):
        buyer(f"p{number}", *range(100, 100 + number))
    with world.store.read() as connection:
        alone = read_facts(connection, [f"p{number}" for number in range(7)])
        assert read_facts(connection) == alone
    assert {person: held[0].orders for person, held in alone.items()} == {f"p{n}": n for n in range(1, 7)}


def test_the_share_of_goods_is_the_same_in_sql_and_in_python(store: Store) -> None:
    with store.read() as connection:
        teach_shares(connection)

        @given(AMOUNTS, AMOUNTS, AMOUNTS)
        @example(1, 3, 2)
        @example(10**15, 10**15, 1)
        @example(5, 5, 0)
        def agree(amount: int, goods: int, total: int) -> None:
            given_ones = (literal(value, BigInteger) for value in (amount, goods, total))
            in_sql = connection.scalar(select(GoodsShare(*given_ones)))
            assert in_sql == goods_share(amount, goods, total)

        agree()
