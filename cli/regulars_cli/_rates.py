"""``rate list``, ``set``, ``remove`` and ``import``: what currencies are worth."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from regulars_agent import rates
from regulars_cli._plain import escape
from regulars_cli._session import DryRun, Exit, Json, session_of, this_user
from regulars_mapping import MisconfiguredError
from regulars_marketing import RateFormat
from regulars_store import rates as stored

rate_app = typer.Typer(help="What currencies are worth.", no_args_is_help=True)
LARGEST_FILE = 64 * 1024 * 1024
_MOST_SHOWN = 10_000
_Day = Annotated[
    datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="From which day on; today by default.")
]
_Currency = Annotated[str, typer.Argument(metavar="CURRENCY", help="Of which, as USD.")]
_Quote = Annotated[str, typer.Argument(metavar="QUOTE", help="In which, as UAH.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(rate_app, name="rate")


@rate_app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file of rates.", exists=True, dir_okay=False)],
    format_: Annotated[
        RateFormat | None,
        typer.Option(
            "--format",
            metavar="ecb|nbu|csv",
            help="ecb: the European Central Bank's XML; nbu: the National Bank of Ukraine's JSON; csv: "
            "day,currency,quote,rate. Seen from the file by default.",
        ),
    ] = None,
    json: Json = False,
    dry_run: DryRun = False,
) -> None:
    """Bring rates in from a file, all or none; those entered by hand stay."""
    session = session_of(context)
    content = _content(file)
    with session.workspace() as workspace:
        try:
            kept = rates.import_rates(workspace, content, format=format_, who=this_user(), dry_run=dry_run)
        except MisconfiguredError as error:
            raise MisconfiguredError(f"{file}: {error}") from error
    _answer(context, kept, json=json, dry_run=dry_run)


@rate_app.command("set")
def set_(
    context: typer.Context,
    currency: _Currency,
    quote: _Quote,
    rate: Annotated[str, typer.Argument(metavar="RATE", help="What one CURRENCY is in QUOTE, as 41.25.")],
    day: _Day = None,
    json: Json = False,
    dry_run: DryRun = False,
) -> None:
    """Enter a rate by hand; it holds from its day until the next, and no file changes it."""
    session = session_of(context)
    with session.workspace() as workspace:
        kept = rates.set_rate(
            workspace,
            currency.upper(),
            quote.upper(),
            rate,
            day=day.date() if day else None,
            who=this_user(),
            dry_run=dry_run,
        )
    _answer(context, kept, json=json, dry_run=dry_run)


@rate_app.command("remove")
def remove(
    context: typer.Context,
    currency: _Currency,
    quote: _Quote,
    day: Annotated[
        datetime, typer.Option("--day", formats=["%Y-%m-%d"], help="Its day, as the list shows it.")
    ],
    json: Json = False,
    dry_run: DryRun = False,
) -> None:
    """Take away one rate of one day, whoever told it; what had counted by it is counted again."""
    session = session_of(context)
    with session.workspace() as workspace:
        removed = rates.remove_rate(
            workspace, currency.upper(), quote.upper(), day=day.date(), who=this_user(), dry_run=dry_run
        )

    def told(out: Console) -> None:
        would = "would be " if dry_run else ""
        out.print(f"{removed.rate.day}  {removed.rate}  ({escape(removed.rate.source)}) {would}removed.")
        if removed.rate.source != stored.BY_HAND:
            out.print("A file that has it brings it back. To have another stay: regulars rate set")
        _print_persons(out, removed.persons, dry_run=dry_run)

    document = {"rate": _document(removed.rate), "persons": removed.persons, "rehearsed": dry_run}
    session.answer(document, json=json, text=told)


@rate_app.command("list")
def list_(
    context: typer.Context,
    currency: Annotated[str | None, typer.Option("--currency", help="Of this currency only.")] = None,
    quote: Annotated[str | None, typer.Option("--quote", help="In this currency only.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option("--since", formats=["%Y-%m-%d"], help="All from this day on, not the newest only."),
    ] = None,
    missing: Annotated[
        bool, typer.Option("--missing", help="What lacks a rate instead: then sums of persons are held back.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=_MOST_SHOWN, help="At most so many.")] = 1_000,
    json: Json = False,
) -> Exit:
    """The newest rate of each pair; of one pair, or since a day, all of them."""
    session = session_of(context)
    with session.workspace() as workspace:
        if missing:
            lacking = rates.lacking_rates(workspace)
            session.answer(lacking, json=json, text=lambda out: _print_lacking(out, lacking))
            return Exit.INCOMPLETE if lacking else Exit.DONE
        found = rates.list_rates(
            workspace,
            currency=currency and currency.upper(),
            quote=quote and quote.upper(),
            since=since.date() if since else None,
            limit=limit,
        )
    session.answer([_document(each) for each in found], json=json, text=lambda out: _print(out, found))
    return Exit.DONE


def _answer(context: typer.Context, kept: rates.RatesKept, *, json: bool, dry_run: bool) -> None:
    session_of(context).answer(
        {"kept": kept, "rehearsed": dry_run}, json=json, text=lambda out: _told(out, kept, dry_run=dry_run)
    )


def _told(out: Console, kept: rates.RatesKept, *, dry_run: bool) -> None:
    out.print(f"{kept.told} rates of {len(kept.pairs)} pairs, {kept.first} to {kept.last}.")
    out.print(f"{kept.changed} {'would be' if dry_run else 'are'} new or changed.")
    if kept.replaced:
        named = [f"{each.pair} of {each.day} {each.old} → {each.new}" for each in kept.examples]
        more = f" and {kept.replaced - len(named)} more" if kept.replaced > len(named) else ""
        changed = "would be changed" if dry_run else "changed"
        out.print(escape(f"{kept.replaced} {changed}: {', '.join(named)}{more}."))
    if kept.by_hand:
        out.print(f"{kept.by_hand} others were entered by hand and stay.")
    if kept.unknown:
        out.print(escape(f"Left out, as no known currencies: {', '.join(kept.unknown)}."))
    _print_persons(out, kept.persons, dry_run=dry_run)


def _print_persons(out: Console, persons: int | None, *, dry_run: bool) -> None:
    if persons != 0:
        whom = "Everybody" if persons is None else f"{persons} persons"
        remedy = "" if dry_run else " The agent does; at once: regulars compute"
        out.print(f"{whom} {'would be' if dry_run else 'are to be'} counted anew.{remedy}")


def _print(out: Console, found: Sequence[stored.CurrencyRate]) -> None:
    for each in found:
        out.print(f"{each.day}  {each}  ({escape(each.source)})")
    if not found:
        out.print("None. Bring some in: regulars rate import FILE")


def _print_lacking(out: Console, lacking: Sequence[rates.LackedRate]) -> None:
    for each in lacking:
        days = "1 day" if each.days == 1 else f"{each.days} days"
        out.print(f"{each.currency} to {each.quote}: {days} with orders, {each.first} to {each.last}")
    out.print("Bring them in: regulars rate import FILE" if lacking else "No rate is missing.")


def _document(rate: stored.CurrencyRate) -> dict[str, Any]:
    return {
        "currency": rate.currency,
        "quote": rate.quote,
        "day": rate.day,
        "rate": stored.rate_text(rate.value),
        "source": rate.source,
    }


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST_FILE + 1)
    except OSError as error:
        raise MisconfiguredError(f"{file} cannot be read: {error.strerror}.") from error
    if len(content) > LARGEST_FILE:
        raise MisconfiguredError(f"{file} is larger than {LARGEST_FILE // 2**20} MB. Split it by years.")
    return content
