"""``person suggest``, ``suggestions``, ``accept`` and ``refuse``: who may be one person, and what you say."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from regulars_agent import (
    Suggestion,
    SuggestionRun,
    accept_suggestion,
    make_suggestions,
    refuse_suggestion,
    suggestion,
    suggestions,
)
from regulars_cli._people import person_app
from regulars_cli._person_decisions import answer
from regulars_cli._plain import escape
from regulars_cli._session import DryRun, Json, session_of, this_user
from regulars_mapping import plain

_Id = Annotated[str, typer.Argument(metavar="SUGGESTION", help="Its id, as person suggestions shows it.")]
_Why = Annotated[str, typer.Option("--why", help="Why you say so; kept with the decision.")]


def register(app: typer.Typer) -> None:  # noqa: ARG001  the commands stand under `person`
    """Add these commands."""
    for name, command in (
        ("suggest", suggest),
        ("suggestions", waiting),
        ("accept", accept),
        ("refuse", refuse),
    ):
        person_app.command(name)(command)


def suggest(context: typer.Context, json: Json = False) -> None:
    """Compare all accounts and make the queue of suggestions anew. Links nobody."""
    session = session_of(context)
    with session.workspace() as workspace:
        run = make_suggestions(workspace)
    session.answer(run, json=json, text=lambda out: _print_run(out, run))


def waiting(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000, help="Most pairs to show.")] = 20,
    weights: Annotated[bool, typer.Option("--weights", help="Show what each finding weighs.")] = False,
    json: Json = False,
) -> None:
    """Pairs of accounts that may be one person's, likeliest first, and what speaks for it."""
    session = session_of(context)
    with session.workspace() as workspace:
        found = suggestions(workspace, limit=limit)

    def told(out: Console) -> None:
        for one in found:
            _print_suggestion(out, one, weights=weights)
        if not found:
            out.print("Nothing waits. The queue is made by: regulars person suggest")

    session.answer(found, json=json, text=told)


def accept(
    context: typer.Context,
    number: _Id,
    why: _Why = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Say that the two persons of a suggestion are one, with all accounts they have. It can be taken back."""
    session = session_of(context)
    with session.workspace() as workspace:
        decided = accept_suggestion(workspace, number, who=this_user(), why=why, dry_run=dry_run)
    answer(session, decided, "They are one person already.", json=json)


def refuse(
    context: typer.Context,
    number: _Id,
    why: _Why = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Say that the two accounts of a suggestion are two persons'. They are not suggested again."""
    session = session_of(context)
    with session.workspace() as workspace:
        one = suggestion(workspace, number)
        decision = None if dry_run else refuse_suggestion(workspace, number, who=this_user(), why=why)
    pair = {"account_a": one.a["id"], "account_b": one.b["id"], "one_person": False, "decision": decision}

    def told(out: Console) -> None:
        both = f"{pair['account_a']} and {pair['account_b']}"
        if decision is None:
            out.print(f"{both} would be two persons. Nothing was done.")
        else:
            out.print(f"{both} are two persons: decision {decision}.")

    session.answer(pair, json=json, text=told)


def _print_run(out: Console, run: SuggestionRun) -> None:
    out.print(
        f"{run.waiting} pairs wait: {run.accounts} accounts, {run.compared} pairs of them compared. "
        "See them: regulars person suggestions"
    )
    if not run.learnt:
        out.print("  weighed by the standard weights: the store has too little of its own to learn from")
    for words in run.left_out:
        out.print(f"  not compared, too many alike: {escape(words)}")


def _print_suggestion(out: Console, one: Suggestion, *, weights: bool) -> None:
    out.print(f"[bold]{one.id}[/]  {100 * one.probability:.1f} %  {escape(one.words)}")
    for side in (one.a, one.b):
        kind = "registered" if side["registered"] else "guest"
        out.print(f"  {side['id']} ({kind}): {escape(_in_words(side))}")
    if weights:
        out.print(_waterfall(one))


def _in_words(side: Any) -> str:
    name = f"{side['given_name']} {side['family_name']}".strip() or "(no name)"
    places = [
        ", ".join(place[part] for part in ("line1", "line2", "postcode", "city") if place[part])
        for place in side["addresses"][:2]
    ]
    return "; ".join(word for word in (name, side["email"], side["phone"], *places) if word)


def _waterfall(one: Suggestion) -> Table:
    """From the odds of any two accounts, finding by finding, to the sum; in bits, each doubling the odds."""
    table = Table("trait", "finding", box=None, padding=(0, 2))
    table.add_column("bits", justify="right")
    table.add_column("sum", justify="right")
    total = one.prior
    table.add_row("any two accounts", "", f"{one.prior:+.1f}", f"{total:+.1f}")
    for reason in one.reasons:
        total += reason.bits
        table.add_row(reason.trait, escape(plain(reason.finding)), f"{reason.bits:+.1f}", f"{total:+.1f}")
    return table
