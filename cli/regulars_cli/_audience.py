"""``audience``: whom to write to, through the gate of consent."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from regulars_agent import Channel, make_audience
from regulars_cli._plain import escape
from regulars_cli._session import Json, session_of, this_user

_REASONS = {
    "excluded": "erased, archived or on the stop-list",
    "withdrawn": "withdrew it at one of their addresses",
    "not_asked": "never opted in",
    "waiting": "heard of it as often as they may",
}


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command("audience")(audience)


def audience(
    context: typer.Context,
    topic: Annotated[str, typer.Option("--topic", help="A topic of the settings, or marketing.")],
    expression: Annotated[str, typer.Argument(help="Whom, as an expression of segments.")] = "",
    segment: Annotated[str, typer.Option("--segment", help="Whom, as a segment's key.")] = "",
    channel: Annotated[
        Channel, typer.Option("--channel", help="By e-mail, or to the phone.")
    ] = Channel.EMAIL,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", help="A new file to write them into, for you alone.", dir_okay=False),
    ] = None,
    mark_sent: Annotated[
        bool, typer.Option("--mark-sent", help="Note that it goes out to them, for the bounds of the topic.")
    ] = False,
    who: Annotated[str, typer.Option("--who", help="Who sends; by default, who is logged in here.")] = "",
    json: Json = False,
) -> None:
    """Whom something on a topic may go to now: who is described, opted in, and withdrew it nowhere."""
    session = session_of(context)
    by = who or this_user()
    with session.workspace() as workspace:
        made = make_audience(
            workspace, topic=topic, expression=expression, segment=segment, channel=channel, path=csv,
            mark_sent=mark_sent, who=by,
        )  # fmt: skip

    def told(out: Console) -> None:
        noted = ", noted as sent" if made.marked else ""
        written = f", written to {made.file}" if made.file else ""
        out.print(escape(f"{made.persons} persons{written}{noted}."), soft_wrap=True)
        for reason, count in made.left_out.items():
            if count:
                out.print(escape(f"  left out: {count} {_REASONS[reason]}"))

    session.answer(made, json=json, text=told)
