"""Plans: the difference between how the shop shall read and what it last confirmed."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import delete, event, select, update

import regulars_store as store
from agent_world import LOST, PROGRAMME, RICHER, World, a_history, connected, is_write, served
from regulars_agent import Workspace, change_shop_options, derive, disable_programme, enable_programme
from regulars_agent import _plan as planning
from regulars_agent._derive import derive_anew
from regulars_mapping import PermanentError
from regulars_store import tables

SERVED = 5
"""Customers of the small shop with a discount: a coupon and a label each."""


def unanswered(world: World, *, paths: tuple[str, ...] = ("/batch",)) -> None:
    """Writes take effect, and their answers are lost."""
    world.front.after = lambda request, response: (
        LOST if any(is_write(request, path) for path in paths) else response
    )


def answered(world: World) -> None:
    world.front.after = lambda _, response: response


def test_a_first_plan_creates_a_coupon_and_a_label_for_everybody_with_a_discount(world: World) -> None:
    plan = world.plan()
    assert (plan.operations, plan.accounts) == (2 * SERVED, SERVED)
    assert plan.counts == {"create coupon": SERVED, "create label": SERVED}
    first, second = world.operations(plan.id)[:2]
    assert (first.target_kind, second.target_kind) == ("coupon", "label")
    assert first.before is None
    assert first.document is not None
    assert second.document is not None
    assert second.document["regulars_code"] == first.target_key == first.document["code"]
    assert first.reason == "Bronze: 3 %"


def test_a_plan_writes_nothing_to_the_shop(world: World) -> None:
    world.plan()
    assert world.front.writes() == []


def test_a_plan_is_empty_after_it_was_applied(told: World) -> None:
    assert told.plan().empty
    assert told.plan(everybody=True).empty
    told.assert_settled()


def test_an_update_is_planned_with_what_stands_there_and_the_reason(told: World) -> None:
    told.buy(2, 4000)
    plan = told.plan()
    assert plan.counts == {"update coupon": 1, "update label": 1}
    coupon = told.operations(plan.id)[0]
    assert coupon.before is not None
    assert coupon.document is not None
    assert (coupon.before["amount"], coupon.document["amount"]) == ("3.00", "5.00")
    assert coupon.before["code"] == coupon.document["code"]
    assert coupon.reason == "Silver: 5 %"


@pytest.mark.parametrize("proof", ["'{}'", """'{"programme": {"goods": null}}'"""])
def test_an_account_whose_proof_cannot_be_read_keeps_what_the_shop_has_and_stops_nobody(
    told: World, proof: str
) -> None:
    enable_programme(told.workspace, RICHER, who="the owner")
    with told.store.write() as connection:
        spoilt = connection.scalar(select(tables.offer.c.id).where(tables.offer.c.level == "Silver").limit(1))
        connection.exec_driver_sql(f"UPDATE offer SET proof = {proof} WHERE id = '{spoilt}'")
    planned = {operation.account_id for operation in told.operations(told.plan(everybody=True).id)}
    assert planned
    assert spoilt not in planned
    assert derive_anew(told.workspace).offers_changed == 1
    assert spoilt in {operation.account_id for operation in told.operations(told.plan().id)}


def test_a_withdrawn_programme_is_planned_as_deletions(told: World) -> None:
    disable_programme(told.workspace, "regulars", who="the owner")
    plan = told.plan()
    assert plan.counts == {"delete coupon": SERVED, "delete label": SERVED}
    assert {operation.document for operation in told.operations(plan.id)} == {None}
    assert {operation.reason for operation in told.operations(plan.id)} == {"no discount any more"}


def test_a_customer_who_was_deleted_in_the_shop_loses_the_coupon(told: World) -> None:
    told.double.delete_customer(4)
    told.recount()
    plan = told.plan()
    assert plan.counts == {"delete coupon": 1, "delete label": 1}
    assert told.apply().complete
    told.assert_settled()
    assert [row[0] for row in told.grants_of(4)] == ["withdrawn"]


def test_a_changed_address_changes_the_coupon_though_the_offer_stays(told: World) -> None:
    told.staff("PUT", "customers/4", {"email": "moved@example.com"})
    told.reread(4)
    assert told.plan().counts == {"update coupon": 1}
    assert told.apply().complete
    document = told.coupon_of(4).document
    assert document is not None
    assert document["email_restrictions"] == ["moved@example.com"]


def decided(world: World, kind: str, one: int, other: int) -> None:
    with world.store.write() as connection:
        store.decide(
            connection,
            kind=kind,
            account_a=f"{world.shop.id}:{one}",
            account_b=f"{world.shop.id}:{other}",
            who="the owner",
            why="they said so",
            now=world.clock(),
        )
    derive(world.workspace)


def checks_emails(world: World) -> None:
    change_shop_options(world.workspace, "tea", {"checks_emails": "yes"}, who="the owner")


def test_accounts_that_become_one_person_get_that_person_s_discount_each_by_its_own_code(
    told: World,
) -> None:
    before = told.coupon_of(4).target.key
    checks_emails(told)
    decided(told, "must_link", 1, 4)
    plan = told.plan()
    assert (plan.counts["create coupon"], plan.counts["create label"]) == (1, 1)
    assert told.apply().complete
    document = told.coupon_of(1).document
    assert document is not None
    assert document["amount"] == "10.00"
    assert told.coupon_of(4).target.key == before
    told.assert_settled()


def test_accounts_that_are_told_apart_again_lose_what_only_the_other_earned(told: World) -> None:
    checks_emails(told)
    decided(told, "must_link", 1, 4)
    told.plan()
    told.apply()
    decided(told, "cannot_link", 1, 4)
    plan = told.plan()
    assert (plan.counts["delete coupon"], plan.counts["delete label"]) == (1, 1)
    assert told.apply().complete
    assert [found.target.key for found in told.labels()] == ["2", "3", "4", "5", "6"]
    told.assert_settled()


def test_nothing_is_withdrawn_from_an_account_whose_person_is_not_computed_yet(told: World) -> None:
    decided(told, "must_link", 3, 4)
    told.plan()
    told.apply()
    with told.store.write() as connection:
        pair = [f"{told.shop.id}:3", f"{told.shop.id}:4"]
        store.decide(
            connection,
            kind="cannot_link",
            account_a=pair[0],
            account_b=pair[1],
            who="the owner",
            why="they said so",
            now=told.clock(),
        )
        # A worker that dies here has told the persons apart and computed nothing.
        store.resolve(connection, pair)
    assert "delete coupon" not in told.plan().counts
    derive(told.workspace)
    told.plan()
    assert told.apply().complete
    told.assert_settled()


def test_the_companion_plug_in_needs_labels_only(told: World) -> None:
    before = told.coupon_of(4).target.key
    capable(told, ["companion-plugin"])
    plan = told.plan()
    assert plan.mechanism == "companion, coupons"
    assert plan.mechanisms == {"companion": SERVED}
    assert plan.counts == {"update label": SERVED, "delete coupon": SERVED}
    assert {operation.reason for operation in told.operations(plan.id) if operation.verb == "delete"} == {
        "not needed any more: the discount is given by companion"
    }
    assert told.apply().complete
    assert told.coupons() == []
    label = told.label_of(4)
    assert label is not None
    assert (label["regulars_discount"], "regulars_code" in label) == ("10.00", False)
    assert [row[0] for row in told.grants_of(4)] == ["given"]
    capable(told, [])
    assert told.plan().counts == {"create coupon": SERVED, "update label": SERVED}
    assert told.apply().complete
    assert told.coupon_of(4).target.key == before
    told.assert_settled()


def capable(world: World, capabilities: list[str]) -> None:
    with world.store.write() as connection:
        store.update_shop(
            connection, world.shop.id, zone=None, currency=None, country=None, capabilities=capabilities
        )


def test_a_shop_with_the_companion_plug_in_from_the_start_gets_no_coupon(world: World) -> None:
    capable(world, ["companion-plugin"])
    assert world.plan().counts == {"create label": SERVED}
    assert world.apply().complete
    assert [row[0] for row in world.grants_of(4)] == ["given"]
    world.assert_settled()


def test_a_plan_that_was_not_applied_loses_nothing_when_the_next_takes_its_place(told: World) -> None:
    told.buy(2, 4000)
    first = told.plan()
    told.buy(5, 4000)
    second = told.plan()
    assert told.states(first.id) == {"superseded": 2}
    assert second.counts == {"update coupon": 2, "update label": 2}
    assert told.apply().complete
    told.assert_settled()


def test_planning_twice_keeps_the_codes(world: World) -> None:
    first, second = world.plan(), world.plan()
    codes = [[op.target_key for op in world.operations(plan.id)] for plan in (first, second)]
    assert codes[0] == codes[1]
    assert len(world.rows("grant", "id")) == SERVED


def test_a_plan_whose_building_was_broken_off_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "PERSONS_A_CHUNK", 2)
    chunks = store.pushed_targets

    def broken(*given: Any) -> Any:
        if world.rows("push_operation", "id"):
            raise KeyboardInterrupt
        return chunks(*given)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(store, "pushed_targets", broken)
        world.plan()
    assert world.rows("plan", "state") == [("building",)]
    assert world.plan().counts == {"create coupon": SERVED, "create label": SERVED}


def test_persons_with_an_unanswered_write_wait_and_come_back(told: World) -> None:
    told.buy(2, 4000)
    told.plan()
    unanswered(told)
    assert told.apply().unanswered == 2
    answered(told)
    told.buy(2, 6000)
    waiting = told.plan()
    assert (waiting.operations, waiting.waiting, waiting.empty) == (0, 1, False)
    told.settled()
    plan = told.plan()
    assert (plan.counts, plan.waiting) == ({"update coupon": 1, "update label": 1}, 0)
    assert told.apply().complete
    told.assert_settled()


def test_persons_who_wait_come_back_also_when_planning_was_broken_off(
    told: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.buy(2, 4000)
    told.plan()
    unanswered(told)
    told.apply()
    answered(told)
    told.buy(2, 6000)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(store, "finish_plan", interrupted)
        told.plan()
    told.settled()
    assert told.plan().counts == {"update coupon": 1, "update label": 1}


def interrupted(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def test_a_write_that_never_arrived_comes_back_in_a_later_plan(told: World) -> None:
    told.buy(2, 4000)
    told.plan()
    told.front.before = lambda request: LOST if is_write(request) else None
    assert told.apply().unanswered == 2
    told.front.before = lambda _: None
    superseding = told.plan()
    assert superseding.waiting == 1
    told.settled()
    plan = told.plan()
    assert plan.counts == {"update coupon": 1, "update label": 1}
    assert told.apply().complete
    told.assert_settled()
    assert not any(state in {"planned", "sent"} for (state,) in told.rows("push_operation", "state"))


def test_an_unanswered_write_to_a_customer_who_left_is_settled_before_it_is_undone(told: World) -> None:
    told.buy(2, 4000)
    told.plan()
    unanswered(told)
    told.apply()
    answered(told)
    told.double.delete_customer(2)
    told.recount()
    waiting = told.plan()
    assert (waiting.operations, waiting.waiting, waiting.empty) == (0, 1, False)
    told.settled()
    assert told.plan().counts == {"delete coupon": 1, "delete label": 1}
    assert told.apply().complete
    told.assert_settled()


TAMPERED: list[Mapping[str, Any]] = [
    {"target_key": "reg-mine"},
    {"document": {"code": "reg-mine", "amount": "100.00"}},
    {"verb": "delete"},
    {"account_id": "1:1"},
    {"reason": "Gold: 10 %"},
    {"position": 99},
]


@pytest.mark.parametrize("values", TAMPERED, ids=lambda values: next(iter(values)))
def test_a_plan_whose_operations_were_tampered_with_is_not_applied(
    world: World, values: Mapping[str, Any]
) -> None:
    plan = world.plan()
    table = tables.push_operation
    first = world.operations(plan.id)[0].id
    with world.store.write() as connection:
        connection.execute(update(table).where(table.c.id == first).values(values))
    with pytest.raises(PermanentError, match="not those that were planned"):
        world.apply()
    assert world.front.writes() == []
    assert world.states(plan.id) == {"planned": 2 * SERVED}


def test_a_plan_that_lost_an_operation_is_not_applied(world: World) -> None:
    plan = world.plan()
    table = tables.push_operation
    with world.store.write() as connection:
        connection.execute(delete(table).where(table.c.position == 3))
    with pytest.raises(PermanentError, match="not those that were planned"):
        world.apply(plan.id)
    assert world.front.writes() == []


def test_the_platform_s_id_of_a_target_is_read_in_the_shop_and_not_taken_from_the_store(
    told: World,
) -> None:
    told.buy(2, 4000)
    plan = told.plan()
    strangers = told.staff("POST", "coupons", {"code": "summer", "amount": "1"})["id"]
    with told.store.write() as connection:
        connection.execute(update(tables.push_operation).values(remote_id=str(strangers)))
    assert told.apply(plan.id).complete
    assert told.staff("GET", f"coupons/{strangers}")["code"] == "summer"


def test_a_percent_that_changes_updates_the_coupon_in_place_and_keeps_its_code(told: World) -> None:
    before = told.coupon_of(4)
    enable_programme(told.workspace, RICHER, who="the owner")
    told.plan()
    assert told.apply().complete
    after = told.coupon_of(4)
    assert (after.target, after.remote_id) == (before.target, before.remote_id)
    assert after.document is not None
    assert after.document["amount"] == "12.00"
    told.assert_settled()


def test_a_grant_is_planned_then_given_then_replaced_then_withdrawn(world: World) -> None:
    world.plan()
    ((state, percent, code),) = world.grants_of(4)
    assert (state, percent) == ("planned", 1000)
    world.apply()
    assert world.grants_of(4) == [("given", 1000, code)]
    enable_programme(world.workspace, RICHER, who="the owner")
    world.plan()
    assert world.grants_of(4) == [("given", 1000, code), ("planned", 1200, code)]
    world.apply()
    assert world.grants_of(4) == [("given", 1200, code), ("replaced", 1000, code)]
    disable_programme(world.workspace, "regulars", who="the owner")
    world.plan()
    world.apply()
    assert world.grants_of(4) == [("replaced", 1000, code), ("withdrawn", 1200, code)]


def test_a_replaced_grant_names_its_successor(told: World) -> None:
    enable_programme(told.workspace, RICHER, who="the owner")
    told.plan()
    told.apply()
    rows = told.rows("grant", "state", "id", "replaced_by")
    given = {number for state, number, _ in rows if state == "given"}
    assert [successor in given for state, _, successor in rows if state == "replaced"] == [True]


def test_a_replacement_that_was_planned_and_never_given_leaves_no_trace(told: World) -> None:
    given = told.grants_of(4)
    enable_programme(told.workspace, RICHER, who="the owner")
    told.plan()
    enable_programme(told.workspace, PROGRAMME, who="the owner")
    assert told.plan().empty
    assert told.grants_of(4) == given


def test_a_discount_that_comes_back_gets_a_new_code(told: World) -> None:
    old = told.coupon_of(4).target.key
    disable_programme(told.workspace, "regulars", who="the owner")
    told.plan()
    told.apply()
    enable_programme(told.workspace, PROGRAMME, who="the owner")
    told.plan()
    assert told.apply().complete
    assert told.coupon_of(4).target.key != old
    told.assert_settled()


def many(count: int) -> Mapping[int, int]:
    return dict.fromkeys(range(1, count + 1), 2000)


def test_a_plan_s_calls_are_the_fewest_the_platform_allows_and_no_more_are_made(
    empty_workspace: Workspace,
) -> None:
    with served(a_history(many(230))) as (front, server):
        world = connected(empty_workspace, front, server)
        front.seen.clear()
        for change, calls in ((None, 6), (RICHEST, 6), ("off", 6)):
            if change == "off":
                disable_programme(empty_workspace, "regulars", who="the owner")
            elif change is not None:
                enable_programme(empty_workspace, change, who="the owner")
            plan = world.plan()
            front.seen.clear()
            assert world.apply().complete
            assert (plan.calls, len(front.writes())) == (calls, calls)
            assert len(front.seen) <= 4 * calls
        assert world.shown() == {}


RICHEST: Mapping[str, Any] = {
    **PROGRAMME,
    "tiers": [{"threshold": "1000.00", "percent": "4", "level": "Bronze"}],
}


def statements_of(world: World, work: Callable[[], object]) -> int:
    count = 0

    def note(*_: Any) -> None:
        nonlocal count
        count += 1

    engine = world.store._engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return count


def test_planning_costs_the_same_statements_a_chunk_whatever_is_in_it(
    empty_workspace: Workspace,
) -> None:
    with served(a_history(many(400))) as (front, server):
        world = connected(empty_workspace, front, server)
        everybody = f"offers:{world.shop.id}"
        with world.store.write() as connection:
            marks = store.dirty_marks(connection, everybody, limit=1000)
            store.clear_dirty(connection, everybody, marks[4:])
        few = statements_of(world, world.plan)
        with world.store.write() as connection:
            store.mark_dirty(connection, everybody, [mark.key for mark in marks])
        many_more = statements_of(world, world.plan)
    assert len(marks) == 400
    # Voiding the first plan reads whom it concerned.
    assert few <= many_more <= few + 2
