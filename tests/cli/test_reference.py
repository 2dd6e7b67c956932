"""The page of all commands, and that each command explains itself."""

import re
import tomllib
from pathlib import Path

import pytest

from command_line import CommandLine
from regulars_cli._reference import reference
from regulars_marketing import Programme, parse_programme
from regulars_marketing._programme import _KINDS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"
PROGRAMMES = PAGE.with_name("programmes.md")
README = PAGE.parents[2] / "README.md"
SHOWN = [
    "tier",
    "tier",
    "welcome",
    "birthday",
    "winback",
    "seasonal",
    "personal",
    "wholesale",
    "seasonal",
    "tier",
    "tier",
    "seasonal",
]
COMMANDS = [
    line.removeprefix("## ") for line in PAGE.read_text("utf-8").splitlines() if line.startswith("## ")
]


def test_the_reference_is_what_the_commands_say() -> None:
    made = reference()
    assert PAGE.read_text("utf-8") == made, "run: python -m regulars_cli._reference > docs/reference/cli.md"


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_a_command_explains_itself_without_a_workspace(regulars: CommandLine, command: str) -> None:
    said = regulars.done(*command.split(), "--help")
    assert "Usage: regulars" in said.out
    assert said.err == ""
    assert not regulars.directory.exists()


def test_every_command_but_the_sandbox_has_json() -> None:
    for section in PAGE.read_text("utf-8").split("\n## ")[1:]:
        assert "`--json`" in section or section.startswith("sandbox")


def test_every_command_that_writes_to_a_shop_or_changes_what_is_set_up_has_a_dry_run() -> None:
    sections = {part.partition("\n")[0]: part for part in PAGE.read_text("utf-8").split("\n## ")[1:]}
    for command in (
        "apply",
        "shop add",
        "shop set",
        "shop remove",
        "shop webhooks",
        "programme enable",
        "programme disable",
    ):
        assert "`--dry-run`" in sections[command]
    assert "`--dry-run`" in sections["dead-letters drop"]


@pytest.mark.parametrize("platform", ["woocommerce", "shopify"])
def test_the_sandbox_shows_the_options_of_its_platform(regulars: CommandLine, platform: str) -> None:
    assert "--key-file" in regulars.done("sandbox", platform, "--help").out


@pytest.mark.parametrize(
    "wrong", [["bogus"], ["verify"], ["status", "--bogus"], ["demo", "--customers", "many"], ["person"]]
)
def test_wrong_use_ends_with_2_and_says_how_it_is_used(regulars: CommandLine, wrong: list[str]) -> None:
    said = regulars(*wrong)
    assert said.code == 2
    assert "Usage: regulars" in said.err + said.out
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("page", "kinds"),
    [(PROGRAMMES, SHOWN), (README, ["tier", "welcome"])],
    ids=["programmes", "readme"],
)
def test_the_programmes_shown_are_of_each_kind_and_may_be_enabled(page: Path, kinds: list[str]) -> None:
    shown = re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    assert [parse_programme(tomllib.loads(text)).kind for text in shown] == kinds


@pytest.mark.parametrize("kind", _KINDS.values(), ids=list(_KINDS))
def test_every_field_of_a_programme_is_explained(kind: type[Programme]) -> None:
    page = re.sub(
        r"^\| (`\w+`), (`\w+`)(?:, (`\w+`))? \|", _each, PROGRAMMES.read_text("utf-8"), flags=re.MULTILINE
    )
    assert [field for field in kind.model_fields if f"\n| `{field}` |" not in page] == []


def _each(row: re.Match[str]) -> str:
    """A row on several fields, as one of each."""
    return "\n".join(f"| {field} |" for field in row.groups() if field)
