"""Letting an erased person come back: what shops bring of them from now on lands as it is."""

from dataclasses import dataclass

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._erasure_meant import token_of
from regulars_agent._identity_sides import askable
from regulars_agent._suppression import is_guest
from regulars_agent._suppression_key import suppression_key
from regulars_agent._workspace import Workspace
from regulars_mapping import Kind, SkipError
from regulars_store import erasing


@dataclass(frozen=True, slots=True)
class Readmitted:
    """Who may come back: the ``token``, and how many traits were ``lifted`` off the list; 0 where they were
    already."""

    token: str
    lifted: int


def readmit(workspace: Workspace, text: str, *, who: str, why: str = "") -> Readmitted:
    """Let the person with this e-mail, phone, account or token come back, for what comes from now on.

    What was erased stays erased, also when it is read again. Harmless twice. Raises SkipError where nobody
    was erased who had it, MisconfiguredError where the list's key is missing.
    """
    with workspace.store.write() as connection:
        token = _token(workspace, connection, text.strip())
        lifted = erasing.lift_suppression(connection, token)
        if lifted:
            _read_again(connection, workspace, token)
            detail = {"lifted": lifted, "why": why}
            now = workspace.clock()
            store.write_audit(
                connection, who=who, action="person readmit", subject=token, detail=detail, now=now
            )
        return Readmitted(token, lifted)


def _token(workspace: Workspace, connection: Connection, text: str) -> str:
    if askable(text) and erasing.accounts_of_tokens(connection, [text])[text]:
        return text
    if askable(text) and erasing.anything_suppressed(connection):
        token = token_of(connection, suppression_key(workspace.secrets), text)
        if token:
            return token
    raise SkipError("Nobody who was erased had this, or they were let back already by it.")


def _read_again(connection: Connection, workspace: Workspace, token: str) -> None:
    """Their accounts in the shops are read with the next visit."""
    now = workspace.clock()
    for account in erasing.accounts_of_tokens(connection, [token])[token]:
        shop_id, _, external_id = account.partition(":")
        if not is_guest(account):
            store.put_notices(connection, int(shop_id), Kind.CUSTOMER, [(external_id, now)], now=now)
    store.mark_dirty(
        connection,
        "facts",
        store.persons_of(connection, erasing.accounts_of_tokens(connection, [token])[token]),
    )
