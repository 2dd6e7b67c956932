"""``serve``: the bundled site."""

import sys
from importlib.util import find_spec
from socket import socket
from typing import Annotated

import typer
from rich.console import Console

from regulars_cli._session import Json, Session, session_of
from regulars_mapping import MisconfiguredError


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(serve)


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port.")] = 8000,
    json: Json = False,
) -> None:
    """Serve the owner's site and the storefront's API, until stopped with Ctrl-C or SIGTERM."""
    if find_spec("wagtail") is None:
        raise MisconfiguredError("The site needs Wagtail: pip install 'regulars[wagtail]'")
    session = session_of(context)
    with session.workspace():
        # Only to say now, and not on the first page, what is wrong with the settings or the store.
        pass
    from wagtail_regulars import site

    # Before anything is made or said: a new owner's password is shown only once.
    with site.bind(host=host, port=port) as taken:
        _serve_on(taken, session, host=host, port=port, json=json)


def _serve_on(taken: socket, session: Session, *, host: str, port: int, json: bool) -> None:
    from wagtail_regulars import site

    owner = site.prepare(session.directory, environ=session.environ, may_show=sys.stdout.isatty())
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}/admin/"

    def text(out: Console) -> None:
        out.print(f"The site is at {address} – log in as {owner.name}.")
        if owner.password is not None:
            out.print(f"Password, shown only now: {owner.password}", markup=False)

    document = {"address": address, "owner": owner.name, "password": owner.password}
    session.answer(document, json=json, text=text)
    sys.stdout.flush()
    site.run(taken)
