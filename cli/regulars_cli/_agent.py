"""``agent``: run unattended."""

import logging
import time
from datetime import timedelta

import typer

from regulars_agent import run_agent
from regulars_cli._session import Json, session_of


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command(name="agent")(agent_command)


def agent_command(context: typer.Context, json: Json = False) -> None:
    """Run unattended, in the foreground: bring in what changed in every shop, write back what follows within
    your limits, compare everything once a day. SIGTERM or Ctrl-C ends it within ten seconds."""
    session = session_of(context)
    # What another worker is at is nothing to wait for: it is seen to at the next visit.
    with session.workspace(patience=timedelta()) as workspace:
        _with_times()
        performed = run_agent(workspace)
    said = ", ".join(f"{count} {outcome}" for outcome, count in performed.items() if count)
    session.answer(performed, json=json, text=lambda out: out.print(f"Visits: {said or 'none'}"))


def _with_times() -> None:
    """A log of months needs the time in each line; it is UTC."""
    form = logging.Formatter("%(asctime)sZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    form.converter = time.gmtime
    for handler in logging.getLogger().handlers:
        handler.setFormatter(form)
