"""Amounts, goods, smallest orders and numbers of orders: from the programme to the coupon and back."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event, update

from agent_world import COFFEE, PROGRAMME, SPENT, START, World, a_history, connected, served
from regulars_agent import (
    PlanSummary,
    Storefront,
    Workspace,
    check_shop,
    derive,
    disable_programme,
    enable_programme,
)
from regulars_agent import _exchange as exchanging
from regulars_sandbox import ShopProduct
from regulars_store import tables

TEA, GIFT = 90_002, 90_003
PRODUCTS = (
    ShopProduct(COFFEE, "Coffee beans", "SKU-1", 10_000, START, START, ("Coffee",)),
    ShopProduct(TEA, "Green tea", "SKU-2", 10_000, START, START, ("Tea",)),
    ShopProduct(GIFT, "A cup", "", 10_000, START, START, ()),
)
SERVED = 5
"""Customers of the small shop with a discount."""
BRONZE = 2
"""Those of them on the first tier."""
AMOUNTS: Mapping[str, Any] = {
    **PROGRAMME,
    "tiers": [
        {"threshold": "1000.00", "amount": "30.00", "level": "Bronze"},
        {"threshold": "5000.00", "amount": "50.00", "level": "Silver"},
        {"threshold": "10000.00", "amount": "100.00", "level": "Gold"},
    ],
}


@pytest.fixture
def goods(empty_workspace: Workspace) -> Iterator[World]:
    """The small shop with coffee (category 1) and tea (category 2)."""
    with served(a_history(SPENT, products=PRODUCTS)) as (front, server):
        yield connected(empty_workspace, front, server)


def ruled(world: World, **terms: Any) -> PlanSummary:
    """The plan once the programme has these terms."""
    enable_programme(world.workspace, {**PROGRAMME, **terms}, who="the owner")
    return world.plan()


def applied(world: World, **terms: Any) -> PlanSummary:
    plan = ruled(world, **terms)
    assert world.apply().complete
    world.assert_settled()
    return plan


def coupon(world: World, customer: int = 4) -> Mapping[str, Any]:
    document = world.coupon_of(customer).document
    assert document is not None
    return document


def sold(world: World, number: int, **changes: Any) -> None:
    """The shop's staff change a product, and the agent learns of it."""
    record = world.staff("GET", f"products/{number}")
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    world.double.load(products=[{**record, "date_modified_gmt": moment, **changes}])
    world.recount()


def test_a_coupon_is_bound_as_the_programme_says_until_that_ends(goods: World) -> None:
    terms = {"minimum": "500.00", "orders": 3}
    applied(goods)
    free = goods.coupon_of(4).target.key
    plan = applied(goods, goods={"categories": ["COFFEE"]}, **terms)
    assert plan.counts["create coupon"] == SERVED
    bound = coupon(goods)
    assert (bound["amount"], bound["product_categories"], bound["minimum_amount"]) == ("10.00", [1], "500.00")
    assert (bound["usage_limit"], bound["usage_limit_per_user"]) == (3, 3)
    assert bound["code"] != free
    label = goods.label_of(4)
    assert label is not None
    assert (
        "Only on: COFFEE. For orders of 500.00\u00a0₴ or more. It works for 3 orders."
        in label["regulars_sentence"]
    )
    assert goods.plan().empty
    moved = applied(goods, goods={"products": ["sku-2"]}, **terms)
    assert moved.counts == {"update coupon": SERVED, "update label": SERVED}
    assert (coupon(goods)["product_ids"], coupon(goods)["code"]) == ([TEA], bound["code"])
    assert "product_categories" not in coupon(goods)
    disable_programme(goods.workspace, "regulars", who="the owner")
    assert goods.plan().counts == {"delete coupon": SERVED, "delete label": SERVED}
    assert goods.apply().complete
    goods.assert_settled()
    assert goods.coupons() == []
    assert {row[0] for row in goods.grants_of(4)} == {"replaced", "withdrawn"}


def test_from_percents_to_amounts_each_keeps_the_code(goods: World) -> None:
    applied(goods)
    code = goods.coupon_of(4).target.key
    plan = applied(goods, tiers=AMOUNTS["tiers"], minimum="200.00")
    assert plan.counts == {"update coupon": SERVED, "update label": SERVED}
    assert goods.operations(plan.id)[0].reason == "Bronze: 30.00 UAH off"
    bound = coupon(goods)
    assert (bound["code"], bound["discount_type"], bound["amount"]) == (code, "fixed_cart", "100.00")
    assert (bound["minimum_amount"], bound["usage_limit"]) == ("200.00", 0)
    rows = goods.rows("grant", "account_id", "state", "percent", "amount", "currency", "code")
    mine = [row[1:] for row in rows if row[0] == f"{goods.shop.id}:4"]
    assert sorted(mine) == [("given", 0, 100_00, "UAH", code), ("replaced", 1000, None, None, code)]
    applied(goods)
    assert (coupon(goods)["discount_type"], coupon(goods)["code"]) == ("percent", code)


def test_an_amount_that_grows_counts_among_the_changes_that_need_confirming(goods: World) -> None:
    applied(goods, tiers=AMOUNTS["tiers"])
    raised = [{**AMOUNTS["tiers"][0], "amount": "35.00"}, *AMOUNTS["tiers"][1:]]
    assert ruled(goods, tiers=raised).accounts == BRONZE
    plan = ruled(goods, tiers=[{**each, "amount": n} for n, each in enumerate(raised, 10_000)])
    assert plan.accounts == SERVED
    assert [f"it changes {SERVED} of " in said for said in plan.beyond] == [True]


def test_goods_that_a_shop_does_not_have_give_nothing_there_and_it_is_said(goods: World) -> None:
    applied(goods)
    plan = ruled(goods, goods={"categories": ["Cocoa"], "products": ["SKU-9"]})
    said = "Programme regulars gives nothing in tea, which has none of its goods: SKU SKU-9, category Cocoa"
    assert plan.missing == (said,)
    assert plan.counts == {"delete coupon": SERVED, "delete label": SERVED}
    reasons = {operation.reason for operation in goods.operations(plan.id)}
    assert reasons == {"the shop has none of the goods that the discount is for"}
    assert goods.apply().complete
    goods.assert_settled()
    assert goods.coupons() == []


def test_what_is_missing_of_several_goods_is_said_and_the_rest_given(goods: World) -> None:
    plan = applied(goods, goods={"products": ["SKU-1", "SKU-9"], "except_products": ["SKU-8"]})
    assert plan.missing == ("Programme regulars goes without what tea does not have: SKU SKU-9",)
    assert coupon(goods)["product_ids"] == [COFFEE]
    assert "excluded_product_ids" not in coupon(goods)


def test_exceptions_alone_that_are_not_there_leave_everything(goods: World) -> None:
    plan = applied(goods, goods={"except_categories": ["Cocoa"], "reduced": False})
    assert plan.missing == ()
    assert (coupon(goods)["exclude_sale_items"], "product_categories" in coupon(goods)) == (True, False)


def test_goods_that_change_in_the_shop_are_planned_anew_for_everybody(goods: World) -> None:
    applied(goods, goods={"categories": ["Coffee"]})
    assert not exchanging._to_plan(goods.workspace, goods.shop)
    sold(goods, COFFEE, categories=[{"id": 77, "name": "Coffee", "slug": "coffee"}])
    assert exchanging._to_plan(goods.workspace, goods.shop)
    assert goods.plan().counts == {"update coupon": SERVED, "update label": SERVED}
    assert goods.apply().complete
    assert coupon(goods)["product_categories"] == [77]
    goods.assert_settled()


def test_a_sku_that_appears_in_the_shop_gives_what_it_was_named_for(goods: World) -> None:
    applied(goods, goods={"products": ["CUP-1"]})
    assert goods.coupons() == []
    sold(goods, GIFT, sku="cup-1")
    assert goods.plan().counts == {"create coupon": SERVED, "create label": SERVED}
    assert goods.apply().complete
    assert coupon(goods)["product_ids"] == [GIFT]


def test_other_goods_of_the_shop_make_no_plan(goods: World) -> None:
    applied(goods, goods={"categories": ["Coffee"]})
    sold(goods, TEA, categories=[{"id": 88, "name": "Teas", "slug": "teas"}], sku="SKU-7")
    assert not exchanging._to_plan(goods.workspace, goods.shop)
    assert goods.plan().empty


def looked_up(world: World) -> list[str]:
    """The statements of a plan over everybody that ask for goods."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "product" in statement:
            seen.append(statement)

    engine = world.store._engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        world.plan(everybody=True)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return seen


def test_goods_are_looked_up_in_two_statements_a_plan_and_in_none_where_nobody_names_any(
    goods: World,
) -> None:
    assert looked_up(goods) == []
    ruled(goods, goods={"categories": ["Coffee"], "products": ["SKU-2"]})
    assert len(looked_up(goods)) == 2


def test_a_sum_on_goods_for_a_number_of_orders_is_nothing_that_a_coupon_can_keep(goods: World) -> None:
    plan = ruled(goods, tiers=AMOUNTS["tiers"], goods={"categories": ["Coffee"]}, orders=3)
    assert plan.operations == 0
    assert plan.ways == (
        "5 by none: no account there, no e-mail address that the shop accepts, or terms that it cannot keep",
    )


@pytest.mark.parametrize(("currency", "why"), [("EUR", "sells in EUR"), (None, "regulars shop check tea")])
def test_sums_in_a_shop_of_another_currency_give_nothing_and_it_is_said(
    goods: World, currency: str | None, why: str
) -> None:
    with goods.store.write() as connection:
        connection.execute(update(tables.shop).values(currency=currency))
    plan = ruled(goods, tiers=AMOUNTS["tiers"])
    assert plan.operations == 0
    assert len(plan.missing) == 1
    assert why in plan.missing[0]


def test_a_currency_that_a_check_learns_makes_everybody_due(goods: World) -> None:
    with goods.store.write() as connection:
        connection.execute(update(tables.shop).values(currency=None))
    assert ruled(goods, tiers=AMOUNTS["tiers"]).operations == 0
    assert check_shop(goods.workspace, "tea").usable
    assert goods.plan().counts == {"create coupon": SERVED, "create label": SERVED}


def test_a_shopper_reads_an_amount_and_its_terms_and_never_those_not_in_the_shop_yet(goods: World) -> None:
    front = Storefront(goods.workspace)

    def shown() -> tuple[str, str, str, str]:
        read = front.offer(front.shops()["tea"], "4", language="en")
        return read.amount, read.currency, read.sentence.replace("\u00a0", " "), read.terms

    enable_programme(goods.workspace, AMOUNTS, who="the owner")
    assert shown() == ("", "", "Your discount is on its way.", "")
    applied(goods, tiers=AMOUNTS["tiers"])
    reason = "100.00 ₴ off as Gold, because you bought for 12,000.00 ₴ with this account."
    assert shown() == ("100.00", "UAH", reason, "")
    ruled(goods, tiers=AMOUNTS["tiers"], goods={"reduced": False}, minimum="10.00")
    assert shown() == ("100.00", "UAH", "Your discount is 100.00 ₴.", "")
    derive(goods.workspace)
    ruled(goods, tiers=AMOUNTS["tiers"], minimum="500.00")
    assert shown() == ("100.00", "UAH", "Your discount is 100.00 ₴.", "")
    assert goods.apply().complete
    assert shown() == ("100.00", "UAH", reason, "For orders of 500.00\u00a0₴ or more.")
