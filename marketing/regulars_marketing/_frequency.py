"""How often a person hears of a topic: at least and at most so many times in so many days.

What counts is what was recorded as sent on the topic, and what somebody wrote to the person by hand (talks of
kind mail or message, outwards). Who has bounds of their own is held against those.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, exists, func, select, union_all

from regulars_marketing._consent_gate import Audience
from regulars_marketing._frequency_own import next_of, own_rhythms
from regulars_marketing._rhythm import Rhythm
from regulars_store import tables
from regulars_store._bulk import among

account, interaction, sending = tables.account, tables.interaction, tables.sending
_CHUNK = 500


class Beyond(StrEnum):
    """Outside which bound a person is."""

    TOO_MANY = "too_many"
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True)
class Outside:
    """A person outside the bounds of a topic: how often they heard of it in the window."""

    person: str
    bound: Beyond
    times: int


def sent_to(connection: Connection, topic: str, accounts: Select[Any]) -> list[datetime]:
    """When these accounts heard of a topic, the newest first."""
    heard = _heard(topic)
    query = select(heard.c.at).where(heard.c.account_id.in_(accounts)).order_by(heard.c.at.desc())
    return list(connection.scalars(query))


def heard_enough(connection: Connection, topic: str, rhythm: Rhythm, *, now: datetime) -> dict[str, datetime]:
    """Who has heard of a topic as often as they may, and from when on they may again; two statements where
    nobody has bounds of their own."""
    waiting = _by_topic(connection, topic, rhythm, now=now)
    own = own_rhythms(connection, topic, rhythm)
    sent = sent_to_persons(connection, topic, sorted(own))
    for person, rhythms in own.items():
        waiting.pop(person, None)
        free = next_of(rhythms, sent.get(person, ()))
        if free is not None and free > now:
            waiting[person] = free
    return waiting


def _by_topic(connection: Connection, topic: str, rhythm: Rhythm, *, now: datetime) -> dict[str, datetime]:
    if rhythm.most is None:
        return {}
    heard = _heard(topic)
    place = func.row_number().over(partition_by=account.c.person_id, order_by=heard.c.at.desc())
    ranked = (
        select(account.c.person_id, heard.c.at, place.label("place"))
        .join_from(heard, account, account.c.id == heard.c.account_id)
        .where(account.c.person_id.is_not(None), heard.c.at > now - rhythm.window)
        .subquery()
    )
    rows = connection.execute(select(ranked.c.person_id, ranked.c.at).where(ranked.c.place == rhythm.most))
    return {person: at + rhythm.window for person, at in rows}


def sent_to_persons(connection: Connection, topic: str, persons: Sequence[str]) -> dict[str, list[datetime]]:
    """When these persons heard of a topic, by person, the newest first; a statement for each 500."""
    heard, found = _heard(topic), dict[str, list[datetime]]()
    for place in range(0, len(persons), _CHUNK):
        query = (
            select(account.c.person_id, heard.c.at)
            .join_from(heard, account, account.c.id == heard.c.account_id)
            .where(among(connection, account.c.person_id, persons[place : place + _CHUNK]))
            .order_by(heard.c.at.desc())
        )
        for person, at in connection.execute(query):
            found.setdefault(person, []).append(at)
    return found


def outside_bounds(
    connection: Connection, audience: Audience, rhythm: Rhythm, *, now: datetime
) -> Sequence[Outside]:
    """Everybody who heard of the audience's topic too often, and those of the audience who did too seldom
    although they opted in before the window began."""
    counts = _Counts(connection, audience.topic, rhythm, now=now)
    many = [
        Outside(person, Beyond.TOO_MANY, counts.of(person)[0].times)
        for person in counts.persons
        if any(each.too_many for each in counts.of(person))
    ]
    few = [
        Outside(one.person, Beyond.TOO_FEW, counts.of(one.person)[0].times)
        for one in audience.recipients
        if all(each.too_few and one.since <= each.begins for each in counts.of(one.person))
    ]
    return [*many, *few]


class _Count(NamedTuple):
    """How often somebody heard of a topic since the window of these bounds began."""

    rhythm: Rhythm
    begins: datetime
    times: int

    @property
    def too_many(self) -> bool:
        return self.rhythm.most is not None and self.times > self.rhythm.most

    @property
    def too_few(self) -> bool:
        return self.times < self.rhythm.least


class _Counts:
    """Who heard how often of a topic, by each of the bounds that hold for them, their own first."""

    def __init__(self, connection: Connection, topic: str, rhythm: Rhythm, *, now: datetime) -> None:
        self._rhythm = rhythm
        self._now = now
        self._times = _times(connection, topic, now - rhythm.window)
        self._own = own_rhythms(connection, topic, rhythm)
        self._sent = sent_to_persons(connection, topic, sorted(self._own))

    @property
    def persons(self) -> list[str]:
        """Who heard of it, and who has bounds of their own."""
        return sorted({*self._times, *self._own})

    def of(self, person: str) -> list[_Count]:
        if person not in self._own:
            begins = self._now - self._rhythm.window
            return [_Count(self._rhythm, begins, self._times.get(person, 0))]
        sent = self._sent.get(person, ())
        windows = [(each, self._now - each.window) for each in self._own[person]]
        return [_Count(each, begins, sum(at > begins for at in sent)) for each, begins in windows]


def _times(connection: Connection, topic: str, since: datetime) -> dict[str, int]:
    heard = _heard(topic)
    query = (
        select(account.c.person_id, func.count())
        .join_from(heard, account, account.c.id == heard.c.account_id)
        .where(account.c.person_id.is_not(None), heard.c.at > since)
        .group_by(account.c.person_id)
    )
    return dict(tuple(row) for row in connection.execute(query))


def _heard(topic: str) -> Any:
    later = interaction.alias()
    by_hand = (
        select(interaction.c.account_id, interaction.c.at)
        .where(interaction.c.kind.in_(["mail", "message"]), interaction.c.direction == "out")
        .where(interaction.c.revokes.is_(None), ~exists().where(later.c.revokes == interaction.c.id))
    )
    sent = select(sending.c.account_id, sending.c.at).where(sending.c.topic == topic)
    return union_all(sent, by_hand).subquery()
