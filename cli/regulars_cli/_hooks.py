"""The commands of ``hook``: have others told of order status changes."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console

from regulars_agent import (
    LONGEST_OVERLAP,
    AddedHook,
    RotatedHook,
    ShownHook,
    add_status_hook,
    end_status_hook,
    list_status_hooks,
    retry_status_hook,
    rotate_status_hook,
    try_status_hook,
)
from regulars_cli._plain import escape
from regulars_cli._session import DryRun, Exit, Json, session_of, this_user
from regulars_cli._shop_keys import prompt_secret

hook_app = typer.Typer(help="Have others told of order status changes.", no_args_is_help=True)
_LONGEST_OVERLAP = LONGEST_OVERLAP // timedelta(hours=1)
_Key = Annotated[str, typer.Argument(metavar="HOOK", help="Its name: small Latin letters, digits, - and _")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(hook_app, name="hook")


@hook_app.command("list")
def list_(context: typer.Context, json: Json = False) -> None:
    """Who is told, and how that goes."""
    session = session_of(context)
    with session.workspace() as workspace:
        found = list_status_hooks(workspace)

    def told(out: Console) -> None:
        for one in found:
            out.print(escape(_line(one)))
            if one.next_try is not None:
                out.print(escape(f"  next try {one.next_try:%Y-%m-%d %H:%M:%S} UTC; {one.why_it_waits}"))
        if not found:
            out.print("Nobody. Add one: regulars hook add HOOK https://your-site.example/status")

    session.answer([_document(one) for one in found], json=json, text=told)


@hook_app.command()
def add(
    context: typer.Context,
    key: _Key,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where to send: https, or this machine's http.")],
    status: Annotated[
        list[str] | None,
        typer.Option("--status", help="Only of orders that become this: completed; several times."),
    ] = None,
    shop: Annotated[
        list[str] | None, typer.Option("--shop", help="Only in this shop; several times.")
    ] = None,
    secret: Annotated[
        bool, typer.Option("--secret", help="Ask for the secret to sign with, instead of making one.")
    ] = False,
    anyway: Annotated[
        bool,
        typer.Option("--anyway", help="Take an address inside a network, or a status no order has yet."),
    ] = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Have an address told of order status changes from now on. The secret to check them by is shown once."""
    session = session_of(context)
    with session.workspace() as workspace:
        added = add_status_hook(
            workspace,
            key,
            url,
            who=this_user(),
            statuses=status or (),
            shops=shop or (),
            given=prompt_secret(session, f"hook:{key}", "status_hook_secret") if secret else None,
            anyway=anyway,
            dry_run=dry_run,
        )
    made = added.secret.get_secret_value() if added.secret else None
    answer = {"hook": key, "url": _shown(url), "new": added.new, "secret": made, "rehearsed": dry_run}
    session.answer(answer, json=json, text=lambda out: _print_added(out, added, dry_run=dry_run))


@hook_app.command()
def test(context: typer.Context, key: _Key, json: Json = False) -> None:
    """Send a signed message of the type regulars.test now; 1 where it does not arrive."""
    session = session_of(context)
    with session.workspace() as workspace:
        answered = try_status_hook(workspace, key)
    said = f"It arrived: {key} works." if not answered.problem else f"It did not arrive: {answered.problem}."
    answer = {"hook": key, "arrived": not answered.problem, "problem": answered.problem}
    session.answer(answer, json=json, text=lambda out: out.print(escape(said)))
    raise typer.Exit(Exit.FAILED if answered.problem else Exit.DONE)


@hook_app.command()
def retry(context: typer.Context, key: _Key, json: Json = False) -> None:
    """Have what was given up told after all; the agent begins at once."""
    session = session_of(context)
    with session.workspace() as workspace:
        revived = retry_status_hook(workspace, key, who=this_user())
    answer = {"hook": key, "again": revived}
    session.answer(answer, json=json, text=lambda out: out.print(f"{revived} are told again."))


@hook_app.command()
def rotate(
    context: typer.Context,
    key: _Key,
    secret: Annotated[
        bool, typer.Option("--secret", help="Ask for the secret to sign with, instead of making one.")
    ] = False,
    overlap: Annotated[
        int,
        typer.Option("--overlap", metavar="HOURS", help="For so long the one before signs too, at most 720."),
    ] = 24,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Sign with another secret from now on. It is shown once; the one before holds for a while beside it."""
    if not 0 <= overlap <= _LONGEST_OVERLAP:
        days = LONGEST_OVERLAP.days
        raise typer.BadParameter(f"--overlap: give hours from 0 to {_LONGEST_OVERLAP}, which are {days} days")
    session = session_of(context)
    with session.workspace() as workspace:
        rotated = rotate_status_hook(
            workspace,
            key,
            who=this_user(),
            given=prompt_secret(session, f"hook:{key}", "status_hook_secret") if secret else None,
            overlap=timedelta(hours=overlap),
            dry_run=dry_run,
        )
    made = rotated.secret.get_secret_value() if rotated.secret else None
    answer = {"hook": key, "until": rotated.until, "secret": made, "rehearsed": dry_run}
    session.answer(answer, json=json, text=lambda out: _print_rotated(out, rotated, dry_run=dry_run))


@hook_app.command()
def off(context: typer.Context, key: _Key, dry_run: DryRun = False, json: Json = False) -> None:
    """End a hook: nothing more is told, what waited is dropped, its secret is forgotten."""
    session = session_of(context)
    with session.workspace() as workspace:
        waited = end_status_hook(workspace, key, who=this_user(), dry_run=dry_run)
    done = "would end" if dry_run else "has ended"
    answer = {"hook": key, "dropped": waited, "rehearsed": dry_run}
    said = f"{key} {done}; {waited} that waited {'would be' if dry_run else 'are'} dropped."
    session.answer(answer, json=json, text=lambda out: out.print(escape(said)))


def _print_added(out: Console, added: AddedHook, *, dry_run: bool) -> None:
    if not added.new:
        out.print(escape(f"{added.key} is told already. Nothing was done."))
        return
    done = "would be" if dry_run else "is"
    out.print(escape(f"{added.key} {done} told of what changes from now on, by the agent."))
    if added.secret is not None:
        out.print(escape(f"Its secret, shown this once: {added.secret.get_secret_value()}"))
    if not dry_run:
        out.print(escape(f"Try it: regulars hook test {added.key}"))


def _print_rotated(out: Console, rotated: RotatedHook, *, dry_run: bool) -> None:
    signs = "would sign" if dry_run else "signs"
    out.print(escape(f"{rotated.key} {signs} with another secret from now on."))
    if rotated.secret is not None:
        out.print(escape(f"It is, shown this once: {rotated.secret.get_secret_value()}"))
    if rotated.until is not None:
        out.print(f"The one before signs too until {rotated.until:%Y-%m-%d %H:%M} UTC.")


def _line(one: ShownHook) -> str:
    hook, state = one.hook, one.state
    of = ", ".join(hook.statuses) or "all statuses"
    shops = ", ".join(one.shops) or "all shops"
    counts = f"{state.waiting} wait, {state.delivered} told, {state.dead} given up"
    problem = f"; last problem: {state.problem}" if state.problem else ""
    return f"{hook.key}  {_shown(hook.url) or 'the signal of the site'}  {of} in {shops}  ({counts}{problem})"


def _document(one: ShownHook) -> dict[str, object]:
    hook, state = one.hook, one.state
    return {
        "hook": hook.key,
        "url": _shown(hook.url),
        "statuses": hook.statuses,
        "shops": one.shops,
        "added_at": hook.added_at,
        "waiting": state.waiting,
        "told": state.delivered,
        "given_up": state.dead,
        "problem": state.problem,
        "next_try": one.next_try,
        "why_it_waits": one.why_it_waits,
        "rests_until": hook.rests_until,
        "secret_until": hook.secret_until,
    }


def _shown(url: str) -> str:
    """Without its query, which may hold a key of the receiver's."""
    parts = urlsplit(url)
    return parts._replace(query="…" if parts.query else "").geturl()
