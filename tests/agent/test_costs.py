"""What goods cost: files of it, and goods that a discount would leave too little of."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import select

from agent_world import COFFEE, PROGRAMME, SPENT, START, World, a_history, connected, served
from regulars_agent import PlanSummary, Workspace, enable_programme, import_costs, product_costs
from regulars_agent._cost_file import MOST_FAULTS, read_costs
from regulars_agent._goods import NO_MARGIN
from regulars_agent._margins import MOST_EXCEPTED, Margins
from regulars_mapping import Goods, MisconfiguredError
from regulars_sandbox import ShopProduct
from regulars_store import tables
from regulars_store._costs import PricedProduct

EITHER = pytest.mark.parametrize(
    "store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)
TEA, CUP = 90_002, 90_003
PRODUCTS = (
    ShopProduct(COFFEE, "Coffee beans", "SKU-1", 10_000, START, START, ("Coffee",)),
    ShopProduct(TEA, "Green tea", "Sku-2", 10_000, START, START, ("Tea",)),
    ShopProduct(CUP, "A cup", "", 10_000, START, START, ()),
)


@pytest.fixture
def goods(empty_workspace: Workspace) -> Iterator[World]:
    """The small shop with coffee and tea at 100.00 each, and discounts of 5, 7 and 10 %."""
    with served(a_history(SPENT, products=PRODUCTS)) as (front, server):
        yield connected(empty_workspace, front, server)


def costing(world: World, text: str, **options: Any) -> Any:
    return import_costs(world.workspace, world.shop.name, text.encode(), who="the owner", **options)


def planned(world: World, **terms: Any) -> PlanSummary:
    enable_programme(world.workspace, {**PROGRAMME, **terms}, who="the owner")
    return world.plan()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: its names must be these two: sku, cost"),
        ("sku;price\na;1\n", "line 1: its names must be these two: sku, cost"),
        ("sku,cost\n", "there is no product in it"),
        ("sku,cost\na\n", "line 2: it does not have two columns"),
        ("sku,cost\na,1,2\n", "line 2: it does not have two columns"),
        ("sku,cost\n ,1\n", "line 2: there is no SKU"),
        ("sku,cost\na,\n", "line 2: '' is no cost"),
        ("sku,cost\na,-1\n", "line 2: '-1' is no cost; write 0 or more"),
        ("sku,cost\na,NaN\n", "line 2: 'NaN' is no cost"),
        ("sku,cost\na,1e400\n", "line 2: '1e400' is no cost"),
        ("sku,cost\na,1.005\n", "line 2: '1.005' is finer than UAH allows: 2 decimals"),
        ("sku,cost\nA,1\na,2\n", "line 3: SKU a has another cost in line 2"),
        (f"sku,cost\n{'a' * 201},1\n", "line 2: the SKU has more than 200 signs"),
        ('sku,cost\n"a,1\n', "this is no CSV"),
    ],
)
def test_every_bad_line_of_a_file_of_costs_is_named(text: str, words: str) -> None:
    with pytest.raises(MisconfiguredError) as caught:
        read_costs(text.encode(), "UAH")
    assert words in str(caught.value)


def test_bad_lines_are_named_up_to_a_number_and_no_text_is_no_file() -> None:
    with pytest.raises(MisconfiguredError) as caught:
        read_costs(("sku,cost\n" + "a,x\n" * (MOST_FAULTS + 3)).encode(), "UAH")
    assert str(caught.value).count("line ") == MOST_FAULTS
    assert "and 3 more lines. Nothing was kept." in str(caught.value)
    with pytest.raises(MisconfiguredError, match="no UTF-8 text"):
        read_costs(b"sku,cost\n\xff,1\n", "UAH")


def test_costs_are_read_however_a_spreadsheet_writes_them() -> None:
    found = read_costs("\ufeffCost;SKU\r\n12,50;Tea 1\r\n\r\n0;cup\r\n12.5;TEA  1\r\n".encode(), "UAH")
    assert [(each.sku_folded, each.cost) for each in found] == [("tea 1", 12_50), ("cup", 0)]
    assert [each.cost for each in read_costs(b"sku,cost\na,120\n", "JPY")] == [120]


def margins(count: int, *, category: str = "") -> Margins:
    """So many products of 10.00 that cost 9.00, and one that costs 1.00."""
    products = [PricedProduct(str(number), 10_00, 9_00) for number in range(1, count + 1)]
    within = {each.external_id: frozenset({category}) for each in products if category}
    return Margins({"season": 20_00}, (*products, PricedProduct("9999", 10_00, 1_00)), within)


def test_goods_are_excepted_only_among_those_that_the_discount_is_for() -> None:
    few = margins(2, category="7")
    asked = {"percent": 5_00, "floor": 20_00}
    assert few.left_of(Goods(), **asked) == Goods(except_products=("1", "2"))
    assert few.left_of(Goods(categories=("7",)), **asked) == Goods(
        categories=("7",), except_products=("1", "2")
    )
    assert few.left_of(Goods(categories=("8",)), **asked) == Goods(categories=("8",))
    assert few.left_of(Goods(products=("1", "9999")), **asked) == Goods(products=("9999",))
    assert few.left_of(Goods(products=("1", "2")), **asked) is None
    assert few.left_of(Goods(except_categories=("7",)), **asked) == Goods(except_categories=("7",))
    both = Goods(products=("1",), categories=("7",))
    assert few.left_of(both, **asked) == Goods(categories=("7",), except_products=("1", "2"))
    # Of unknown cost, it is left alone.
    assert few.left_of(Goods(products=("555",)), **asked) == Goods(products=("555",))


def test_more_than_a_shop_is_told_to_except_gives_nothing_and_is_said() -> None:
    most = {"percent": 5_00, "floor": 20_00}
    assert margins(MOST_EXCEPTED).left_of(Goods(), **most) is not None
    many = margins(MOST_EXCEPTED + 1)
    assert many.left_of(Goods(), **most) is None
    (said,) = many.told("season", Goods(), {5_00})
    assert said.startswith(f"at 5 % {MOST_EXCEPTED + 1} of the goods would be left with a margin below 20 %")
    assert said.endswith(f"and no more than {MOST_EXCEPTED} can be excepted: it gives nothing")


@EITHER
def test_prices_of_goods_are_known_in_the_currency_of_their_shop(goods: World) -> None:
    assert goods.rows("product", "price") == [(100_00,)] * 3


@EITHER
def test_what_would_fall_below_the_floor_gets_no_discount_in_the_shop(goods: World) -> None:
    text = "sku,cost\nsku-1,75\nSKU-2,70\nnowhere,1\n"
    rehearsed = costing(goods, text, dry_run=True)
    assert (rehearsed.told, rehearsed.changed, rehearsed.unknown) == (3, 3, ("nowhere",))
    assert product_costs(goods.workspace, goods.shop.name) == []
    assert costing(goods, text) == rehearsed
    assert costing(goods, text).changed == 0
    # 20 % of 97.00 leave 77.60 for the cost, of 95.00 76.00, of 90.00 72.00: coffee bears no 10 %.
    plan = planned(goods, margin_floor=20)
    (said,) = (line for line in plan.missing if "margin" in line)
    start = f"Programme regulars in {goods.shop.name} at 10 % 1 of the goods would be left with a margin"
    assert said == f"{start} below 20 %: no discount on these"
    assert goods.apply().complete
    goods.assert_settled()
    found = {each["amount"]: each.get("excluded_product_ids", []) for each in coupons(goods)}
    assert found == {"3.00": [], "5.00": [], "10.00": [COFFEE]}
    assert goods.plan().empty
    # Beyond a cent of it, nor 5 %.
    costing(goods, "sku,cost\nsku-1,76.01\n")
    assert goods.plan().counts["update coupon"] == sum(each["amount"] == "5.00" for each in coupons(goods))
    assert goods.apply().complete
    costing(goods, "sku,cost\nsku-1,1\nsku-2,1\n")
    assert goods.plan().counts["update coupon"] == sum(each["amount"] != "3.00" for each in coupons(goods))


def coupons(world: World) -> list[Mapping[str, Any]]:
    query = select(tables.push_state.c.document).where(tables.push_state.c.target_kind == "coupon")
    with world.workspace.store.read() as connection:
        return list(connection.scalars(query))


@EITHER
def test_a_programme_whose_goods_all_fall_below_gives_nothing_and_the_plan_says_why(goods: World) -> None:
    planned(goods)
    assert goods.apply().complete
    costing(goods, "sku,cost\nsku-1,99\n")
    plan = planned(goods, margin_floor=20, goods={"products": ["sku-1"]})
    assert "and no others are left: it gives nothing" in plan.missing[0]
    operations = goods.operations(plan.id)
    assert {row.verb for row in operations} == {"delete"}
    assert {row.reason for row in operations} == {NO_MARGIN}
