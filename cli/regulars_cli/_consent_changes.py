"""``consent changes``: what a shop is to be told of consents."""

from typing import Annotated

import typer
from rich.console import Console

from regulars_agent import Channel, ConsentChanges, PlatformChange, consent_changes
from regulars_cli._consent import Contacts, consent_app
from regulars_cli._masking import masked_email
from regulars_cli._plain import escape
from regulars_cli._session import Json, session_of


def register(_: typer.Typer) -> None:
    """Add this command."""
    consent_app.command("changes")(changes)


def changes(
    context: typer.Context,
    shop: Annotated[str, typer.Argument(metavar="SHOP", help="The shop's name.")],
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="Most to show.")] = 1_000,
    contacts: Contacts = False,
    json: Json = False,
) -> None:
    """Where a shop's own mark for advertising is not what was said at that address. Nothing is written."""
    session = session_of(context)
    with session.workspace() as workspace:
        found = consent_changes(workspace, shop, limit=limit)

    def told(out: Console) -> None:
        for line in _lines(found, contacts=contacts):
            out.print(escape(line))

    session.answer(_document(found, contacts=contacts), json=json, text=told)


def _lines(found: ConsentChanges, *, contacts: bool) -> list[str]:
    if not found.keeps_consents:
        return [f"{found.shop}: {found.platform} keeps no consents, so there is nothing to tell it."]
    lower, higher = found.counts["withdrawn"], found.counts["granted"]
    lines = [f"{found.shop} is to be told of {lower} withdrawals and {higher} opt-ins."]
    lines += [_line(one, contacts=contacts) for one in found.changes]
    if lower + higher > len(found.changes):
        lines.append(f"These are the first {len(found.changes)}; more by --limit.")
    if lower + higher:
        lines.append("Regulars writes no consents into shops: set these there, by hand or as an import.")
    return lines


def _line(one: PlatformChange, *, contacts: bool) -> str:
    before = "not asked" if one.before is None else f"{one.before.value} since {one.before_at:%Y-%m-%d}"
    said = f"{one.after.value} on {one.said_at:%Y-%m-%d} ({one.source})"
    return f"  {one.account}  {_address(one, contacts=contacts)}: {before}; {said}"


def _document(found: ConsentChanges, *, contacts: bool) -> dict[str, object]:
    return {
        "shop": found.shop,
        "platform": found.platform,
        "keeps_consents": found.keeps_consents,
        "counts": found.counts,
        "changes": [
            {
                "account": one.account, "channel": one.channel,
                "address": _address(one, contacts=contacts), "before": one.before,
                "before_at": one.before_at, "after": one.after, "said_at": one.said_at,
                "source": one.source,
            }
            for one in found.changes
        ],
    }  # fmt: skip


def _address(one: PlatformChange, *, contacts: bool) -> str:
    if contacts:
        return one.address
    return masked_email(one.address) if one.channel is Channel.EMAIL else "…" + one.address[-2:]
