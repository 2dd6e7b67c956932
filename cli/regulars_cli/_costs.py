"""``cost import`` and ``list``: what the goods of a shop cost their owner."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from regulars_agent import LARGEST_COST_FILE, CostsKept, KnownCost, import_costs, product_costs
from regulars_cli._plain import escape
from regulars_cli._session import DryRun, Json, session_of, this_user
from regulars_mapping import MisconfiguredError, Money

cost_app = typer.Typer(help="What goods cost their owner.", no_args_is_help=True)
_NAMED = 20
_MOST_SHOWN = 10_000
_Shop = Annotated[str, typer.Argument(metavar="SHOP", help="The shop that has the goods.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(cost_app, name="cost")


@cost_app.command("import")
def import_(
    context: typer.Context,
    shop: _Shop,
    file: Annotated[Path, typer.Argument(help="A CSV file: sku,cost.", exists=True, dir_okay=False)],
    json: Json = False,
    dry_run: DryRun = False,
) -> None:
    """Bring in what goods cost, all lines or none; SKUs that the file does not name keep theirs."""
    session = session_of(context)
    content = _content(file)
    with session.workspace() as workspace:
        try:
            kept = import_costs(workspace, shop, content, who=this_user(), dry_run=dry_run)
        except MisconfiguredError as error:
            raise MisconfiguredError(f"{file}: {error}") from error
    session.answer(
        {"kept": kept, "rehearsed": dry_run}, json=json, text=lambda out: _told(out, kept, dry_run=dry_run)
    )


@cost_app.command("list")
def list_(
    context: typer.Context,
    shop: _Shop,
    limit: Annotated[int, typer.Option("--limit", min=1, max=_MOST_SHOWN, help="At most so many.")] = 1_000,
    json: Json = False,
) -> None:
    """What is known of the cost of a shop's goods, by SKU."""
    session = session_of(context)
    with session.workspace() as workspace:
        found = product_costs(workspace, shop, limit=limit)
    session.answer([_document(each) for each in found], json=json, text=lambda out: _print(out, found))


def _told(out: Console, kept: CostsKept, *, dry_run: bool) -> None:
    out.print(f"{kept.told} costs in {kept.currency} for {escape(kept.shop)}.")
    out.print(f"{kept.changed} {'would be' if dry_run else 'are'} new or changed.")
    if kept.unknown:
        more = f" and {len(kept.unknown) - _NAMED} more" if len(kept.unknown) > _NAMED else ""
        named = ", ".join(kept.unknown[:_NAMED])
        out.print(escape(f"The shop has no product of {len(kept.unknown)} of them now: {named}{more}."))
    if kept.changed and not dry_run:
        out.print(escape(f"Programmes with a margin floor go by it: regulars plan {kept.shop}"))


def _print(out: Console, found: Sequence[KnownCost]) -> None:
    for each in found:
        out.print(
            escape(f"{each.sku}: {Money(each.cost, each.currency).text()} {each.currency}  ({each.source})")
        )
    if not found:
        out.print("None. Bring some in: regulars cost import SHOP FILE")


def _document(cost: KnownCost) -> dict[str, Any]:
    return {"sku": cost.sku, "cost": cost.cost, "currency": cost.currency, "source": cost.source}


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST_COST_FILE + 1)
    except OSError as error:
        raise MisconfiguredError(f"{file} cannot be read: {error.strerror}.") from error
