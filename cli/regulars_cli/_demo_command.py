"""``demo``: the whole loop over two sandbox shops, and the site on top of it."""

import os
import secrets
import shutil
import sys
import webbrowser
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from regulars_cli._demo import PASSWORD_VARIABLE, Demo
from regulars_cli._demo_agent import INTERVAL
from regulars_cli._demo_children import children
from regulars_cli._demo_face import OWNER
from regulars_cli._demo_sandbox import start_sandboxes
from regulars_cli._demo_site import Addresses, free_port
from regulars_cli._ending import TerminatedError
from regulars_cli._session import Exit, Json, Session, session_of
from regulars_mapping import MisconfiguredError

MARKER = ".regulars-demo"
_KEPT = ("REGULARS_HTTP_", "REGULARS_LOG_LEVEL", PASSWORD_VARIABLE)


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(demo)


def demo(
    context: typer.Context,
    serve: Annotated[
        bool | None,
        typer.Option(
            "--serve/--no-serve",
            help="Leave shops, agent and site running for a look at them; on a terminal that is the default.",
            show_default=False,
        ),
    ] = None,
    place: Annotated[Path, typer.Option("--place", help="Where the demo's workspace is made anew.")] = Path(
        ".demo"
    ),
    customers: Annotated[
        int, typer.Option(min=60, max=20_000, help="Customers of the first shop; the second has two thirds.")
    ] = 600,
    seed: Annotated[int, typer.Option(help="The same seed gives the same shops.")] = 7,
    port: Annotated[
        int,
        typer.Option(min=1, max=65535, help="The port of a site that stays; another one if it is in use."),
    ] = 8000,
    json: Json = False,
) -> Exit:
    """Two sandbox shops, one customer base: backfill, compute, plan, apply, read back; the owner's site, a
    storefront that shows three people their discounts, and an agent that moves them.

    Ends with 0 only if every step held.
    """
    if find_spec("wagtail") is None:
        raise MisconfiguredError(
            "The demo shows a site, and that needs Wagtail: pip install 'regulars[wagtail]'"
        )
    session = session_of(context)
    session.directory = fresh(session.directory / place)
    with children(session.directory) as running:
        stays = sys.stdout.isatty() if serve is None else serve
        addresses = Addresses(free_port(port if stays else None))
        sandboxes = start_sandboxes(running, customers=customers, seed=seed, now=datetime.now(UTC))
        session.environ = _own_environment(session.environ)
        shown = Demo(session, sandboxes, running, addresses, quiet=json)
        shown.run()
        stays = stays and shown.up
        if not stays:
            shown.end_agent()
        session.answer(shown.as_dict(), json=json, text=shown.held.print)
        if stays:
            _serve(session, shown)
            shown.end_agent()
    return Exit.DONE if shown.held.all else Exit.FAILED


def _own_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Without what points to anybody's real base, shops and secrets."""
    kept = {
        name: value
        for name, value in environ.items()
        if not name.upper().startswith("REGULARS_") or name.upper().startswith(_KEPT)
    }
    return {**kept, "REGULARS_MASTER_KEY": secrets.token_urlsafe(32)}


def _serve(session: Session, shown: Demo) -> None:
    """Until Ctrl-C or SIGTERM; whatever ends by itself meanwhile and may be started again, is."""
    sys.stdout.flush()
    try:
        _say_where(session, shown)
        while True:
            shown.children.watch()
    except (KeyboardInterrupt, TerminatedError):
        session.err.print("The demo ends.")


def _say_where(session: Session, shown: Demo) -> None:
    err, addresses = session.err, shown.addresses
    names = ", ".join(f"{shopper.name} ({shopper.level})" for shopper in shown.shoppers)
    err.rule("Look at it, until Ctrl-C")
    err.print(f"The owner's customers  {addresses.customers}  {_login(session, shown)}", markup=False)
    err.print(f"The storefront         {addresses.page}  Log in as {names}.", markup=False)
    err.print(
        f"Buy something there: the agent looks every {INTERVAL} seconds, and the discount shown follows."
    )
    if sys.stdout.isatty() and _has_display():
        webbrowser.open(addresses.customers)
        webbrowser.open(addresses.page)


def _login(session: Session, shown: Demo) -> str:
    if session.environ.get(PASSWORD_VARIABLE):
        return f"Log in as {OWNER}, with the password of {PASSWORD_VARIABLE}."
    if session.err.is_terminal:
        return f"Log in as {OWNER} with the password {shown.password}"
    return f"Nobody can log in: set {PASSWORD_VARIABLE} before the demo, or start it on a terminal."


def _has_display() -> bool:
    """Without one, some systems would open a text browser over the demo's own words."""
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def fresh(directory: Path) -> Path:
    """An empty demo directory, this user's alone. Only one that a demo made is ever emptied."""
    if directory.exists() and any(directory.iterdir()) and not (directory / MARKER).exists():
        raise typer.BadParameter(f"{directory} is not a demo's and not empty; choose another --place")
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True, mode=0o700)
    (directory / MARKER).touch()
    return directory
