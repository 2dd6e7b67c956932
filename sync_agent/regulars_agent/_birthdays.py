"""Birthdays make reminders by themselves: once a person and year, and they follow what the record says."""

import time
from calendar import isleap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._leases import held
from regulars_agent._reminders import ReminderKind, hour_of, local
from regulars_agent._workspace import Workspace

BY_ITSELF = "regulars"
"""Who makes what nobody made by hand."""
TOO_LATE = timedelta(days=30)
"""How long after a birthday somebody may still be reminded of it."""
_YEAR = timedelta(days=400)
_CHUNK = 500
_LEAP_DAY = "02-29"
_Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class BirthdayRun:
    """How many reminders were made, moved to another time or owner, and taken away."""

    made: int = 0
    moved: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class _Change:
    """A reminder as it shall be: a new one where there is no ``id``, none any more where no ``due_at``."""

    id: int | None
    due_at: datetime | None
    account: str = ""
    year: int = 0
    owner: str = ""


def make_birthday_reminders(workspace: Workspace) -> BirthdayRun:
    """Remind of every birthday from yesterday to ``reminders.days_ahead`` days on; once a day is enough.

    Due on the birthday at the hour that the person prefers, else at ``reminders.hour``, by the clock of their
    first shop; owned by their manager. Somebody born on 29 February has it on the 28th in common years; an
    unknown year is no hindrance. One a person and year, whatever was merged: what is done stays done. What is
    open follows the record: it moves with a corrected birth date, goes with an archived or lost one, and when
    it is too late. Done again, nothing changes. Does nothing where ``reminders.birthdays`` is off. Raises
    RetryError while another worker does it.
    """
    if not workspace.settings.reminders.birthdays:
        return BirthdayRun()
    with held(workspace, "reminders") as lease:
        with workspace.store.read() as connection:
            changes = _changes(connection, workspace)
        for place in range(0, len(changes), _CHUNK):
            with lease.write() as connection:
                _write(connection, changes[place : place + _CHUNK], now=workspace.clock())
            time.sleep(workspace.settings.batches.pause)
    made = sum(each.id is None for each in changes)
    dropped = sum(each.due_at is None for each in changes)
    return BirthdayRun(made, len(changes) - made - dropped, dropped)


def birthday_in(birth_date: str, year: int) -> date:
    """The day of a year on which somebody born on ``1990-05-17`` or ``--05-17`` is congratulated."""
    month, day = int(birth_date[-5:-3]), int(birth_date[-2:])
    return date(year, month, 28 if (month, day) == (2, 29) and not isleap(year) else day)


def _changes(connection: Connection, workspace: Workspace) -> list[_Change]:
    today = workspace.clock().date()
    days = [today + timedelta(days=on) for on in range(-1, workspace.settings.reminders.days_ahead + 1)]
    known = store.birthday_reminders(connection, since=workspace.clock() - _YEAR)
    whose = sorted({each.person for each in known if each.person and not each.done})
    born = {one.person: one for one in store.born(connection, whose)}
    settled = {(each.person, _year_of(each)) for each in known if each.person and each.done}
    followed = _followed(workspace, known, born, settled)
    born |= {
        one.person: one for one in store.born_on(connection, {kept for day in days for kept in _kept(day)})
    }
    return followed + [
        _wanted(workspace, one, year)
        for one in born.values()
        for year in sorted({day.year for day in days})
        if (one.person, year) not in settled and days[0] <= birthday_in(one.birth_date, year) <= days[-1]
    ]


def _followed(
    workspace: Workspace,
    known: Sequence[store.BirthdayReminder],
    born: Mapping[str, store.Born],
    settled: set[_Key],
) -> list[_Change]:
    """What of the open reminders is to be moved or to go. Whom the others remind of is settled with that."""
    oldest = workspace.clock() - TOO_LATE
    changes = []
    for each in (each for each in known if not each.done):
        one, year = born.get(each.person or ""), _year_of(each)
        if one is None or (one.person, year) in settled:
            changes.append(_Change(each.id, None))
            continue
        settled.add((one.person, year))
        wanted = _wanted(workspace, one, year, id_=each.id)
        if wanted.due_at is not None and wanted.due_at < oldest:
            changes.append(_Change(each.id, None))
        elif (wanted.due_at, wanted.owner) != (each.due_at, each.owner):
            changes.append(wanted)
    return changes


def _wanted(workspace: Workspace, one: store.Born, year: int, *, id_: int | None = None) -> _Change:
    hour = hour_of(one.hour, workspace.settings.reminders.hour)
    due_at = local(birthday_in(one.birth_date, year), hour, one.zone)
    return _Change(id_, due_at, one.anchor, year, one.manager)


def _kept(day: date) -> set[str]:
    """The birth days that are kept on a day."""
    own = f"{day:%m-%d}"
    return {own, _LEAP_DAY} if own == "02-28" and not isleap(day.year) else {own}


def _year_of(each: store.BirthdayReminder) -> int:
    return int(each.cause.rpartition(":")[2])


def _write(connection: Connection, changes: Sequence[_Change], *, now: datetime) -> None:
    for each in changes:
        if each.id is not None:
            store.change_open_reminder(connection, each.id, due_at=each.due_at, owner=each.owner)
    store.add_reminders(connection, [_row(each, now) for each in changes if each.id is None])


def _row(new: _Change, now: datetime) -> dict[str, object]:
    return {
        "account_id": new.account,
        "kind": ReminderKind.CONGRATULATE.value,
        "due_at": new.due_at,
        "text": "",
        "owner": new.owner,
        "cause": f"{store.BIRTHDAY}{new.account}:{new.year}",
        "at": now,
        "who": BY_ITSELF,
    }
