"""``person erase`` and ``person readmit``: taking a person out of everything, and letting them come back."""

from typing import Annotated

import typer
from rich.console import Console

from regulars_agent import Erased, Readmitted, erase_person, finish_erasures, readmit
from regulars_cli._people import person_app
from regulars_cli._person_evidence import print_parts
from regulars_cli._plain import escape
from regulars_cli._session import DryRun, Json, Session, Who, session_of, this_user
from regulars_mapping import MisconfiguredError, from_minor


def register(app: typer.Typer) -> None:  # noqa: ARG001  the commands stand under `person`
    """Add these commands."""
    person_app.command()(erase)
    person_app.command("readmit")(let_back)


def erase(
    context: typer.Context,
    person: Annotated[
        str,
        typer.Argument(
            metavar="[PERSON]",
            help="A person's or an account's id, an e-mail or phone that only one person has, or a token.",
        ),
    ] = "",
    why: Annotated[str, typer.Option("--why", help="Why; kept without their names.")] = "",
    finish: Annotated[
        bool, typer.Option("--finish", help="Clear the files again where that was broken off; no PERSON.")
    ] = False,
    who: Who = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Take everything that names a person out of everything that is kept, for ever. What they bought still
    counts. No shop brings them back; the next plan takes away what the shops show of ours for them."""
    session = session_of(context)
    if finish:
        _finish(session, person, json=json)
        return
    if not person:
        raise MisconfiguredError("Say who is to be erased: regulars person erase PERSON --why REASON")
    with session.workspace() as workspace:
        done = erase_person(workspace, person, who=who or this_user(), why=why, dry_run=dry_run)
    session.answer(done, json=json, text=lambda out: _print(out, done))


def let_back(
    context: typer.Context,
    text: Annotated[
        str, typer.Argument(metavar="EMAIL|PHONE", help="Of the person, or a token or an account's id.")
    ],
    why: Annotated[str, typer.Option("--why", help="Why, in a few words.")] = "",
    who: Who = "",
    json: Json = False,
) -> None:
    """Let an erased person come back: what the shops bring of them from now on is kept again."""
    session = session_of(context)
    with session.workspace() as workspace:
        done = readmit(workspace, text, who=who or this_user(), why=why)
    session.answer(done, json=json, text=lambda out: out.print(_readmitted(done)))


def _finish(session: Session, person: str, *, json: bool) -> None:
    if person:
        raise MisconfiguredError("--finish is about all erasures: leave PERSON out.")
    with session.workspace() as workspace:
        count = finish_erasures(workspace)
    told = f"The files were cleared after {count} erasures." if count else "There was nothing left to clear."
    session.answer({"cleared": count}, json=json, text=lambda out: out.print(told))


def _print(out: Console, done: Erased) -> None:
    if done.already:
        out.print(f"They were erased before, as {done.token}; nothing of them was left.")
        return
    objects = ", ".join(f"{count} {kind}s" for kind, count in done.objects.items())
    would = "Would erase" if done.rehearsed else "Erased"
    out.print(f"{would}: {done.accounts} accounts with {objects or 'nothing in the shops'}.")
    print_parts(out, done.parts)
    for currency, (orders, net) in sorted(done.after.items()):
        out.print(f"  stays in the sums: {orders} orders, {from_minor(net, currency)} {currency}")
    if not done.rehearsed:
        out.print(f"In their place stands {done.token}, person {done.person or '(none)'}.")
    if done.withdrawn:
        out.print(f"The shops still show {done.withdrawn} things of ours for them: run regulars plan, apply.")
    for shop, sentences in done.held.items():
        out.print(f"What {escape(shop)} keeps itself:")
        for sentence in sentences:
            out.print(f"  {escape(sentence)}")
    for made in done.evidence:
        out.print(f"A file of evidence about them was written on {escape(made)}: delete it.")
    out.print("Backups made before still hold everything: delete them, or erase again after restoring one.")


def _readmitted(done: Readmitted) -> str:
    if not done.lifted:
        return "They may come back already."
    return "They may come back: what the shops bring of them from now on is kept. What was erased stays so."
