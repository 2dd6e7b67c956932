"""What was promised of the demo, and whether it held."""

from dataclasses import dataclass, field
from typing import Any

from rich.console import Console

from regulars_cli._plain import escape


@dataclass(slots=True)
class Held:
    """The steps, each a sentence and whether it came true."""

    steps: list[tuple[str, bool]] = field(default_factory=list)

    def note(self, what: str, held: bool) -> None:
        """Keep the outcome of a step."""
        self.steps.append((what, held))

    @property
    def all(self) -> bool:
        """Whether every step held, and there were some."""
        return bool(self.steps) and all(held for _, held in self.steps)

    def as_list(self) -> list[dict[str, Any]]:
        """For JSON."""
        return [{"step": what, "held": held} for what, held in self.steps]

    def print(self, out: Console) -> None:
        """A line each."""
        out.rule("What held")
        for what, held in self.steps:
            out.print(f"{'[green]✓[/]' if held else '[red]✗[/]'} {escape(what)}")
