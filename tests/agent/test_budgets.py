"""Budgets from the programme to the coupon and back, and what the owner is told of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent_world import World
from regulars_agent import (
    budget_told,
    budgets,
    disable_programme,
    doctor,
    enable_programme,
    merge_persons,
    split_person,
)
from regulars_marketing._holdout import is_held_out

pytestmark = pytest.mark.parametrize(
    "store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)


def season(**changes: Any) -> dict[str, Any]:
    """Half of the price, sixty days before and after the real today, which the world's clock starts from."""
    today = datetime.now(UTC).date()
    return {
        "kind": "seasonal",
        "key": "summer",
        "title": "Spring",
        "percent": "50",
        "level": "Spring",
        "first_day": today - timedelta(days=60),
        "last_day": today + timedelta(days=60),
        "orders": 1,
        "currency": "UAH",
        "budget": "250.00",
        "reckoned_order": "200.00",
        **changes,
    }


def given(world: World, percent: str) -> int:
    return sum(each.document is not None and each.document["amount"] == percent for each in world.coupons())


def told(world: World) -> str:
    (state,) = budgets(world.workspace)
    return budget_told(state)


def warned(world: World) -> list[str]:
    return [each.message for each in doctor(world.workspace) if each.subject == "programme summer"]


def test_a_budget_serves_as_many_as_it_has_room_for_and_others_when_codes_are_gone(world: World) -> None:
    enable_programme(world.workspace, season(), who="the owner")
    world.plan()
    assert world.apply().complete
    world.assert_settled()
    assert given(world, "50.00") == 2
    day = f"{world.workspace.clock():%Y-%m-%d}"
    full = "budget 250.00 UAH: 200.00 issued to 2 accounts (200.00 reserved, 0.00 spent), 50.00 left"
    assert told(world) == f"{full}; full since {day}"
    assert warned(world) == [f"B{full[1:]}; full since {day}."]
    disable_programme(world.workspace, "summer", who="the owner")
    # The coupons stand in the shop until a plan has taken them away.
    assert told(world).startswith(full)
    world.plan()
    assert world.apply().complete
    assert given(world, "50.00") == 0
    world.clock.ahead += timedelta(days=3)
    enable_programme(world.workspace, season(budget="310.00"), who="the owner")
    assert "300.00 issued to 3 accounts (300.00 reserved" in told(world)
    assert world.plan().counts["create coupon"] == 3


def having(world: World) -> set[str]:
    """The accounts that have the season."""
    return {row[0] for row in world.rows("offer", "id", "programme_key") if row[1] == "summer"}


def test_one_who_is_held_out_holds_out_everybody_of_their_person_through_merge_and_split(
    world: World,
) -> None:
    said = {"who": "Olha", "why": "told us at the till"}
    enable_programme(world.workspace, season(budget="900.00", holdout=50), who="the owner")
    accounts = {f"{world.shop.id}:{number}" for number in range(1, 7)}
    out = {each for each in accounts if is_held_out("summer", [each], 50)}
    free = accounts - out
    assert out and free
    assert having(world) & accounts == free
    held, joined = min(out), min(free)
    booked = world.rows("exposure", "account_id", "amount", "state")
    rehearsed = merge_persons(world.workspace, [held, joined], dry_run=True, **said)
    assert world.rows("exposure", "account_id", "amount", "state") == booked
    merged = merge_persons(world.workspace, [held, joined], **said)
    assert having(world) & accounts == free - {joined}
    assert {row[2] for row in world.rows("exposure", "id", "account_id", "state") if row[1] == joined} == {
        "released"
    }
    assert [each.accounts for each in rehearsed.after] == [each.accounts for each in merged.after]
    (person,) = merged.after
    split_person(world.workspace, person.id, [joined], **said)
    assert having(world) & accounts == free
    assert "released" not in {
        row[1] for row in world.rows("exposure", "account_id", "state") if row[0] in free - {joined}
    }
