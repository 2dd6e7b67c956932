"""``grant``: the codes, coupons and cards that customers hold and ever held."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated

import typer
from rich.console import Console

from regulars_agent import (
    Attached,
    FoundCode,
    HeldGrant,
    attach_code,
    find_code,
    grants_of,
    withdraw_grant,
)
from regulars_cli._plain import escape
from regulars_cli._session import DryRun, Json, session_of, this_user
from regulars_mapping import Money

_grants = typer.Typer(
    help="Codes, coupons and cards that customers hold and ever held.", no_args_is_help=True
)
_Code = Annotated[
    str,
    typer.Argument(
        metavar="CODE", help="As it stands there; spaces, dashes and capital letters make no difference."
    ),
]
_Who = Annotated[str, typer.Option("--who", help="Who does it; by default, who is logged in here.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(_grants, name="grant")


@_grants.command("list")
def list_(
    context: typer.Context,
    person: Annotated[
        str | None,
        typer.Argument(
            metavar="PERSON",
            help="A person's or an account's id, or an e-mail or phone that only one person has.",
        ),
    ] = None,
    code: Annotated[str | None, typer.Option("--code", help="All who hold or held this code.")] = None,
    json: Json = False,
) -> None:
    """Everything a person holds and ever held, or everybody who held a code; the newest first."""
    if (person is None) == (code is None):
        raise typer.BadParameter("Name a person, or a code with --code.")
    session = session_of(context)
    with session.workspace() as workspace:
        held = find_code(workspace, code).grants if code else grants_of(workspace, person or "")
    session.answer_each(held, _whole, json=json, none="Nothing.")


@_grants.command("find")
def find(context: typer.Context, code: _Code, json: Json = False) -> None:
    """What a code is, and whose: a grant of any time, or the number of a card."""
    session = session_of(context)
    with session.workspace() as workspace:
        found = find_code(workspace, code)
    session.answer(found, json=json, text=lambda out: _print_found(out, found))


@_grants.command("attach")
def attach(
    context: typer.Context,
    account: Annotated[
        str,
        typer.Argument(
            metavar="ACCOUNT", help="An account's id; or its person's, or an e-mail or phone of theirs."
        ),
    ],
    code: _Code,
    move: Annotated[bool, typer.Option("--move", help="Take it from whoever has it.")] = False,
    shared: Annotated[
        bool, typer.Option("--shared", help="Others to whom it was attached by hand keep it.")
    ] = False,
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="Do not ask the shop whether it has such a coupon.")
    ] = False,
    who: _Who = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Note that somebody has a coupon or code, as it stands on paper or was scanned."""
    session = session_of(context)
    with session.workspace() as workspace:
        done = attach_code(
            workspace,
            account,
            code,
            move=move,
            shared=shared,
            unchecked=unchecked,
            who=who or this_user(),
            dry_run=dry_run,
        )
    session.answer(done, json=json, text=lambda out: _print_attached(out, done))


@_grants.command("withdraw")
def withdraw(
    context: typer.Context,
    grant: Annotated[
        str, typer.Argument(metavar="GRANT", help="Its id, as grant list shows it; one attached by hand.")
    ],
    who: _Who = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Take away what was attached by hand; it stays in the list. The shop's coupon stays as it is."""
    session = session_of(context)
    with session.workspace() as workspace:
        done = withdraw_grant(workspace, grant, who=who or this_user(), dry_run=dry_run)

    def told(out: Console) -> None:
        out.print(_whole(done))
        _print_rehearsed(out, rehearsed=dry_run)

    session.answer(done, json=json, text=told)


def grant_line(grant: HeldGrant) -> str:
    """A grant in one line, for a terminal."""
    said = [_discount(grant), grant.state]
    if grant.orders is not None and grant.active:
        said.append(f"for {grant.orders} order" + ("s" if grant.orders > 1 else ""))
    if grant.uses:
        said.append(f"used {len(grant.uses)} times" if len(grant.uses) > 1 else f"used {_day(grant)}")
    if grant.valid_until is not None and grant.active:
        said.append(f"until {_last_day(grant)}")
    if grant.kind == "by_hand":
        said.append(f"attached by hand, {grant.who}" if grant.active else "attached by hand")
    return escape(f"{grant.code}: {', '.join(filter(None, said))}")


def _whole(grant: HeldGrant) -> str:
    lines = [f"{grant.id}  {grant_line(grant)}"]
    why = f"by {grant.programme_key}, version {grant.programme_version}" if grant.programme_key else ""
    added = f", with {', '.join(grant.added)}" if grant.added else ""
    lines.append(escape(f"    account {grant.account_id}, {grant.shop}; {why}{added}".rstrip("; ")))
    ended = f" to {grant.withdrawn_at:%Y-%m-%d}" if grant.withdrawn_at else ""
    after = f"; replaced by {grant.replaced_by}" if grant.replaced_by else ""
    by = f"; {grant.who}" if grant.who and not (grant.kind == "by_hand" and grant.active) else ""
    lines.append(escape(f"    from {grant.given_at:%Y-%m-%d}{ended}{after}{by}"))
    for use in grant.uses:
        off = f", {Money(use.discount, use.currency).text()} {use.currency} off" if use.discount else ""
        lines.append(escape(f"    order {use.order} of {use.at:%Y-%m-%d}{off}"))
    return "\n".join(lines)


def _discount(grant: HeldGrant) -> str:
    if grant.amount and grant.currency:
        return f"{Money(grant.amount, grant.currency).text()} {grant.currency}"
    return f"{Decimal(grant.percent).scaleb(-2).normalize():f} %" if grant.percent else ""


def _day(grant: HeldGrant) -> str:
    return f"on {grant.uses[0].at:%Y-%m-%d}"


def _last_day(grant: HeldGrant) -> str:
    end = grant.valid_until
    return "" if end is None else f"{end - timedelta(microseconds=1):%Y-%m-%d %H:%M} UTC"


def _print_found(out: Console, found: FoundCode) -> None:
    for card in found.cards:
        out.print(f"the number of a card: person {card.person}, account {card.account}")
    for grant in found.grants:
        out.print(_whole(grant) + escape(f"\n    person {grant.person}" if grant.person else ""))
    if not found.cards and not found.grants:
        out.print("Nobody here has or had it. A coupon of a shop: regulars grant attach ACCOUNT CODE")


def _print_attached(out: Console, done: Attached) -> None:
    if done.already:
        out.print("They have it already. Nothing was done.")
    if done.grant is None:
        out.print("It is the number of their card.")
        return
    out.print(_whole(done.grant))
    if done.moved_from:
        out.print(f"  Account {done.moved_from} no longer has it.")
        if done.grant.programme_key:
            out.print("  The shop hears of it with the next plan; that account gets another code.")
    _print_rehearsed(out, rehearsed=done.rehearsed and not done.already)


def _print_rehearsed(out: Console, *, rehearsed: bool) -> None:
    if rehearsed:
        out.print("Nothing was done. To do it, leave out --dry-run.")
