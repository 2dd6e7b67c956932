"""Bounds of one's own: how often a person hears of a topic where that was written down for them.

They are in the place of the topic's. For a quiet person, who withdrew advertising at some address, both are
kept, so that the smaller one counts: nobody who asked for peace gets more than others by an old note.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from regulars_marketing._rhythm import Rhythm, next_sending, sending_due
from regulars_marketing._subscription import subscriptions
from regulars_store._frequency_bounds import OwnBound, own_bounds

_CHUNK = 500
_QUIET = "unsubscribed"
Rhythms = tuple[Rhythm, ...]
"""What all holds for a person; the first is their own where they have one."""


def own_rhythm(topic: Rhythm, own: OwnBound) -> Rhythm:
    """A topic's bounds with what is one's own in their place. Raises PermanentError, in words, where these
    cannot be kept; the topic's ``least`` gives way to a smaller ``most`` of one's own."""
    most = topic.most if own.most is None else own.most
    kept = topic.least if most is None else min(topic.least, most)
    least = kept if own.least is None else own.least
    if own.most is None and most is not None and own.least is not None:
        most = max(most, own.least)
    return Rhythm(least, most, topic.days if own.days is None else own.days)


def rhythms_of(topic: Rhythm, own: OwnBound | None, *, quiet: bool) -> Rhythms:
    """What holds for a person."""
    if own is None:
        return (topic,)
    return (own_rhythm(topic, own), topic) if quiet else (own_rhythm(topic, own),)


def own_rhythms(connection: Connection, topic: str, rhythm: Rhythm) -> Mapping[str, Rhythms]:
    """What holds for each person with bounds of their own. One short statement where nobody has any."""
    bounds = own_bounds(connection, topic)
    quiet = quiet_among(connection, sorted(bounds)) if bounds else set()
    return {person: rhythms_of(rhythm, own, quiet=person in quiet) for person, own in bounds.items()}


def quiet_among(connection: Connection, persons: Sequence[str]) -> set[str]:
    """Who of these withdrew advertising at some address of theirs."""
    return {
        person
        for place in range(0, len(persons), _CHUNK)
        for person, said in subscriptions(connection, persons[place : place + _CHUNK]).items()
        if _QUIET in said
    }


def next_of(rhythms: Rhythms, sent: Sequence[datetime]) -> datetime | None:
    """From which moment on one more may go out by all of them; None: from any."""
    return max((at for each in rhythms if (at := next_sending(each, sent)) is not None), default=None)


def due_of(rhythms: Rhythms, sent: Sequence[datetime], *, since: datetime) -> datetime | None:
    """By which moment one more is to go out lest there be too few by each of them; None: never."""
    due = [sending_due(each, sent, since=since) for each in rhythms]
    dates = [at for at in due if at is not None]
    return max(dates) if len(dates) == len(due) else None
