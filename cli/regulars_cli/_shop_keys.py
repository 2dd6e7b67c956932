"""A shop's keys as a command gets them: from variables or the keyring, else typed unseen, else piped in."""

import shlex
import sys
from collections.abc import Mapping, Sequence

import typer
from pydantic import SecretStr

from regulars_agent import (
    Workspace,
    connect_shopify,
    credential_sets,
    credentials_kept,
    environment_variable,
)
from regulars_cli._session import Session
from regulars_mapping import MisconfiguredError

_LONGEST_SECRET = 20_000


def keys_of_new_shop(
    session: Session, workspace: Workspace, platform: str, name: str, url: str, chosen: str
) -> Mapping[str, SecretStr]:
    """The secrets of one complete set that neither the environment nor the keyring holds.

    ``chosen`` is one of the set's, '' for the one that is there or the usual one. Raises MisconfiguredError
    where a secret is not given, naming every set and how it is given.
    """
    sets = credential_sets(platform)
    names = next((names for names in sets if chosen in names), None)
    if chosen and names is None:
        raise typer.BadParameter(f"{platform} takes {', or '.join(map(_said, sets))}, not {chosen}")
    missing = [
        key
        for key in names or credentials_kept(workspace, platform, name)
        if workspace.secrets.find(name, key) is None
    ]
    try:
        return {key: prompt_secret(session, name, key) for key in missing}
    except MisconfiguredError as error:
        if len(sets) == 1:
            raise
        command = ["shop", "add", platform, name, url]
        ways = "\n".join(
            _owners_way(command, sets[0])
            if connect_shopify.of_an_owner(platform, each)
            else _way(command, name, each, sets[0])
            for each in sets
        )
        raise MisconfiguredError(f"{error}\n{platform} takes one of these:\n{ways}") from error


def _said(names: Sequence[str]) -> str:
    return " and ".join(names)


def _way(command: Sequence[str], shop: str, names: Sequence[str], usual: Sequence[str]) -> str:
    own = next((each for each in names if each not in usual), "")
    option = f" --credential {own}" if own else ""
    variables = " and ".join(environment_variable(shop, each) for each in names)
    return f"  {_words(names)}: regulars {shlex.join(command)}{option}; or {variables}"


def _owners_way(command: Sequence[str], app: Sequence[str]) -> str:
    return f"  {_words(app)}, and the word of the shop's owner: regulars {shlex.join(command)} --ask-owner"


def _words(names: Sequence[str]) -> str:
    return " and ".join(each.replace("_", " ") for each in names)


def keys_in_variables(session: Session, workspace: Workspace, platform: str, shop: str) -> list[str]:
    """The variables that give this shop's keys: they win over the keyring, and nothing keeps them."""
    names = [environment_variable(shop, key) for key in credentials_kept(workspace, platform, shop)]
    return [name for name in names if session.environ.get(name)]


def prompt_secret(session: Session, shop: str, key: str) -> SecretStr:
    """A secret typed unseen on a terminal, or the next line of what is piped in."""
    asked = key.replace("_", " ")
    if sys.stdin.isatty():
        session.err.print(f"{asked} (is not shown):")
        return SecretStr(typer.prompt("", hide_input=True, prompt_suffix="> ", err=True))
    line = sys.stdin.readline(_LONGEST_SECRET).strip()
    if not line:
        raise MisconfiguredError(
            f"The {asked} is missing. Type it on a terminal, pipe the keys in, a line each, or set "
            f"{environment_variable(shop, key)}."
        )
    return SecretStr(line)
