"""Reminders: by hand, due by the shop's clock; by themselves from birthdays, once a person and year."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from agent_world import World
from regulars_agent import (
    BirthdayRun,
    ReminderKind,
    Workspace,
    add_reminder,
    finish_reminder,
    make_birthday_reminders,
    merge_persons,
    person_card,
    reminders,
    reminders_calendar,
    set_field,
    split_person,
)
from regulars_agent._birthdays import birthday_in
from regulars_agent._setting_sections import ReminderSettings
from regulars_mapping import PermanentError, SkipError

WHO = "Olha"
NOTHING = BirthdayRun()


class FixedClock:
    """A clock that stands until it is set."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def at(world: World) -> Iterator[Callable[[int, int, int], None]]:
    """Set the day; it is six in the morning, UTC."""
    clock = FixedClock(world.clock())
    world.workspace.clock = clock

    def put(year: int, month: int, day: int) -> None:
        clock.moment = datetime(year, month, day, 6, tzinfo=UTC)

    put(2027, 5, 10)
    yield put


def account(world: World, number: int) -> str:
    return f"{world.shop.id}:{number}"


def born(world: World, number: int, birth_date: str | None) -> None:
    edit(world, number, "birth_date", birth_date)


def edit(world: World, number: int, field: str, value: Any) -> None:
    set_field(world.workspace, account(world, number), field, value, who=WHO)


def set_(workspace: Workspace, **changes: Any) -> None:
    workspace.settings = workspace.settings.model_copy(update={"reminders": ReminderSettings(**changes)})


def due(world: World) -> list[tuple[str, datetime]]:
    return [(each.account, each.due_at) for each in reminders(world.workspace)]


# The shop's zone is Europe/Kyiv.
NINE = datetime(2027, 5, 17, 6, tzinfo=UTC)


def test_a_reminder_is_due_by_the_shops_clock_at_the_hour_the_person_prefers(world: World, at: Any) -> None:
    day = date(2027, 5, 17)
    remind = {"who": WHO, "kind": ReminderKind.CALL}
    add_reminder(world.workspace, account(world, 1), day, **remind)
    add_reminder(world.workspace, account(world, 1), day, hour=time(8, 30), **remind)
    edit(world, 2, "preferred_hour", "18:00")
    add_reminder(world.workspace, account(world, 2), day, owner="Ivan", text="About the roast", **remind)
    assert [each[1] for each in due(world)] == [
        datetime(2027, 5, 17, 5, 30, tzinfo=UTC),
        NINE,
        datetime(2027, 5, 17, 15, tzinfo=UTC),
    ]
    evening = reminders(world.workspace, person="person2@example.com")
    assert [(each.text, each.owner, each.kind) for each in evening] == [("About the roast", "Ivan", "call")]
    assert len(reminders(world.workspace, owner="Olha")) == 2
    assert len(reminders(world.workspace, owner="Ivan")) == 3
    assert reminders(world.workspace, due=True) == ()
    at(2027, 5, 17)
    assert len(reminders(world.workspace, due=True)) == 2


def test_what_is_done_is_listed_no_more_and_keeps_its_first_word(world: World, at: Any) -> None:
    number = add_reminder(world.workspace, account(world, 1), date(2027, 5, 17), who=WHO)
    card = person_card(world.workspace, account(world, 1))
    assert card is not None
    assert [each.number for each in card.reminders] == [number]
    finish_reminder(world.workspace, number, who="Ivan")
    finish_reminder(world.workspace, number, who="Olha")
    assert due(world) == []
    assert world.rows("reminder", "done_by") == [("Ivan",)]
    with pytest.raises(SkipError, match="no reminder 77"):
        finish_reminder(world.workspace, 77, who=WHO)


@pytest.mark.parametrize("day", [date(2025, 1, 1), date(2099, 1, 1), date.min, date.max])
def test_a_day_long_past_or_far_off_is_refused(world: World, at: Any, day: date) -> None:
    with pytest.raises(PermanentError, match="ten years"):
        add_reminder(world.workspace, account(world, 1), day, who=WHO)


def test_a_birthday_reminds_by_itself_once_a_year_whether_its_year_is_known_or_not(
    world: World, at: Any
) -> None:
    born(world, 1, "1990-05-17")
    born(world, 2, "--05-12")
    born(world, 3, "1990-05-18")
    edit(world, 2, "manager", "Ivan")
    assert make_birthday_reminders(world.workspace) == BirthdayRun(made=2)
    assert make_birthday_reminders(world.workspace) == NOTHING
    assert due(world) == [(account(world, 2), NINE - timedelta(days=5)), (account(world, 1), NINE)]
    first, second = reminders(world.workspace)
    assert (first.owner, second.owner, first.kind, first.birthday) == ("Ivan", "", "congratulate", True)
    finish_reminder(world.workspace, first.number, who=WHO)
    assert make_birthday_reminders(world.workspace) == NOTHING
    at(2028, 5, 10)
    # Nobody needs to be reminded of a birthday of a year ago.
    assert make_birthday_reminders(world.workspace) == BirthdayRun(made=2, dropped=1)
    assert {each[1].year for each in due(world)} == {2028}


def test_the_leap_day_is_kept_on_the_28th_in_common_years(world: World, at: Any) -> None:
    born(world, 1, "1992-02-29")
    born(world, 2, "--02-28")
    at(2027, 2, 25)
    assert make_birthday_reminders(world.workspace).made == 2
    assert {each[1].date() for each in due(world)} == {date(2027, 2, 28)}
    at(2028, 2, 25)
    assert make_birthday_reminders(world.workspace).made == 2
    later = {each: moment.date() for each, moment in due(world) if moment.year == 2028}
    assert later == {account(world, 1): date(2028, 2, 29), account(world, 2): date(2028, 2, 28)}
    assert birthday_in("--02-29", 2100) == date(2100, 2, 28)


def test_the_turn_of_the_year_is_a_day_like_any_other(world: World, at: Any) -> None:
    born(world, 1, "1990-12-31")
    born(world, 2, "1990-01-02")
    at(2027, 12, 30)
    assert make_birthday_reminders(world.workspace).made == 2
    at(2028, 1, 1)
    assert make_birthday_reminders(world.workspace) == NOTHING
    assert [each[1].date() for each in due(world)] == [date(2027, 12, 31), date(2028, 1, 2)]


def test_what_is_open_follows_the_record(world: World, at: Any) -> None:
    for number in (1, 2, 3, 4):
        born(world, number, "1990-05-17")
    assert make_birthday_reminders(world.workspace).made == 4
    born(world, 1, "1990-05-15")
    edit(world, 2, "preferred_hour", "18:00")
    born(world, 3, None)
    edit(world, 4, "archived", True)
    assert make_birthday_reminders(world.workspace) == BirthdayRun(moved=2, dropped=2)
    assert due(world) == [
        (account(world, 1), NINE - timedelta(days=2)),
        (account(world, 2), NINE + timedelta(hours=9)),
    ]


def test_a_merged_person_is_congratulated_once_and_a_split_one_each(world: World, at: Any) -> None:
    for number in (1, 2):
        born(world, number, "1990-05-17")
    assert make_birthday_reminders(world.workspace).made == 2
    pair = [account(world, 1), account(world, 2)]
    merge_persons(world.workspace, pair, who=WHO, why="told us")
    assert make_birthday_reminders(world.workspace) == BirthdayRun(dropped=1)
    (left,) = reminders(world.workspace)
    finish_reminder(world.workspace, left.number, who=WHO)
    assert make_birthday_reminders(world.workspace) == NOTHING
    split_person(world.workspace, pair[0], [pair[1]], who=WHO, why="a mistake")
    assert make_birthday_reminders(world.workspace).made == 1


def test_birthdays_can_be_switched_off_and_the_days_ahead_set(world: World, at: Any) -> None:
    born(world, 1, "1990-05-17")
    set_(world.workspace, birthdays=False)
    assert make_birthday_reminders(world.workspace) == NOTHING
    set_(world.workspace, days_ahead=6)
    assert make_birthday_reminders(world.workspace) == NOTHING
    set_(world.workspace, days_ahead=7, hour=20)
    assert make_birthday_reminders(world.workspace).made == 1
    assert due(world) == [(account(world, 1), NINE + timedelta(hours=11))]


def test_the_calendar_tells_whom_to_call_or_only_that_somebody_is_to_be_called(world: World, at: Any) -> None:
    number = add_reminder(
        world.workspace, account(world, 1), date(2027, 5, 17), text="Ask; about\nroast", who=WHO
    )
    text = reminders_calendar(world.workspace)
    assert "SUMMARY:Call: Olena\r\n" in text
    assert "DESCRIPTION:Ask\\; about\\nroast\r\n" in text
    assert "DTSTART:20270517T060000Z\r\n" in text
    bare = reminders_calendar(world.workspace, names=False)
    assert f"SUMMARY:Call (reminder {number})\r\n" in bare
    assert "Olena" not in bare and "roast" not in bare and "@example" not in bare
    assert reminders_calendar(world.workspace) == text
    finish_reminder(world.workspace, number, who=WHO)
    assert "VEVENT" not in reminders_calendar(world.workspace)
