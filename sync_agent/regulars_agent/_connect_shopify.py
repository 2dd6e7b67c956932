"""Connecting somebody else's Shopify shop by its owner's word, given in the owner's browser.

1. ``ask_owner``: an address to send the owner to.
2. ``owners_answer``: what their browser brought back, as credentials to connect the shop or to rotate with.
"""

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import parse_qs

from pydantic import SecretStr

from regulars_agent._secrets import environment_variable
from regulars_agent._shops import credentials_kept
from regulars_agent._workspace import Workspace
from regulars_connectors import ForgedRequestError, UnansweredError, connector_class
from regulars_mapping import MisconfiguredError
from regulars_shopify import (
    CLIENT_ID,
    CLIENT_SECRET,
    WANTED_SCOPES,
    Authorization,
    Granted,
    begin_authorization,
    finish_authorization,
)

PLATFORM: Final = "shopify"
OWNERS_REDIRECT: Final = "https://localhost/regulars"
"""Where the owner's browser is sent back to if nothing else is said: nobody answers there, and the address
itself is the answer."""
_ALL_ORDERS: Final = "read_all_orders"


def of_an_owner(platform: str, names: Iterable[str]) -> bool:
    """Whether a set of credentials of these names comes by an owner's word."""
    return platform == PLATFORM and not connector_class(platform).changing_credentials.isdisjoint(names)


def asks_owner(workspace: Workspace, platform: str, shop: str) -> bool:
    """Whether this shop's credentials came by its owner's word, and so can only come that way again."""
    return of_an_owner(platform, credentials_kept(workspace, platform, shop))


def app_credentials(platform: str) -> tuple[str, ...]:
    """What an app that asks an owner proves itself with. Raises MisconfiguredError for other platforms."""
    if platform != PLATFORM:
        raise MisconfiguredError(f"Only {PLATFORM} asks a shop's owner for access; {platform} takes keys.")
    return CLIENT_ID, CLIENT_SECRET


def ask_owner(
    workspace: Workspace,
    app: Mapping[str, SecretStr],
    *,
    name: str,
    url: str,
    redirect: str,
    all_orders: bool = False,
) -> Authorization:
    """Where the owner of the shop at ``url`` is to be sent. Nothing is sent and nothing kept.

    ``app`` has the ``app_credentials``; ``redirect`` is an address that the app lists;
    ``all_orders``: ask also for those older than 60 days, which Shopify allows to some apps. Raises
    MisconfiguredError for an address that cannot be, and where a variable gives what the owner's word would
    have to replace.
    """
    for key in connector_class(PLATFORM).changing_credentials:
        if workspace.secrets.given_for(name, key):
            raise MisconfiguredError(
                f"The variable {environment_variable(name, key)} cannot give '{key}' of shop '{name}': it "
                "changes with each use. Unset it first."
            )
    client_id = app[CLIENT_ID].get_secret_value()
    scopes = (*WANTED_SCOPES, *([_ALL_ORDERS] if all_orders else []))
    return begin_authorization(url, client_id=client_id, redirect_uri=redirect, scopes=scopes)


def owners_answer(
    workspace: Workspace,
    app: Mapping[str, SecretStr],
    asking: Authorization,
    answer: SecretStr,
    *,
    name: str,
) -> Mapping[str, SecretStr]:
    """The credentials for the answer to an asking: the address, or its query, that the owner came back to.

    Those that a variable gives are left out: it gives them on. Raises MisconfiguredError, with what to do,
    where the answer is none to this asking, the owner did not agree or Shopify takes it no more.
    """
    query = _query_of(answer.get_secret_value())
    if not query:
        raise MisconfiguredError("That was no address that Shopify sends an owner back to. Begin again.")
    _refuse_refusal(query)
    granted = _finished(workspace, app, asking, query)
    return {
        key: secret
        for key, secret in granted.credentials.items()
        if not workspace.secrets.given_for(name, key)
    }


def _finished(
    workspace: Workspace, app: Mapping[str, SecretStr], asking: Authorization, query: str
) -> Granted:
    try:
        return finish_authorization(
            query,
            shop=asking.shop,
            state=asking.state,
            client_id=app[CLIENT_ID],
            client_secrets=[app[CLIENT_SECRET]],
            now=workspace.clock(),
            http=workspace.settings.http.options(verify=True),
        )
    except ForgedRequestError as error:
        raise MisconfiguredError(
            f"{error} What is pasted has to be the whole address that the owner came back to from this very "
            "asking, within five minutes, and the client secret has to be this app's. Begin again."
        ) from error
    except UnansweredError as error:
        raise MisconfiguredError(
            "Shopify's answer was lost, and a code serves once. Begin again: the owner is asked once more."
        ) from error


def _query_of(pasted: str) -> str:
    text = pasted.strip().strip("'\"<>").partition("#")[0]
    before, mark, query = text.partition("?")
    return query if mark or "://" in before else before


def _refuse_refusal(query: str) -> None:
    """What an owner who does not agree brings back is not always signed, and gives nothing."""
    try:
        said = parse_qs(query, max_num_fields=200)
    except ValueError:
        return
    if "error" in said and "code" not in said:
        raise MisconfiguredError("The owner did not agree. Nothing was kept, and the shop is as it was.")
