"""The loop over both shops: connect, read, resolve, compute, plan, write, read back, plan again."""

from collections.abc import Sequence
from typing import Any, Final

from pydantic import SecretStr

import regulars_store as store
from regulars_agent import (
    PlanSummary,
    apply_plan,
    backfill,
    connect_shop,
    derive,
    enable_programme,
    make_plan,
    storefront_key,
)
from regulars_cli._demo_sandbox import Sandbox
from regulars_cli._demo_stage import Stage
from regulars_cli._plain import escape
from regulars_cli._push import print_applied, print_plan
from regulars_cli._workspace import print_findings
from regulars_connectors import Found, Target
from regulars_marketing import Proof, verify_proof

TIERS: Final[dict[str, Any]] = {
    "kind": "tier",
    "key": "regulars",
    "title": "Our regulars",
    "currency": "UAH",
    "tiers": [
        {"threshold": "2000.00", "percent": "3", "level": "Bronze"},
        {"threshold": "5000.00", "percent": "5", "level": "Silver"},
        {"threshold": "12000.00", "percent": "7", "level": "Gold"},
        {"threshold": "30000.00", "percent": "10", "level": "Platinum"},
    ],
}
WELCOME: Final[dict[str, Any]] = {
    "kind": "welcome",
    "key": "welcome",
    "title": "Your first order",
    "percent": "8",
    "level": "Welcome",
}
_SHOWN = 6


def connect(stage: Stage) -> bool:
    """Check and connect both shops; whether both can be used."""
    usable = True
    for sandbox in stage.sandboxes.values():
        stage.title(
            f"{sandbox.name}: a {sandbox.platform} shop of {sandbox.customers} customers "
            f"and {sandbox.orders} orders"
        )
        usable = _connected(stage, sandbox) and usable
    stage.held.note("both shops were checked and connected; their keys lie encrypted", usable)
    return usable


def _connected(stage: Stage, sandbox: Sandbox) -> bool:
    report = connect_shop(
        stage.workspace,
        platform=sandbox.platform,
        name=sandbox.name,
        url=sandbox.url,
        options=sandbox.options,
        credentials={name: SecretStr(secret) for name, secret in sandbox.credentials.items()},
    )
    print_findings(stage.out, list(report.findings) if report else [])
    if report is None or not report.usable:
        return False
    storefront_key(stage.workspace, sandbox.name)
    return True


def pull(stage: Stage, shop: store.Shop) -> None:
    """Read everything the shop has."""
    stage.title(f"Backfill of {shop.name}")
    with stage.session.progress(f"backfill of {shop.name}") as advance:
        report = backfill(
            stage.workspace,
            shop.name,
            progress=lambda step: advance(f"{step.kind}s", step.records, None),
        )
    for line in report.balances:
        stage.out.print(f"{line.kind}s: the shop says {line.shop_count}, here are {line.store_count}")
    stage.held.note(
        f"the books balance with {shop.name}'s own word", bool(report.balances) and report.complete
    )


def compute(stage: Stage) -> None:
    """Persons out of accounts, and their offers by two programmes."""
    stage.title("Persons and offers")
    derived = derive(stage.workspace)
    for programme in (TIERS, WELCOME):
        enable_programme(stage.workspace, programme, who="the demo")
    with stage.workspace.store.read() as connection:
        counts = store.row_counts(connection)
        faults = [
            fault
            for proof in store.offer_proofs(connection)
            for fault in verify_proof(Proof.model_validate(proof))
        ]
    stage.out.print(
        f"{derived.accounts} accounts are {counts['person']} persons; {counts['offer']} offers with proof"
    )
    stage.held.note(
        "the accounts of both shops became fewer persons", 0 < counts["person"] < counts["account"]
    )
    stage.held.note("every offer's proof holds, checked by other code", counts["offer"] > 0 and not faults)


def give(stage: Stage, shop: store.Shop) -> None:
    """Plan what the shop is to hold, write it, and read it back."""
    plan = _plan(stage, shop)
    _apply(stage, shop, plan)
    _read_back(stage, shop, plan)


def plan_again(stage: Stage, shop: store.Shop) -> None:
    """Nothing may be left to do."""
    stage.title(f"Plan for {shop.name} again, over everybody")
    plan = make_plan(stage.workspace, shop, everybody=True)
    print_plan(stage.out, plan, [])
    stage.held.note(f"a second plan for {shop.name} is empty", plan.empty)


def _plan(stage: Stage, shop: store.Shop) -> PlanSummary:
    stage.title(f"The plan for {shop.name}")
    plan = make_plan(stage.workspace, shop)
    with stage.workspace.store.read() as connection:
        shown = store.operations_of(connection, plan.id, limit=_SHOWN)
    print_plan(stage.out, plan, shown)
    stage.held.note(f"the plan for {shop.name} has something to do", not plan.empty)
    return plan


def _apply(stage: Stage, shop: store.Shop, plan: PlanSummary) -> None:
    stage.title(f"Apply to {shop.name}{', confirmed' if plan.beyond else ''}")
    with stage.session.progress(f"apply to {shop.name}") as advance:
        applied = apply_plan(
            stage.workspace,
            shop,
            plan.id,
            confirmed=bool(plan.beyond),
            progress=lambda more: advance("writes", more, None),
        )
    print_applied(stage.out, applied)
    stage.held.note(f"every write was confirmed by {shop.name}", applied.complete and applied.confirmed > 0)


def _read_back(stage: Stage, shop: store.Shop, plan: PlanSummary) -> None:
    stage.title(f"What stands in {shop.name} now")
    with stage.workspace.store.read() as connection:
        standing = store.standing_targets(connection, shop.id)
    coupons, labels = _there(stage, shop, standing)
    for found in [*coupons[:2], *labels[:2]]:
        stage.out.print(f"{found.target.kind} {escape(found.target.key)}: {escape(_visible(found))}")
    there = {found.target: found.document for found in [*coupons, *labels]}
    wanted = {Target(target.kind, target.key): target.document for target in standing}
    stage.held.note(
        f"{shop.name} holds the {len(wanted)} coupons and labels that were written, and no other of ours",
        there == wanted and len(wanted) == plan.operations,
    )


def _there(
    stage: Stage, shop: store.Shop, standing: Sequence[store.PushedTarget]
) -> tuple[list[Found], list[Found]]:
    """Everything with our mark, and the labels: those cannot be listed, only asked for."""
    labels = [Target(target.kind, target.key) for target in standing if target.kind == "label"]
    with stage.workspace.connector(shop) as connector:
        coupons = [found for batch in connector.marked("coupon") for found in batch]
        size = connector.limits.read_batch
        read = [
            found
            for start in range(0, len(labels), size)
            for found in connector.read_back(labels[start : start + size])
        ]
    return coupons, read


def _visible(found: Found) -> str:
    document = found.document or {}
    return ", ".join(f"{key} = {value}" for key, value in document.items() if key != "email_restrictions")
