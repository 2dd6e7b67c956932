"""What people of the shop do by hand to what is ours there: seen by whoever looks, shown, then put right."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from agent_world import COFFEE, KEY, LOST, World, is_write
from regulars_agent import Duty, Performed, perform, verify
from regulars_agent._by_hand import DELETED, EDITED
from regulars_agent._leases import held
from regulars_agent._strays import MOST_STRAYS, Swept
from regulars_connectors import Found, Target
from regulars_sandbox import Request, Response
from regulars_store import tables
from regulars_woocommerce._documents import coupon_body

LOOSE: Mapping[str, Any] = {
    "amount": "95",
    "email_restrictions": [],
    "minimum_amount": "0",
    "usage_limit": 0,
}
"""What makes a personal coupon one for everybody."""


def edit(world: World, customer: int, **changes: Any) -> str:
    """Somebody edits a customer's coupon; its code."""
    coupon = world.coupon_of(customer)
    world.staff("PUT", f"coupons/{coupon.remote_id}", changes)
    return coupon.target.key


def delete(world: World, customer: int, *, force: bool = True) -> str:
    """Somebody deletes a customer's coupon, or only puts it into the trash; its code."""
    coupon = world.coupon_of(customer)
    world.staff("DELETE", f"coupons/{coupon.remote_id}" + ("?force=true" if force else ""))
    return coupon.target.key


def relabel(world: World, customer: int, value: str | None = "95.00") -> None:
    world.staff("PUT", f"customers/{customer}", {"meta_data": [{"key": "regulars_discount", "value": value}]})


def said(world: World, plan_id: str) -> list[tuple[str, str, str]]:
    """Verb, key and the beginning of the reason of each operation."""
    return [
        (operation.verb, operation.target_key, operation.reason.partition(";")[0])
        for operation in world.operations(plan_id)
    ]


def with_plug_in(world: World) -> World:
    """The shop after its plug-in came and took over."""
    with world.store.write() as connection:
        connection.execute(update(tables.shop).values(capabilities=["companion-plugin", "companion-terms"]))
    world.plan()
    assert world.apply().complete
    # Customers have been read since: an unmarked start.
    world.recount()
    assert world.plan().empty
    world.front.seen.clear()
    return world


def test_a_plan_over_everybody_shows_what_was_edited_and_deleted_by_hand_and_apply_puts_it_right(
    told: World,
) -> None:
    before = told.shown()
    edited, deleted = edit(told, 3, **LOOSE), delete(told, 4)
    plan = told.plan(everybody=True)
    assert sorted(said(told, plan.id)) == [("create", deleted, DELETED), ("update", edited, EDITED)]
    change = next(each for each in told.operations(plan.id) if each.verb == "update")
    assert change.before is not None
    assert change.document is not None
    assert (change.before["amount"], change.document["amount"]) == ("95.00", "5.00")
    assert change.before["email_restrictions"] == []
    assert change.reason == f"{EDITED}; Silver: 5 %"
    assert told.apply().complete
    assert told.shown() == before
    told.assert_settled()


def test_verify_sees_it_and_the_next_plan_of_what_changed_shows_it(told: World) -> None:
    edited, deleted = edit(told, 3, amount="50"), delete(told, 4, force=False)
    report = verify(told.workspace, "tea")
    assert report.by_hand is not None
    assert (report.by_hand.edited, report.by_hand.deleted) == (1, 1)
    assert report.complete
    assert told.standing()["coupon", edited]["amount"] == "50.00"
    assert ("coupon", deleted) not in told.standing()
    plan = told.plan()
    assert sorted(said(told, plan.id)) == [("create", deleted, DELETED), ("update", edited, EDITED)]
    again = told.plan()
    assert sorted(said(told, again.id)) == [("create", deleted, DELETED), ("update", edited, EDITED)]
    assert told.apply().complete
    told.assert_settled()


def test_what_was_put_right_is_not_called_edited_when_it_changes_later(told: World) -> None:
    edit(told, 3, amount="50")
    told.plan(everybody=True)
    assert told.apply().complete
    told.buy(3, 6000)
    plan = told.plan()
    assert [operation.reason for operation in told.operations(plan.id)] == ["Gold: 10 %", "Gold: 10 %"]


def test_what_was_edited_to_what_it_shall_be_now_needs_no_write(told: World) -> None:
    edit(told, 3, amount="50")
    verify(told.workspace, "tea")
    edit(told, 3, amount="5")
    assert verify(told.workspace, "tea").by_hand is not None
    assert told.plan().empty


def test_nothing_that_was_written_is_looked_at_before_anything_is(world: World) -> None:
    report = verify(world.workspace, "tea")
    assert report.by_hand is not None
    assert not report.by_hand.count
    assert ("GET", "coupons") not in world.front.seen


def test_a_comparison_costs_a_request_for_each_hundred_coupons(told: World) -> None:
    told.front.seen.clear()
    verify(told.workspace, "tea")
    assert told.front.seen.count(("GET", "coupons")) == 1
    told.front.seen.clear()
    assert told.plan(everybody=True).empty
    assert told.front.seen == [("GET", "coupons")]
    for start in (0, 100):
        strangers = [{"code": f"welcome{start + at}", "amount": "10"} for at in range(100)]
        told.staff("POST", "coupons/batch", {"create": strangers})
    told.front.seen.clear()
    assert told.plan(everybody=True).empty
    assert told.front.seen == [("GET", "coupons")] * 3


def test_many_that_were_deleted_are_looked_at_a_hundred_a_request(told: World) -> None:
    for customer in (2, 3, 4, 5, 6):
        delete(told, customer)
    told.front.seen.clear()
    assert told.plan(everybody=True).counts == {"create coupon": 5}
    assert told.front.seen == [("GET", "coupons")] * 2


@pytest.mark.parametrize("value", ["95.00", None])
def test_an_edited_label_is_seen_by_a_sync_that_reads_its_customer(told: World, value: str | None) -> None:
    world = with_plug_in(told)
    label = world.label_of(3)
    relabel(world, 3, value)
    world.reread(3)
    plan = world.plan()
    assert said(world, plan.id) == [("update", "3", EDITED)]
    assert (world.operations(plan.id)[0].before or {}).get("regulars_discount") == value
    assert world.apply().complete
    assert world.label_of(3) == label
    world.assert_settled()


def test_an_edited_label_is_seen_by_verify_though_the_customer_reads_as_before_it_was_ours(
    told: World,
) -> None:
    world = with_plug_in(told)
    emptied = [{"key": key, "value": None} for key in world.label_of(3) or {}]
    world.staff("PUT", "customers/3", {"meta_data": emptied})
    report = verify(world.workspace, "tea")
    assert report.by_hand is not None
    assert (report.by_hand.edited, report.by_hand.deleted) == (0, 1)
    assert said(world, world.plan(everybody=True).id) == [("create", "3", DELETED)]
    assert world.apply().complete
    world.assert_settled()


def test_comparing_labels_asks_the_shop_for_nothing_where_none_was_edited(told: World) -> None:
    world = with_plug_in(told)
    world.reread(3, 4)
    world.front.seen.clear()
    assert world.plan().empty
    assert world.front.seen == []


def test_labels_that_the_key_may_not_see_any_more_are_not_taken_for_deleted(told: World) -> None:
    world = with_plug_in(told)
    standing = world.standing()
    relabel(world, 3)
    world.reread(3)
    world.double.add_key(replace(KEY, role="shop_manager"))
    assert world.plan().empty
    assert world.standing() == standing


def test_a_write_without_an_answer_is_not_taken_for_somebody_s_edit(told: World) -> None:
    told.buy(3, 6000)
    told.plan()
    told.front.after = lambda request, response: LOST if is_write(request) else response
    assert told.apply().unanswered == 2
    told.front.after = lambda _, response: response
    before = told.standing()
    report = verify(told.workspace, "tea")
    assert report.by_hand is not None
    assert not report.by_hand.count
    told.plan(everybody=True)
    assert told.standing() == before
    told.settled()
    told.plan(everybody=True)
    assert told.apply().complete or told.plan().empty
    told.assert_settled()


def test_verify_says_that_it_did_not_compare_while_somebody_writes(told: World) -> None:
    edit(told, 3, amount="50")
    with held(told.workspace, f"push:{told.shop.id}"):
        assert verify(told.workspace, "tea").by_hand is None
    assert told.standing() != told.shown()


def test_a_list_that_leaves_coupons_out_deletes_nothing_in_the_books(told: World) -> None:
    def empty(request: Request, response: Response) -> Response:
        listed = (
            request.method == "GET" and "/coupons?" in request.target and "include=" not in request.target
        )
        return Response(response.status, response.headers, b"[]") if listed else response

    told.front.after = empty
    before = told.standing()
    report = verify(told.workspace, "tea")
    assert report.by_hand is not None
    assert (report.by_hand.count, told.standing()) == (0, before)


def test_a_renamed_coupon_is_made_again_under_its_code_and_the_renamed_one_goes(told: World) -> None:
    ours = told.coupon_of(4)
    told.staff("PUT", f"coupons/{ours.remote_id}", {"code": "vip-sale"})
    plan = told.plan(everybody=True)
    assert said(told, plan.id) == [
        ("create", ours.target.key, DELETED),
        ("discard", "vip-sale", "renamed in the shop by hand, and never used"),
    ]
    assert {each.account_id for each in told.operations(plan.id)} == {f"{told.shop.id}:4"}
    assert told.apply().complete
    assert told.coupon_of(4).target.key == ours.target.key
    assert [row[0] for row in told.grants_of(4)] == ["given"]
    told.assert_settled()


def test_a_renamed_coupon_that_was_used_is_kept_and_named_and_its_owner_gets_the_code_again(
    told: World,
) -> None:
    ours = told.coupon_of(4)
    told.staff("PUT", f"coupons/{ours.remote_id}", {"code": "vip-sale", "individual_use": False})
    order = {
        "billing": {"email": "person4@example.com"},
        "line_items": [{"product_id": COFFEE, "quantity": 1}],
        "coupon_lines": [{"code": "vip-sale"}],
    }
    told.staff("POST", "orders", order)
    plan = told.plan(everybody=True)
    assert said(told, plan.id) == [("create", ours.target.key, DELETED)]
    assert "vip-sale" in plan.kept[0]


def test_a_stray_is_its_customer_s_by_its_mark_where_the_books_know_nothing_of_its_code(told: World) -> None:
    document = told.coupon_of(4).document or {}
    told.staff("POST", "coupons", coupon_body({**document, "code": "reg-stray2345678"}))
    plan = told.plan(everybody=True)
    (operation,) = told.operations(plan.id)
    assert (operation.verb, operation.account_id) == ("discard", f"{told.shop.id}:4")


def test_more_strays_than_a_plan_takes_are_left_to_the_next_and_told() -> None:
    swept = Swept()
    found = [
        Found(Target("coupon", f"c{at}"), {}, str(at), ours=True, used=False) for at in range(MOST_STRAYS + 3)
    ]
    swept.collect(found)
    assert len(swept.loose) == MOST_STRAYS
    assert swept.told == ("3 more strays are left to the next plan over everybody",)


def _due(world: World, duty: Duty, **ahead: float) -> Performed:
    world.clock.forward(**ahead)
    performed = perform(world.workspace, world.shop.id, duty)
    assert performed.outcome.value == "done", performed.problem
    return performed


@pytest.fixture
def kept(world: World) -> World:
    """The small shop, kept by an agent that may change everybody."""
    settings = world.workspace.settings
    risk = settings.risk.model_copy(update={"max_share_changed": 1.0, "max_deletions": 100})
    world.workspace.settings = settings.model_copy(update={"risk": risk})
    assert _due(world, Duty.EXCHANGE).counts["confirmed"] == 10
    return world


def test_the_agent_s_sweep_sees_it_and_its_next_visit_puts_it_right(kept: World) -> None:
    before = kept.shown()
    edit(kept, 3, **LOOSE)
    delete(kept, 4)
    kept.staff("PUT", f"coupons/{kept.coupon_of(5).remote_id}", {"code": "vip-sale"})
    relabel(kept, 2)
    assert _due(kept, Duty.EXCHANGE, hours=1).counts["confirmed"] == 0
    assert _due(kept, Duty.SWEEP, days=1).counts["by_hand"] == 4
    assert _due(kept, Duty.EXCHANGE).counts["confirmed"] == 5
    assert kept.shown() == before
    kept.assert_settled()
    assert _due(kept, Duty.EXCHANGE, hours=1).counts["plan"] == ""


def test_what_the_agent_may_not_put_right_alone_waits_for_a_person(kept: World) -> None:
    settings = kept.workspace.settings
    risk = settings.risk.model_copy(update={"max_share_changed": 0.0})
    kept.workspace.settings = settings.model_copy(update={"risk": risk})
    code = edit(kept, 3, amount="50")
    _due(kept, Duty.SWEEP, days=1)
    visited = _due(kept, Duty.EXCHANGE)
    assert visited.counts["waiting"]
    assert said(kept, visited.counts["waiting"]) == [("update", code, EDITED)]
    assert (kept.coupon_of(3).document or {})["amount"] == "50.00"
