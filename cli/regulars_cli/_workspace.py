"""``init``, ``doctor``, ``status``, ``digest``, ``sandbox``."""

import subprocess
import sys
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

import regulars_store as store
from regulars_agent import Workspace, doctor, load_settings, write_default_settings
from regulars_cli._session import Exit, Json, session_of
from regulars_connectors import Finding, Severity

SIGNS = {
    Severity.OK: "[green]ok     [/]",
    Severity.WARNING: "[yellow]warning[/]",
    Severity.PROBLEM: "[red]problem[/]",
}


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(init)
    app.command(name="doctor")(doctor_command)
    app.command()(status)
    app.command()(digest)
    app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(sandbox)


def init(context: typer.Context, json: Json = False) -> None:
    """Make a workspace here: the settings file and the store. Harmless where there is one."""
    session = session_of(context)
    made = not (session.directory / "regulars.toml").exists()
    if made:
        write_default_settings(session.directory)
    with session.workspace(checked=False) as workspace:
        workspace.store.upgrade()
        place = workspace.settings.store_place
    load_settings(session.directory, environ=session.environ)

    def text(out: Console) -> None:
        out.print(f"The workspace {session.directory} is ready; its store is {place}.")
        out.print("Next: regulars shop add woocommerce NAME https://your-shop.example")

    session.answer({"directory": session.directory, "store": place, "made": made}, json=json, text=text)


def doctor_command(context: typer.Context, json: Json = False) -> Exit:
    """Check settings, store, keyring, clock and permissions."""
    session = session_of(context)
    with session.workspace(checked=False) as workspace:
        findings = list(doctor(workspace))
    session.answer(findings, json=json, text=lambda out: print_findings(out, findings))
    return Exit.FAILED if any(f.severity is Severity.PROBLEM for f in findings) else Exit.DONE


def print_findings(out: Console, findings: list[Finding]) -> None:
    """Findings, a line each, with what to do under those that ask for it."""
    for finding in findings:
        out.print(f"{SIGNS[finding.severity]} {escape(finding.subject)}: {escape(finding.message)}")
        if finding.remedy:
            out.print(f"        {escape(finding.remedy)}")


def status(context: typer.Context, json: Json = False) -> None:
    """What the store holds, what the last runs did, and what is due."""
    session = session_of(context)
    with session.workspace() as workspace:
        document = _status(workspace)
    session.answer(document, json=json, text=lambda out: _print_status(out, document))


def _status(workspace: Workspace) -> dict[str, Any]:
    with workspace.store.read() as connection:
        shops = [
            {
                "name": shop.name,
                "platform": shop.platform,
                "last_run": store.last_run(connection, shop.id),
                "dead_letters": store.dead_count(connection, shop.id),
                "accounts_with_changed_offer": store.dirty_count(connection, f"offers:{shop.id}"),
            }
            for shop in store.shops(connection)
        ]
        due = {stage: store.dirty_count(connection, stage) for stage in ("identity", "facts")}
        return {"shops": shops, "counts": store.row_counts(connection), "due": due}


def _print_status(out: Console, document: dict[str, Any]) -> None:
    counts = document["counts"]
    out.print(f"{counts['person']} persons, {counts['account']} accounts, {counts['order']} orders")
    for shop in document["shops"]:
        run = shop["last_run"]
        said = "never synced" if run is None else _said(run)
        out.print(f"{escape(shop['name'])} ({shop['platform']}): {said}; {shop['dead_letters']} dead letters")
    if any(document["due"].values()):
        out.print("Changes wait to be computed. Run: regulars compute")


def _said(run: dict[str, Any]) -> str:
    end = "complete" if run["complete"] else f"incomplete: {run['problem'] or 'still running, or cut off'}"
    return f"last {run['command']} {run['started_at']:%Y-%m-%d %H:%M} UTC, {end}"


def digest(context: typer.Context, json: Json = False) -> None:
    """One number over everything derived: equal stores have equal digests, whatever the database."""
    session = session_of(context)
    with session.workspace() as workspace, workspace.store.read() as connection:
        document = {"digest": store.digest(connection), "tables": store.digest_parts(connection)}
    session.answer(document, json=json, text=lambda out: out.print(document["digest"]))


def sandbox(
    context: typer.Context, platform: Annotated[str, typer.Argument(help="woocommerce")] = "woocommerce"
) -> Exit:
    """A storefront double as a local server; its options follow: --port --seed --customers --orders."""
    command = [sys.executable, "-m", "regulars_sandbox", platform, *context.args]
    ended = subprocess.run(command, check=False).returncode  # noqa: S603 - our own module, no shell
    return Exit(ended) if ended in {Exit.DONE, Exit.WRONG_USE} else Exit.FAILED
