"""``shop demands``: what the law had a shop demand, and the owner's word about it."""

from typing import Annotated

import typer
from rich.console import Console

from regulars_agent import carry_out_demands, demands
from regulars_cli._plain import escape
from regulars_cli._session import DryRun, Json, Who, session_of, this_user
from regulars_cli._shops import shop_app


def register(_: typer.Typer) -> None:
    """Add this command to those of shops."""
    shop_app.command("demands")(list_demands)


def list_demands(
    context: typer.Context,
    done: Annotated[
        int, typer.Option("--done", help="You have seen to this one (its number); its file is deleted.")
    ] = 0,
    erase: Annotated[
        int, typer.Option("--erase", help="Everything of the shop may be erased, as this one demands.")
    ] = 0,
    now: Annotated[
        bool, typer.Option("--now", help="Carry out what is due now, where no agent runs.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="Show those that are done, too.")] = False,
    who: Who = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """What the law has shops demand (a customer's data, an erasure), by when, and what became of it. The
    agent carries it out; what only you can do waits for you."""
    if done and erase:
        raise typer.BadParameter("--done and --erase are two words about a demand: give one.")
    session = session_of(context)
    with session.workspace() as workspace:
        if done:
            demands.settle_demand(workspace, done, who=who or this_user(), dry_run=dry_run)
        if erase:
            demands.let_shop_be_erased(workspace, erase, who=who or this_user(), dry_run=dry_run)
        if now and not dry_run:
            carry_out_demands(workspace)
        found = demands.legal_demands(workspace, everything=everything or bool(done))
    session.answer({"demands": found}, json=json, text=lambda out: _print(out, found))


def _print(out: Console, found: list[demands.LegalDemand]) -> None:
    if not found:
        out.print("Nothing is demanded.")
    for each in found:
        whose = f" ({each.account})" if each.account else ""
        out.print(escape(f"{each.number}: {each.shop}, {each.came_at:%Y-%m-%d}: {each.words}{whose}"))
        by = "its term is over" if each.late else f"to be done by {each.term_at:%Y-%m-%d}"
        out.print(f"  {each.state}" + ("" if each.state == "done" else f", {by}"))
        for line in filter(None, (each.note, each.file)):
            out.print(escape(f"  {line}"))
