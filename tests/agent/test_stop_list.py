"""The stop-list: whoever a human put on it is offered nothing, until it is lifted or over."""

from datetime import timedelta
from typing import Any

import pytest

from agent_world import World
from refused_orders import account, refuse_order
from regulars_agent import (
    StopState,
    Workspace,
    add_stop,
    confirm_stop,
    derive,
    lift_stop,
    merge_persons,
    person_card,
    refuse_stop,
    split_person,
    stop_list,
    suggest_stops,
)
from regulars_mapping import PermanentError, SkipError
from regulars_store import digest

WHO = "Olha"


def offered(world: World, number: int) -> int:
    """The percent (hundredths) that an account is offered; 0 without an offer."""
    rows = dict(world.rows("offer", "id", "percent"))
    return int(rows.get(account(world, number), 0))


def confirmed(world: World, number: int, **options: Any) -> int:
    """A customer on the stop-list; the number of the entry."""
    return add_stop(world.workspace, account(world, number), "rude", who=WHO, **options).entry.number


def states(world: World) -> dict[int, str]:
    return {entry.number: entry.state.value for entry in stop_list(world.workspace)}


def digest_of(workspace: Workspace) -> str:
    with workspace.store.read() as connection:
        return digest(connection)


def test_whoever_is_on_the_list_is_offered_nothing_and_the_next_plan_withdraws_it(told: World) -> None:
    assert told.label_of(4) is not None
    before = len(told.coupons())
    change = add_stop(told.workspace, account(told, 4), "rude", who=WHO)
    assert [(each.account, each.after) for each in change.offers] == [(account(told, 4), None)]
    assert offered(told, 4) == 0
    told.plan()
    assert told.apply().complete
    assert len(told.coupons()) == before - 1
    assert [row[0] for row in told.grants_of(4)] == ["withdrawn"]
    lift_stop(told.workspace, change.entry.number, who=WHO)
    told.plan()
    assert told.apply().complete
    assert len(told.coupons()) == before
    told.assert_settled()


def test_a_rehearsal_tells_and_leaves_no_trace(world: World) -> None:
    before = digest_of(world.workspace)
    change = add_stop(world.workspace, account(world, 4), "rude", who=WHO, dry_run=True)
    assert (change.rehearsed, len(change.offers)) == (True, 1)
    assert digest_of(world.workspace) == before
    assert stop_list(world.workspace) == ()


def test_lifting_brings_back_just_what_was_there(world: World) -> None:
    offers = world.rows("offer", "id", "percent", "proof")
    number = confirmed(world, 4)
    assert len(world.rows("offer", "id")) == len(offers) - 1
    assert lift_stop(world.workspace, number, who=WHO).already is False
    assert lift_stop(world.workspace, number, who=WHO).already is True
    assert world.rows("offer", "id", "percent", "proof") == offers


def test_an_entry_ends_by_itself_when_its_time_is_over(world: World) -> None:
    until = world.clock() + timedelta(days=2)
    number = confirmed(world, 4, until=until)
    world.clock.forward(days=1)
    derive(world.workspace)
    assert offered(world, 4) == 0
    world.clock.forward(days=1, minutes=1)
    (over,) = stop_list(world.workspace)
    assert (over.state, over.holds) == (StopState.CONFIRMED, False)
    derive(world.workspace)
    assert offered(world, 4) == 1000
    (entry,) = stop_list(world.workspace)
    assert (entry.number, entry.state, entry.who) == (number, StopState.LIFTED, "regulars")
    after = digest_of(world.workspace)
    derive(world.workspace)
    assert digest_of(world.workspace) == after


def test_a_plan_alone_also_sees_that_the_time_is_over(told: World) -> None:
    confirmed(told, 4, until=told.clock() + timedelta(days=2))
    told.plan()
    assert told.apply().complete
    told.clock.forward(days=2, minutes=1)
    assert told.plan().accounts == 1


def test_the_entry_moves_with_its_account_through_a_merge_and_a_split(world: World) -> None:
    confirmed(world, 4)
    pair = [account(world, 3), account(world, 4)]
    merge_persons(world.workspace, pair, who=WHO, why="told us")
    assert (offered(world, 3), offered(world, 4)) == (0, 0)
    card = person_card(world.workspace, pair[0])
    assert card is not None
    assert (card.stopped, len(card.stop_list)) == (True, 1)
    split_person(world.workspace, pair[0], [pair[1]], who=WHO, why="a mistake")
    assert (offered(world, 3), offered(world, 4)) == (500, 0)
    card = person_card(world.workspace, pair[0])
    assert card is not None
    assert (card.stopped, len(card.stop_list)) == (False, 0)


def test_one_entry_that_holds_is_enough(world: World) -> None:
    first, second = confirmed(world, 4), confirmed(world, 4)
    lift_stop(world.workspace, first, who=WHO)
    assert offered(world, 4) == 0
    lift_stop(world.workspace, second, who=WHO)
    assert offered(world, 4) == 1000


def test_a_suggestion_is_confirmed_with_an_end_that_can_be_changed(world: World) -> None:
    for _ in range(2):
        refuse_order(world, 4)
    (made,) = suggest_stops(world.workspace)
    assert made.number is not None
    until = world.clock() + timedelta(days=30)
    change = confirm_stop(world.workspace, made.number, until=until, who=WHO, why="called them")
    assert (change.entry.until, change.entry.who, change.entry.why) == (until, WHO, "called them")
    assert change.entry.evidence == made.evidence
    assert len(change.offers) == 1
    assert confirm_stop(world.workspace, made.number, until=until, who=WHO).already
    longer = confirm_stop(world.workspace, made.number, who=WHO)
    assert (longer.already, longer.entry.until, longer.offers) == (False, None, ())
    assert [row[0] for row in world.rows("stop_list_entry", "state")] == [
        "suggested",
        "confirmed",
        "confirmed",
    ]


def test_words_that_do_not_fit_the_state_are_refused(world: World) -> None:
    number = confirmed(world, 4)
    with pytest.raises(PermanentError, match="is confirmed, and cannot become refused"):
        refuse_stop(world.workspace, number, who=WHO)
    lift_stop(world.workspace, number, who=WHO)
    with pytest.raises(PermanentError, match="is lifted, and cannot become confirmed"):
        confirm_stop(world.workspace, number, who=WHO)
    with pytest.raises(SkipError, match="no entry 99"):
        lift_stop(world.workspace, 99, who=WHO)
    with pytest.raises(PermanentError, match="past"):
        confirmed(world, 4, until=world.clock() - timedelta(days=1))
    with pytest.raises(PermanentError, match="why"):
        add_stop(world.workspace, account(world, 4), " ", who=WHO)
    with pytest.raises(PermanentError, match="printed"):
        add_stop(world.workspace, account(world, 4), "a\x00b", who=WHO)
    assert states(world) == {number: "lifted"}


def test_the_list_is_told_by_state_and_person(world: World) -> None:
    first, second = confirmed(world, 4), confirmed(world, 5)
    lift_stop(world.workspace, first, who=WHO)
    by_state = stop_list(world.workspace, states=[StopState.CONFIRMED])
    assert [entry.number for entry in by_state] == [second]
    of_person = stop_list(world.workspace, person="person4@example.com")
    assert [(entry.number, entry.name) for entry in of_person] == [(first, "Olena")]


def test_who_said_what_is_in_the_audit_without_the_reason(world: World) -> None:
    number = confirmed(world, 4)
    lift_stop(world.workspace, number, who="Ivan", why="they apologised")
    rows = [row for row in world.rows("audit", "who", "action", "subject", "detail") if "stop" in row[1]]
    detail = {"account": account(world, 4)}
    assert rows == [
        (WHO, "stop-list confirmed", str(number), detail),
        ("Ivan", "stop-list lifted", str(number), detail),
    ]
