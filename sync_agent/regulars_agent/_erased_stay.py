"""What was erased stays as it is: no decision joins anybody to an erased account, or takes it apart."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Connection

from regulars_mapping import SkipError
from regulars_store import erasing

Parts = Sequence[frozenset[str]]
"""Accounts by the person whose they are."""


def refuse_erased(connection: Connection, accounts: Collection[str]) -> None:
    """Raises SkipError where one of these accounts stands for an erased person, let back or not."""
    erased = erasing.tokens_of_accounts(connection, accounts)
    if erased:
        raise _refusal(min(erased))


def refuse_moved(connection: Connection, before: Parts, after: Parts) -> None:
    """Raises SkipError where an erased account is with somebody new, or without another erased one that it
    was with. For what a decision does to accounts that it does not name."""
    erased = erasing.tokens_of_accounts(connection, _all([*before, *after])).keys()
    for name in sorted(erased):
        was, is_ = _part(before, name), _part(after, name)
        if is_ - was or (was & erased) - is_:
            raise _refusal(name)


def _refusal(account: str) -> SkipError:
    return SkipError(
        f"Nothing was decided: account {account} is an erased person's, and what is erased stays as it is."
    )


def _all(parts: Iterable[frozenset[str]]) -> set[str]:
    return {name for part in parts for name in part}


def _part(parts: Parts, name: str) -> frozenset[str]:
    return next((part for part in parts if name in part), frozenset((name,)))
