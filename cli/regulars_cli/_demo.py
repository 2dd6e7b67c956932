"""The demo: from two empty connections to shops that show their discounts, and an agent that keeps them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from regulars_agent import Workspace, write_default_settings
from regulars_cli import _demo_loop as loop
from regulars_cli._demo_agent import check_agent, start_agent
from regulars_cli._demo_children import Children
from regulars_cli._demo_counts import end_counts
from regulars_cli._demo_face import OWNER, await_site, check_owner, check_shoppers, start_site
from regulars_cli._demo_held import Held
from regulars_cli._demo_people import check_people, plant, tell_story
from regulars_cli._demo_sandbox import Sandbox
from regulars_cli._demo_shoppers import Shopper, as_they_are_now, choose_shoppers, write_shoppers
from regulars_cli._demo_site import Addresses
from regulars_cli._demo_stage import Stage
from regulars_cli._ending import TERMINATED
from regulars_cli._plain import escape
from regulars_cli._session import Session
from regulars_mapping import RegularsError

PASSWORD_VARIABLE = "REGULARS_OWNER_PASSWORD"  # noqa: S105 - a variable's name


@dataclass(slots=True)
class Demo:
    """One run. ``password`` is the owner's: the given one, else made up."""

    session: Session
    sandboxes: Sequence[Sandbox]
    children: Children
    addresses: Addresses
    quiet: bool
    held: Held = field(default_factory=Held)
    shoppers: list[Shopper] = field(default_factory=list)
    counts: dict[str, Any] = field(default_factory=dict)
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        self.password = self.session.environ.get(PASSWORD_VARIABLE) or secrets.token_urlsafe(12)

    def run(self) -> None:
        """All steps; stops at the first that leaves nothing for the next."""
        write_default_settings(self.session.directory)
        with self.session.workspace(checked=False) as workspace:
            workspace.store.upgrade()
            stage = self._stage(workspace)
            if loop.connect(stage):
                self._rest(stage)

    def _rest(self, stage: Stage) -> None:
        try:
            self._base(stage)
            self._face(stage)
        except RegularsError as error:
            self.session.err.print(escape(str(error)))
            self.held.note("the demo came to its end", held=False)
        else:
            self.counts = end_counts(stage.workspace)

    def _stage(self, workspace: Workspace) -> Stage:
        return Stage(
            session=self.session,
            workspace=workspace,
            sandboxes={sandbox.name: sandbox for sandbox in self.sandboxes},
            children=self.children,
            held=self.held,
            out=self.session.err if self.quiet else self.session.out,
        )

    def _base(self, stage: Stage) -> None:
        """The customer base, and the discounts in the shops."""
        plant(stage)
        market, boutique = stage.shops()
        for shop in (market, boutique):
            loop.pull(stage, shop)
        market, boutique = stage.shops()
        loop.compute(stage)
        check_people(stage)
        loop.give(stage, market)
        self.shoppers = choose_shoppers(stage, market)
        write_shoppers(self.shoppers, self.session.directory)
        # It takes seconds to come up, in which the other shop is written to.
        start_site(stage, self.addresses, self.password)
        loop.give(stage, boutique)
        for shop in (market, boutique):
            loop.plan_again(stage, shop)
        tell_story(stage, market)

    @property
    def up(self) -> bool:
        """Whether there is something to look at."""
        return bool(self.counts)

    def end_agent(self) -> None:
        """Tell the agent to stop, and note how it took it."""
        agent = self.children.named("agent")
        if agent is not None:
            code = self.children.stop(agent)
            self.held.note("told to stop, the agent ended cleanly", code in {0, TERMINATED})

    def _face(self, stage: Stage) -> None:
        """What people see, and that it moves."""
        start_agent(stage)
        await_site(stage, self.addresses)
        check_owner(stage, self.addresses, self.password)
        check_shoppers(stage, self.addresses, self.shoppers)
        check_agent(stage, self.addresses, self.shoppers)
        self.shoppers = as_they_are_now(stage, self.shoppers)

    def as_dict(self) -> dict[str, Any]:
        """For JSON. The password is not in it."""
        return {
            "held": self.held.all,
            "steps": self.held.as_list(),
            "counts": self.counts,
            "urls": {"admin": self.addresses.customers, "storefront": self.addresses.page},
            "owner": OWNER,
            "shoppers": [shopper.shown() for shopper in self.shoppers],
            "processes": self.children.ids(),
        }
