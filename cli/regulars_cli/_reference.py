"""The reference of all commands as Markdown: ``python -m regulars_cli._reference``, for docs/reference."""

import sys
from collections.abc import Iterator
from typing import Any

import typer

from regulars_cli._main import app

_HEAD = """# Commands

Made from the commands themselves by `python -m regulars_cli._reference`; a test holds this page equal to
them.

`regulars -C DIRECTORY COMMAND …` works in that workspace; without `-C`, in the one that `REGULARS_DIRECTORY`
names, else in the current directory. With `--json` a command answers with one JSON document on standard
output; progress and messages go to standard error. Exit codes: 0 done, 1 failed, 2 wrong use, 3 incomplete
(something is in the dead letters, or the books do not balance), 130 and 143 stopped. Where a command cannot
answer, the document is `{"problem": "…", "exit": N}` and the words stand on standard error too.

An unexpected error ends with one line; `regulars-errors.log` in the workspace says where it happened, without
any data. `regulars --debug COMMAND …` shows all of it, which may quote customers' data."""


def reference() -> str:
    """The whole page."""
    root: Any = typer.main.get_command(app)
    parts = [_HEAD, *(part for command in _commands(root, "regulars") for part in _section(*command))]
    return "\n\n".join(parts) + "\n"


def _commands(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def _section(path: str, command: Any) -> Iterator[str]:
    options = [each for each in command.params if each.param_type_name == "option"]
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    words = [path, *(_argument(each) for each in arguments)]
    yield f"## {path.removeprefix('regulars ')}"
    yield f"    {' '.join(words)}"
    yield " ".join((command.help or "").split())
    lines = [f"- `{_argument(each)}`: {each.help}" for each in arguments if getattr(each, "help", None)]
    lines += [f"- `{_option(each)}`: {' '.join(each.help.split())}" for each in options if each.help]
    if lines:
        yield "\n".join(lines)


def _argument(argument: Any) -> str:
    name = (argument.metavar or argument.name.upper()).strip("[]")
    return name if argument.required else f"[{name}]"


def _option(option: Any) -> str:
    names = ", ".join([*option.opts, *option.secondary_opts])
    if option.is_flag:
        return names
    required = " (required)" if option.required else ""
    return f"{names} {option.name.upper()}{required}"


if __name__ == "__main__":
    sys.stdout.write(reference())
