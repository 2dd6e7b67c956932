"""``shop webhooks``: have a shop tell of changes at once, instead of being asked every few minutes."""

from typing import Annotated

import typer
from rich.console import Console

from regulars_agent import WebhooksChange, keep_webhooks, remove_webhooks
from regulars_cli._plain import escape
from regulars_cli._session import DryRun, Json, session_of, this_user
from regulars_cli._shop_keys import prompt_secret
from regulars_cli._shops import ShopName, shop_app


def register(_: typer.Typer) -> None:
    """Add this command to those of shops."""
    shop_app.command()(webhooks)


def webhooks(
    context: typer.Context,
    name: ShopName,
    url: Annotated[
        str,
        typer.Option(help="Where the shop delivers to: https://YOUR-SITE/regulars/webhooks/SHOP"),
    ] = "",
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Sign with a new secret; the old one holds for a day more.")
    ] = False,
    secret: Annotated[
        bool,
        typer.Option(
            "--secret", help="Ask for the secret that the platform signs with (Shopify: the app's)."
        ),
    ] = False,
    anyway: Annotated[
        bool,
        typer.Option(
            "--anyway", help="Take an address that nothing seems to arrive at, as between sandboxes."
        ),
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take the webhooks away again.")] = False,
    json: Json = False,
    dry_run: DryRun = False,
) -> None:
    """Have a shop tell of changes as they happen. The agent keeps the webhooks alive from then on; without
    options, those that are missing or switched off are mended now."""
    if remove and (url or rotate or secret):
        raise typer.BadParameter("--remove takes no other option but --dry-run and --json")
    session = session_of(context)
    with session.workspace() as workspace:
        if remove:
            change = remove_webhooks(workspace, name, who=this_user(), dry_run=dry_run)
        else:
            given = prompt_secret(session, name, "webhook_secret") if secret else None
            change = keep_webhooks(
                workspace,
                name,
                who=this_user(),
                url=url,
                rotate=rotate,
                given=given,
                anyway=anyway,
                dry_run=dry_run,
            )
    said = {"shop": name, "url": change.url, "done": change.done, "dry_run": dry_run}
    session.answer(said, json=json, text=lambda out: _print(out, change, dry_run=dry_run))


def _print(out: Console, change: WebhooksChange, *, dry_run: bool) -> None:
    for words in change.done:
        out.print(escape(f"Would {words}." if dry_run else f"{words[:1].upper()}{words[1:]}: done."))
    if change.url:
        state = "would deliver" if dry_run else "delivers"
        out.print(
            escape(f"{change.shop} {state} to {change.url}" + ("" if change.done else "; all is well."))
        )
    else:
        out.print(escape(f"{change.shop} has no webhooks; it is asked for changes every few minutes."))
