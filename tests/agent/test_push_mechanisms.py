"""Each offer by the cheapest mechanism that serves it: what that costs, and that nobody has two discounts."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from agent_world import COFFEE, PROGRAMME, World, a_history, connected, served
from regulars_agent import (
    Workspace,
    change_shop_options,
    check_shop,
    derive,
    disable_programme,
    enable_programme,
)
from regulars_sandbox import Request

WELCOME: Mapping[str, Any] = {"kind": "welcome", "key": "welcome", "title": "For the new", "percent": "15"}
RAISED: Mapping[str, Any] = {
    **PROGRAMME,
    "tiers": [{**PROGRAMME["tiers"][0], "percent": "4"}, *PROGRAMME["tiers"][1:]],
}
"""The same with 4 % for Bronze."""
BRONZE = 2_000
CROWD = 300
BATCHES = CROWD // 100
SERVED = 5
"""Customers of the small shop with a discount."""


def companion(world: World, *, there: bool = True) -> None:
    """The owner switches our plug-in on or off, and the shop is checked."""
    world.double.site.companion = there
    assert check_shop(world.workspace, "tea").usable


def newcomer(world: World) -> int:
    """Somebody registers at a shop that checks e-mails and has not bought anything; welcomes are on."""
    change_shop_options(world.workspace, "tea", {"checks_emails": "yes"}, who="the owner")
    enable_programme(world.workspace, WELCOME, who="the owner")
    number = world.double.register("newcomer@example.com")
    world.refresh()
    return number


def done(world: World) -> None:
    world.plan()
    assert world.apply().complete


def bought(world: World, customer: int, *, email: str = "", hryvnias: int = 100) -> list[str]:
    """The codes of an order that a logged-in customer makes; the agent learns of it."""
    address = email or f"person{customer}@example.com"
    number = world.double.place_order(
        items=[(COFFEE, hryvnias // 100)], customer_id=customer, billing={"email": address}
    )
    world.refresh()
    return [line["code"] for line in world.staff("GET", f"orders/{number}")["coupon_lines"]]


@contextmanager
def a_crowd(workspace: Workspace) -> Iterator[World]:
    """A shop whose three hundred customers all have the same discount; nothing is planned yet."""
    with served(a_history(dict.fromkeys(range(1, CROWD + 1), BRONZE))) as (front, server):
        world = connected(workspace, front, server)
        front.seen.clear()
        yield world


def writes(world: World) -> dict[str, int]:
    """How often each path was written to; forgets it."""
    counted: dict[str, int] = {}
    for path in world.front.writes():
        counted[path] = counted.get(path, 0) + 1
    world.front.seen.clear()
    return counted


def test_a_welcome_has_its_coupon_beside_labels_that_carry_the_rest(world: World) -> None:
    companion(world)
    new = newcomer(world)
    plan = world.plan()
    assert plan.mechanism == "companion with terms, coupons"
    assert plan.mechanisms == {"companion with terms": 5, "coupons": 1}
    assert plan.counts == {"create coupon": 1, "create label": 6}
    assert plan.ways == (
        (
            "5 by companion with terms: the plug-in in the shop reads the customer's label, and no coupon is "
            "needed"
        ),
        "1 by coupons: a coupon of its own is bound to its person, and the shop counts how often it is used",
    )
    assert world.apply().complete
    label, coupon = world.label_of(new), world.coupon_of(new)
    assert label is not None
    assert coupon.document is not None
    assert label["regulars_code"] == coupon.target.key
    assert (coupon.document["usage_limit"], coupon.document["usage_limit_per_user"]) == (1, 1)
    world.assert_settled()


def test_whom_no_mechanism_serves_is_said(world: World) -> None:
    enable_programme(world.workspace, PROGRAMME, who="the owner")
    guest = {"email": "guest@example.com", "first_name": "Ivan"}
    world.double.place_order(items=[(COFFEE, 20)], billing=guest)
    world.refresh()
    assert world.plan(everybody=True).ways == (
        "5 by coupons: a coupon of its own is bound to its person, and the shop counts how often it is used",
        "1 by none: no account there, no e-mail address that the shop accepts, or terms that it cannot keep",
    )


def test_nobody_is_counted_twice_where_everybody_is_planned(world: World) -> None:
    world.plan()
    assert world.apply().complete
    world.buy(2, 4000)
    world.buy(4, 100)
    assert world.plan(everybody=True).mechanisms == {"coupons": 5}


def test_every_customer_has_one_discount_in_the_cart_whatever_gives_it(world: World) -> None:
    done(world)
    new = newcomer(world)
    done(world)
    by_code = world.coupon_of(4).target.key
    companion(world)
    cart = world.double.cart
    # Until the plan is applied, the label still names the coupon.
    assert cart(4) == [by_code]
    done(world)
    assert cart(4) == ["regulars-4"]
    assert cart(4, coupon_codes=[by_code]) == [by_code]
    assert [found.document["mark"] for found in world.coupons() if found.document] == [str(new)]
    assert cart(new) == [world.coupon_of(new).target.key]
    assert cart(1) == []
    companion(world, there=False)
    done(world)
    assert cart(4) == []
    assert world.coupon_of(4).target.key == by_code
    world.assert_settled()


def test_when_the_plug_in_comes_coupons_of_tiers_go_and_labels_stay_and_back(world: World) -> None:
    done(world)
    companion(world)
    assert world.plan().counts == {"delete coupon": 5, "update label": 5}
    assert world.apply().complete
    assert (world.coupons(), len(world.labels())) == ([], 5)
    companion(world, there=False)
    plan = world.plan()
    assert (plan.mechanism, plan.counts) == ("coupons", {"create coupon": 5, "update label": 5})
    assert world.apply().complete
    world.assert_settled()


def test_a_tier_that_moves_makes_no_coupon_where_the_plug_in_is(empty_workspace: Workspace) -> None:
    with a_crowd(empty_workspace) as world:
        companion(world)
        world.plan()
        world.front.seen.clear()
        assert world.apply().complete
        assert writes(world) == {"customers/batch": BATCHES}
        enable_programme(empty_workspace, RAISED, who="the owner")
        plan = world.plan()
        assert plan.counts == {"update label": CROWD}
        assert (plan.calls, plan.mechanisms) == (BATCHES, {"companion with terms": CROWD})
        world.front.seen.clear()
        assert world.apply().complete
        looks = [path for method, path in world.front.seen if method == "GET"]
        assert looks == ["customers"] * BATCHES
        assert writes(world) == {"customers/batch": BATCHES}
        assert world.coupons() == []
        label = world.label_of(CROWD)
        assert label is not None
        assert label["regulars_discount"] == "4.00"


def test_a_tier_that_moves_without_it_changes_the_coupons_there_and_makes_none(
    empty_workspace: Workspace,
) -> None:
    with a_crowd(empty_workspace) as world:
        done(world)
        codes = {found.target.key for found in world.coupons()}
        enable_programme(empty_workspace, RAISED, who="the owner")
        world.double.place_order(items=[(COFFEE, 20)], customer_id=world.double.register("new@example.com"))
        world.refresh()
        plan = world.plan()
        assert plan.counts == {
            "create coupon": 1,
            "create label": 1,
            "update coupon": CROWD,
            "update label": CROWD,
        }
        world.front.seen.clear()
        assert world.apply().complete
        # A look and a write a hundred, the list of coupons once and its length, and one batch more for the
        # one who is new.
        looks = [path for method, path in world.front.seen if method == "GET"]
        assert (looks.count("coupons"), looks.count("customers")) == (1 + BATCHES + BATCHES, BATCHES + 1)
        assert writes(world) == {"coupons/batch": BATCHES + 1, "customers/batch": BATCHES + 1}
        standing = {found.target.key for found in world.coupons()}
        assert codes < standing
        assert len(standing) == CROWD + 1


def bodies(world: World) -> list[dict[str, Any]]:
    """What is written to customers and coupons from now on."""
    seen: list[dict[str, Any]] = []

    def note(request: Request) -> None:
        if request.method != "GET" and request.target.partition("?")[0].endswith("/batch"):
            seen.append(json.loads(request.body))

    world.front.before = note
    return seen


def test_a_moved_tier_sends_only_the_amount_of_a_coupon_and_what_a_label_says_anew(told: World) -> None:
    seen = bodies(told)
    enable_programme(told.workspace, RAISED, who="the owner")
    done(told)
    parts = [part for body in seen for part in body["update"]]
    coupons = [part.keys() for part in parts if "amount" in part]
    labels = [{meta["key"] for meta in part["meta_data"]} for part in parts if "meta_data" in part]
    assert coupons == [{"id", "amount"}] * 2
    assert labels == [{"regulars_discount", "regulars_sentence"}] * 2


def test_a_change_of_address_is_never_pushed_to_the_customer(told: World) -> None:
    seen = bodies(told)
    told.staff("PUT", "customers/4", {"email": "moved@example.com"})
    told.reread(4)
    told.buy(2, 4000)
    companion(told)
    done(told)
    companion(told, there=False)
    done(told)
    disable_programme(told.workspace, "regulars", who="the owner")
    done(told)
    fields = [set(part) for body in seen for name in ("create", "update") for part in body.get(name, [])]
    to_customers = [names for names in fields if "code" not in names and "amount" not in names]
    assert len(to_customers) > SERVED
    assert all(names == {"id", "meta_data"} for names in to_customers)
    assert not any({"email", "password", "billing"} & names for names in fields)
    assert told.shown() == {}


def test_a_code_that_served_its_one_order_is_never_used_again(world: World) -> None:
    disable_programme(world.workspace, "regulars", who="the owner")
    new = newcomer(world)
    companion(world)
    done(world)
    first = world.coupon_of(new).target.key
    assert bought(world, new, email="newcomer@example.com", hryvnias=1500) == [first]
    enable_programme(world.workspace, PROGRAMME, who="the owner")
    done(world)
    assert world.coupons() == []
    assert world.double.cart(new) == [f"regulars-{new}"]
    companion(world, there=False)
    done(world)
    tier = world.coupon_of(new).target.key
    assert tier != first
    (order,) = [one["id"] for one in world.staff("GET", f"orders?customer={new}")]
    world.double.trash_order(order)
    world.recount()
    derive(world.workspace)
    done(world)
    companion(world)
    done(world)
    again = world.coupon_of(new)
    assert again.target.key not in {first, tier}
    assert world.grants_of(new) == [
        ("given", 1500, again.target.key),
        ("replaced", 300, tier),
        ("replaced", 1500, first),
    ]
    assert bought(world, new, email="newcomer@example.com") == [again.target.key]


def test_a_welcome_that_becomes_a_tier_s_discount_changes_its_code(world: World) -> None:
    new = newcomer(world)
    done(world)
    first = world.coupon_of(new).target.key
    world.double.place_order(
        items=[(COFFEE, 15)], customer_id=new, billing={"email": "newcomer@example.com"}, coupon_codes=[first]
    )
    world.refresh()
    plan = world.plan()
    assert plan.counts == {"create coupon": 1, "delete coupon": 1, "update label": 1}
    assert world.apply().complete
    coupon, label = world.coupon_of(new), world.label_of(new)
    assert coupon.document is not None
    assert label is not None
    assert coupon.target.key != first
    assert (coupon.used, coupon.document["usage_limit"]) == (False, 0)
    assert label["regulars_code"] == coupon.target.key
    assert world.grants_of(new) == [("given", 300, coupon.target.key), ("replaced", 1500, first)]
    world.assert_settled()


EDITS: Mapping[str, Any] = {
    "amount": "50",
    "date_expires": "2030-01-01T00:00:00Z",
    "email_restrictions": ["friend@example.com"],
    "usage_limit": 3,
    "product_ids": [COFFEE],
}


@pytest.mark.parametrize("field", EDITS)
def test_what_somebody_edited_is_left_so_then_shown_and_put_right_by_the_next_plan(
    told: World, field: str
) -> None:
    coupon = told.coupon_of(2)
    told.staff("PUT", f"coupons/{coupon.remote_id}", {field: EDITS[field]})
    told.buy(2, 4000)
    told.plan()
    applied = told.apply()
    assert (applied.drifted, applied.complete) == (2, False)
    edited = told.coupon_of(2).document
    assert edited is not None
    assert edited == {**(coupon.document or {}), field: "50.00" if field == "amount" else EDITS[field]}
    plan = told.plan()
    before = told.operations(plan.id)[0].before
    assert before == edited
    assert told.apply().complete
    document = told.coupon_of(2).document
    assert document is not None
    assert document == {**(coupon.document or {}), "amount": "5.00"}
    told.assert_settled()
