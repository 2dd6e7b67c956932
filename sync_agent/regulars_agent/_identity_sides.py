"""Who is meant by a person's id, an account's id, an e-mail or a phone: one account and its person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._waiting import CHANGES_WAIT, changes_wait
from regulars_mapping import PermanentError, SkipError, anchor_of, e164, fold_email

LONGEST_SEARCH = 200
"""Characters; whoever types more has pasted something else than a name, an e-mail or a number."""
FIND = "Look for them: regulars person find NAME"


@dataclass(frozen=True, slots=True)
class Side:
    """One who is meant. ``account`` is the one that was named, or that stands for what was; ``members`` are
    all accounts of the person, the smallest anchor first."""

    account: str
    person: str
    members: tuple[str, ...]
    accounts: Mapping[str, Mapping[str, Any]]


def askable(text: str) -> bool:
    """Whether somebody may have this as an id, e-mail or phone, and a database takes it as a text."""
    return len(text) <= LONGEST_SEARCH and text.isprintable()


def side_of(connection: Connection, text: str) -> Side:
    """Who is meant.

    An account that a shop merged into another means that other. Raises SkipError where nobody is meant, or an
    account that the shop no longer has; PermanentError where several persons are.
    """
    found = _meant(connection, text)
    if not found:
        what = text if askable(text) else "of this name: it is too long or holds what nobody can type"
        waiting = f". {CHANGES_WAIT}" if changes_wait(connection) else ""
        raise SkipError(f"There is no person, account, e-mail or phone {what}. {FIND}{waiting}")
    if len({row["person_id"] for row in found}) > 1:
        ids = ", ".join(sorted(row["person_id"] for row in found))
        raise PermanentError(f"{text} may mean several persons: {ids}. Name one by its id.")
    one = _present(connection, found[0])
    rows = {row["id"]: row for row in store.accounts_of_persons(connection, [one["person_id"]])}
    return Side(one["id"], one["person_id"], tuple(sorted(rows, key=anchor_of)), rows)


def account_with_email(side: Side, text: str) -> str:
    """The one account of the person whose e-mail this text is; empty where none or several are."""
    email = fold_email(text)
    found = [one for one in side.members if email and fold_email(side.accounts[one]["email"]) == email]
    return found[0] if len(found) == 1 else ""


def records_of(connection: Connection, side: Side) -> list[str]:
    """The accounts under which fields are written that are this person's: theirs, and those that are gone
    and that a shop merged into theirs."""
    return store.with_merged(connection, side.members)


def written_of(connection: Connection, side: Side) -> list[str]:
    """The accounts under which talks, reminders and the stop-list are this person's: theirs, and all that
    are gone and lead to theirs."""
    return store.written_under(connection, side.members)


def sides_of(connection: Connection, texts: Sequence[str]) -> list[Side]:
    """``side_of`` for each; of one person that is named twice the first."""
    sides: dict[str, Side] = {}
    for text in texts:
        side = side_of(connection, text)
        sides.setdefault(side.person, side)
    return list(sides.values())


def chosen_among(
    connection: Connection, side: Side, texts: Sequence[str]
) -> tuple[list[str], dict[str, str]]:
    """The accounts of a person that are meant by their ids, e-mails or phones, and those of others, with
    their persons. An e-mail or phone means all accounts of the person with it. Raises as ``side_of``."""
    chosen: dict[str, None] = {}
    foreign: dict[str, str] = {}
    for text in texts:
        mine = _mine(connection, side, text)
        if mine:
            chosen.update(dict.fromkeys(mine))
        else:
            other = side_of(connection, text)
            foreign[other.account] = other.person
    return list(chosen), foreign


def _mine(connection: Connection, side: Side, text: str) -> list[str]:
    if text in side.accounts:
        return [text]
    email, phones = fold_email(text), _phones(connection, text)
    return [
        member
        for member, row in sorted(side.accounts.items())
        if (email and row["email_folded"] == email) or row["phone_e164"] in phones
    ]


def _phones(connection: Connection, text: str) -> set[str]:
    countries = {shop.country or "" for shop in store.shops(connection)} or {""}
    return {e164(text, country=country) for country in countries} - {""}


def _meant(connection: Connection, text: str) -> list[Mapping[str, Any]]:
    if not askable(text):
        return []
    phones = _phones(connection, text)
    return store.accounts_meant(connection, text.strip(), email=fold_email(text), phones=phones)


def _present(connection: Connection, row: Mapping[str, Any]) -> Mapping[str, Any]:
    if row["gone"]:
        return _successor(connection, row["id"])
    if row["person_id"] is None:
        raise SkipError(f"Account {row['id']} is new and has no person yet. First: regulars compute")
    return row


def _successor(connection: Connection, gone: str) -> Mapping[str, Any]:
    kept = store.merged_into(connection, gone)
    row = store.accounts_named(connection, [kept]).get(kept) if kept else None
    if row is None or row["person_id"] is None:
        raise SkipError(
            f"Account {gone} belongs to nobody: its shop no longer has it. What was decided about it counts "
            "again should it come back."
        )
    return row
