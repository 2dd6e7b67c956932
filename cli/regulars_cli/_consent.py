"""``consent``: what people said about advertising; ``topic``: how often they may hear of something."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from regulars_agent import (
    Channel,
    ConsentAddress,
    ConsentCard,
    ConsentChange,
    ConsentSaid,
    Topic,
    consents,
    grant_consent,
    import_consents,
    topic_report,
    topics,
    withdraw_consent,
)
from regulars_cli._masking import masked_email
from regulars_cli._plain import escape
from regulars_cli._session import DryRun, Json, Session, session_of, this_user

consent_app = typer.Typer(help="What people said about advertising.", no_args_is_help=True)
topic_app = typer.Typer(help="What newsletters are about, and how often.", no_args_is_help=True)
_DAYS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M"]
_Person = Annotated[
    str,
    typer.Argument(help="The e-mail or phone that it is about; or a person's or an account's id."),
]
_Topic = Annotated[str, typer.Option("--topic", help="A topic of the settings; by default, all advertising.")]
_Channel = Annotated[Channel, typer.Option("--channel", help="By e-mail, or to the phone.")]
_At = Annotated[
    datetime | None, typer.Option("--at", formats=_DAYS, help="When they said so (UTC); by default, now.")
]
_Note = Annotated[str, typer.Option("--note", help="What else proves it; kept with it.")]
_Who = Annotated[str, typer.Option("--who", help="Who writes it down; by default, who is logged in here.")]
Contacts = Annotated[bool, typer.Option("--contacts", help="Show addresses and numbers in full.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(consent_app, name="consent")
    app.add_typer(topic_app, name="topic")


@consent_app.command("show")
def show(context: typer.Context, person: _Person, contacts: Contacts = False, json: Json = False) -> None:
    """What was said at which of a person's addresses, and what they may be sent."""
    session = session_of(context)
    with session.workspace() as workspace:
        card = consents(workspace, person)
    session.answer(
        _document(card, contacts=contacts), json=json, text=lambda out: _print(out, card, contacts)
    )


@consent_app.command("grant")
def grant(
    context: typer.Context,
    person: _Person,
    source: Annotated[
        str, typer.Option("--source", help="Where they opted in, such as: a form at the till.")
    ],
    topic: _Topic = "marketing",
    channel: _Channel = Channel.EMAIL,
    at: _At = None,
    note: _Note = "",
    who: _Who = "",
    json: Json = False,
) -> None:
    """Write down that somebody opted in at an address."""
    session = session_of(context)
    with session.workspace() as workspace:
        change = grant_consent(
            workspace, person, source=source, topic=topic, channel=channel, at=_utc(at), note=note,
            who=who or this_user(),
        )  # fmt: skip
    _answer(session, change, json=json)


@consent_app.command("withdraw")
def withdraw(
    context: typer.Context,
    person: _Person,
    source: Annotated[str, typer.Option("--source", help="Where they said so.")] = "owner",
    topic: _Topic = "marketing",
    channel: _Channel = Channel.EMAIL,
    at: _At = None,
    note: _Note = "",
    who: _Who = "",
    json: Json = False,
) -> None:
    """Write down that somebody wants no more of it: at the address, or at all addresses of the person."""
    session = session_of(context)
    with session.workspace() as workspace:
        change = withdraw_consent(
            workspace, person, source=source, topic=topic, channel=channel, at=_utc(at), note=note,
            who=who or this_user(),
        )  # fmt: skip
    _answer(session, change, json=json)


@consent_app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(help="CSV with columns state, email or phone, at, topic, note.", dir_okay=False),
    ],
    source: Annotated[str, typer.Option("--source", help="Where this list comes from.")] = "import",
    who: _Who = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Write down what a list says, such as one from your mail tool: all of it or nothing, and once only."""
    session = session_of(context)
    with session.workspace() as workspace:
        done = import_consents(workspace, file, source=source, who=who or this_user(), dry_run=dry_run)
    news = "not written" if dry_run else f"new: {done.written}"
    text = f"Lines: {done.lines}; {news}; about addresses that nobody has yet: {done.unknown}."
    session.answer(done, json=json, text=lambda out: out.print(escape(text)))


@topic_app.command("list")
def list_topics(context: typer.Context, json: Json = False) -> None:
    """The topics of the settings, and how often each may and shall be heard of."""
    session = session_of(context)
    with session.workspace() as workspace:
        found = topics(workspace)

    def told(out: Console) -> None:
        for one in found:
            out.print(escape(f"{one.key}: {one.title}; {_bounds(one)}"))

    session.answer(found, json=json, text=told)


@topic_app.command("report")
def report(
    context: typer.Context,
    topic: Annotated[str, typer.Argument(help="A topic of the settings.")],
    channel: _Channel = Channel.EMAIL,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="Most to show.")] = 100,
    json: Json = False,
) -> None:
    """Who heard of a topic more often than they may, or less often than they shall."""
    session = session_of(context)
    with session.workspace() as workspace:
        found = topic_report(workspace, topic, channel=channel, limit=limit)

    def told(out: Console) -> None:
        many, few = found.counts["too_many"], found.counts["too_few"]
        out.print(f"{many} heard of it too often, {few} too seldom.")
        for one in found.persons:
            out.print(escape(f"{one.person}  {one.bound.value.replace('_', ' ')}: {one.times}"))

    session.answer(found, json=json, text=told)


def _answer(session: Session, change: ConsentChange, *, json: bool) -> None:
    document = {
        "account": change.account, "state": change.state, "topic": change.topic, "channel": change.channel,
        "addresses": len(change.addresses), "already": change.already,
    }  # fmt: skip
    stood = "stood there already" if change.already else "is written down"
    count = len(change.addresses)
    what = (
        f"{change.state} ({change.topic}) of {change.account} at {count} address{'es' if count > 1 else ''}"
    )
    session.answer(document, json=json, text=lambda out: out.print(escape(f"{what} {stood}.")))


def _print(out: Console, card: ConsentCard, contacts: bool) -> None:
    for channel, keys in card.open.items():
        out.print(escape(f"{channel}: {', '.join(keys) or 'nothing may be sent'}"))
    for one in card.addresses:
        stand = ", ".join(f"{topic} {state}" for topic, state in one.topics.items())
        out.print(escape(f"  {_address(one, contacts)}: {stand}"))
    for said in card.words:
        out.print(
            escape(
                f"{said.at:%Y-%m-%d %H:%M} {said.state} {said.purpose} at {_address(said, contacts)}, "
                f"{said.source}, {said.who}"
            )
        )


def _document(card: ConsentCard, *, contacts: bool) -> dict[str, object]:
    return {
        "person": card.person,
        "open": card.open,
        "addresses": [
            {"channel": one.channel, "address": _address(one, contacts), "topics": one.topics}
            for one in card.addresses
        ],
        "words": [
            {
                "number": one.number, "account": one.account, "channel": one.channel,
                "address": _address(one, contacts), "purpose": one.purpose, "state": one.state,
                "source": one.source, "at": one.at, "who": one.who,
                "evidence": one.evidence if contacts else {},
            }
            for one in card.words
        ],
    }  # fmt: skip


def _address(one: ConsentAddress | ConsentSaid, contacts: bool) -> str:
    if contacts:
        return one.address
    return masked_email(one.address) if one.channel is Channel.EMAIL else "…" + one.address[-2:]


def _bounds(one: Topic) -> str:
    most = "no upper bound" if one.most is None else f"at most {one.most}"
    return f"at least {one.least} and {most} in {one.days} days"


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)
