"""Strays: coupons of ours that a dead writer left in the shop go, and nothing that anybody needs."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from sqlalchemy import update

from agent_world import LOST, World, is_write
from racing_world import applied_in_spite_of_kills, racing, twins
from regulars_agent import Workspace, disable_programme
from regulars_agent._strays import NAMED, Swept
from regulars_connectors import Found, Target
from regulars_mapping import PermanentError
from regulars_sandbox import Request, Response
from regulars_store import tables
from regulars_woocommerce._documents import coupon_body

LONG_WORK = 2.0
STRAY = "reg-stray2345678"
"""A code that the books have never heard of."""


def known(world: Any) -> dict[str, str]:
    """The shop's numbers of the coupons that stand in the books, by code."""
    rows = world.rows("push_state", "target_kind", "target_key", "remote_id")
    return {code: number for kind, code, number in rows if kind == "coupon"}


def standing(world: Any) -> dict[str, str]:
    """The shop's numbers of all coupons of ours, by code; each code must stand once."""
    assert twins(world) == 0
    return {found.target.key: str(found.remote_id) for found in world.coupons()}


def served(world: Any, code: str) -> str:
    """The number of the coupon that a shopper gets by a code."""
    return str(max(item["id"] for item in world.staff("GET", f"coupons?code={code}")))


def numbers(world: Any, code: str) -> list[str]:
    return [str(found.remote_id) for found in world.coupons() if found.target.key == code]


def stray(world: World, customer: int = 4, **changes: Any) -> str:
    """A second coupon like a customer's, under a code that the books do not know; its number."""
    document = {**(world.coupon_of(customer).document or {}), "code": STRAY, **changes}
    return str(world.staff("POST", "coupons", coupon_body(document))["id"])


def twin(world: World, customer: int = 4) -> tuple[str, str, str]:
    """Makes a newer coupon of a customer's code: the code, the number in the books, and the new one."""
    ours = world.coupon_of(customer)
    assert ours.document is not None
    world.staff("DELETE", f"coupons/{ours.remote_id}")
    newer = world.staff("POST", "coupons", coupon_body(ours.document))["id"]
    # The shop does not look for the code again when one comes back from the trash.
    world.staff("PUT", f"coupons/{ours.remote_id}", {"status": "publish"})
    assert numbers(world, ours.target.key) == [ours.remote_id, str(newer)]
    return ours.target.key, str(ours.remote_id), str(newer)


def shop_with(world: World, code: str) -> None:
    """A shopper uses a code; the double knows no coupon that goes with no other."""
    number = served(world, code)
    document = world.staff("PUT", f"coupons/{number}", {"individual_use": False})
    order = {
        "billing": {"email": document["email_restrictions"][0]},
        "line_items": [{"product_id": 90_001, "quantity": 1}],
        "coupon_lines": [{"code": code}],
    }
    world.staff("POST", "orders", order)
    world.staff("PUT", f"coupons/{number}", {"individual_use": True})


def in_the_books(world: World, code: str, number: str) -> None:
    """The books name this coupon of a code."""
    state = tables.push_state
    with world.store.write() as connection:
        connection.execute(update(state).where(state.c.target_key == code).values(remote_id=number))


@pytest.mark.slow
def test_twins_that_a_race_made_go_and_every_shopper_s_code_goes_on_working(
    empty_workspace: Workspace,
) -> None:
    shop = {"customers": 20, "work": LONG_WORK, "steady": True, "broken": 0, "drop": 0}
    with racing(empty_workspace, settle=0.001, read_timeout=30.0, **shop) as (world, workers):
        world.plan()
        applied_in_spite_of_kills(world, workers, patience=LONG_WORK / 4)
        made, books = twins(world), known(world)
        assert made > 0
        assert len(books) == 20
        plan = world.plan(everybody=True)
        assert plan.counts == {"discard coupon": made}
        assert (plan.accounts, plan.kept) == (0, ())
        assert world.apply().confirmed == made
        assert standing(world) == books
        assert {code: served(world, code) for code in books} == books
        world.assert_settled()


def test_of_two_with_one_code_the_one_in_the_books_stays_though_the_shop_finds_the_other(
    told: World,
) -> None:
    code, ours, newer = twin(told)
    plan = told.plan(everybody=True)
    (operation,) = told.operations(plan.id)
    assert (operation.verb, operation.target_key, operation.remote_id) == ("discard", code, newer)
    assert operation.account_id == f"{told.shop.id}:4"
    assert operation.reason == "left behind by an interrupted write, and never used"
    assert told.apply().complete
    assert numbers(told, code) == [ours]
    assert [row[0] for row in told.grants_of(4)] == ["given"]
    told.assert_settled()


def test_of_two_with_one_code_the_one_in_the_books_stays_where_it_is_the_newer(told: World) -> None:
    code, _, newer = twin(told)
    in_the_books(told, code, newer)
    told.plan(everybody=True)
    assert told.apply().complete
    assert numbers(told, code) == [newer]
    assert known(told)[code] == newer
    told.assert_settled()


@pytest.mark.parametrize("number", ["999999", "", "x", "0"])
def test_where_the_books_name_none_that_is_there_the_one_that_shoppers_get_stays(
    told: World, number: str
) -> None:
    code, _, newer = twin(told)
    in_the_books(told, code, number)
    told.plan(everybody=True)
    assert told.apply().complete
    assert numbers(told, code) == [newer]
    told.assert_settled()


def test_a_coupon_that_only_has_another_number_than_the_books_say_is_no_stray(told: World) -> None:
    for code in known(told):
        in_the_books(told, code, "999999")
    assert told.plan(everybody=True).empty


def test_books_that_were_tampered_with_lead_to_no_stranger_s_coupon(told: World) -> None:
    stranger = str(told.staff("POST", "coupons", {"code": "welcome10", "amount": "10"})["id"])
    code, _, newer = twin(told)
    in_the_books(told, code, stranger)
    told.plan(everybody=True)
    assert told.apply().complete
    assert numbers(told, code) == [newer]
    assert told.staff("GET", f"coupons/{stranger}")["amount"] == "10.00"


def test_a_coupon_of_ours_that_the_books_do_not_know_goes_whomever_its_mark_names(told: World) -> None:
    stray(told, mark="999999")
    plan = told.plan(everybody=True)
    (operation,) = told.operations(plan.id)
    assert operation.account_id == f"{told.shop.id}:unknown"
    assert told.apply().complete
    assert standing(told) == known(told)
    told.assert_settled()


def test_a_withdrawn_coupon_that_a_late_write_brought_back_goes(told: World) -> None:
    document = told.coupon_of(4).document
    assert document is not None
    disable_programme(told.workspace, "regulars", who="the owner")
    told.plan()
    assert told.apply().complete
    told.staff("POST", "coupons", coupon_body(document))
    plan = told.plan(everybody=True)
    (operation,) = told.operations(plan.id)
    assert operation.account_id == f"{told.shop.id}:4"
    assert told.apply().complete
    assert told.coupons() == []


def test_a_plan_of_what_changed_does_not_look_for_strays(told: World) -> None:
    stray(told)
    told.front.seen.clear()
    assert told.plan().empty
    assert told.front.seen == []


def test_a_used_stray_is_kept_and_named(told: World) -> None:
    number = stray(told)
    shop_with(told, STRAY)
    plan = told.plan(everybody=True)
    assert plan.empty
    (said,) = plan.kept
    assert f"coupon {STRAY} (number {number} in the shop)" in said
    assert "has been used: it was kept" in said
    kept = {number: summary["kept"] for number, summary in told.rows("plan", "id", "summary")}
    assert kept[plan.id] == [said]
    assert numbers(told, STRAY) == [number]


def test_a_used_twin_is_kept_and_the_other_goes_once_the_books_name_the_used_one(told: World) -> None:
    code, _, newer = twin(told, 3)
    shop_with(told, code)
    plan = told.plan(everybody=True)
    assert (plan.counts, len(plan.kept)) == ({}, 1)
    told.buy(3, 6000)
    told.plan()
    assert told.apply().complete
    assert known(told)[code] == newer, "what a shopper gets is what was raised"
    told.plan(everybody=True)
    assert told.apply().complete
    assert numbers(told, code) == [newer]
    told.assert_settled()


def test_of_very_many_used_strays_the_first_are_named_and_the_rest_counted() -> None:
    swept = Swept()
    found = [Found(Target("coupon", f"c{at}"), {}, str(at), ours=True) for at in range(NAMED + 5)]
    assert swept.unused(found) == []
    assert len(swept.told) == NAMED + 1
    assert swept.told[-1] == "and 5 more like these"


def test_a_stray_that_the_list_shows_twice_goes_once() -> None:
    found = Found(Target("coupon", "c"), {}, "1", ours=True, used=False)
    swept = Swept()
    assert swept.unused([found, found]) == [found]
    assert swept.unused([found]) == []


def test_what_an_unanswered_write_names_is_no_stray(world: World) -> None:
    world.plan()
    world.front.after = lambda request, response: LOST if is_write(request) else response
    assert world.apply().unanswered == 10
    world.front.after = lambda _, response: response
    assert len(world.coupons()) == 5
    assert world.plan(everybody=True).counts == {}
    world.settled()
    world.plan(everybody=True)
    assert world.apply().complete
    world.assert_settled()


def test_what_the_same_plan_writes_is_no_stray_before_the_next(told: World) -> None:
    code, _, newer = twin(told, 3)
    told.buy(3, 6000)
    assert told.plan(everybody=True).counts == {"update coupon": 1, "update label": 1}
    assert told.apply().complete
    assert told.plan(everybody=True).counts == {"discard coupon": 1}
    assert told.apply().complete
    assert numbers(told, code) == [newer], "the one that shoppers get was the one written"
    told.assert_settled()


Deed = Callable[[World, str], None]


def use(world: World, _: str) -> None:
    shop_with(world, STRAY)


def rename(world: World, number: str) -> None:
    world.staff("PUT", f"coupons/{number}", {"code": "mine-now"})


def edit(world: World, number: str) -> None:
    world.staff("PUT", f"coupons/{number}", {"amount": "50"})


def adopt(world: World, number: str) -> None:
    world.staff("PUT", f"coupons/{number}", {"meta_data": [{"key": "_regulars", "value": ""}]})


@pytest.mark.parametrize(
    ("deed", "drifted"),
    [(use, 1), (edit, 1), (rename, 0), (adopt, 0)],
    ids=["used", "edited", "renamed", "unmarked"],
)
def test_a_stray_that_somebody_needed_since_the_plan_is_kept(told: World, deed: Deed, drifted: int) -> None:
    number = stray(told)
    plan = told.plan(everybody=True)
    deed(told, number)
    told.front.seen.clear()
    applied = told.apply(plan.id)
    assert applied.drifted == drifted
    assert told.front.writes() == []
    assert told.staff("GET", f"coupons/{number}")["status"] == "publish"
    assert len(known(told)) == 5, "the books are as they were"


def test_a_twin_that_took_the_place_of_the_one_in_the_books_since_the_plan_is_kept(told: World) -> None:
    code, ours, newer = twin(told)
    plan = told.plan(everybody=True)
    told.staff("DELETE", f"coupons/{ours}?force=true")
    applied = told.apply(plan.id)
    assert applied.drifted == 1
    assert "is used or needed by now; it was kept" in applied.reasons[0]
    assert numbers(told, code) == [newer]
    assert told.plan(everybody=True).empty


def test_a_stray_that_is_gone_already_is_confirmed(told: World) -> None:
    number = stray(told)
    told.plan(everybody=True)
    told.staff("DELETE", f"coupons/{number}?force=true")
    told.front.seen.clear()
    assert told.apply().complete
    assert told.front.writes() == []
    told.assert_settled()


@pytest.mark.parametrize("arrives", [True, False])
def test_an_unanswered_removal_of_a_stray_is_settled(told: World, *, arrives: bool) -> None:
    code, ours, _ = twin(told)
    plan = told.plan(everybody=True)

    def before(request: Request) -> Response | None:
        return LOST if is_write(request) and not arrives else None

    def after(request: Request, response: Response) -> Response:
        return LOST if is_write(request) else response

    told.front.before, told.front.after = before, after
    assert told.apply().unanswered == 1
    told.front.before, told.front.after = lambda _: None, lambda _, response: response
    assert told.apply().unanswered == 1, "it is not touched before its time"
    told.settled()
    assert told.apply(plan.id).complete
    assert numbers(told, code) == [ours]
    assert [row[0] for row in told.grants_of(4)] == ["given"]
    told.assert_settled()


def test_a_plan_whose_stray_was_pointed_elsewhere_is_not_applied(told: World) -> None:
    stray(told)
    plan = told.plan(everybody=True)
    operation = tables.push_operation
    victim = told.coupon_of(3).remote_id
    with told.store.write() as connection:
        connection.execute(update(operation).where(operation.c.plan_id == plan.id).values(remote_id=victim))
    told.front.seen.clear()
    with pytest.raises(PermanentError, match="not those that were planned"):
        told.apply(plan.id)
    assert told.front.writes() == []


def test_a_shop_that_does_not_say_how_often_a_coupon_was_used_loses_none(told: World) -> None:
    stray(told)

    def silent(request: Request, response: Response) -> Response:
        if request.method != "GET" or "/coupons" not in request.target:
            return response
        items = [
            {key: value for key, value in item.items() if key != "usage_count"}
            for item in orjson.loads(response.body)
        ]
        return Response(response.status, response.headers, orjson.dumps(items))

    told.front.after = silent
    plan = told.plan(everybody=True)
    assert (plan.counts, len(plan.kept)) == ({}, 1)
