"""Keys by the word of a shop's owner: an address for their browser, and the address they come back to."""

import sys
from collections.abc import Mapping
from typing import Annotated

import typer
from pydantic import SecretStr

from regulars_agent import Workspace, connect_shopify
from regulars_cli._plain import escape
from regulars_cli._session import Session
from regulars_cli._shop_keys import prompt_secret
from regulars_mapping import MisconfiguredError

AskOwner = Annotated[
    bool,
    typer.Option(
        "--ask-owner", help="Shopify: somebody else's shop; its owner agrees in a browser. See --redirect."
    ),
]
Redirect = Annotated[
    str,
    typer.Option(
        help="With --ask-owner: where Shopify sends the owner back to, as the app lists it; without it, "
        f"{connect_shopify.OWNERS_REDIRECT}"
    ),
]
AllOrders = Annotated[
    bool,
    typer.Option(
        "--all-orders",
        help="With --ask-owner: also orders older than 60 days, where Shopify allows them to the app.",
    ),
]
_LONGEST_ANSWER = 20_000


def app_keys(
    session: Session, workspace: Workspace, platform: str, name: str, *, anew: bool = False
) -> Mapping[str, SecretStr]:
    """The app's own credentials: those that are kept, unless ``anew``, or given by variables; else asked.

    Raises MisconfiguredError for a platform that asks no owner.
    """
    given = {}
    for key in connect_shopify.app_credentials(platform):
        kept = not anew or workspace.secrets.given_for(name, key)
        found = workspace.secrets.find(name, key) if kept else None
        given[key] = found or prompt_secret(session, name, key)
    return given


def keys_by_the_owner(
    session: Session,
    workspace: Workspace,
    app: Mapping[str, SecretStr],
    *,
    name: str,
    url: str,
    redirect: str,
    all_orders: bool,
) -> Mapping[str, SecretStr]:
    """Send the owner of the shop at ``url`` to Shopify and exchange what they bring back, on standard input.

    Raises MisconfiguredError, with the remedy, where they bring back nothing that opens the shop.
    """
    asking = connect_shopify.ask_owner(
        workspace, app, name=name, url=url, redirect=redirect, all_orders=all_orders
    )
    session.err.print(
        "Open this address in a browser where the shop's owner is logged in to Shopify, and agree. It is for "
        "this shop and this once:"
    )
    session.err.print(escape(asking.url))
    session.err.print(
        escape(
            f"The browser then goes to {redirect} and may say that nothing is there. Copy the whole address "
            "of that page and paste it here within five minutes:"
        )
    )
    return connect_shopify.owners_answer(workspace, app, asking, _answer(), name=name)


def _answer() -> SecretStr:
    if sys.stdin.isatty():
        # Not shown: it holds a code, and terminals are recorded.
        return SecretStr(typer.prompt("", hide_input=True, prompt_suffix="(is not shown) > ", err=True))
    line = sys.stdin.readline(_LONGEST_ANSWER).strip()
    if not line:
        raise MisconfiguredError("No address was pasted. Nothing was kept, and the shop is as it was.")
    return SecretStr(line)
