"""``topic bounds`` and ``topic plan``: how often one person hears of topics."""

from typing import Annotated

import typer
from rich.console import Console

from regulars_agent import topic_bounds
from regulars_cli._consent import topic_app
from regulars_cli._plain import escape
from regulars_cli._session import Json, Who, session_of, this_user
from regulars_marketing import Rhythm

_Person = Annotated[str, typer.Argument(help="A person's or an account's id, an e-mail or a phone.")]


def register(_: typer.Typer) -> None:
    """Add these commands."""
    topic_app.command("bounds")(bounds)
    topic_app.command("plan")(plan)


def bounds(
    context: typer.Context,
    person: _Person,
    topic: Annotated[str, typer.Argument(help="A topic of the settings, or marketing.")],
    least: Annotated[int | None, typer.Option("--least", help="Shall hear of it so many times.")] = None,
    most: Annotated[int | None, typer.Option("--most", help="May hear of it so many times.")] = None,
    days: Annotated[int | None, typer.Option("--days", help="In so many days.")] = None,
    as_topic: Annotated[bool, typer.Option("--as-topic", help="As often as everybody again.")] = False,
    who: Who = "",
    json: Json = False,
) -> None:
    """Write down how often a person shall and may hear of a topic; what is not given is the topic's."""
    topic_bounds.check_bounds_given(least, most, days, as_topic=as_topic)
    session = session_of(context)
    with session.workspace() as workspace:
        change = topic_bounds.set_topic_bounds(
            workspace, person, topic, least=least, most=most, days=days,
            who=who or this_user(),
        )  # fmt: skip
    session.answer(change, json=json, text=lambda out: out.print(escape(_told(change))))


def plan(context: typer.Context, person: _Person, json: Json = False) -> None:
    """How often a person hears of each topic, and from when on they may again."""
    session = session_of(context)
    with session.workspace() as workspace:
        found = topic_bounds.topic_plans(workspace, person)

    def told(out: Console) -> None:
        for one in found:
            out.print(escape(_line(one)))

    session.answer(found, json=json, text=told)


def _told(change: topic_bounds.BoundsChange) -> str:
    whose = "of their own" if change.own else "as the topic has it"
    stood = "That stood there already." if change.already else "Written down."
    return f"{change.person} hears of {change.topic} {rhythm_words(change.rhythm)}, {whose}. {stood}"


def _line(one: topic_bounds.TopicPlan) -> str:
    own = " (their own)" if one.own is not None else ""
    both = f", and {rhythm_words(one.bounds[1])}, since they withdrew advertising" if one.bounds[1:] else ""
    heard = f"heard {one.times} times" + ("" if one.last is None else f", last on {one.last:%Y-%m-%d}")
    return f"{one.topic}: {rhythm_words(one.bounds[0])}{own}{both}; {heard}; {_when(one)}"


def _when(one: topic_bounds.TopicPlan) -> str:
    if not one.opted_in:
        return "may not be sent it"
    free = "now" if one.next_from is None else f"from {one.next_from:%Y-%m-%d %H:%M} UTC on"
    due = "" if one.due_by is None else f", at the latest on {one.due_by:%Y-%m-%d}"
    return f"the next may go {free}{due}"


def rhythm_words(rhythm: Rhythm) -> str:
    """Bounds as people say them."""
    most = "no upper bound" if rhythm.most is None else f"at most {rhythm.most}"
    return f"at least {rhythm.least} and {most} in {rhythm.days} days"
