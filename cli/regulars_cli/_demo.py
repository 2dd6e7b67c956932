"""The steps of the demo, each of which must hold."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr
from rich.console import Console
from rich.markup import escape

import regulars_store as store
from regulars_agent import (
    PersonCard,
    PlanSummary,
    Workspace,
    apply_plan,
    backfill,
    connect_shop,
    derive,
    enable_programme,
    make_plan,
    person_card,
    write_default_settings,
)
from regulars_cli._demo_sandbox import SHOP, Sandbox
from regulars_cli._people import print_card
from regulars_cli._push import print_applied, print_plan
from regulars_cli._session import Session
from regulars_cli._workspace import print_findings
from regulars_connectors import Found, Target
from regulars_marketing import Proof, verify_proof

PROGRAMME = {
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
SHOWN = 6


@dataclass(slots=True)
class Held:
    """What was promised of the demo, and whether it held."""

    steps: list[tuple[str, bool]] = field(default_factory=list)

    def note(self, what: str, held: bool) -> None:
        """Keep the outcome of a step."""
        self.steps.append((what, held))

    @property
    def all(self) -> bool:
        """Whether every step held, and there were some."""
        return bool(self.steps) and all(held for _, held in self.steps)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"held": self.all, "steps": [{"step": what, "held": held} for what, held in self.steps]}

    def print(self, out: Console) -> None:
        """A line each."""
        out.rule("What held")
        for what, held in self.steps:
            out.print(f"{'[green]✓[/]' if held else '[red]✗[/]'} {escape(what)}")


class Demo:
    """One run, from an empty directory to a shop that shows its discounts."""

    def __init__(self, session: Session, sandbox: Sandbox, *, quiet: bool) -> None:
        self._session = session
        self._sandbox = sandbox
        self._out = session.err if quiet else session.out
        self._held = Held()

    def run(self) -> Held:
        """All steps; stops at the first that leaves nothing for the next."""
        write_default_settings(self._session.directory)
        with self._session.workspace(checked=False) as workspace:
            workspace.store.upgrade()
            if not self._connect(workspace):
                return self._held
            shop = _shop(workspace)
            self._pull(workspace)
            self._compute(workspace)
            plan = self._plan(workspace, shop)
            self._apply(workspace, shop, plan)
            self._read_back(workspace, shop, plan)
            self._plan_again(workspace, shop)
            self._story(workspace, shop)
        return self._held

    def _title(self, text: str) -> None:
        self._out.rule(text)

    def _connect(self, workspace: Workspace) -> bool:
        self._title(
            f"A sandbox shop of {self._sandbox.customers} customers and {self._sandbox.orders} orders"
        )
        report = connect_shop(
            workspace,
            platform="woocommerce",
            name=SHOP,
            url=self._sandbox.url,
            options={"certificates": self._sandbox.certificate},
            credentials={
                "consumer_key": SecretStr(self._sandbox.environ["SANDBOX_CONSUMER_KEY"]),
                "consumer_secret": SecretStr(self._sandbox.environ["SANDBOX_CONSUMER_SECRET"]),
            },
        )
        print_findings(self._out, list(report.findings) if report else [])
        usable = report is not None and report.usable
        self._held.note("the shop was checked and connected; its keys lie encrypted", usable)
        return usable

    def _pull(self, workspace: Workspace) -> None:
        self._title("Backfill")
        with self._session.progress("backfill") as advance:
            report = backfill(
                workspace, SHOP, progress=lambda step: advance(f"{step.kind}s", step.records, step.remaining)
            )
        for line in report.balances:
            self._out.print(f"{line.kind}s: the shop says {line.shop_count}, here are {line.store_count}")
        self._held.note(
            "the books balance with the shop's own word", bool(report.balances) and report.complete
        )

    def _compute(self, workspace: Workspace) -> None:
        self._title("Persons and offers")
        derived = derive(workspace)
        enable_programme(workspace, PROGRAMME, who="the demo")
        with workspace.store.read() as connection:
            counts = store.row_counts(connection)
            faults = [
                fault
                for proof in store.offer_proofs(connection)
                for fault in verify_proof(Proof.model_validate(proof))
            ]
        self._out.print(
            f"{derived.accounts} accounts are {counts['person']} persons; {counts['offer']} offers with proof"
        )
        self._held.note("accounts became fewer persons", 0 < counts["person"] < counts["account"])
        self._held.note(
            "every offer's proof holds, checked by other code", counts["offer"] > 0 and not faults
        )

    def _plan(self, workspace: Workspace, shop: store.Shop) -> PlanSummary:
        self._title("The plan")
        plan = make_plan(workspace, shop)
        with workspace.store.read() as connection:
            shown = store.operations_of(connection, plan.id, limit=SHOWN)
        print_plan(self._out, plan, shown)
        self._held.note("the plan has something to do", not plan.empty)
        return plan

    def _apply(self, workspace: Workspace, shop: store.Shop, plan: PlanSummary) -> None:
        self._title("Apply, confirmed" if plan.beyond else "Apply")
        with self._session.progress("apply") as advance:
            applied = apply_plan(
                workspace,
                shop,
                plan.id,
                confirmed=bool(plan.beyond),
                progress=lambda more: advance("writes", more, None),
            )
        print_applied(self._out, applied)
        self._held.note("every write was confirmed by the shop", applied.complete and applied.confirmed > 0)

    def _read_back(self, workspace: Workspace, shop: store.Shop, plan: PlanSummary) -> None:
        self._title("What stands in the shop now")
        with workspace.store.read() as connection:
            standing = store.standing_targets(connection, shop.id)
        with workspace.connector(shop) as connector:
            coupons = [found for batch in connector.marked("coupon") for found in batch]
            labels = _labels(standing)
            size = connector.limits.read_batch
            read = [
                found
                for start in range(0, len(labels), size)
                for found in connector.read_back(labels[start : start + size])
            ]
        for found in [*coupons[:2], *read[:2]]:
            self._out.print(f"{found.target.kind} {escape(found.target.key)}: {escape(_visible(found))}")
        there = {found.target: found.document for found in [*coupons, *read]}
        wanted = {Target(target.kind, target.key): target.document for target in standing}
        self._held.note(
            f"the shop holds the {len(wanted)} coupons and labels that were written, and no other of ours",
            there == wanted and len(wanted) == plan.operations,
        )

    def _plan_again(self, workspace: Workspace, shop: store.Shop) -> None:
        self._title("Plan again, over everybody")
        plan = make_plan(workspace, shop, everybody=True)
        print_plan(self._out, plan, [])
        self._held.note("a second plan is empty", plan.empty)

    def _story(self, workspace: Workspace, shop: store.Shop) -> None:
        self._title("One customer's story")
        with workspace.store.read() as connection:
            person = store.person_to_show(connection, shop.id)
        card = person_card(workspace, person) if person else None
        if card is not None:
            print_card(self._out, card, orders=5)
        self._held.note("a customer with an account and guest orders is one person", _whole(card))


def _shop(workspace: Workspace) -> store.Shop:
    with workspace.store.read() as connection:
        return store.shop_named(connection, SHOP)


def _labels(standing: Sequence[store.PushedTarget]) -> list[Target]:
    return [Target(target.kind, target.key) for target in standing if target.kind == "label"]


def _visible(found: Found) -> str:
    document = found.document or {}
    return ", ".join(f"{key} = {value}" for key, value in document.items() if key != "email_restrictions")


def _whole(card: PersonCard | None) -> bool:
    if card is None:
        return False
    registered = {account["registered"] for account in card.accounts}
    return registered == {True, False} and len(card.orders) > 1 and bool(card.offers) and bool(card.grants)
