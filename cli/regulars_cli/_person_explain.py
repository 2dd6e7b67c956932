"""``person explain``: why two are one person, or two."""

from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console

from regulars_agent import (
    ExplainedKey,
    ExplainedLink,
    ExplainedPayload,
    ExplainedSide,
    Explanation,
    explain_persons,
)
from regulars_cli._people import person_app
from regulars_cli._person_decisions import print_act
from regulars_cli._plain import escape
from regulars_cli._session import Json, session_of

_Side = Annotated[str, typer.Argument(help="A person's or an account's id, or their only e-mail or phone.")]
_RULES = {
    "must_link": "decided by",
    "email": "the same e-mail",
    "phone": "the same phone, and names that agree:",
    "card": "the same card, and names that agree:",
    "email_alias": "the same mailbox in another spelling, and names that agree:",
}
_KINDS = {"email": "e-mail", "phone": "phone", "card": "card", "email_alias": "mailbox"}
_HINDRANCES = {
    "too_many_accounts": "links nobody: {holders} accounts hold it, more than {most_holders}",
    "too_many_emails": "links nobody: {emails} different e-mails are known to it, more than {most_emails}",
    "role_mailbox": "links nobody: such a mailbox is nobody's own",
    "name_missing": "does not link them: a whole name is missing",
    "names_differ": "does not link them: their names do not agree",
    "birth_dates_differ": "does not link them: their birth dates contradict each other",
    "unsuitable": "links nobody",
}
_OWNED = {
    "platform": "its e-mail was checked by the platform",
    "mail": "its e-mail was confirmed by a link that was sent there",
    "shop": "you say that its shop checks e-mails",
    "unknown": "nobody checked its e-mail: it profits only from what it bought itself",
}
_MOST_ACCOUNTS = 10


def register(app: typer.Typer) -> None:  # noqa: ARG001  the command stands under `person`
    """Add this command."""
    person_app.command()(explain)


def explain(context: typer.Context, a: _Side, b: _Side, json: Json = False) -> None:
    """Why two are one person, or two: links and what they rest on, what was no link and why, decisions."""
    session = session_of(context)
    with session.workspace() as workspace:
        found = explain_persons(workspace, a, b)
    session.answer(found, json=json, text=lambda out: _print(out, found))


def _print(out: Console, found: Explanation) -> None:
    out.print(escape(_verdict(found)))
    for line in found.path:
        out.print(f"  {escape(_step(line))}")
        if line.payloads:
            out.print(f"    {escape(_sources(line))}")
    for key in found.keys:
        if key.hindrance is not None or not found.one_person:
            out.print(f"  {escape(_common(key))}")
    for act in found.decisions:
        print_act(out, act)
    for side in (found.a,) if found.one_person else (found.a, found.b):
        for words in _ownership(side):
            out.print(f"  {escape(words)}")


def _verdict(found: Explanation) -> str:
    a, b = found.a, found.b
    if a.account == b.account:
        return f"Both are account {a.account} of person {a.person}."
    if found.one_person:
        return f"{a.account} and {b.account} are one person, {a.person}:"
    two = f"{a.account} and {b.account} are two persons, {a.person} and {b.person}"
    if found.path:
        return f"{two}. Evidence connects them, but they are kept apart:"
    if found.keys:
        return f"{two}. What they have in common does not link them:"
    return f"{two}. They have nothing in common by which accounts are linked."


def _step(link: ExplainedLink) -> str:
    barred = "" if link.taken else " (barred: it would join whom a decision keeps apart)"
    number = f" (decision {link.decision})" if link.decision else ""
    return f"{link.a} = {link.b}: {_RULES.get(link.rule, link.rule)} {link.evidence}{number}{barred}".rstrip()


def _sources(link: ExplainedLink) -> str:
    told = (f"{each.account} by {_source(each)}" for each in link.payloads)
    return f"as told of {', of '.join(told)}; judged by rules {link.rules}"


def _source(payload: ExplainedPayload) -> str:
    at = f"{payload.at:%Y-%m-%d %H:%M} UTC"
    if payload.kind == "edit":
        return f"edit {payload.sequence} of {payload.via}, {at}"
    return f"{payload.kind} {payload.id}, observation {payload.sequence} ({payload.via}, {at})"


def _common(key: ExplainedKey) -> str:
    what = f"{_KINDS.get(key.kind, key.kind)} {key.value} of {', '.join(key.a)} and {', '.join(key.b)}"
    if key.hindrance is None:
        return f"{what} would link them"
    counts = {
        "holders": key.holders,
        "emails": key.emails,
        "most_holders": key.most_holders,
        "most_emails": key.most_emails,
    }
    return f"{what} {_HINDRANCES[key.hindrance].format(**counts)}"


def _ownership(side: ExplainedSide) -> Iterator[str]:
    if side.erased_at is not None:
        yield f"person {side.person} was erased on {side.erased_at:%Y-%m-%d}: no address or name says who"
    for account in side.accounts[:_MOST_ACCOUNTS]:
        words = "a guest" if account.ownership is None else _OWNED[account.ownership]
        yield f"account {account.id} of {side.person}: {words}"
