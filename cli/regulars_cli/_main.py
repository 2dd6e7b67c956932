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
    _audience,
    _budgets,
    _consent,
    _consent_changes,
    _costs,
    _demo_command,
    _grants,
    _hooks,
    _marketing,
    _offers,
    _people,
    _person_contacts,
    _person_decisions,
    _person_erase,
    _person_evidence,
    _person_explain,
    _person_ownership,
    _person_record,
    _properties,
    _push,
    _rates,
    _ratings,
    _segment_members,
    _segments,
    _serve,
    _shop_demands,
    _shop_plugin,
    _shop_webhooks,
    _shops,
    _stop_list,
    _suggestions,
    _sync,
    _topic_bounds,
    _workspace,
)
from regulars_cli._ending import INTERRUPTED, STOPPED, Ending
from regulars_cli._plain import plain_lines, plain_record
from regulars_cli._session import Exit, Session
from regulars_cli._wrong_use import in_plain_words
from regulars_mapping import RegularsError

# Typer carries a click of its own in newer versions; only through its own names is it the right one.
_WRONG_USE: type[Exception] = next(
    base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException"
)


class _Shown(Protocol):
    message: str

    def show(self) -> None: ...
    def format_message(self) -> str: ...


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
    debug: Annotated[
        bool,
        typer.Option("--debug", help="Show all of an unexpected error; it may quote customers' data."),
    ] = False,
) -> None:
    ending = context.find_object(Ending) or Ending(json=False)
    ending.directory, ending.debug = directory.resolve(), debug
    context.obj = Session(ending.directory, ending=ending)


_PARTS = (
    _workspace,
    _shops,
    _shop_plugin,
    _shop_demands,
    _shop_webhooks,
    _sync,
    _push,
    _agent,
    _marketing,
    _budgets,
    _costs,
    _offers,
    _consent,
    _consent_changes,
    _topic_bounds,
    _audience,
    _rates,
    _ratings,
    _people,
    _person_decisions,
    _person_erase,
    _person_evidence,
    _person_explain,
    _person_ownership,
    _person_record,
    _grants,
    _properties,
    _suggestions,
    _person_contacts,
    _segments,
    _segment_members,
    _stop_list,
    _hooks,
    _serve,
    _demo_command,
)
for part in _PARTS:
    part.register(app)


def run(arguments: Sequence[str] | None, ending: Ending) -> int:
    """Run one command; the exit code (0 done, 1 failed, 2 wrong use, 3 incomplete, 130 interrupted)."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows no Cyrillic shows question marks instead of ending the command.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(message)s")
    for handler in logging.getLogger().handlers:
        handler.addFilter(plain_record)
    try:
        given = None if arguments is None else list(arguments)
        code = app(args=given, standalone_mode=False, obj=ending)
    except _WRONG_USE as error:
        shown = cast("_Shown", error)
        shown.message = in_plain_words(shown.message)
        shown.show()
        return ending.tell(plain_lines(shown.format_message()), Exit.WRONG_USE, shown=True)
    except (typer.Abort, KeyboardInterrupt):
        return ending.tell(STOPPED, INTERRUPTED)
    except RegularsError as error:
        return ending.tell(plain_lines(str(error)), Exit.FAILED)
    except Exception as error:  # noqa: BLE001 - whatever it is, its place is kept and it ends with a sentence
        return ending.unexpected(error, Exit.FAILED)
    if code == INTERRUPTED:
        # Newer versions of Typer make this of Ctrl-C themselves.
        return ending.tell(STOPPED, INTERRUPTED)
    return int(code) if isinstance(code, int) else Exit.DONE
