"""``demo``: the whole loop on the embedded default, against a sandbox shop."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from regulars_cli._demo import Demo
from regulars_cli._demo_sandbox import running_sandbox
from regulars_cli._session import Exit, Json, session_of

MARKER = ".regulars-demo"


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(demo)


def demo(
    context: typer.Context,
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Leave the sandbox shop running for a look at it.")
    ] = False,
    place: Annotated[Path, typer.Option("--place", help="Where the demo's workspace is made anew.")] = Path(
        ".demo"
    ),
    customers: Annotated[
        int, typer.Option(min=20, max=20_000, help="Customers of the sandbox shop.")
    ] = 1_500,
    seed: Annotated[int, typer.Option(help="The same seed gives the same shop.")] = 7,
    json: Json = False,
) -> Exit:
    """Backfill a sandbox shop, compute, plan, apply, read it back, plan again, tell one customer's story.

    Ends with 0 only if every step held.
    """
    session = session_of(context)
    session.directory = _fresh(session.directory / place)
    with running_sandbox(session.directory, customers=customers, seed=seed) as sandbox:
        session.environ = {**session.environ, **sandbox.environ}
        held = Demo(session, sandbox, quiet=json).run()
        session.answer(held.as_dict(), json=json, text=held.print)
        if serve and not json:
            session.err.print(f"The sandbox shop answers at {sandbox.url} until Ctrl-C.")
            sandbox.wait()
    return Exit.DONE if held.all else Exit.FAILED


def _fresh(directory: Path) -> Path:
    """An empty demo directory. Only one that a demo made is ever emptied."""
    if directory.exists() and any(directory.iterdir()) and not (directory / MARKER).exists():
        raise typer.BadParameter(f"{directory} is not a demo's and not empty; choose another --place")
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    (directory / MARKER).touch()
    return directory
