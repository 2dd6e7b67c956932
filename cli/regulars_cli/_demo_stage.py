"""What the steps of a demo share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import requests
from rich.console import Console

import regulars_store as store
from regulars_agent import Workspace
from regulars_cli._demo_children import Children
from regulars_cli._demo_held import Held
from regulars_cli._demo_sandbox import Sandbox
from regulars_cli._plain import escape
from regulars_cli._session import Session


@dataclass(frozen=True, slots=True)
class Stage:
    """A demo underway: its workspace, its sandbox shops by name, its processes, and what has held so far."""

    session: Session
    workspace: Workspace
    sandboxes: Mapping[str, Sandbox]
    children: Children
    held: Held
    out: Console

    def title(self, text: str) -> None:
        """Say what comes now."""
        self.out.rule(escape(text))

    def check(self, what: str, holds: Callable[[], bool]) -> None:
        """Note a step that asks over HTTP: one that gets no usable answer has not held."""
        try:
            self.held.note(what, holds())
        except (requests.RequestException, LookupError, ValueError) as error:
            self.session.err.print(escape(f"{what}: {type(error).__name__}: {error}"))
            self.held.note(what, held=False)

    def shops(self) -> Sequence[store.Shop]:
        """The connected shops."""
        with self.workspace.store.read() as connection:
            return [store.shop_named(connection, name) for name in self.sandboxes]
