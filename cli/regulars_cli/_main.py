"""The top of the command line: where the workspace is, and how errors end a command."""

import io
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Protocol, cast

import typer

from regulars_cli import (
    _agent,
    _demo_command,
    _marketing,
    _people,
    _push,
    _serve,
    _shop_plugin,
    _shop_webhooks,
    _shops,
    _sync,
    _workspace,
)
from regulars_cli._entry import INTERRUPTED, STOPPED
from regulars_cli._plain import plain_lines, plain_record
from regulars_cli._session import Exit, Session
from regulars_mapping import RegularsError

# Typer carries a click of its own in newer versions; only through its own names is it the right one.
_WRONG_USE: type[Exception] = next(
    base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException"
)


class _Shown(Protocol):
    def show(self) -> None: ...


app = typer.Typer(
    name="regulars",
    help="A shop's customer base that keeps itself.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def _top(
    context: typer.Context,
    directory: Annotated[
        Path,
        typer.Option("--directory", "-C", help="The workspace.", envvar="REGULARS_DIRECTORY"),
    ] = Path(),
) -> None:
    context.obj = Session(directory.resolve())


_PARTS = (
    _workspace,
    _shops,
    _shop_plugin,
    _shop_webhooks,
    _sync,
    _push,
    _agent,
    _marketing,
    _people,
    _serve,
    _demo_command,
)
for part in _PARTS:
    part.register(app)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code (0 done, 1 failed, 2 wrong use, 3 incomplete, 130 interrupted)."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows no Cyrillic shows question marks instead of ending the command.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(message)s")
    for handler in logging.getLogger().handlers:
        handler.addFilter(plain_record)
    try:
        code = app(args=None if arguments is None else list(arguments), standalone_mode=False)
    except _WRONG_USE as error:
        cast("_Shown", error).show()
        return Exit.WRONG_USE
    except (typer.Abort, KeyboardInterrupt):
        sys.stderr.write(STOPPED)
        return INTERRUPTED
    except RegularsError as error:
        sys.stderr.write(f"{plain_lines(str(error))}\n")
        return Exit.FAILED
    if code == INTERRUPTED:
        # Newer versions of Typer make this of Ctrl-C themselves.
        sys.stderr.write(STOPPED)
    return int(code) if isinstance(code, int) else Exit.DONE
