"""``backfill``, ``sync``, ``verify``, ``compute``, ``dead-letters``."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import typer
from rich.console import Console

import regulars_store as store
from regulars_agent import (
    Balance,
    Step,
    SyncReport,
    Workspace,
    backfill,
    derive,
    derive_anew,
    retry_dead_letters,
    sync,
    verify,
)
from regulars_cli._plain import escape
from regulars_cli._pull_progress import pull_progress
from regulars_cli._session import LARGEST_NUMBER, DryRun, Exit, Json, session_of
from regulars_mapping import MisconfiguredError, RegularsError

OptionalShop = Annotated[
    str | None, typer.Argument(metavar="[SHOP]", help="One shop; without it, all of them.")
]
dead_app = typer.Typer(help="What could not be read, and why.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command(name="backfill")(backfill_command)
    app.command(name="sync")(sync_command)
    app.command(name="verify")(verify_command)
    app.command()(compute)
    app.add_typer(dead_app, name="dead-letters")


def backfill_command(
    context: typer.Context,
    shop: OptionalShop = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only orders from this day on.")
    ] = None,
    json: Json = False,
) -> Exit:
    """Everything a shop holds, newest orders first. Goes on where an interrupted one stopped."""
    start = None if since is None else since.replace(tzinfo=UTC)
    return _each(
        context,
        shop,
        "backfill",
        lambda workspace, name, seen: backfill(workspace, name, since=start, progress=seen),
        json=json,
    )


def sync_command(context: typer.Context, shop: OptionalShop = None, json: Json = False) -> Exit:
    """Only what changed since the last time."""
    return _each(
        context, shop, "sync", lambda workspace, name, seen: sync(workspace, name, progress=seen), json=json
    )


def verify_command(
    context: typer.Context, shop: Annotated[str, typer.Argument(metavar="SHOP")], json: Json = False
) -> Exit:
    """Compare the books with the shop's own word; fetch what is missing."""
    return _each(
        context,
        shop,
        "verify",
        lambda workspace, name, seen: verify(workspace, name, progress=seen),
        json=json,
    )


def compute(
    context: typer.Context,
    person: Annotated[
        str | None,
        typer.Argument(metavar="[PERSON]", help="Also this one's anew: an id, an e-mail or a phone."),
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Everybody's anew, changed or not.")] = False,
    json: Json = False,
) -> None:
    """Persons, facts and offers of everything that changed."""
    session = session_of(context)
    if person is not None and everybody:
        raise typer.BadParameter("Name one person, or give --all.")
    with session.workspace() as workspace, session.progress("compute") as advance:
        again = partial(derive_anew, person=person) if person or everybody else derive
        derived = again(workspace, progress=lambda more: advance("changes", more, None))
    said = (
        f"{derived.accounts} accounts resolved, {derived.persons} persons computed, "
        f"{derived.offers_changed} offers changed."
    )
    session.answer(derived, json=json, text=lambda out: out.print(said))


Work = Callable[[Workspace, str, Callable[[Step], None]], SyncReport]


def _each(context: typer.Context, shop: str | None, title: str, work: Work, *, json: bool) -> Exit:
    """The work for one shop or all; one that fails does not keep the others from their turn."""
    session = session_of(context)
    reports: list[SyncReport] = []
    problems: dict[str, str] = {}
    with session.workspace() as workspace:
        for name in [shop] if shop else _names(workspace):
            try:
                with pull_progress(session.err, f"{title} {name}") as show:
                    reports.append(work(workspace, name, show))
            except RegularsError as error:
                # Some errors begin with the shop's name themselves.
                problems[name] = str(error).removeprefix(f"{name}: ")
                session.err.print(f"{escape(name)}: {escape(problems[name])}")
    documents = [_document(report) for report in reports]
    documents += [{"shop": name, "complete": False, "problem": said} for name, said in problems.items()]
    session.answer(documents, json=json, text=lambda out: _print(out, reports, idle=not documents))
    if problems:
        return Exit.FAILED
    return Exit.DONE if all(report.complete for report in reports) else Exit.INCOMPLETE


def _names(workspace: Workspace) -> list[str]:
    with workspace.store.read() as connection:
        return [shop.name for shop in store.shops(connection)]


def _document(report: SyncReport) -> dict[str, Any]:
    return {
        "shop": report.shop,
        "complete": report.complete,
        "pulled": report.pulled.as_dict(),
        "balances": report.balances,
        "holes": report.holes,
        "unreadable": report.unreadable,
        "barred": report.barred,
        "by_hand": report.by_hand,
    }


def _print(out: Console, reports: list[SyncReport], *, idle: bool) -> None:
    if idle:
        out.print("No shop is connected. Next: regulars shop add woocommerce NAME https://your-shop.example")
    for report in reports:
        out.print(f"{escape(report.shop)}: {'complete' if report.complete else 'INCOMPLETE'}")
        for kind, counts in report.pulled.as_dict().items():
            told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
            out.print(f"  {kind}s: {told or 'nothing'}")
        for line in report.balances:
            _print_balance(out, line)
        for hole in report.holes:
            out.print(
                f"  hole, {hole.kind}s {hole.period}: shop {hole.shop_count}, here {hole.store_count}. Check "
                "plug-ins and caches that change the shop's API; backfill looks at this time again."
            )
        for barred in report.barred:
            out.print(f"  hole, {barred.kind}s: {escape(barred.reason)}")
        if report.by_hand is not None and report.by_hand.count:
            out.print(
                f"  by hand in the shop: {report.by_hand.edited} of ours edited, {report.by_hand.deleted} "
                f"deleted. To see what and put it right: regulars plan {escape(report.shop)}"
            )
        if report.unreadable:
            out.print(
                f"  {report.unreadable} could not be read. See: regulars dead-letters list; "
                f"when mended in the shop: regulars verify {escape(report.shop)}; to give one up: "
                "regulars dead-letters drop NUMBER --why …"
            )
        elif not report.sound:
            out.print(
                "  The books do not balance. Again, when the shop is calm: "
                f"regulars verify {escape(report.shop)}"
            )


def _print_balance(out: Console, line: Balance) -> None:
    sign = "=" if line.shop_count == line.store_count else "≠"
    out.print(
        f"  books, {line.kind}s: shop {line.shop_count} {sign} here {line.store_count}; "
        f"{line.missing} fetched late, {line.vanished} gone, {line.unreadable} unreadable"
    )
    if line.unlisted:
        out.print(
            f"    {line.unlisted} stand in the shop, but its list leaves them out. "
            "Check plug-ins and caches that change the shop's API."
        )


@dead_app.command(name="list")
def list_letters(context: typer.Context, json: Json = False) -> None:
    """Objects that could not be read: where, why, how often tried."""
    session = session_of(context)
    with session.workspace() as workspace, workspace.store.read() as connection:
        letters = store.dead_letters(connection)
        names = {shop.id: shop.name for shop in store.shops(connection)}

    def text(out: Console) -> None:
        for letter in letters:
            out.print(
                f"{letter.id}  {escape(names.get(letter.shop_id, 'removed shop'))} {letter.kind} "
                f"{escape(letter.external_id)}: {escape(letter.path)} {escape(letter.reason)} "
                f"({letter.failure}, tried {letter.attempts}×)"
            )
        if not letters:
            out.print("No dead letters.")

    session.answer(letters, json=json, text=text)


@dead_app.command()
def retry(context: typer.Context, shop: OptionalShop = None, json: Json = False) -> Exit:
    """Ask the shop for them again and read them with this version."""
    return _each(
        context,
        shop,
        "retry",
        lambda workspace, name, seen: retry_dead_letters(workspace, name, progress=seen),
        json=json,
    )


@dead_app.command()
def drop(
    context: typer.Context,
    number: Annotated[int, typer.Argument(min=1, max=LARGEST_NUMBER, help="As shown by dead-letters list.")],
    why: Annotated[str, typer.Option(help="Kept with the letter.")],
    json: Json = False,
    dry_run: DryRun = False,
) -> None:
    """Give an object up: it no longer counts as a hole in the books."""
    session = session_of(context)
    dropped = 0
    with session.workspace() as workspace, workspace.store.write() as connection:
        if number not in {letter.id for letter in store.dead_letters(connection)}:
            raise MisconfiguredError(
                f"There is no dead letter {number}. To see them: regulars dead-letters list"
            )
        if not dry_run:
            dropped = store.drop_dead_letters(connection, [number], why=why, now=workspace.clock())
    said = f"Would drop {number}." if dry_run else f"Dropped {number}."
    session.answer({"dropped": dropped}, json=json, text=lambda out: out.print(said))
