"""``person export-evidence``: one file with everything that is kept about a person."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from regulars_agent import Evidence, export_evidence
from regulars_cli._people import person_app
from regulars_cli._plain import escape
from regulars_cli._session import Json, session_of, this_user


def register(app: typer.Typer) -> None:  # noqa: ARG001  the command stands under `person`
    """Add this command."""
    person_app.command("export-evidence")(export)


def export(
    context: typer.Context,
    person: Annotated[
        str,
        typer.Argument(help="A person's or an account's id, or an e-mail or phone that only one person has."),
    ],
    out: Annotated[Path, typer.Option("--out", help="The file to write, a ZIP archive; never overwritten.")],
    who: Annotated[str, typer.Option("--who", help="Who asks; by default, who is logged in here.")] = "",
    json: Json = False,
) -> None:
    """Write everything that is kept about a person, with every source and every payload, into one file that
    only you can read."""
    session = session_of(context)
    by = who or this_user()
    with session.workspace() as workspace:
        written = export_evidence(workspace, person, out, who=by)
    session.answer(written, json=json, text=lambda to: _print(to, written))


def print_parts(out: Console, parts: Sequence[Sequence[str]]) -> None:
    """Say that accounts are joined by what anybody may type who knows it."""
    if not parts:
        return
    apart = " and ".join(", ".join(part) for part in parts)
    out.print(
        f"A phone or a card alone joins these accounts: {escape(apart)}. Make sure that they are one "
        "person's; else part them first: regulars person split",
        soft_wrap=True,
    )


def _print(out: Console, written: Evidence) -> None:
    rows = sum(written.rows.values())
    out.print(
        escape(f"{written.file}: {rows} rows, {written.payloads} payloads, {written.bytes / 1000:.0f} kB"),
        soft_wrap=True,
    )
    print_parts(out, written.parts)
    out.print("It holds notes and reasons as your people wrote them: look through it before you hand it on.")
