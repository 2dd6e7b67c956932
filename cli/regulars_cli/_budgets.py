"""``programme budget``: what programmes have issued of their budgets."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console

from regulars_agent import budget_told, budgets, programmes
from regulars_cli._marketing import programme_app
from regulars_cli._plain import escape
from regulars_cli._session import Json, session_of
from regulars_mapping import MisconfiguredError
from regulars_marketing import BudgetState


def register(_app: typer.Typer) -> None:
    """The command hangs on ``programme`` already."""


@programme_app.command()
def budget(
    context: typer.Context,
    key: Annotated[str | None, typer.Argument(help="Of this programme only.")] = None,
    json: Json = False,
) -> None:
    """What programmes have issued of their budgets, and what is left."""
    session = session_of(context)
    with session.workspace() as workspace:
        found = [each for each in budgets(workspace) if key in {None, each.key}]
        if key is not None and not found:
            if key in {each.key for each in programmes(workspace)}:
                remedy = "Give it one in its definition: regulars programme enable FILE"
                raise MisconfiguredError(f"Programme {key} has no budget. {remedy}")
            raise MisconfiguredError(f"There is no programme {key}. See: regulars programme list")
    session.answer([document(each) for each in found], json=json, text=lambda out: _print(out, found))


def document(state: BudgetState) -> dict[str, Any]:
    """A budget for a program; sums in minor units."""
    return {**asdict(state), "issued": state.issued, "left": state.left}


def _print(out: Console, found: Sequence[BudgetState]) -> None:
    for line in _told(found):
        out.print(escape(line))


def _told(found: Sequence[BudgetState]) -> Iterator[str]:
    if not found:
        yield "No programme has a budget."
    for each in found:
        yield f"{each.key}: {budget_told(each)}"
