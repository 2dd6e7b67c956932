"""The journal of writes to shops."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

import regulars_store as stored
from purchases import NOW, World
from regulars_store import Standing, Store, StoredOperation, tables

WRITES = (("coupon", "create"), ("label", "create"))


@pytest.fixture
def world(store: Store) -> World:
    made = World(store)
    made.shop(1, "tea")
    with store.write() as connection:
        stored.start_plan(connection, plan_id="plan", shop_id=1, mechanism="coupons", now=NOW)
        stored.finish_plan(connection, "plan", digest="d", summary={"counts": {}}, state="open")
    return made


def planned(
    world: World, *accounts: str, writes: Sequence[tuple[str, str]] = WRITES
) -> list[StoredOperation]:
    rows: list[dict[str, Any]] = []
    for account in accounts:
        for kind, verb in writes:
            rows.append(
                {
                    "id": f"plan-{account}-{kind}-{verb}",
                    "plan_id": "plan",
                    "position": len(rows),
                    "shop_id": 1,
                    "account_id": account,
                    "target_kind": kind,
                    "target_key": f"{kind}-{account}",
                    "verb": verb,
                    "before": None if verb == "create" else {"amount": "3.00"},
                    "document": None if verb == "delete" else {"amount": "5.00"},
                    "remote_id": None,
                    "reason": "Bronze: 5 %",
                    "state": "planned",
                }
            )
    with world.store.write() as connection:
        stored.add_operations(connection, rows)
        return stored.operations_of(connection, "plan")


def granted(world: World, account: str, state: str, percent: int) -> None:
    row = {
        "id": f"{state}-{percent}",
        "account_id": account,
        "shop_id": 1,
        "programme_key": "regulars",
        "programme_version": 1,
        "code": "reg-1",
        "percent": percent,
        "state": state,
        "given_at": NOW,
    }
    with world.store.write() as connection:
        stored.add_grants(connection, [row])


def confirmed(world: World, *operations: StoredOperation, remote: str | None = "77") -> None:
    with world.store.write() as connection:
        stored.confirm(connection, 1, [(operation, remote) for operation in operations], now=NOW)


def states(world: World) -> dict[str, str]:
    query = select(tables.push_operation.c.id, tables.push_operation.c.state)
    with world.store.read() as connection:
        return {row.id: row.state for row in connection.execute(query)}


def grants(world: World) -> dict[str, str]:
    query = select(tables.grant.c.id, tables.grant.c.state)
    with world.store.read() as connection:
        return {row.id: row.state for row in connection.execute(query)}


def standing(world: World) -> list[tuple[Any, ...]]:
    with world.store.read() as connection:
        return [
            (target.kind, target.key, target.document, target.remote_id)
            for target in stored.standing_targets(connection, 1)
        ]


def test_operations_are_read_by_state_kind_and_verb(world: World) -> None:
    planned(world, "1:1", "1:2", writes=[("coupon", "create"), ("label", "delete")])
    with world.store.write() as connection:
        stored.mark_sent(connection, ["plan-1:1-coupon-create"], epoch=1, now=NOW)
    with world.store.read() as connection:

        def found(**given: Any) -> list[int]:
            return [each.position for each in stored.operations_of(connection, "plan", **given)]

        assert found() == [0, 1, 2, 3]
        assert found(after=1, limit=1) == [2]
        assert found(state="sent") == [0]
        assert found(kind="label") == found(verbs=["delete", "discard"]) == [1, 3]
        assert found(verbs=["create"], state="planned") == [2]


def test_sent_operations_are_those_whose_time_is_over_oldest_first(world: World) -> None:
    first, second, third = (operation.id for operation in planned(world, "1:1", "1:2")[:3])
    with world.store.write() as connection:
        stored.mark_sent(connection, [second], epoch=1, now=NOW)
        stored.mark_sent(connection, [first], epoch=1, now=NOW + timedelta(seconds=1))
        stored.mark_sent(connection, [third], epoch=1, now=NOW + timedelta(seconds=9))
    with world.store.read() as connection:
        ripe = stored.sent_operations(connection, 1, sent_before=NOW + timedelta(seconds=5))
        assert [operation.id for operation in ripe] == [second, first]
        assert stored.unsettled_accounts(connection, 1) == {"1:1", "1:2"}
        assert stored.sent_operations(connection, 2, sent_before=NOW + timedelta(days=1)) == []


def test_each_sending_is_counted(world: World) -> None:
    (name,) = (operation.id for operation in planned(world, "1:1")[:1])
    for _ in range(2):
        with world.store.write() as connection:
            stored.mark_sent(connection, [name], epoch=4, now=NOW)
            stored.mark_unsent(connection, [name])
    with world.store.read() as connection:
        operation = stored.operations_of(connection, "plan")[0]
    assert (operation.state, operation.attempts, operation.sent_at) == ("planned", 2, None)


@pytest.mark.parametrize(("plan", "state"), [("applying", "planned"), ("superseded", "superseded")])
def test_what_had_no_effect_is_planned_again_only_where_its_plan_still_counts(
    world: World, plan: str, state: str
) -> None:
    names = [operation.id for operation in planned(world, "1:1")]
    with world.store.write() as connection:
        stored.mark_sent(connection, names, epoch=1, now=NOW)
        stored.set_plan_state(connection, "plan", plan, now=NOW)
        stored.mark_unsent(connection, names)
    assert set(states(world).values()) == {state}


def test_a_confirmed_write_stands_and_gives_the_grant_and_again_changes_nothing(world: World) -> None:
    coupon, label = planned(world, "1:1")
    granted(world, "1:1", "given", 300)
    granted(world, "1:1", "planned", 500)
    for _ in range(2):
        confirmed(world, coupon)
        assert standing(world) == [("coupon", "coupon-1:1", {"amount": "5.00"}, "77")]
        assert grants(world) == {"given-300": "replaced", "planned-500": "given"}
    assert states(world) == {coupon.id: "confirmed", label.id: "planned"}


def test_a_grant_is_withdrawn_with_the_last_thing_that_showed_it(world: World) -> None:
    coupon, label = planned(world, "1:1")
    granted(world, "1:1", "planned", 500)
    confirmed(world, coupon, label)
    with world.store.write() as connection:
        gone = [stored.operations_of(connection, "plan", kind=kind)[0] for kind in ("label", "coupon")]
    confirmed(world, replace(gone[0], verb="delete", document=None))
    assert grants(world) == {"planned-500": "given"}
    confirmed(world, replace(gone[1], verb="delete", document=None), remote=None)
    assert grants(world) == {"planned-500": "withdrawn"}
    assert standing(world) == []


def test_what_somebody_changed_is_kept_as_it_reads(world: World) -> None:
    coupon, label = planned(world, "1:1", writes=[("coupon", "update"), ("label", "update")])
    confirmed(world, coupon, label)
    seen = [
        (coupon, Standing({"amount": "50.00"}, "78", "was changed")),
        (label, Standing(None, None, "was deleted")),
    ]
    with world.store.write() as connection:
        stored.adopt(connection, 1, seen, state="drifted", now=NOW)
    assert standing(world) == [("coupon", "coupon-1:1", {"amount": "50.00"}, "78")]
    assert set(states(world).values()) == {"drifted"}


def test_unconfirmed_writes_hold_back_what_depends_on_them(world: World) -> None:
    operations = planned(world, "1:1", "1:2", "1:3")
    confirmed(world, operations[0])
    with world.store.write() as connection:
        stored.mark_answered(connection, {operations[2].id: ("refused", "no")}, now=NOW)
        stored.mark_sent(connection, [operations[4].id], epoch=1, now=NOW)

        def before(kind: str) -> dict[str, str]:
            accounts = ["1:1", "1:2", "1:3"]
            return stored.unconfirmed_writes(connection, "plan", accounts, before_kind=kind)

        assert before("label") == {"1:2": "refused", "1:3": "sent"}
        assert before("coupon") == {}


def test_counts_by_state(world: World) -> None:
    operations = planned(world, "1:1")
    confirmed(world, operations[0])
    with world.store.read() as connection:
        assert stored.operation_counts(connection, "plan") == {"confirmed": 1, "planned": 1}
