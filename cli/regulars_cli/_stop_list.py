"""``stop-list``: to whom you give nothing of your own accord."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console

from regulars_agent import (
    PersonCard,
    StopChange,
    StopEntry,
    StopState,
    SuggestedStop,
    add_stop,
    confirm_stop,
    lift_stop,
    refuse_stop,
    stop_list,
    suggest_stops,
)
from regulars_cli._plain import escape
from regulars_cli._session import LARGEST_NUMBER, DryRun, Json, Session, Who, session_of, this_user

_stops = typer.Typer(help="To whom you give nothing of your own accord.", no_args_is_help=True)
_Number = Annotated[
    int, typer.Argument(metavar="NUMBER", min=1, max=LARGEST_NUMBER, help="Its number, as the list shows it.")
]
_Why = Annotated[str, typer.Option("--why", help="Why, in a few words; kept with it.")]
_Until = Annotated[
    datetime | None,
    typer.Option(
        "--until", formats=["%Y-%m-%d"], help="The last day (UTC) it holds; by default, until you lift it."
    ),
]
_MOST_ORDERS = 5


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(_stops, name="stop-list")


@_stops.command("suggest")
def suggest(context: typer.Context, dry_run: DryRun = False, json: Json = False) -> None:
    """Look for people who refuse what was sent cash on delivery. Takes nothing from anybody."""
    session = session_of(context)
    with session.workspace() as workspace:
        found = suggest_stops(workspace, dry_run=dry_run)
    session.answer_each(found, _suggested, json=json, none="Nobody new.")


@_stops.command("list")
def list_(
    context: typer.Context,
    state: Annotated[
        list[StopState] | None, typer.Option("--state", help="Only those in this state.")
    ] = None,
    person: Annotated[str | None, typer.Option("--person", help="Only about this person.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000, help="Most to show.")] = 100,
    json: Json = False,
) -> None:
    """Who is on the list or was suggested for it, why, and what became of it."""
    session = session_of(context)
    with session.workspace() as workspace:
        found = stop_list(workspace, states=tuple(state or StopState), person=person, limit=limit)
    session.answer_each(found, _entry, json=json, none="Nobody.")


@_stops.command("confirm")
def confirm(
    context: typer.Context,
    number: _Number,
    until: _Until = None,
    why: _Why = "",
    who: Who = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Put a suggested person on the list, or give an entry another end: they are offered nothing any more."""
    session = session_of(context)
    with session.workspace() as workspace:
        change = confirm_stop(
            workspace, number, until=_end(until), who=who or this_user(), why=why, dry_run=dry_run
        )
    _answer(session, change, json=json)


@_stops.command("refuse")
def refuse(
    context: typer.Context,
    number: _Number,
    why: _Why = "",
    who: Who = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Refuse a suggestion: the same orders speak against them no more."""
    session = session_of(context)
    with session.workspace() as workspace:
        change = refuse_stop(workspace, number, who=who or this_user(), why=why, dry_run=dry_run)
    _answer(session, change, json=json)


@_stops.command("add")
def add(
    context: typer.Context,
    person: Annotated[
        str,
        typer.Argument(
            metavar="PERSON",
            help="A person's or an account's id, or an e-mail or phone that only one person has.",
        ),
    ],
    why: Annotated[str, typer.Option("--why", help="The reason; kept with it.")],
    until: _Until = None,
    who: Who = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Put a person on the list by hand: they are offered nothing any more."""
    session = session_of(context)
    with session.workspace() as workspace:
        change = add_stop(workspace, person, why, until=_end(until), who=who or this_user(), dry_run=dry_run)
    _answer(session, change, json=json)


@_stops.command("lift")
def lift(
    context: typer.Context,
    number: _Number,
    why: _Why = "",
    who: Who = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Take a person off the list: what they earned is offered to them again."""
    session = session_of(context)
    with session.workspace() as workspace:
        change = lift_stop(workspace, number, who=who or this_user(), why=why, dry_run=dry_run)
    _answer(session, change, json=json)


def print_stops(out: Console, card: PersonCard) -> None:
    """The entries about a person that hold or wait for a word, for a terminal."""
    for entry in card.stop_list:
        if entry.holds or entry.state is StopState.SUGGESTED:
            words = "on the stop-list: nothing is offered" if entry.holds else "suggested for the stop-list"
            out.print(
                f"  [bold]{words}[/], entry {entry.number}{_end_in_words(entry)}: {escape(entry.reason)}"
            )


def _end(last_day: datetime | None) -> datetime | None:
    return None if last_day is None else last_day.replace(tzinfo=UTC) + timedelta(days=1)


def _answer(session: Session, change: StopChange, *, json: bool) -> None:
    def told(out: Console) -> None:
        if change.already:
            out.print("It stands so already. Nothing was done.")
        out.print(_entry(change.entry))
        for each in change.offers:
            words = "is offered again what they earned" if each.after else "loses its offer"
            out.print(f"  {each.account} {words}")
        if change.rehearsed and not change.already:
            out.print("Nothing was done. To do it, leave out --dry-run.")
        elif change.offers:
            out.print("The shops hear of it with the next plan.")

    session.answer(change, json=json, text=told)


def _suggested(suggestion: SuggestedStop) -> str:
    number = "(would be suggested)" if suggestion.number is None else suggestion.number
    orders = ", ".join(order["number"] for order in suggestion.evidence["orders"][:_MOST_ORDERS])
    return escape(f"{number}  {suggestion.person}: {suggestion.reason} ({orders})")


def _entry(entry: StopEntry) -> str:
    whom = " ".join(filter(None, (entry.name or "(no name)", entry.person or entry.account)))
    orders = ", ".join(order["number"] for order in entry.evidence.get("orders", ())[:_MOST_ORDERS])
    evidence = f" ({orders})" if orders else ""
    said = f", {entry.who} on {entry.at:%Y-%m-%d}" + (f": {entry.why}" if entry.why else "")
    state = f"{entry.state}{_end_in_words(entry)}{said}"
    return escape(f"{entry.number}  {whom}: {entry.reason}{evidence}; {state}")


def _end_in_words(entry: StopEntry) -> str:
    if entry.until is None or entry.state is not StopState.CONFIRMED:
        return ""
    return f" until {entry.until - timedelta(microseconds=1):%Y-%m-%d}"
