"""``plan`` and ``apply``: the only way anything is written to a shop."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

import regulars_store as store
from regulars_agent import Applied, PlanSummary, Workspace, apply_plan, confirming, make_plan
from regulars_cli._session import DryRun, Exit, Json, Session, session_of

SIGNS = {"create": "[green]+[/]", "update": "[yellow]~[/]", "delete": "[red]-[/]", "discard": "[red]-[/]"}
SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command(name="plan")(plan_command)
    app.command(name="apply")(apply_command)


def plan_command(
    context: typer.Context,
    shop: Annotated[str, typer.Argument(metavar="SHOP")],
    everybody: Annotated[
        bool,
        typer.Option(
            "--all", help="Compare everybody, not only who changed, and look for strays of ours in the shop."
        ),
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="Show every operation.")] = False,
    json: Json = False,
) -> None:
    """What would be written to a shop, before → after, and why. Writes nothing there."""
    session = session_of(context)
    with session.workspace() as workspace:
        with workspace.store.read() as connection:
            found = store.shop_named(connection, shop)
        summary = make_plan(workspace, found, everybody=everybody)
        limit = None if full or json else SHOWN
        shown = list(_operations(workspace, summary.id, limit))
    document = {"plan": summary, "operations": [_document(operation) for operation in shown]}
    session.answer(document, json=json, text=lambda out: print_plan(out, summary, shown))


def apply_command(
    context: typer.Context,
    shop: Annotated[str, typer.Argument(metavar="SHOP")],
    plan: Annotated[str | None, typer.Argument(metavar="[PLAN]", help="The open plan, if not given.")] = None,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Apply it also beyond the risk limits of the settings.")
    ] = False,
    json: Json = False,
    dry_run: DryRun = False,
) -> Exit:
    """Write exactly what the plan says. May be called again after any interruption."""
    session = session_of(context)
    with session.workspace() as workspace:
        with workspace.store.read() as connection:
            found = store.shop_named(connection, shop)
            open_plan = store.open_plan_of(connection, found.id)
        if dry_run:
            _would_apply(session, found.name, open_plan, json=json)
            return Exit.DONE
        with session.progress(f"apply {shop}") as advance:
            applied = apply_plan(
                workspace,
                found,
                plan,
                confirmed=confirm,
                progress=lambda more: advance("writes", more, None),
            )
    session.answer(applied, json=json, text=lambda out: print_applied(out, applied))
    return Exit.DONE if applied.complete else Exit.INCOMPLETE


def _would_apply(session: Session, shop: str, plan: store.StoredPlan | None, *, json: bool) -> None:
    said = "nothing" if plan is None else plan.summary["counts"]
    limits = [] if plan is None else plan.summary.get("beyond", [])

    def text(out: Console) -> None:
        out.print(f"Would apply: {said}")
        if plan is not None:
            print_limits(out, shop, plan.id, limits)

    session.answer({"would_apply": said, "beyond": limits}, json=json, text=text)


def print_plan(out: Console, summary: PlanSummary, shown: list[store.StoredOperation]) -> None:
    """A plan as a diff a person can read, what keeps it from being applied at once, and how it is."""
    for kept in summary.kept:
        out.print(escape(kept))
    if summary.empty:
        out.print(f"{escape(summary.shop)} already reads as it shall: nothing to do.")
        return
    counted = ", ".join(f"{count} × {name}" for name, count in summary.counts.items())
    out.print(f"Plan {summary.id} for {escape(summary.shop)} by {summary.mechanism}: {counted}")
    out.print(f"{summary.accounts} accounts, about {summary.calls} writing API calls")
    for operation in shown:
        print_operation(out, operation)
    if summary.operations > len(shown):
        out.print(f"  … and {summary.operations - len(shown)} more (--full shows all)")
    if summary.waiting:
        out.print(f"{summary.waiting} persons wait for an earlier write to be answered.")
    if not summary.beyond and summary.operations:
        out.print(f"To apply it: regulars apply {escape(summary.shop)} {summary.id}")
    print_limits(out, summary.shop, summary.id, summary.beyond)


def print_limits(out: Console, shop: str, plan_id: str, limits: Sequence[str]) -> None:
    """The limits that a plan is beyond, and the command that confirms it."""
    for limit in limits:
        out.print(f"[yellow]Beyond the limits[/]: {escape(limit)}.")
    if limits:
        out.print(f"Look it over; to confirm and apply it: {escape(confirming(shop, plan_id))}")


def print_operation(out: Console, operation: store.StoredOperation) -> None:
    """One operation: what changes from what to what, and the reason."""
    customer = operation.account_id.partition(":")[2]
    number = f", number {operation.remote_id} in the shop" if operation.verb == store.DISCARD else ""
    head = f"{operation.target_kind} {operation.target_key} (customer {customer}{number})"
    out.print(f"{SIGNS[operation.verb]} {escape(head)}: {escape(operation.reason)}")
    before, after = operation.before or {}, operation.document or {}
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name) and name not in PERSONAL:
            out.print(f"    {name}: {_shown(before.get(name))} → {_shown(after.get(name))}")


PERSONAL = frozenset({"email_restrictions"})
"""Parts of documents that a diff does not show: whom it is for is said by the customer's number."""


def print_applied(out: Console, applied: Applied) -> None:
    """What became of a plan."""
    out.print(f"{applied.confirmed} writes confirmed by the shop")
    for name in ("refused", "drifted", "unanswered"):
        if count := getattr(applied, name):
            out.print(f"{count} {name}")
    for reason in applied.reasons:
        out.print(f"  {escape(reason)}")
    if applied.unanswered:
        out.print(
            "Unanswered writes are looked up once the shop can no longer be working on them: apply again."
        )


def _shown(value: Any) -> str:
    return "–" if value in (None, "", [], {}) else escape(str(value))


def _operations(workspace: Workspace, plan_id: str, limit: int | None) -> Iterator[store.StoredOperation]:
    after, left = -1, limit if limit is not None else 10**9
    while left > 0:
        with workspace.store.read() as connection:
            page = store.operations_of(connection, plan_id, after=after, limit=min(left, 1_000))
        if not page:
            return
        yield from page
        after, left = page[-1].position, left - len(page)


def _document(operation: store.StoredOperation) -> dict[str, Any]:
    names = ("id", "account_id", "target_kind", "target_key", "remote_id", "verb", "before", "document")
    return {name: getattr(operation, name) for name in (*names, "reason", "state")}
