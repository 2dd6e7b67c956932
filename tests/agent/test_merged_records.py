"""The record of whoever a shop merged into another customer, or deleted, goes on with whom they are now."""

from datetime import timedelta

import pytest

import regulars_store as store
from agent_world import World
from refused_orders import account
from regulars_agent import (
    add_interaction,
    add_reminder,
    add_stop,
    derive,
    field_history,
    interactions,
    lift_stop,
    merge_persons,
    person_card,
    reminders,
    set_field,
    stop_list,
    undo_decision,
)
from regulars_store import tables

WHO = "Olha"


@pytest.fixture
def merged(world: World) -> World:
    """Customer 4, of whom much is written, merged into customer 5 by the shop."""
    gone = account(world, 4)
    set_field(world.workspace, gone, "manager", "Olha", who=WHO)
    add_interaction(world.workspace, gone, "asked for decaf", who=WHO)
    add_reminder(world.workspace, gone, world.workspace.clock().date() + timedelta(days=2), who=WHO)
    add_stop(world.workspace, gone, "rude", who=WHO)
    with world.workspace.store.write() as connection:
        words = {"shop": "tea", "kept": account(world, 5), "gone": gone, "why": "w"}
        store.shop_merged(connection, **words, now=world.workspace.clock())
    lose(world, 4)
    return world


def lose(world: World, number: int, *, gone: bool = True) -> None:
    """The shop deletes a customer, or has them again."""
    is_it = tables.account.c.id == account(world, number)
    with world.workspace.store.write() as connection:
        connection.execute(tables.account.update().where(is_it).values(gone=gone))
        store.mark_dirty(connection, "identity", [account(world, number)])
    derive(world.workspace)


@pytest.fixture
def deleted(world: World) -> World:
    """Customers 4 and 5 are one person by hand. Of 4 much was written, and the shop deleted 4."""
    first, second = account(world, 4), account(world, 5)
    merge_persons(world.workspace, [first, second], who=WHO, why="told us")
    add_interaction(world.workspace, first, "asked for decaf", who=WHO)
    add_reminder(world.workspace, first, world.workspace.clock().date() + timedelta(days=2), who=WHO)
    add_stop(world.workspace, first, "rude", until=world.workspace.clock() + timedelta(days=9), who=WHO)
    lose(world, 4)
    return world


def test_the_card_of_the_kept_one_shows_what_was_written(merged: World) -> None:
    workspace, kept = merged.workspace, account(merged, 5)
    card = person_card(workspace, kept)
    assert card is not None
    assert card.person["manager"] == "Olha"
    assert [one.text for one in card.interactions] == ["asked for decaf"]
    assert [one.person for one in card.reminders] == [card.person["id"]]
    assert [(one.reason, one.person) for one in card.stop_list] == [("rude", card.person["id"])]
    assert card.stopped
    assert interactions(workspace, kept) == card.interactions
    assert reminders(workspace, person=kept) == card.reminders
    assert stop_list(workspace, person=kept) == card.stop_list
    assert [one.value for one in field_history(workspace, kept, "manager").versions] == ["Olha"]


def test_nothing_is_offered_to_them_until_it_is_lifted_and_what_is_written_now_counts(merged: World) -> None:
    kept = account(merged, 5)
    assert kept not in {row[0] for row in merged.rows("offer", "id")}
    (entry,) = stop_list(merged.workspace)
    assert [one.account for one in lift_stop(merged.workspace, entry.number, who=WHO).offers] == [kept]
    assert kept in {row[0] for row in merged.rows("offer", "id")}
    set_field(merged.workspace, kept, "manager", None, who=WHO)
    assert dict(merged.rows("person", "id", "manager"))[_person(merged, kept)] == ""


def _person(world: World, name: str) -> str:
    query = tables.account.select().where(tables.account.c.id == name)
    with world.workspace.store.read() as connection:
        return str(connection.execute(query).one().person_id)


def test_whoever_is_stopped_and_deletes_their_first_account_is_still_stopped(deleted: World) -> None:
    workspace, left = deleted.workspace, account(deleted, 5)
    assert left not in {row[0] for row in deleted.rows("offer", "id")}
    card = person_card(workspace, left)
    assert card is not None
    assert [(one.reason, one.person) for one in card.stop_list] == [("rude", card.person["id"])]
    assert card.stopped
    assert [one.text for one in card.interactions] == ["asked for decaf"]
    assert [one.person for one in card.reminders] == [card.person["id"]]
    assert interactions(workspace, left) == card.interactions
    assert reminders(workspace, person=left) == reminders(workspace) == card.reminders
    assert stop_list(workspace, person=left) == stop_list(workspace) == card.stop_list


def test_until_it_is_lifted_or_over(deleted: World) -> None:
    left = account(deleted, 5)
    (entry,) = stop_list(deleted.workspace)
    change = lift_stop(deleted.workspace, entry.number, who=WHO, dry_run=True)
    assert [one.account for one in change.offers] == [left]
    deleted.clock.forward(days=9, minutes=1)
    derive(deleted.workspace)
    assert left in {row[0] for row in deleted.rows("offer", "id")}
    assert [one.state.value for one in stop_list(deleted.workspace)] == ["lifted"]


def test_a_merge_by_mistake_taken_back_frees_the_other_also_when_the_stopped_one_is_gone(
    deleted: World,
) -> None:
    left = account(deleted, 5)
    card = person_card(deleted.workspace, left)
    assert card is not None
    (act,) = card.decisions
    undo_decision(deleted.workspace, act.lines[0].number, who=WHO, why="two people")
    assert left in {row[0] for row in deleted.rows("offer", "id")}
    assert stop_list(deleted.workspace, person=left) == ()
    lose(deleted, 4, gone=False)
    assert account(deleted, 4) not in {row[0] for row in deleted.rows("offer", "id")}
