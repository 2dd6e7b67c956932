"""What is written about a customer by hand, on the card: talks, reminders, the stop-list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from regulars_agent import Interaction, PersonCard, Reminder, StopEntry
from wagtail_regulars._card_teller import Teller
from wagtail_regulars._record_wording import DIRECTIONS, REMINDERS, STOPS, TALKS
from wagtail_regulars._wording import Words, said


@dataclass(frozen=True, slots=True)
class TalkView:
    """What was said with them once."""

    number: int
    kind: Words
    direction: Words
    text: str
    at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class ReminderView:
    """What is to be done."""

    number: int
    kind: Words
    text: str
    due_at: datetime
    owner: str
    birthday: bool


@dataclass(frozen=True, slots=True)
class StopView:
    """An entry on the stop-list; ``open``: it waits for somebody's word. ``orders`` speak for it."""

    number: int
    reason: str
    why: str
    state: Words
    holds: bool
    open: bool
    until: datetime | None
    at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class BoundView:
    """How often they hear of a topic, where that is their own; None: as the topic has it."""

    topic: str
    least: int | None
    most: int | None
    days: int | None
    at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class RecordView:
    """All that is written; ``stopped``: nothing is offered to them now."""

    talks: Sequence[TalkView]
    reminders: Sequence[ReminderView]
    stops: Sequence[StopView]
    bounds: Sequence[BoundView]
    stopped: bool


def record_of(record: PersonCard, tell: Teller) -> RecordView:
    """What is written in the agent's record."""
    return RecordView(
        talks=[_talk(one, tell) for one in record.interactions],
        reminders=[_reminder(one, tell) for one in record.reminders],
        stops=[_stop(one, tell) for one in record.stop_list],
        bounds=[
            BoundView(one.topic, one.least, one.most, one.days, one.at, one.who)
            for one in record.bounds.values()
        ],
        stopped=record.stopped,
    )


def _talk(one: Interaction, tell: Teller) -> TalkView:
    return TalkView(
        number=one.number,
        kind=said(TALKS, one.kind.value),
        direction=said(DIRECTIONS, one.direction),
        text=tell.text(one.text),
        at=one.at,
        who=one.who,
    )


def _reminder(one: Reminder, tell: Teller) -> ReminderView:
    return ReminderView(
        number=one.number,
        kind=said(REMINDERS, one.kind.value),
        text=tell.text(one.text),
        due_at=one.due_at,
        owner=one.owner,
        birthday=one.birthday,
    )


def _stop(one: StopEntry, tell: Teller) -> StopView:
    return StopView(
        number=one.number,
        reason=tell.text(one.reason),
        why=tell.text(one.why),
        state=said(STOPS, one.state.value),
        holds=one.holds,
        open=one.state.value == "suggested",
        until=one.until,
        at=one.at,
        who=one.who,
    )
