"""Chunks of persons computed without writing: what is to be written is noted, for whoever has the turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from regulars_marketing._accounts import persons_with_accounts_of
from regulars_marketing._compute import Part, Rules, compute_chunk
from regulars_marketing._profile import Profiles
from regulars_marketing._profile_rules import ProfileRules
from regulars_store import tables
from regulars_store._bulk import among
from regulars_store._noting import Note, Noting, say

dirty, erased_account = tables.dirty, tables.erased_account
_READ_AGAIN = frozenset({"person"})
"""Tables that are read after they were written, in the same chunk, and are not overlaid."""


class Noted(NamedTuple):
    """What computing some persons comes to: facts, offers and holds that changed, and what is to be written.

    ``notes`` are None where it must be computed by the writer: persons took over accounts of others, or what
    was written would have had to be read again. ``erased`` tells how many had been erased until then.
    """

    facts_changed: int
    offers_changed: int
    held: int
    erased: int
    notes: Sequence[Note] | None


@dataclass(frozen=True, slots=True)
class Notes:
    """Computes at one moment by one set of rules, reading only."""

    noting: Noting
    rules: Rules
    portraits: Profiles

    @classmethod
    def of(cls, file: str, *, now: datetime, profiles: ProfileRules | None) -> "Notes":
        """A reader of the SQLite store in this file."""
        noting = Noting(file, tables.person_profile)
        with noting.over((), read_again=False) as (connection, _):
            return cls(noting, Rules.read(connection, now), Profiles.read(connection, profiles, now=now))

    def made(self, person_ids: Sequence[str], part: Part) -> Noted:
        """These persons, each named once."""
        read_again = part is not Part.PORTRAYED
        with self.noting.over(person_ids, read_again=read_again) as (connection, notes):
            erased = count_erased(connection)
            if others := persons_with_accounts_of(connection, person_ids):
                return Noted(0, 0, 0, erased, None)
            done = compute_chunk(connection, person_ids, self.rules, self.portraits, part=part, others=others)
            kept = None if any(table in _READ_AGAIN for table, _, _ in notes) else notes
            return Noted(done.facts_changed, done.offers_changed, done.held, erased, kept)


def write_noted(connection: Connection, person_ids: Sequence[str], noted: Noted) -> bool:
    """Write what was noted; whether that could be: else something has changed since, and they are to be
    computed as they are now."""
    if noted.notes is None or count_erased(connection) != noted.erased or _marked(connection, person_ids):
        return False
    say(connection, noted.notes)
    return True


def count_erased(connection: Connection) -> int:
    """How many accounts were erased until now."""
    return connection.scalar(select(func.count()).select_from(erased_account)) or 0


def _marked(connection: Connection, person_ids: Sequence[str]) -> bool:
    """Whether anything changed for these persons, by the mark that every change sets."""
    mark = select(dirty.c.key).where(dirty.c.stage == "facts").limit(1)
    if connection.scalar(mark) is None:
        return False
    return connection.scalar(mark.where(among(connection, dirty.c.key, person_ids))) is not None
