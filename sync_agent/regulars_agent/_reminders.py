"""Reminders: whom to call or congratulate and when, by hand or by themselves from birthdays."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._calendar import Appointment, calendar
from regulars_agent._identity_sides import side_of, written_of
from regulars_agent._workspace import Workspace
from regulars_mapping import PermanentError, SkipError, many_words, one_line

LONGEST_REMINDER = 2_000
MOST_REMINDERS = 1_000
"""Reminders that one list or feed holds, the earliest due."""
_LONGEST_NAME = 200
_LONGEST_AHEAD = timedelta(days=3_660)


class ReminderKind(StrEnum):
    """What there is to do."""

    CALL = "call"
    CONGRATULATE = "congratulate"
    OTHER = "other"


_TITLES: Mapping[ReminderKind, str] = {
    ReminderKind.CALL: "Call",
    ReminderKind.CONGRATULATE: "Congratulate",
    ReminderKind.OTHER: "Reminder",
}


@dataclass(frozen=True, slots=True, repr=False)
class Reminder:
    """Something to do about a person. ``person``, ``name`` and ``phone`` are those of the account's person
    today: empty where it is nobody's. ``birthday``: made by itself."""

    number: int
    account: str
    person: str
    name: str
    phone: str
    kind: ReminderKind
    due_at: datetime
    text: str
    owner: str
    birthday: bool
    made_at: datetime

    def __repr__(self) -> str:
        return f"Reminder({self.number!r}, {self.account!r}, ...)"


def add_reminder(
    workspace: Workspace,
    person: str,
    day: date,
    *,
    hour: time | None = None,
    kind: ReminderKind = ReminderKind.CALL,
    text: str = "",
    owner: str = "",
    who: str,
) -> int:
    """Remind of a person on a day; the reminder's number.

    Due at ``hour``, else at the one that the person prefers, else at the setting ``reminders.hour``: by the
    clock of the shop that the account is of. ``owner`` is who is to do it; empty: anybody. Each call makes
    one more. Raises PermanentError for a text that is endless or cannot be printed and a day that is long
    past or ten years off, SkipError where nobody is meant.
    """
    now = workspace.clock()
    if not now.date() - timedelta(days=366) <= day <= now.date() + _LONGEST_AHEAD:
        raise PermanentError(
            f"{day} is no day to be reminded on: it is long past, or more than ten years off."
        )
    words = {
        "kind": kind.value,
        "text": many_words(text, what="A reminder", most=LONGEST_REMINDER),
        "owner": one_line(owner, what="The name of who is to do it", most=_LONGEST_NAME),
        "who": one_line(who, what="Who says so", most=_LONGEST_NAME),
    }
    with workspace.store.write(durable=True) as connection:
        side = side_of(connection, person)
        shown = store.persons_in_brief(connection, [side.person])[0]
        shop = side.accounts[side.account]["shop_id"]
        zone = next((one.zone for one in store.shops(connection) if one.id == shop), None)
        wanted = hour or hour_of(shown["preferred_hour"], workspace.settings.reminders.hour)
        row = {"account_id": side.account, "due_at": local(day, wanted, zone), "at": now, **words}
        number = store.add_reminder(connection, row)
        detail = {"account": side.account}
        store.write_audit(
            connection, who=who, action="reminder add", subject=str(number), detail=detail, now=now
        )
    return number


def reminders(
    workspace: Workspace,
    *,
    due: bool = False,
    owner: str | None = None,
    person: str | None = None,
    limit: int = MOST_REMINDERS,
) -> tuple[Reminder, ...]:
    """What is to be done, the earliest due first: only what is ``due`` by now, only an ``owner``'s (and
    nobody's in particular), only about one ``person``. Raises SkipError where nobody is meant."""
    with workspace.store.read() as connection:
        accounts = None if person is None else written_of(connection, side_of(connection, person))
        due_by = workspace.clock() if due else None
        rows = store.open_reminders(connection, limit=limit, due_by=due_by, owner=owner, accounts=accounts)
    return tuple(_reminder(row) for row in rows)


def finish_reminder(workspace: Workspace, number: int, *, who: str) -> None:
    """Note that a reminder was dealt with. Done already: nothing is changed. Raises SkipError where there is
    none of that number."""
    with workspace.store.write(durable=True) as connection:
        row = store.reminder_numbered(connection, number)
        if row is None:
            raise SkipError(f"There is no reminder {number}. Look: regulars reminders list")
        if row["done_at"] is not None:
            return
        now = workspace.clock()
        by = one_line(who, what="Who says so", most=_LONGEST_NAME)
        store.finish_reminder(connection, number, who=by, now=now)
        detail = {"account": row["account_id"]}
        store.write_audit(
            connection, who=who, action="reminder done", subject=str(number), detail=detail, now=now
        )


def reminders_calendar(workspace: Workspace, *, names: bool = True, owner: str | None = None) -> str:
    """What is to be done as an iCalendar feed (RFC 5545), at most the ``MOST_REMINDERS`` earliest.

    Without ``names`` it says only what is to be done and the reminder's number: for a calendar that others
    see. With them, the person's name and the reminder's text; never a phone or an e-mail by itself.
    """
    found = reminders(workspace, owner=owner)
    # The name that tells this workspace from every other.
    place = workspace.settings.keyring_service
    return calendar(_appointment(each, place, names=names) for each in found)


def reminders_about(connection: Connection, accounts: Collection[str]) -> tuple[Reminder, ...]:
    """What is to be done about these accounts, as a card shows it."""
    rows = store.open_reminders(connection, limit=MOST_REMINDERS, accounts=accounts)
    return tuple(_reminder(row) for row in rows)


def hour_of(preferred: str, otherwise: int) -> time:
    """The hour that a person prefers ("18:00"), else the other one."""
    return time.fromisoformat(preferred) if preferred else time(otherwise)


def local(day: date, hour: time, zone: str | None) -> datetime:
    """That hour of the day by a zone's clock (UTC where the shop did not tell its own), in UTC."""
    return datetime.combine(day, hour, ZoneInfo(zone) if zone else UTC).astimezone(UTC)


def _appointment(each: Reminder, place: str, *, names: bool) -> Appointment:
    title = _TITLES[each.kind]
    return Appointment(
        uid=f"reminder-{each.number}@{place}",
        at=each.due_at,
        made_at=each.made_at,
        title=f"{title}: {each.name or each.account}" if names else f"{title} (reminder {each.number})",
        text=each.text if names else "",
    )


def _reminder(row: Mapping[str, Any]) -> Reminder:
    return Reminder(
        number=row["id"],
        account=row["account_id"],
        person=row["person_id"] or "",
        name=f"{row['given_name'] or ''} {row['family_name'] or ''}".strip(),
        phone=row["phone"] or "",
        kind=ReminderKind(row["kind"]),
        due_at=row["due_at"],
        text=row["text"],
        owner=row["owner"],
        birthday=(row["cause"] or "").startswith(store.BIRTHDAY),
        made_at=row["at"],
    )
