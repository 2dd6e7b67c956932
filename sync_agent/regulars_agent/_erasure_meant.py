"""Who is meant by what they had: also somebody of whom only digests are left."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._erasure_subject import accounts_of
from regulars_agent._identity_sides import askable
from regulars_agent._mentions import email_digests
from regulars_agent._suppression_key import ListKey
from regulars_mapping import SkipError, e164, fold_email
from regulars_store import erasing


def meant_to_erase(connection: Connection, key: ListKey, text: str) -> list[str]:
    """The accounts to erase: as everywhere, and of somebody who was erased also by the e-mail or phone that
    they had, let back or not. Raises as ``accounts_of``."""
    try:
        accounts = accounts_of(connection, text)
    except SkipError:
        token = token_of(connection, key, text, lifted=True) if askable(text) else ""
        erased = erasing.accounts_of_tokens(connection, [token])[token] if token else []
        if not erased:
            raise
        return store.written_under(connection, erased)
    return _of_one(connection, key, accounts, text.strip())


def token_of(connection: Connection, key: ListKey, text: str, *, lifted: bool = False) -> str:
    """The erased person whose account, e-mail or phone this was, '' where it is not on the list; with
    ``lifted`` also one who was let back."""
    digests = list(_digests(connection, key, text.strip()))
    listed = erasing.suppressed_among(connection, digests, lifted=lifted)
    return next((listed[digest].token for digest in digests if digest in listed), "")


def _digests(connection: Connection, key: ListKey, text: str) -> Iterator[str]:
    yield key.of("account", text)
    if email := fold_email(text):
        yield from email_digests(key, email)
    countries = {shop.country or "" for shop in store.shops(connection)} or {""}
    for phone in sorted({e164(text, country=country) for country in countries} - {""}):
        yield key.of("phone", phone)


def _of_one(connection: Connection, key: ListKey, accounts: Sequence[str], text: str) -> list[str]:
    """Without the erased accounts of somebody else, should anything have joined the two: each has a token.

    Who came back is who they were: their accounts are on the list.
    """
    erased = erasing.tokens_of_accounts(connection, accounts)
    digests = [key.of("account", name) for name in accounts if name not in erased]
    known = erasing.suppressed_among(connection, digests, lifted=True).values()
    returned = {each.token for each in known}
    if text in erased and erased[text] not in returned:
        return [name for name in accounts if erased.get(name) == erased[text]]
    if not digests:
        return list(accounts)
    mine = [name for name in accounts if name not in erased or erased[name] in returned]
    stayed = erasing.accounts_of_tokens(connection, returned).values()
    return list(dict.fromkeys([*mine, *(name for some in stayed for name in some)]))
