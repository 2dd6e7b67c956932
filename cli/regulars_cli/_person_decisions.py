"""``person merge``, ``split``, ``distinct``, ``undo`` and ``decisions``: what you say about who is who."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console

from regulars_agent import (
    BriefPerson,
    Decided,
    JournalAct,
    OfferChange,
    identity_journal,
    keep_apart,
    merge_persons,
    split_person,
    undo_decision,
)
from regulars_cli._people import person_app
from regulars_cli._plain import escape
from regulars_cli._session import LARGEST_NUMBER, DryRun, Json, Session, Who, session_of, this_user
from regulars_mapping import Money, from_minor

_ID = "A person's or an account's id, or an e-mail or phone that only one person has."
_Person = Annotated[str, typer.Argument(metavar="PERSON", help=_ID)]
_Why = Annotated[str, typer.Option("--why", help="Why you say so; kept with the decision.")]
_MOST_LINES = 10


def register(app: typer.Typer) -> None:  # noqa: ARG001  the commands stand under `person`
    """Add these commands."""
    for command in (merge, split, distinct, undo, decisions):
        person_app.command()(command)


def merge(
    context: typer.Context,
    persons: Annotated[list[str], typer.Argument(metavar="PERSON...", help=f"Two or more. {_ID}")],
    why: _Why,
    who: Who = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Say that these are one person. It outweighs what kept them apart, and can be taken back."""
    session = session_of(context)
    with session.workspace() as workspace:
        decided = merge_persons(workspace, persons, who=who or this_user(), why=why, dry_run=dry_run)
    answer(session, decided, "They are one person already.", json=json)


def split(
    context: typer.Context,
    person: _Person,
    accounts: Annotated[
        list[str],
        typer.Argument(metavar="ACCOUNT...", help="Accounts not theirs: ids, or an e-mail or phone."),
    ],
    why: _Why,
    who: Who = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Say that these accounts are not this person's, whatever links them. It can be taken back."""
    session = session_of(context)
    with session.workspace() as workspace:
        decided = split_person(workspace, person, accounts, who=who or this_user(), why=why, dry_run=dry_run)
    answer(session, decided, "They are parted already.", json=json)


def distinct(
    context: typer.Context,
    one: _Person,
    other: Annotated[str, typer.Argument(metavar="OTHER", help=_ID)],
    why: _Why,
    who: Who = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Say that these two are not the same person, whatever evidence comes. It can be taken back."""
    session = session_of(context)
    with session.workspace() as workspace:
        decided = keep_apart(workspace, one, other, who=who or this_user(), why=why, dry_run=dry_run)
    answer(session, decided, "They are kept apart already.", json=json)


def undo(
    context: typer.Context,
    number: Annotated[
        int,
        typer.Argument(
            metavar="DECISION", min=1, max=LARGEST_NUMBER, help="Its number: person decisions shows it."
        ),
    ],
    why: _Why,
    who: Who = "",
    only: Annotated[
        bool, typer.Option("--only", help="Only this decision, not the others made with it.")
    ] = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Take a decision back, with all that was decided at once with it: as if it had never been said."""
    session = session_of(context)
    with session.workspace() as workspace:
        decided = undo_decision(
            workspace, number, who=who or this_user(), why=why, only=only, dry_run=dry_run
        )
    answer(session, decided, "It is taken back already.", json=json)


def decisions(context: typer.Context, person: _Person, json: Json = False) -> None:
    """What was decided about a person: by whom, when and why, whether it stands, and what it does."""
    session = session_of(context)
    with session.workspace() as workspace:
        acts = identity_journal(workspace, person)

    def told(out: Console) -> None:
        for act in acts:
            print_act(out, act)
        if not acts:
            out.print("Nothing was decided about them.")

    session.answer(acts, json=json, text=told)


def print_act(out: Console, act: JournalAct) -> None:
    """What somebody decided at once, for a terminal."""
    said = {"must_link": "are one person", "cannot_link": "are two persons", "revoke": "taken back"}[act.kind]
    out.print(escape(f"{act.at:%Y-%m-%d %H:%M} {act.who}: {said}. {act.why}"))
    for line in act.lines[:_MOST_LINES]:
        out.print(f"  {line.number}  {escape(line.a)}, {escape(line.b)}: {escape(line.effect)}")
    if len(act.lines) > _MOST_LINES:
        out.print(f"  … and {len(act.lines) - _MOST_LINES} more; all of them: --json")


def answer(session: Session, decided: Decided, already: str, *, json: bool) -> None:
    """Tell what an act came to: the persons before and now, what speaks against it, the offers it changes."""

    def told(out: Console) -> None:
        if decided.already:
            out.print(f"{already} Nothing was done.")
        _print_persons(out, decided)
        for words in decided.contradictions:
            out.print(f"  [bold]mind:[/] {escape(words)}")
        for change in decided.offers:
            out.print(f"  offer for {change.account}: {change_in_words(change)}")
        if decided.rehearsed and not decided.already:
            out.print("Nothing was done. To do it, leave out --dry-run.")
        elif decided.decisions:
            out.print(escape(_recorded(decided.decisions)))

    session.answer(decided, json=json, text=told)


def _recorded(numbers: tuple[int, ...]) -> str:
    count = f"{len(numbers)} decisions, {numbers[0]}" if len(numbers) > 1 else f"Decision {numbers[0]}"
    return f"{count}. To take it back: regulars person undo {numbers[0]} --why TEXT"


def _print_persons(out: Console, decided: Decided) -> None:
    if not decided.already:
        for person in decided.before:
            out.print(f"  before: {_person(person)}")
    for person in decided.after:
        out.print(f"  {'now' if decided.already or not decided.rehearsed else 'then'}: {_person(person)}")


def _person(person: BriefPerson) -> str:
    name = f"{person.given_name} {person.family_name}".strip() or "(no name)"
    sums = [f"{from_minor(each.net, each.currency):,} {each.currency}" for each in person.totals]
    bought = f"; bought for {', '.join(sums)}" if sums else ""
    accounts = ", ".join(person.accounts[:_MOST_LINES])
    more = f" and {len(person.accounts) - _MOST_LINES} more" if len(person.accounts) > _MOST_LINES else ""
    return escape(f"{person.id}  {name}: accounts {accounts}{more}{bought}")


def change_in_words(change: OfferChange) -> str:
    """What an account is offered before and after."""
    return escape(f"{_offer(change.before)} -> {_offer(change.after)}")


def _offer(offer: Mapping[str, Any] | None) -> str:
    if offer is None:
        return "nothing"
    if offer["amount"]:
        given = f"{Money(offer['amount'], offer['currency']).text()} {offer['currency']}"
    else:
        given = f"{offer['percent'] / 100:g} %"
    return f"{given} {offer['level']}".strip() + (
        " by its own purchases" if offer["scope"] == "account" else ""
    )
