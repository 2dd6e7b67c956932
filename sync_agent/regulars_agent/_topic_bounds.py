"""How often one person hears of topics: bounds of their own, and when something may go to them next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

import regulars_marketing as marketing
import regulars_store as store
from regulars_agent._identity_sides import Side, side_of
from regulars_agent._topics import Topic, topic_settings, topics
from regulars_agent._workspace import Workspace
from regulars_mapping import PermanentError, one_line
from regulars_marketing import Channel, Rhythm
from regulars_store import tables
from regulars_store._frequency_bounds import OwnBound, add_bound, bounds_about

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """How often a person hears of a topic.

    ``bounds`` all hold: the topic's; or their own in its place; or, of somebody quiet, both. ``opted_in``
    says whether they may be sent it at all, by e-mail; then ``next_from`` is from when on the next may go
    (None: from any moment) and ``due_by`` by when it shall (None: never).
    """

    topic: str
    title: str
    bounds: tuple[Rhythm, ...]
    own: OwnBound | None
    quiet: bool
    times: int
    last: datetime | None
    opted_in: bool
    next_from: datetime | None
    due_by: datetime | None


@dataclass(frozen=True, slots=True)
class BoundsChange:
    """What a person's bounds on a topic are now; ``already`` where they were so."""

    person: str
    account: str
    topic: str
    rhythm: Rhythm
    own: bool
    already: bool


def set_topic_bounds(
    workspace: Workspace,
    person: str,
    topic: str,
    *,
    least: int | None = None,
    most: int | None = None,
    days: int | None = None,
    who: str,
) -> BoundsChange:
    """Write down how often a person shall and may hear of a topic; what is None is the topic's, and all three
    give everything back to it.

    The same twice is one. Raises PermanentError for bounds that cannot be kept and for a topic that there is
    not; SkipError where nobody is meant.
    """
    rhythm, now = topic_settings(workspace, topic).rhythm, workspace.clock()
    who = one_line(who, what="Who says so", most=_LONGEST_NAME)
    with workspace.store.write() as connection:
        side = side_of(connection, person)
        made = OwnBound(side.account, topic, least, most, days, now, who)
        kept = marketing.own_rhythm(rhythm, made) if made.is_own else rhythm
        already = _said(_own(connection, side).get(topic)) == _said(made)
        if not already:
            add_bound(connection, made)
            store.mark_dirty(connection, "facts", [side.person])
            detail = {"topic": topic, "least": least, "most": most, "days": days}
            store.write_audit(
                connection, who=who, action="topic bounds", subject=side.account, detail=detail, now=now
            )
    return BoundsChange(side.person, side.account, topic, kept, made.is_own, already)


def topic_plans(workspace: Workspace, person: str) -> Sequence[TopicPlan]:
    """How often a person hears of each topic, and when they may next. Raises SkipError where nobody is
    meant."""
    now = workspace.clock()
    with workspace.store.read() as connection:
        side = side_of(connection, person)
        own = _own(connection, side)
        quiet = side.person in marketing.quiet_among(connection, [side.person])
        return [
            _plan(connection, side, topic, own.get(topic.key), quiet=quiet, now=now)
            for topic in topics(workspace)
        ]


def _said(bound: OwnBound | None) -> tuple[int | None, ...]:
    return (None, None, None) if bound is None else (bound.least, bound.most, bound.days)


def _own(connection: Connection, side: Side) -> dict[str, OwnBound]:
    return bounds_about(connection, store.written_under(connection, sorted(side.accounts)))


def _plan(
    connection: Connection, side: Side, topic: Topic, own: OwnBound | None, *, quiet: bool, now: datetime
) -> TopicPlan:
    bounds = marketing.rhythms_of(Rhythm(topic.least, topic.most, topic.days), own, quiet=quiet)
    accounts = select(tables.account.c.id).where(tables.account.c.person_id == side.person)
    sent = marketing.sent_to(connection, topic.key, accounts)
    audience = marketing.gate(connection, [side.person], now=now, topic=topic.key, channel=Channel.EMAIL)
    open_ = audience.recipients
    free = marketing.next_of(bounds, sent)
    return TopicPlan(
        topic=topic.key,
        title=topic.title,
        bounds=bounds,
        own=own,
        quiet=quiet,
        times=sum(at > now - bounds[0].window for at in sent),
        last=max(sent, default=None),
        opted_in=bool(open_),
        next_from=free if free is not None and free > now else None,
        due_by=marketing.due_of(bounds, sent, since=open_[0].since) if open_ else None,
    )


def check_bounds_given(least: int | None, most: int | None, days: int | None, *, as_topic: bool) -> None:
    """Raises PermanentError where it is not said what somebody's bounds are to be."""
    if as_topic == any(each is not None for each in (least, most, days)):
        raise PermanentError("Give --least, --most or --days; or --as-topic, to have the topic's again.")
