"""How a pull shows itself: on a terminal a bar with counts and time left, elsewhere a line now and then."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from regulars_agent import Step
from regulars_cli._plain import escape
from regulars_mapping import Kind, plain

_LINE_EVERY = 5_000

Show = Callable[[Step], None]


@contextmanager
def pull_progress(console: Console, title: str) -> Iterator[Show]:
    """Shows each step that it is given; ``title`` says what goes on."""
    if console.is_terminal:
        with _bars(console, title) as show:
            yield show
    else:
        yield _lines(console, title)


def time_left(seconds: float | None) -> str:
    """``1:05:00 left``; nothing where it is not known."""
    return "" if seconds is None else f"{timedelta(seconds=round(seconds))} left"


@contextmanager
def _bars(console: Console, title: str) -> Iterator[Show]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    with Progress(*columns, console=console) as bars:
        tasks: dict[Kind, Any] = {}

        def show(step: Step) -> None:
            if step.kind not in tasks:
                tasks[step.kind] = bars.add_task(escape(plain(f"{title}: {step.kind}s")), total=None, left="")
            if step.total is None:
                bars.advance(tasks[step.kind], step.records)
            else:
                left = time_left(step.seconds_left)
                bars.update(tasks[step.kind], completed=step.done, total=step.total, left=left)

        yield show


def _lines(console: Console, title: str) -> Show:
    counted: dict[Kind, int] = {}

    def show(step: Step) -> None:
        before = counted.get(step.kind, 0)
        counted[step.kind] = before + step.records
        if before // _LINE_EVERY == counted[step.kind] // _LINE_EVERY:
            return
        if step.total is None:
            console.print(escape(f"{title}: {counted[step.kind]} {step.kind}s"))
            return
        left = time_left(step.seconds_left)
        told = f"{title}: {step.done} of {step.total} {step.kind}s"
        console.print(escape(f"{told}, {left}" if left else told))

    return show
