"""What the agent does for people once a day, whether the shop can be reached or not."""

from datetime import timedelta

import pytest

from agent_world import Clock, World
from refused_orders import account, refuse_order
from regulars_agent import (
    Duty,
    Outcome,
    Workspace,
    reminders,
    set_field,
    stop_list,
    suggestions,
    tick,
)
from regulars_agent._chores import do_chores, suggest_persons
from regulars_agent._leases import held
from regulars_agent._setting_sections import HttpSettings, RiskSettings
from suggest_world import crowd, put_accounts


@pytest.fixture
def kept(world: World) -> World:
    """The small shop after the agent's first visit; a birthday is near, and somebody refuses parcels."""
    sections = {
        "agent": world.workspace.settings.agent.model_copy(update={"interval": 60}),
        "risk": RiskSettings(max_share_changed=1),
        "http": HttpSettings(tries=1, max_wait=0.01, read_timeout=10),
    }
    world.workspace.settings = world.workspace.settings.model_copy(update=sections)
    (visited,) = tick(world.workspace, world.clock())
    assert visited.outcome is Outcome.DONE
    born = f"1990{world.clock() + timedelta(days=2):-%m-%d}"
    set_field(world.workspace, account(world, 1), "birth_date", born, who="Olha")
    for _ in range(2):
        refuse_order(world, 3)
    return world


def test_the_daily_sweep_makes_reminders_and_suggestions(kept: World) -> None:
    kept.clock.forward(days=1)
    (swept,) = [each for each in tick(kept.workspace, kept.clock()) if each.duty is Duty.SWEEP]
    assert (swept.counts["birthdays"], swept.counts["stops_suggested"]) == (1, 1)
    assert (len(reminders(kept.workspace)), len(stop_list(kept.workspace))) == (1, 1)


def test_a_shop_that_is_down_does_not_keep_birthdays_from_being_remembered(kept: World) -> None:
    kept.server.close()
    kept.clock.forward(days=1)
    (swept,) = [each for each in tick(kept.workspace, kept.clock()) if each.duty is Duty.SWEEP]
    assert swept.outcome is Outcome.FAILED
    assert len(reminders(kept.workspace)) == 1


def test_chores_done_again_change_nothing_and_leave_to_others_what_they_do(kept: World) -> None:
    with held(kept.workspace, "reminders"):
        assert new_in(do_chores(kept.workspace)) == (0, 0)
    assert new_in(do_chores(kept.workspace)) == (1, 1)
    assert new_in(do_chores(kept.workspace)) == (0, 0)


def new_in(done: dict[str, int]) -> tuple[int, int]:
    return done["birthdays"], done["stops_suggested"]


class Told(BaseException):
    """An agent that is told to stop."""


def _stop() -> None:
    raise Told


def _without(workspace: Workspace) -> None:
    identity = workspace.settings.identity.model_copy(update={"daily": False})
    workspace.settings = workspace.settings.model_copy(update={"identity": identity})


def test_who_may_be_one_person_is_suggested_once_a_day_and_again_where_it_was_broken_off(
    empty_workspace: Workspace,
) -> None:
    put_accounts(empty_workspace.store, crowd(195, twice=15))
    with pytest.raises(Told):
        suggest_persons(empty_workspace, pause=_stop)
    assert suggestions(empty_workspace) == []
    made = suggest_persons(empty_workspace, pause=lambda: None)
    assert made == {"persons_suggested": len(suggestions(empty_workspace, limit=100))}
    assert made["persons_suggested"] > 5
    assert suggest_persons(empty_workspace, pause=_stop) == {}
    assert isinstance(empty_workspace.clock, Clock)
    empty_workspace.clock.forward(days=1)
    _without(empty_workspace)
    assert suggest_persons(empty_workspace, pause=_stop) == {}


def test_a_store_too_small_to_learn_from_is_left_to_its_owner(empty_workspace: Workspace) -> None:
    put_accounts(empty_workspace.store, crowd(20, twice=5))
    assert suggest_persons(empty_workspace, pause=_stop) == {}
