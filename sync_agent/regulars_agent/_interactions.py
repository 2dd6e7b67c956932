"""What was said with people: notes, calls, mails, messages and visits, written down by hand."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._identity_sides import side_of, written_of
from regulars_agent._workspace import Workspace
from regulars_mapping import PermanentError, SkipError, many_words, one_line
from regulars_store._frequency_bounds import mark_bounded

LONGEST_TEXT = 10_000
"""Characters of what was said; as many as a long letter."""
MOST_SHOWN = 50
_LONGEST_WORDS = 1_000
_LONGEST_NAME = 200
_SLIP = timedelta(minutes=5)
_DIRECTIONS = ("", "in", "out")


class InteractionKind(StrEnum):
    """How somebody was spoken with."""

    NOTE = "note"
    CALL = "call"
    MAIL = "mail"
    MESSAGE = "message"
    VISIT = "visit"


@dataclass(frozen=True, slots=True, repr=False)
class Interaction:
    """One talk. ``number`` is that by which it is taken back; ``direction``: in, out or empty."""

    number: int
    account: str
    kind: InteractionKind
    direction: str
    text: str
    at: datetime
    who: str

    def __repr__(self) -> str:
        return f"Interaction({self.number!r}, {self.account!r}, ...)"


def add_interaction(
    workspace: Workspace,
    person: str,
    text: str,
    *,
    kind: InteractionKind = InteractionKind.NOTE,
    direction: str = "",
    at: datetime | None = None,
    who: str,
) -> Interaction:
    """Write down what was said with a person, ``at`` a moment (aware; now where none is given).

    ``person`` is an id, an account's id, an e-mail or a phone; the talk is the account's that is named, and
    stays with it through merges and splits. Each call writes one more. Raises PermanentError for an empty or
    endless text, what cannot be printed, a direction that there is not and a moment to come; SkipError where
    nobody is meant.
    """
    now = workspace.clock()
    said = _text(text)
    if direction not in _DIRECTIONS:
        raise PermanentError("A talk's direction is in, out, or left empty.")
    if at is not None and at > now + _SLIP:
        raise PermanentError("A talk that is still to come is a reminder: regulars reminders add")
    words = {"kind": kind.value, "direction": direction, "text": said, "at": at or now, "who": _name(who)}
    with workspace.store.write(durable=True) as connection:
        side = side_of(connection, person)
        row = {"account_id": side.account, **words, "revokes": None}
        number = store.add_interaction(connection, row)
        _note(connection, "interaction add", number, side.account, who=who, now=now)
    return _interaction({"id": number, **row})


def interactions(workspace: Workspace, person: str, *, limit: int = MOST_SHOWN) -> tuple[Interaction, ...]:
    """What was said with a person and not taken back, newest first; SkipError where nobody is meant."""
    with workspace.store.read() as connection:
        side = side_of(connection, person)
        rows = store.interactions_of(connection, written_of(connection, side), limit=limit)
    return tuple(_interaction(row) for row in rows)


def take_back_interaction(workspace: Workspace, number: int, *, who: str, why: str = "") -> Interaction:
    """Take a talk back that was written down by mistake; it is kept, and shown no more.

    Raises SkipError where there is no such talk, or it was taken back already.
    """
    now = workspace.clock()
    with workspace.store.write(durable=True) as connection:
        row = store.interaction_numbered(connection, number)
        if row is None:
            raise SkipError(f"There is no interaction {number}. Look: regulars interactions list PERSON")
        words = {"text": one_line(why, what="The reason", most=_LONGEST_WORDS), "who": _name(who)}
        revoking = {"account_id": row["account_id"], "kind": store.TAKEN_BACK, "direction": "", "at": now}
        store.add_interaction(connection, {**revoking, **words, "revokes": number})
        _note(connection, "interaction take-back", number, row["account_id"], who=who, now=now)
    return _interaction(row)


def talks_of(connection: Connection, accounts: Collection[str]) -> tuple[Interaction, ...]:
    """The newest talks with these accounts, as a card shows them."""
    return tuple(_interaction(row) for row in store.interactions_of(connection, accounts, limit=MOST_SHOWN))


def _interaction(row: Mapping[str, Any]) -> Interaction:
    return Interaction(
        number=row["id"],
        account=row["account_id"],
        kind=InteractionKind(row["kind"]),
        direction=row["direction"],
        text=row["text"],
        at=row["at"],
        who=row["who"],
    )


def _text(text: str) -> str:
    said = many_words(text, what="What was said", most=LONGEST_TEXT)
    if not said:
        raise PermanentError("Say in a few words what it was about.")
    return said


def _name(who: str) -> str:
    return one_line(who, what="Who says so", most=_LONGEST_NAME)


def _note(connection: Connection, action: str, number: int, account: str, *, who: str, now: datetime) -> None:
    # What was said is personal data, and stands in its own row.
    detail = {"account": account}
    mark_bounded(connection, store.persons_about(connection, [account]))
    store.write_audit(connection, who=who, action=action, subject=str(number), detail=detail, now=now)
