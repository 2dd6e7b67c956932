"""What every command shares: the workspace it works in, and how it speaks.

Standard output carries the answer, one JSON document with ``--json``; progress and messages go to standard
error. Exit codes: 0 done, 1 failed, 2 wrong use, 3 incomplete.
"""

import getpass
import io
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import orjson
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from regulars_agent import Workspace, load_settings, open_workspace
from regulars_cli._ending import Ending
from regulars_cli._plain import PlainConsole, escape, plain_json
from regulars_mapping import plain

_PACKAGES = (
    "regulars_agent",
    "regulars_cli",
    "regulars_connectors",
    "regulars_marketing",
    "regulars_store",
    "regulars_woocommerce",
)
Json = Annotated[bool, typer.Option("--json", help="Answer with one JSON document on standard output.")]
LARGEST_NUMBER = 2**63 - 1
"""What a database takes as the number of a row."""

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
Who = Annotated[str, typer.Option("--who", help="Who says so; by default, who is logged in here.")]
_Found = TypeVar("_Found")
_PATIENCE = timedelta(seconds=5)


class Exit(IntEnum):
    """The exit codes of every command."""

    DONE = 0
    FAILED = 1
    WRONG_USE = 2
    INCOMPLETE = 3


@dataclass(slots=True)
class Session:
    """One run of the command line."""

    directory: Path
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    ending: Ending = field(default_factory=lambda: Ending(json=False))
    out: Console = field(default_factory=lambda: PlainConsole(highlight=False, soft_wrap=True))
    err: Console = field(default_factory=lambda: PlainConsole(stderr=True, highlight=False, soft_wrap=True))

    @contextmanager
    def workspace(self, *, checked: bool = True, patience: timedelta = _PATIENCE) -> Iterator[Workspace]:
        """The workspace; its store is checked to be of this version unless said otherwise. A command waits as
        long as ``patience`` for its turn where another, or the agent, is at the same."""
        settings = load_settings(self.directory, environ=self.environ)
        _log_from(settings.log_level)
        workspace = open_workspace(settings, environ=self.environ, patience=patience)
        try:
            if checked:
                workspace.store.check_version()
            yield workspace
        finally:
            workspace.close()

    def answer(self, document: Any, *, json: bool, text: Callable[[Console], None]) -> None:
        """The command's answer, in one of its two forms."""
        if json:
            if isinstance(sys.stdout, io.TextIOWrapper):
                # JSON is UTF-8 wherever it is read.
                sys.stdout.reconfigure(encoding="utf-8")
            self.ending.answered = True
            sys.stdout.write(plain_json(as_json(document)))
        else:
            text(self.out)

    def answer_each(
        self, found: Sequence[_Found], line: Callable[[_Found], str], *, json: bool, none: str
    ) -> None:
        """What was found, each in its line, in markup; ``none`` says that nothing was."""

        def told(out: Console) -> None:
            for each in found:
                out.print(line(each))
            if not found:
                out.print(none)

        self.answer(found, json=json, text=told)

    @contextmanager
    def progress(self, title: str) -> Iterator[Callable[[str, int, int | None], None]]:
        """A progress bar on a terminal, a plain line now and then elsewhere.

        Yields a function of (what, how many more, how many remain or None).
        """
        if self.err.is_terminal:
            with _bars(self.err, title) as advance:
                yield advance
        else:
            yield _lines(self.err, title)


def _log_from(level: str) -> None:
    """Only our own packages: what libraries log names addresses, and those may name people."""
    for package in _PACKAGES:
        logging.getLogger(package).setLevel(level)


def as_json(document: Any) -> str:
    """JSON text; times as ISO 8601, decimals as text, dataclasses as objects."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(document, default=_jsonable, option=options).decode()


def _jsonable(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal | Path):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(type(value).__name__)


@contextmanager
def _bars(console: Console, title: str) -> Iterator[Callable[[str, int, int | None], None]]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, Any] = {}

        def advance(what: str, more: int, remaining: int | None) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(escape(plain(f"{title}: {what}")), total=remaining)
            bars.advance(tasks[what], more)

        yield advance


def _lines(console: Console, title: str) -> Callable[[str, int, int | None], None]:
    counted: dict[str, int] = {}

    def advance(what: str, more: int, remaining: int | None) -> None:
        before = counted.get(what, 0)
        counted[what] = before + more
        if before // 5_000 != counted[what] // 5_000:
            of = "" if remaining is None else f", {remaining} to go"
            console.print(escape(f"{title}: {counted[what]} {what}{of}"))

    return advance


def session_of(context: typer.Context) -> Session:
    """The session that the top of the command line made."""
    session = context.find_object(Session)
    if session is None:
        raise RuntimeError("a command was called without a session")
    return session


def this_user() -> str:
    """Who does it where no other name is given."""
    return f"{getpass.getuser()} on the command line"
