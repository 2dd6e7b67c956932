"""``person ownership-link``: a link for your mail tool, which proves whose an account is."""

from typing import Annotated

import typer
from rich.console import Console

from regulars_agent import OwnershipLink, ownership_link, withdraw_ownership
from regulars_cli._people import person_app
from regulars_cli._plain import escape
from regulars_cli._session import Json, session_of, this_user

_KNOWN = {
    "platform": "the platform has checked this e-mail",
    "mail": "a link to this e-mail was confirmed",
    "shop": "you say that this shop checks e-mails",
}


def register(app: typer.Typer) -> None:  # noqa: ARG001  the command stands under `person`
    """Add this command."""
    person_app.command("ownership-link")(make_link)


def make_link(
    context: typer.Context,
    account: Annotated[str, typer.Argument(help="An account's id, such as 1:42; never a person's.")],
    site: Annotated[
        str,
        typer.Option(help="Where your Wagtail site serves Regulars: https://YOUR-SITE/regulars/"),
    ] = "",
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Take back what a link has proven of the account.")
    ] = False,
    why: Annotated[str, typer.Option("--why", help="Why it is taken back; kept in the audit.")] = "",
    who: Annotated[str, typer.Option("--who", help="Who says so; by default, who is logged in.")] = "",
    json: Json = False,
) -> None:
    """A link to send to the account's own e-mail. Once it is opened and confirmed there, within seven days,
    the account profits from what its person bought in your other shops."""
    if withdraw == bool(site):
        raise typer.BadParameter("give either --site, for a link, or --withdraw")
    session = session_of(context)
    by = who or this_user()
    with session.workspace() as workspace:
        if withdraw:
            ended = withdraw_ownership(workspace, account, who=by, why=why)
            words = "It is proven no more." if ended else "No link has proven anything of it."
            said = {"account": account, "withdrawn": ended}
            session.answer(said, json=json, text=lambda out: out.print(escape(words)))
            return
        link = ownership_link(workspace, account, site=site, who=by)
    session.answer(link, json=json, text=lambda out: _print(out, link))


def _print(out: Console, link: OwnershipLink) -> None:
    out.print(
        escape(f"Send this to {link.email}, and to nobody else; good until {link.expires_at:%Y-%m-%d}:")
    )
    out.print(escape(link.url), soft_wrap=True)
    if link.known in _KNOWN:
        out.print(escape(f"It is not needed: {_KNOWN[link.known]}."))
