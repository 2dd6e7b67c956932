"""``init``, ``doctor``, ``status``, ``digest``, ``sandbox``."""

import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from sqlalchemy import Connection

import regulars_store as store
from regulars_agent import (
    CHANGES_WAIT,
    Duty,
    Workspace,
    barred_kinds,
    demands,
    doctor,
    load_settings,
    offer_troubles,
    unanswered,
    write_default_settings,
)
from regulars_cli._plain import escape
from regulars_cli._push import print_limits, print_unanswered
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
    # The double's own parser answers --help: only that knows the options of a platform.
    passing: dict[str, Any] = {"allow_extra_args": True, "ignore_unknown_options": True}
    app.command(context_settings={**passing, "help_option_names": []})(sandbox)


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
    """Check settings, store, keyring, clock and permissions, and the webhooks of each shop."""
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
        # By the code of the check itself: what was mended since is not told.
        document["offers"] = [
            {"said": said, "remedy": remedy} for _, said, remedy in offer_troubles(workspace)
        ]
        document["demands"] = [
            {"subject": subject, "said": said, "remedy": remedy}
            for subject, said, remedy in demands.demand_troubles(workspace)
        ]
    session.answer(document, json=json, text=lambda out: _print_status(out, document))


def _status(workspace: Workspace) -> dict[str, Any]:
    with workspace.store.read() as connection:
        shops = [
            {
                "name": shop.name,
                "platform": shop.platform,
                "last_run": store.last_run(connection, shop.id),
                "last_synced": _ended(connection, shop.id, ("sync", "backfill")),
                "last_verified": _ended(connection, shop.id, ("verify", "backfill")),
                "agent": _last_visit(connection, shop.id),
                "open_plan": _open_plan(connection, shop.id),
                "waiting_plan": _waiting_plan(connection, shop.id),
                "unanswered": unanswered(workspace, shop),
                "dead_letters": store.dead_count(connection, shop.id),
                "barred": barred_kinds(connection, shop),
                "accounts_with_changed_offer": store.dirty_count(connection, f"offers:{shop.id}"),
            }
            for shop in store.shops(connection)
        ]
        due = {stage: store.dirty_count(connection, stage) for stage in ("identity", "facts", "programmes")}
        return {"shops": shops, "counts": store.row_counts(connection), "due": due}


def _ended(connection: Connection, shop_id: int, commands: Sequence[str]) -> datetime | None:
    """When one of these was last carried through with nothing left open."""
    run = store.newest_run(connection, shop_id, commands, complete=True)
    return None if run is None else run.ended_at


def _last_visit(connection: Connection, shop_id: int) -> store.StoredRun | None:
    return store.newest_run(connection, shop_id, tuple(duty.command for duty in Duty))


def _open_plan(connection: Connection, shop_id: int) -> dict[str, Any] | None:
    """The plan that may be applied, or whose applying was broken off."""
    plan = store.open_plan_of(connection, shop_id)
    if plan is None:
        return None
    return {
        "id": plan.id,
        "state": plan.state,
        "created_at": plan.created_at,
        "counts": plan.summary.get("counts", {}),
    }


def _waiting_plan(connection: Connection, shop_id: int) -> dict[str, Any] | None:
    """The plan that only a person may let go on."""
    plan = store.open_plan_of(connection, shop_id)
    if plan is None or plan.state != "open" or not plan.summary.get("beyond"):
        return None
    return {"id": plan.id, "created_at": plan.created_at, "beyond": plan.summary["beyond"]}


_COUNTED = ("person", "account", "order", "refund", "product", "review")


def _print_status(out: Console, document: dict[str, Any]) -> None:
    counts = document["counts"]
    out.print(", ".join(f"{counts[kind]} {kind}s" for kind in _COUNTED))
    for shop in document["shops"]:
        run = shop["last_run"]
        said = "never synced" if run is None else _said(run, shop["name"])
        out.print(f"{escape(shop['name'])} ({shop['platform']}): {said}; {shop['dead_letters']} dead letters")
        out.print(f"  synced {_when(shop['last_synced'])}, verified {_when(shop['last_verified'])}")
        for barred in shop["barred"]:
            out.print(f"  hole, {barred.kind}s, since {_when(barred.since)}: {escape(barred.reason)}")
        _print_agent(out, shop)
    for trouble in document["demands"]:
        out.print(escape(f"{trouble['subject']}: {trouble['said']} To do: {trouble['remedy']}"))
    for trouble in document["offers"]:
        out.print(escape(f"offers: {trouble['said']} To look: {trouble['remedy']}"))
    if any(document["due"].values()):
        out.print(CHANGES_WAIT)


def _print_agent(out: Console, shop: dict[str, Any]) -> None:
    visit, plan = shop["agent"], shop["waiting_plan"]
    if visit is not None and visit.problem and visit.id != shop["last_run"]["id"]:
        out.print(f"  the agent's last visit, {_when(visit.started_at)}: {escape(visit.problem)}")
    if shop["open_plan"] is not None:
        _print_open_plan(out, shop["name"], shop["open_plan"], confirming=plan is not None)
    if plan is not None:
        print_limits(out, shop["name"], plan["id"], plan["beyond"])
    print_unanswered(out, shop["name"], shop["unanswered"])


def _print_open_plan(out: Console, shop: str, plan: dict[str, Any], *, confirming: bool) -> None:
    writes = sum(plan["counts"].values())
    head = f"  plan {plan['id']} of {_when(plan['created_at'])}, {writes} writes,"
    if plan["state"] == "applying":
        out.print(f"{head} was begun and not ended. To go on: regulars apply {escape(shop)}")
    elif confirming:
        out.print(f"{head} waits for confirmation.")
    else:
        out.print(f"{head} waits to be applied: regulars apply {escape(shop)}")


def _when(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"


def _said(run: dict[str, Any], shop: str) -> str:
    problem = (run["problem"] or "still running, or cut off").removeprefix(f"{shop}: ")
    end = "complete" if run["complete"] else f"incomplete: {problem}"
    return f"last {run['command']} {run['started_at']:%Y-%m-%d %H:%M} UTC, {end}"


def digest(context: typer.Context, json: Json = False) -> None:
    """One number over all that counts: what shops said, what you wrote and decided (each entry of these
    journals), and everything derived from it. Equal stores have equal digests, whatever the database. A
    merge and its undoing leave another digest than before, since both are remembered."""
    session = session_of(context)
    with session.workspace() as workspace, workspace.store.read() as connection:
        document = {"digest": store.digest(connection), "tables": store.digest_parts(connection)}
    session.answer(document, json=json, text=lambda out: out.print(document["digest"]))


def sandbox(
    context: typer.Context,
    platform: Annotated[str, typer.Argument(help="woocommerce (if not said) or shopify")] = "",
) -> Exit:
    """A storefront double as a local server. Its options follow the platform; regulars sandbox woocommerce
    --help shows them."""
    if platform in {"", "--help"} and {platform, *context.args} & {"--help"}:
        typer.echo(context.get_help())
        return Exit.DONE
    command = [sys.executable, "-m", "regulars_sandbox", platform or "woocommerce", *context.args]
    ended = subprocess.run(command, check=False).returncode  # noqa: S603 - our own module, no shell
    return Exit(ended) if ended in {Exit.DONE, Exit.WRONG_USE} else Exit.FAILED
