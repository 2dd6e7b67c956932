"""``plan`` and ``apply``: the only way anything is written to a shop."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console

import regulars_store as store
from regulars_agent import (
    Applied,
    PlanSummary,
    Unanswered,
    Workspace,
    apply_plan,
    confirming,
    make_plan,
    unanswered,
)
from regulars_cli._masking import PERSONAL, masked_document, masked_field, whom_it_moves
from regulars_cli._plain import escape
from regulars_cli._session import DryRun, Exit, Json, Session, session_of

SIGNS = {"create": "[green]+[/]", "update": "[yellow]~[/]", "delete": "[red]-[/]", "discard": "[red]-[/]"}
SHOWN = 20
NONE_UNANSWERED = Unanswered()


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
            "--all",
            help="Compare everybody, not only who changed, and our coupons there: edited, deleted, strays.",
        ),
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="Show every operation.")] = False,
    json: Json = False,
) -> None:
    """What would be written to a shop, before → after, and why. Writes nothing there.

    Computes first what waits to be computed.
    """
    session = session_of(context)
    with session.workspace() as workspace:
        with workspace.store.read() as connection:
            found = store.shop_named(connection, shop)
        with session.progress(f"plan {shop}") as advance:
            summary = make_plan(
                workspace, found, everybody=everybody, progress=lambda more: advance("changes", more, None)
            )
        left = unanswered(workspace, found)
        limit = None if full or json else SHOWN
        shown = list(_operations(workspace, summary.id, limit))
    document = {
        "plan": summary,
        "operations": [_document(operation) for operation in shown],
        "unanswered": left,
    }
    session.answer(document, json=json, text=lambda out: print_plan(out, summary, shown, left))


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
            _would_apply(session, found.name, open_plan, unanswered(workspace, found), json=json)
            return Exit.DONE
        with session.progress(f"apply {shop}") as advance:
            applied = apply_plan(
                workspace,
                found,
                plan,
                confirmed=confirm,
                progress=lambda more: advance("writes", more, None),
            )
        left = unanswered(workspace, found)
    document = {**asdict(applied), "unanswered_writes": left}
    session.answer(
        document, json=json, text=lambda out: print_applied(out, applied, shop=found.name, left=left)
    )
    return Exit.DONE if applied.complete and not left.count else Exit.INCOMPLETE


def _would_apply(
    session: Session, shop: str, plan: store.StoredPlan | None, left: Unanswered, *, json: bool
) -> None:
    counts = {} if plan is None else plan.summary["counts"]
    limits = [] if plan is None else plan.summary.get("beyond", [])

    def text(out: Console) -> None:
        if plan is None:
            out.print("Would apply nothing: no plan is open.")
        else:
            out.print(f"Would apply plan {plan.id}: {_counted(counts)}")
            print_limits(out, shop, plan.id, limits)
        print_unanswered(out, shop, left)

    said = "nothing" if plan is None else counts
    session.answer({"would_apply": said, "beyond": limits, "unanswered": left}, json=json, text=text)


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} × {name}" for name, count in counts.items())


def print_unanswered(out: Console, shop: str, left: Unanswered) -> None:
    """How many writes have no answer, from when on they may be looked up, and what does it."""
    if left.ripe_at is not None:
        out.print(
            f"{left.count} writes have no answer from the shop yet. They can be looked up from "
            f"{left.ripe_at:%Y-%m-%d %H:%M:%S} UTC on; this does it then: regulars apply {escape(shop)}"
        )


def print_plan(
    out: Console,
    summary: PlanSummary,
    shown: Sequence[store.StoredOperation],
    left: Unanswered = NONE_UNANSWERED,
) -> None:
    """A plan as a diff a person can read, what keeps it from being applied at once, and how it is."""
    for kept in summary.kept:
        out.print(escape(kept))
    if summary.operations:
        _print_operations(out, summary, shown)
    elif not summary.waiting and not left.count:
        out.print(f"{escape(summary.shop)} already reads as it shall: nothing to do.")
    for missing in (*summary.missing, *summary.edits):
        out.print(f"[yellow]{escape(missing)}[/]")
    if summary.hint:
        out.print(escape(summary.hint))
    if summary.waiting:
        out.print(
            f"{summary.waiting} persons wait for an earlier write to be answered; "
            "they are left out until a plan after that."
        )
    print_unanswered(out, summary.shop, left)
    if not summary.beyond and summary.operations:
        out.print(f"To apply it: regulars apply {escape(summary.shop)} {summary.id}")
    print_limits(out, summary.shop, summary.id, summary.beyond)


def _print_operations(out: Console, summary: PlanSummary, shown: Sequence[store.StoredOperation]) -> None:
    counted = _counted(summary.counts)
    out.print(f"Plan {summary.id} for {escape(summary.shop)} by {summary.mechanism}: {counted}")
    out.print(f"{summary.accounts} accounts, about {summary.calls} writing API calls")
    for way in summary.ways:
        out.print(escape(way))
    for operation in shown:
        print_operation(out, operation)
    if summary.operations > len(shown):
        out.print(f"  … and {summary.operations - len(shown)} more (--full shows all)")


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
        if before.get(name) == after.get(name) or (
            _is_empty(before.get(name)) and _is_empty(after.get(name))
        ):
            continue
        if name not in PERSONAL:
            told, wanted = (_shown(masked_field(name, each.get(name))) for each in (before, after))
            another = " (another)" if told == wanted else ""
            # Between two colons many a word is an emoji to rich.
            called = escape(name.replace(":", " "))
            out.print(f"    {called}: {told} → {wanted}{another}")
        elif operation.before and operation.document:
            # Of what is made or taken away the customer's number says whom it is for.
            out.print(f"    for {escape(whom_it_moves(before.get(name), after.get(name)))}")


def print_applied(
    out: Console, applied: Applied, *, shop: str = "SHOP", left: Unanswered = NONE_UNANSWERED
) -> None:
    """What became of a plan, or of earlier writes where there was none to apply."""
    if applied.plan:
        out.print(f"{applied.confirmed} writes confirmed by the shop")
    elif applied.looked_up:
        out.print(
            f"No plan is open; {applied.looked_up} earlier writes were looked up. "
            f"What is left to do: regulars plan {escape(shop)}"
        )
    else:
        out.print(f"No plan is open: nothing to apply. To make one: regulars plan {escape(shop)}")
    for name in ("refused", "drifted", "unanswered"):
        if applied.plan and (count := getattr(applied, name)):
            out.print(f"{count} {name}")
    for reason in applied.reasons:
        out.print(f"  {escape(reason)}")
    print_unanswered(out, shop, left)


def _shown(value: Any) -> str:
    return "–" if _is_empty(value) else escape(str(value))


def _is_empty(value: Any) -> bool:
    """Whether it says nothing: what a shop leaves out may come back from it as empty, too."""
    return value in (None, "", [], {})


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
    names = ("id", "account_id", "target_kind", "target_key", "remote_id", "verb", "reason", "state")
    masked = {name: masked_document(getattr(operation, name)) for name in ("before", "document")}
    return {name: getattr(operation, name) for name in names} | masked
