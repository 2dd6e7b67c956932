"""The topics of newsletters: their bounds, and who heard too often or too seldom of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import regulars_marketing as marketing
import regulars_store as store
from regulars_agent._topic_settings import TopicSettings
from regulars_agent._workspace import Workspace
from regulars_mapping import PermanentError
from regulars_marketing import Beyond, Channel, Outside


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic; ``most`` None: no bound. ``marketing`` is there always: all advertising."""

    key: str
    title: str
    least: int
    most: int | None
    days: int


@dataclass(frozen=True, slots=True)
class TopicReport:
    """Who is outside the bounds of a topic now: counted by bound, and the first of them by id."""

    topic: str
    counts: Mapping[str, int]
    persons: Sequence[Outside]


def topics(workspace: Workspace) -> tuple[Topic, ...]:
    """The topics of the settings, and ``marketing``."""
    known = {store.MARKETING: TopicSettings(title="All advertising"), **workspace.settings.topics}
    return tuple(
        Topic(key, one.title or key, one.least, one.most, one.days) for key, one in sorted(known.items())
    )


def topic_report(
    workspace: Workspace, topic: str, *, channel: Channel = Channel.EMAIL, limit: int = 100
) -> TopicReport:
    """Who heard of a topic too often or too seldom. Raises PermanentError for a topic that there is not."""
    rhythm, now = topic_settings(workspace, topic).rhythm, workspace.clock()
    with workspace.store.read() as connection:
        audience = marketing.gate(connection, None, now=now, topic=topic, channel=channel)
        found = marketing.outside_bounds(connection, audience, rhythm, now=now)
    counts = {bound.value: sum(one.bound is bound for one in found) for bound in Beyond}
    return TopicReport(topic, counts, tuple(found[:limit]))


def topic_settings(workspace: Workspace, topic: str) -> TopicSettings:
    """How a topic is set. Raises PermanentError, with those that there are, for one that there is not."""
    known = {store.MARKETING: TopicSettings(), **workspace.settings.topics}
    if topic not in known:
        raise PermanentError(
            f"There is no topic {topic[:50]!r}; there are: {', '.join(sorted(known))}. "
            f"Make one in {workspace.settings.settings_file.name}: a section [topics.<key>]."
        )
    return known[topic]
