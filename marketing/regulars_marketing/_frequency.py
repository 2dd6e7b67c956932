"""How often a person hears of a topic: at least and at most so many times in so many days.

What counts is what was recorded as sent on the topic, and what somebody wrote to the person by hand (talks of
kind mail or message, outwards). The days are a window that slides: one more may go out at a moment if within
the days before it fewer than ``most`` did.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, exists, func, select, union_all

from regulars_mapping import PermanentError
from regulars_marketing._consent_gate import Audience
from regulars_store import tables

account, interaction, sending = tables.account, tables.interaction, tables.sending
MOST_DAYS = 3_660
MOST_TIMES = 1_000


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The bounds of a topic. ``most`` None: as often as one likes; ``least`` 0: never is enough.

    Raises PermanentError, in words, for bounds that cannot be kept.
    """

    least: int
    most: int | None
    days: int

    def __post_init__(self) -> None:
        if not 1 <= self.days <= MOST_DAYS:
            raise PermanentError(f"'days' is {self.days}; give a number from 1 to {MOST_DAYS}")
        for name, value in (("least", self.least), ("most", self.most or 0)):
            if not 0 <= value <= MOST_TIMES:
                raise PermanentError(f"'{name}' is {value}; give a number from 0 to {MOST_TIMES}")
        if self.most is not None and not max(self.least, 1) <= self.most:
            raise PermanentError(
                f"'most' is {self.most}, which is less than "
                f"{'one; leave it out for no bound' if self.most < 1 else f'least, {self.least}'}"
            )

    @property
    def window(self) -> timedelta:
        """The days as a duration."""
        return timedelta(days=self.days)


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


def next_sending(rhythm: Rhythm, sent: Iterable[datetime]) -> datetime | None:
    """From which moment on one more may go out; None: from any."""
    newest = sorted(sent, reverse=True)
    if rhythm.most is None or len(newest) < rhythm.most:
        return None
    return newest[rhythm.most - 1] + rhythm.window


def sending_due(rhythm: Rhythm, sent: Iterable[datetime], *, since: datetime) -> datetime | None:
    """By which moment one more is to go out, lest there be too few; None: never. ``since``: the opt-in."""
    newest = sorted(sent, reverse=True)
    if not rhythm.least:
        return None
    return (newest[rhythm.least - 1] if len(newest) >= rhythm.least else since) + rhythm.window


def sent_to(connection: Connection, topic: str, accounts: Select[Any]) -> list[datetime]:
    """When these accounts heard of a topic, the newest first."""
    heard = _heard(topic)
    query = select(heard.c.at).where(heard.c.account_id.in_(accounts)).order_by(heard.c.at.desc())
    return list(connection.scalars(query))


def heard_enough(connection: Connection, topic: str, rhythm: Rhythm, *, now: datetime) -> dict[str, datetime]:
    """Who has heard of a topic as often as they may, and from when on they may again; one statement."""
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


def outside_bounds(
    connection: Connection, audience: Audience, rhythm: Rhythm, *, now: datetime
) -> Sequence[Outside]:
    """Everybody who heard of the audience's topic too often, and those of the audience who did too seldom
    although they opted in before the window began."""
    heard = _heard(audience.topic)
    query = (
        select(account.c.person_id, func.count())
        .join_from(heard, account, account.c.id == heard.c.account_id)
        .where(account.c.person_id.is_not(None), heard.c.at > now - rhythm.window)
        .group_by(account.c.person_id)
    )
    times: dict[str, int] = dict(tuple(row) for row in connection.execute(query))
    many = [
        Outside(person, Beyond.TOO_MANY, count)
        for person, count in sorted(times.items())
        if rhythm.most is not None and count > rhythm.most
    ]
    few = [
        Outside(one.person, Beyond.TOO_FEW, times.get(one.person, 0))
        for one in audience.recipients
        if times.get(one.person, 0) < rhythm.least and one.since <= now - rhythm.window
    ]
    return [*many, *few]


def _heard(topic: str) -> Any:
    later = interaction.alias()
    by_hand = (
        select(interaction.c.account_id, interaction.c.at)
        .where(interaction.c.kind.in_(["mail", "message"]), interaction.c.direction == "out")
        .where(interaction.c.revokes.is_(None), ~exists().where(later.c.revokes == interaction.c.id))
    )
    sent = select(sending.c.account_id, sending.c.at).where(sending.c.topic == topic)
    return union_all(sent, by_hand).subquery()
