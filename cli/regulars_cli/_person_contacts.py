"""``interactions`` and ``reminders``: what was said with people, and what is to be done about them."""

import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from regulars_agent import (
    Interaction,
    InteractionKind,
    PersonCard,
    Reminder,
    ReminderKind,
    add_interaction,
    add_reminder,
    finish_reminder,
    interactions,
    make_birthday_reminders,
    reminders,
    reminders_calendar,
    take_back_interaction,
)
from regulars_cli._plain import escape
from regulars_cli._session import LARGEST_NUMBER, Json, Who, session_of, this_user
from regulars_mapping import MisconfiguredError

_talks = typer.Typer(help="What was said with people, written down by hand.", no_args_is_help=True)
_reminders = typer.Typer(help="Whom to call or congratulate, and when.", no_args_is_help=True)
_ON_CARD = 5
_DAY = "%Y-%m-%d"
_MINUTE = "%Y-%m-%dT%H:%M"

_Person = Annotated[
    str,
    typer.Argument(
        metavar="PERSON",
        help="A person's or an account's id, or an e-mail or phone that only one person has.",
    ),
]
_Number = Annotated[
    int, typer.Argument(metavar="NUMBER", min=1, max=LARGEST_NUMBER, help="Its number, as the list shows it.")
]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(_talks, name="interactions")
    app.add_typer(_reminders, name="reminders")


@_talks.command("add")
def add_talk(
    context: typer.Context,
    person: _Person,
    text: Annotated[str, typer.Argument(help="What was said.")],
    kind: Annotated[InteractionKind, typer.Option("--kind", help="How.")] = InteractionKind.NOTE,
    direction: Annotated[
        str, typer.Option("--direction", help="Who began: in (they did), out (you did).")
    ] = "",
    at: Annotated[
        datetime | None,
        typer.Option("--at", formats=[_DAY, _MINUTE], help="When, in UTC; by default, now."),
    ] = None,
    who: Who = "",
    json: Json = False,
) -> None:
    """Write down what was said with a person."""
    session = session_of(context)
    moment = None if at is None else at.replace(tzinfo=UTC)
    with session.workspace() as workspace:
        made = add_interaction(
            workspace, person, text, kind=kind, direction=direction, at=moment, who=who or this_user()
        )
    session.answer(made, json=json, text=lambda out: out.print(_talk(made)))


@_talks.command("list")
def list_talks(
    context: typer.Context,
    person: _Person,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000, help="Most to show.")] = 50,
    json: Json = False,
) -> None:
    """What was said with a person, newest first."""
    session = session_of(context)
    with session.workspace() as workspace:
        found = interactions(workspace, person, limit=limit)
    session.answer_each(found, _talk, json=json, none="Nothing is written down.")


@_talks.command("take-back")
def take_talk_back(
    context: typer.Context,
    number: _Number,
    why: Annotated[str, typer.Option("--why", help="Why, in a few words; kept with it.")] = "",
    who: Who = "",
    json: Json = False,
) -> None:
    """Take back what was written down by mistake: it is shown no more."""
    session = session_of(context)
    with session.workspace() as workspace:
        gone = take_back_interaction(workspace, number, who=who or this_user(), why=why)
    session.answer(gone, json=json, text=lambda out: out.print(f"Taken back: {_talk(gone)}"))


@_reminders.command("add")
def add(
    context: typer.Context,
    person: _Person,
    day: Annotated[
        datetime,
        typer.Argument(
            metavar="DAY",
            formats=[_DAY, _MINUTE],
            help="2026-12-01, due at the hour they prefer, or 2026-12-01T15:00 by the shop's clock.",
        ),
    ],
    text: Annotated[str, typer.Argument(help="What about.")] = "",
    kind: Annotated[ReminderKind, typer.Option("--kind", help="What to do.")] = ReminderKind.CALL,
    owner: Annotated[str, typer.Option("--owner", help="Who is to do it; by default, anybody.")] = "",
    who: Who = "",
    json: Json = False,
) -> None:
    """Remind of a person on a day."""
    session = session_of(context)
    hour = day.time() if day.time() != time() else None
    with session.workspace() as workspace:
        number = add_reminder(
            workspace,
            person,
            day.date(),
            hour=hour,
            kind=kind,
            text=text,
            owner=owner,
            who=who or this_user(),
        )
        made = next(each for each in reminders(workspace, person=person) if each.number == number)
    session.answer(made, json=json, text=lambda out: out.print(_reminder(made)))


@_reminders.command("list")
def list_(
    context: typer.Context,
    due: Annotated[bool, typer.Option("--due", help="Only what is due by now.")] = False,
    owner: Annotated[
        str | None, typer.Option("--owner", help="Only what this one is to do, or anybody.")
    ] = None,
    person: Annotated[str | None, typer.Option("--person", help="Only about this person.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000, help="Most to show.")] = 100,
    json: Json = False,
) -> None:
    """What is to be done, the earliest due first."""
    session = session_of(context)
    with session.workspace() as workspace:
        found = reminders(workspace, due=due, owner=owner, person=person, limit=limit)
    session.answer_each(found, _reminder, json=json, none="Nothing is to be done.")


@_reminders.command("done")
def done(context: typer.Context, number: _Number, who: Who = "", json: Json = False) -> None:
    """Say that a reminder was dealt with."""
    session = session_of(context)
    with session.workspace() as workspace:
        finish_reminder(workspace, number, who=who or this_user())
    session.answer(
        {"number": number, "done": True}, json=json, text=lambda out: out.print(f"Reminder {number} is done.")
    )


@_reminders.command("birthdays")
def birthdays(context: typer.Context, json: Json = False) -> None:
    """Make the reminders of the birthdays to come; the agent does it by itself, once a day."""
    session = session_of(context)
    with session.workspace() as workspace:
        run = make_birthday_reminders(workspace)
    words = f"{run.made} reminders made, {run.moved} moved, {run.dropped} taken away."
    session.answer(run, json=json, text=lambda out: out.print(words))


@_reminders.command("ical")
def ical(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where to write it, for a calendar to read; - to show it.")
    ],
    names: Annotated[
        bool, typer.Option("--names/--without-names", help="Whether it says whom to call, and what about.")
    ] = True,
    owner: Annotated[
        str | None, typer.Option("--owner", help="Only what this one is to do, or anybody.")
    ] = None,
    json: Json = False,
) -> None:
    """Write what is to be done as a calendar (iCalendar) that other programs read."""
    session = session_of(context)
    with session.workspace() as workspace:
        text = reminders_calendar(workspace, names=names, owner=owner)
    if str(file) == "-":
        typer.echo(text.encode(), nl=False)
        return
    _write(file, text.encode())
    answer = {"file": str(file), "entries": text.count("BEGIN:VEVENT\r\n")}
    session.answer(answer, json=json, text=lambda out: out.print(escape(_written(answer["entries"], file))))


def _written(entries: object, file: Path) -> str:
    return f"{entries} entries in {file}"


def _write(path: Path, content: bytes) -> None:
    """The whole file at once, so that no program reads half of it. It names people: a new one is private."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with suppress(FileNotFoundError):
                beside.chmod(stat.S_IMODE(path.stat().st_mode))
            file.write(content)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise MisconfiguredError(
            f"{path} cannot be written: {error.strerror}. Name a file in a directory that you may write."
        ) from error


def print_contacts(out: Console, card: PersonCard) -> None:
    """The newest talks with a person and what is to be done, for a terminal."""
    for reminder in card.reminders[:_ON_CARD]:
        out.print(f"  reminder {_reminder(reminder, named=False)}")
    _print_more(out, card.reminders, "reminders")
    for talk in card.interactions[:_ON_CARD]:
        out.print(f"  {_talk(talk)}")
    _print_more(out, card.interactions, "interactions")


def _print_more(out: Console, rows: Sequence[object], what: str) -> None:
    if len(rows) > _ON_CARD:
        out.print(f"  … and {len(rows) - _ON_CARD} more {what}")


def _talk(each: Interaction) -> str:
    direction = f" {each.direction}" if each.direction else ""
    return escape(f"{each.number}  {each.at:%Y-%m-%d %H:%M} {each.kind}{direction}, {each.who}: {each.text}")


def _reminder(each: Reminder, *, named: bool = True) -> str:
    whom = " ".join(filter(None, (each.name or "(no name)", each.person, each.phone))) if named else ""
    about = ": ".join(filter(None, (whom, each.text)))
    owner = f", {each.owner}" if each.owner else ""
    birthday = " (birthday)" if each.birthday else ""
    return escape(
        f"{each.number}  {each.due_at:%Y-%m-%d %H:%M} UTC {each.kind}{birthday}{owner}  {about}".rstrip()
    )
