"""What was said with people and what is to be done about them: talks and reminders, by account."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, func, insert, or_, select, update

from regulars_store._bulk import among, insert_rows
from regulars_store._record_merged import named_today
from regulars_store._tables import account, interaction, person, reminder, shop

Row = dict[str, Any]
TAKEN_BACK = "taken_back"
"""``interaction.kind`` of a row that takes another one back."""
BIRTHDAY = "birthday:"
"""How the cause of a reminder begins that a birthday made."""
_CHUNK = 500
_WHOSE = ("given_name", "family_name", "phone")


def add_interaction(connection: Connection, row: Mapping[str, Any]) -> int:
    """Note a talk; its number."""
    return _inserted(connection, interaction, row)


def interaction_numbered(connection: Connection, number: int) -> Row | None:
    """A talk's row, None where there is none that stands."""
    found = connection.execute(select(interaction).where(interaction.c.id == number, _stands())).mappings()
    return next((dict(row) for row in found), None)


def interactions_of(
    connection: Connection, accounts: Collection[str] | Select[str], *, limit: int
) -> list[Row]:
    """What was said with these accounts and not taken back, newest first."""
    mine = _one_of(connection, interaction.c.account_id, accounts)
    query = select(interaction).where(mine, _stands())
    query = query.order_by(interaction.c.at.desc(), interaction.c.id.desc()).limit(limit)
    return [dict(row) for row in connection.execute(query).mappings()]


def _stands() -> ColumnElement[bool]:
    later = interaction.alias()
    return interaction.c.revokes.is_(None) & ~exists().where(later.c.revokes == interaction.c.id)


def add_reminder(connection: Connection, row: Mapping[str, Any]) -> int:
    """Make a reminder by hand; its number."""
    return _inserted(connection, reminder, row)


def reminder_numbered(connection: Connection, number: int) -> Row | None:
    """A reminder's row, done or not."""
    found = connection.execute(select(reminder).where(reminder.c.id == number)).mappings().first()
    return None if found is None else dict(found)


def finish_reminder(connection: Connection, number: int, *, who: str, now: datetime) -> None:
    """Note that it was dealt with; one that was so already keeps its first word."""
    open_one = (reminder.c.id == number, reminder.c.done_at.is_(None))
    connection.execute(update(reminder).where(*open_one).values(done_at=now, done_by=who))


def open_reminders(
    connection: Connection,
    *,
    limit: int,
    due_by: datetime | None = None,
    owner: str | None = None,
    accounts: Collection[str] | Select[str] | None = None,
) -> list[Row]:
    """Reminders not yet done, the earliest due first, each with its ``person_id`` of today and, from the
    person, given_name, family_name and phone: None where the account is nobody's now. One that its shop
    merged into another means that other.

    ``due_by``: those due by then. ``owner``: theirs and nobody's in particular. ``accounts``: about these.
    """
    query = (
        select(reminder, person.c.id.label("person_id"), *(person.c[name] for name in _WHOSE))
        .join_from(reminder, account, account.c.id == reminder.c.account_id, isouter=True)
        .join(person, person.c.id == account.c.person_id, isouter=True)
        .where(reminder.c.done_at.is_(None))
    )
    if due_by is not None:
        query = query.where(reminder.c.due_at <= due_by)
    if owner is not None:
        query = query.where(reminder.c.owner.in_(["", owner]))
    if accounts is not None:
        query = query.where(_one_of(connection, reminder.c.account_id, accounts))
    query = query.order_by(reminder.c.due_at, reminder.c.id).limit(limit)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    return named_today(connection, rows, *_WHOSE)


@dataclass(frozen=True, slots=True)
class Born:
    """A living record's birth date, and what tells when to congratulate. ``zone``: of its first shop."""

    person: str
    anchor: str
    birth_date: str
    hour: str
    manager: str
    zone: str | None


@dataclass(frozen=True, slots=True)
class BirthdayReminder:
    """A reminder that a birthday made. ``person``: whose the account is now; None: nobody's."""

    id: int
    cause: str
    due_at: datetime
    owner: str
    person: str | None
    done: bool


def born_on(connection: Connection, days: Collection[str]) -> list[Born]:
    """Everybody not archived whose birthday is one of these days ("05-17")."""
    start = func.length(person.c.birth_date) - 4
    return _born(connection, func.substr(person.c.birth_date, start, 5).in_(sorted(days)))


def born(connection: Connection, persons: Sequence[str]) -> list[Born]:
    """Those of these persons who are not archived and whose birthday is known."""
    chunks = (persons[place : place + _CHUNK] for place in range(0, len(persons), _CHUNK))
    return [one for chunk in chunks for one in _born(connection, among(connection, person.c.id, chunk))]


def _born(connection: Connection, condition: ColumnElement[bool]) -> list[Born]:
    fields = ("id", "anchor", "birth_date", "preferred_hour", "manager")
    query = (
        select(*(person.c[name] for name in fields), shop.c.zone)
        .join_from(person, account, account.c.id == person.c.anchor)
        .join(shop, shop.c.id == account.c.shop_id)
        .where(person.c.birth_date != "", person.c.status != "archived", condition)
        .order_by(person.c.id)
    )
    return [Born(*tuple(row)) for row in connection.execute(query)]


def birthday_reminders(connection: Connection, *, since: datetime) -> list[BirthdayReminder]:
    """All that birthdays made and that are open, or were due since then."""
    query = (
        select(
            *(reminder.c[name] for name in ("id", "account_id", "cause", "due_at", "owner")),
            account.c.person_id,
            reminder.c.done_at.is_not(None).label("done"),
        )
        .join_from(reminder, account, account.c.id == reminder.c.account_id, isouter=True)
        .where(reminder.c.cause.startswith(BIRTHDAY))
        .where(or_(reminder.c.done_at.is_(None), reminder.c.due_at >= since))
        .order_by(reminder.c.id)
    )
    rows = named_today(connection, [dict(row) for row in connection.execute(query).mappings()])
    return [
        BirthdayReminder(
            id=row["id"],
            cause=row["cause"],
            due_at=row["due_at"],
            owner=row["owner"],
            person=row["person_id"],
            done=row["done"],
        )
        for row in rows
    ]


def add_reminders(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Make many reminders, all with the same columns."""
    insert_rows(connection, reminder, rows)


def change_open_reminder(
    connection: Connection, number: int, *, due_at: datetime | None, owner: str = ""
) -> None:
    """Move an open reminder to another time and owner; ``due_at`` None takes it away, as if never made."""
    is_it = (reminder.c.id == number, reminder.c.done_at.is_(None))
    if due_at is None:
        connection.execute(reminder.delete().where(*is_it))
    else:
        connection.execute(update(reminder).where(*is_it).values(due_at=due_at, owner=owner))


def _one_of(
    connection: Connection, column: ColumnElement[str], ids: Collection[str] | Select[str]
) -> ColumnElement[bool]:
    return column.in_(ids) if isinstance(ids, Select) else among(connection, column, ids)


def _inserted(connection: Connection, table: Any, row: Mapping[str, Any]) -> int:
    key = connection.execute(insert(table).values(dict(row))).inserted_primary_key
    assert key is not None  # noqa: S101 - told to the type checker: a single insert has one
    return int(key[0])
