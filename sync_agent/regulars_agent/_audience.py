"""Whom to write to: a segment through the gate of consent, as a list for the mail tool."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

import regulars_marketing as marketing
import regulars_store as store
from regulars_agent._csv_file import write_csv
from regulars_agent._money import money_rules
from regulars_agent._topics import topic_settings
from regulars_agent._workspace import Workspace
from regulars_mapping import PermanentError, one_line
from regulars_marketing import Audience, Channel
from regulars_store._frequency_bounds import mark_bounded

_LONGEST_NAME = 200
_SHOWN = ("given_name", "family_name", "language")
_HEAD = ("email", "phone", *_SHOWN, "person")
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class AudienceMade:
    """An audience in numbers. ``left_out`` counts by reason; ``marked``: noted as sent. ``file``: written."""

    topic: str
    channel: str
    at: datetime
    persons: int
    left_out: Mapping[str, int]
    file: str
    marked: bool


def make_audience(
    workspace: Workspace,
    *,
    topic: str,
    expression: str = "",
    segment: str = "",
    channel: Channel = Channel.EMAIL,
    path: Path | None = None,
    mark_sent: bool = False,
    who: str,
) -> AudienceMade:
    """Everybody whom an expression, or a segment, describes and whom the gate lets through now, at most so
    often as the topic may be heard of.

    With ``path`` they are written as CSV into a new file for its owner alone; with ``mark_sent`` it is noted
    that something on the topic went out to them. Both happen or neither. Raises PermanentError for a topic
    that there is not, an expression that cannot be read and where not one of the two is given, SkipError for
    a segment that there is not, MisconfiguredError where the file cannot be made.
    """
    if bool(expression) == bool(segment):
        raise PermanentError("Give an expression, or a segment's key, and not both.")
    name = one_line(who, what="Who says so", most=_LONGEST_NAME)
    rhythm = topic_settings(workspace, topic).rhythm
    now = workspace.clock()
    with workspace.store.write(durable=True) if mark_sent else workspace.store.read() as connection:
        money = money_rules(workspace, connection)
        wanted = (
            marketing.members_now(connection, segment, now=now, money=money)
            if segment
            else marketing.described(connection, expression, now=now, money=money)
        )
        later = marketing.heard_enough(connection, topic, rhythm, now=now)
        found = marketing.gate(connection, wanted, now=now, topic=topic, channel=channel, waiting=later)
        if mark_sent:
            _mark(connection, found, who=name)
        if path is not None:
            write_csv(path, _HEAD, _rows(connection, found), marked=False)
    file = "" if path is None else str(path)
    return AudienceMade(
        topic, channel.value, now, len(found.recipients), dict(found.left_out), file, mark_sent
    )


def _mark(connection: Connection, audience: Audience, *, who: str) -> None:
    accounts = (one.account for one in audience.recipients)
    kind, topic, at = audience.channel.value, audience.topic, audience.at
    count = store.add_sendings(connection, accounts, topic=topic, kind=kind, who=who, at=at)
    mark_bounded(connection, [one.person for one in audience.recipients])
    detail = {"persons": count, "channel": kind}
    store.write_audit(connection, who=who, action="audience sent", subject=topic, detail=detail, now=at)


def _rows(connection: Connection, audience: Audience) -> Iterator[tuple[str, ...]]:
    by_mail = audience.channel is Channel.EMAIL
    for place in range(0, len(audience.recipients), _CHUNK):
        some = audience.recipients[place : place + _CHUNK]
        known = _named(connection, [one.person for one in some])
        for one in some:
            words = known.get(one.person, {})
            told = (str(words.get(name) or "") for name in _SHOWN)
            reached = (one.address, "") if by_mail else ("", one.address)
            yield (*reached, *told, one.person)


def _named(connection: Connection, persons: list[str]) -> dict[str, Mapping[str, Any]]:
    person = store.tables.person.c
    query = select(person.id, *(person[name] for name in _SHOWN)).where(person.id.in_(persons))
    return {row["id"]: dict(row) for row in connection.execute(query).mappings()}
