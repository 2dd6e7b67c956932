"""``agent``: run unattended."""

import logging
import time

import typer

from regulars_agent import run_agent
from regulars_cli._session import session_of


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command(name="agent")(agent_command)


def agent_command(context: typer.Context) -> None:
    """Run unattended, in the foreground: bring in what changed in every shop, write back what follows within
    your limits, compare everything once a day. SIGTERM or Ctrl-C ends it within ten seconds."""
    with session_of(context).workspace() as workspace:
        _with_times()
        run_agent(workspace)


def _with_times() -> None:
    """A log of months needs the time in each line; it is UTC."""
    form = logging.Formatter("%(asctime)sZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    form.converter = time.gmtime
    for handler in logging.getLogger().handlers:
        handler.setFormatter(form)
