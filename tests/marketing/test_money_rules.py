"""What of an order counts, and what of that a refund takes, by the owner's money settings."""

import pytest

from purchases import World
from regulars_marketing import MoneyRules, read_facts

# Goods of 1,000 with 200 tax, sent for 50 with 10 tax: 1,260.
_ORDER = {"goods_tax": 200, "shipping": 50, "shipping_tax": 10, "total": 1_260}


@pytest.mark.parametrize(
    ("tax", "shipping", "counted", "bare", "itemised"),
    [
        # A bare refund of 126 is a tenth of the order; one of goods of 100 came with 20 tax.
        (False, False, 1_000, 100, 100),
        (True, False, 1_200, 120, 120),
        (False, True, 1_050, 105, 100),
        (True, True, 1_260, 126, 120),
    ],
)
def test_tax_and_shipping_count_where_the_owner_says_so_and_refunds_take_their_part(
    world: World, *, tax: bool, shipping: bool, counted: int, bare: int, itemised: int
) -> None:
    account = world.account("anna")
    world.order(account, 1_000, **_ORDER)
    world.refund(world.order(account, 1_000, **_ORDER), 126)
    world.refund(world.order(account, 1_000, **_ORDER), 120, goods=100)
    world.refund(world.order(account, 1_000, **_ORDER), 9_999)
    with world.store.read() as connection:
        (fact,) = read_facts(connection, ["anna"], money=MoneyRules(tax=tax, shipping=shipping))["anna"]
    assert (fact.orders, fact.goods, fact.refunded) == (4, 4 * counted, bare + itemised + counted)


def test_tax_alone_on_goods_for_nothing_takes_no_more_than_counted(world: World) -> None:
    order = world.order(world.account("anna"), 0, goods_tax=30, shipping=50, total=80)
    world.refund(order, 80)
    for money, counted in ((MoneyRules(tax=True), 30), (MoneyRules(shipping=True), 50), (MoneyRules(), 0)):
        with world.store.read() as connection:
            (fact,) = read_facts(connection, ["anna"], money=money)["anna"]
        assert (fact.goods, fact.refunded, fact.net) == (counted, counted, 0)
