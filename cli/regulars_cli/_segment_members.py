"""``segment count``, ``try``, ``members``, ``explain``: whom a segment or an expression describes."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from regulars_agent import (
    Member,
    SegmentExplained,
    Workspace,
    count_segment,
    explain_membership,
    segment_members,
    try_segment,
    write_csv,
)
from regulars_cli._masking import masked_email, masked_field
from regulars_cli._plain import escape
from regulars_cli._segment_place import with_place
from regulars_cli._segments import Key, segment_app, shopify_lines
from regulars_cli._session import Json, session_of

_COLUMNS = ("person", "name", "email", "phone", "since")
_PAGE = 5_000
_Asked = Annotated[
    str, typer.Argument(metavar="SEGMENT", help="A segment's key, or an expression in quotation marks.")
]
_Contacts = Annotated[bool, typer.Option("--contacts", help="With whole e-mails and phones.")]


def register(app: typer.Typer) -> None:  # noqa: ARG001  the commands stand under `segment`
    """Add these commands."""
    for name, command in (("count", count), ("try", try_), ("members", members), ("explain", explain)):
        segment_app.command(name)(command)


def count(context: typer.Context, segment: _Asked, json: Json = False) -> None:
    """How many persons a segment or an expression describes at this moment."""
    session = session_of(context)
    with session.workspace() as workspace, with_place(segment):
        found = count_segment(workspace, segment)
    session.answer({"count": found}, json=json, text=lambda out: out.print(str(found)))


def try_(
    context: typer.Context,
    expression: Annotated[str, typer.Argument(metavar="EXPRESSION", help="In quotation marks.")],
    limit: Annotated[int, typer.Option("--limit", min=0, max=1_000, help="Most persons to show.")] = 10,
    contacts: _Contacts = False,
    json: Json = False,
) -> None:
    """How many an expression describes now, some of them, and how Shopify would say it. Keeps nothing."""
    session = session_of(context)
    with session.workspace() as workspace, with_place(expression):
        found = try_segment(workspace, expression, limit=limit)
    some = [_row(each, contacts=contacts) for each in found.some]
    answer = {"expression": found.expression, "count": found.count, "some": some, "shopify": found.shopify}

    def told(out: Console) -> None:
        out.print(escape(found.expression))
        out.print(f"  {found.count} of them now")
        for line in shopify_lines(found.shopify):
            out.print(escape(line))
        _print_rows(out, some)

    session.answer(answer, json=json, text=told)


def members(
    context: typer.Context,
    key: Key,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000, help="Most to show.")] = 50,
    after: Annotated[str, typer.Option("--after", help="The last person of the page before.")] = "",
    contacts: _Contacts = False,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write all of them into this new file instead.")
    ] = None,
    json: Json = False,
) -> None:
    """Who is in a segment. For newsletters take an audience, which asks whether they agreed."""
    session = session_of(context)
    with session.workspace() as workspace:
        rows = [
            _row(each, contacts=contacts)
            for each in segment_members(workspace, key, limit=limit, after=after)
        ]
        if csv is not None:
            written = write_csv(csv, _COLUMNS, _all(workspace, key, contacts=contacts))
            session.answer(
                {"file": csv, "members": written},
                json=json,
                text=lambda out: out.print(escape(f"{csv}: {written} members")),
            )
            return

    def told(out: Console) -> None:
        _print_rows(out, rows)
        if not rows:
            out.print("Nobody.")
        elif len(rows) == limit:
            out.print(f"More: regulars segment members {key} --after {rows[-1]['person']}")

    session.answer(rows, json=json, text=told)


def explain(
    context: typer.Context,
    person: Annotated[
        str,
        typer.Argument(
            metavar="PERSON",
            help="A person's or an account's id, or an e-mail or phone that only one person has.",
        ),
    ],
    segment: _Asked,
    json: Json = False,
) -> None:
    """Why a person is in a segment or is not, and the nearest change that would turn it."""
    session = session_of(context)
    with session.workspace() as workspace, with_place(segment):
        found = explain_membership(workspace, person, segment)

    def told(out: Console) -> None:
        for line in _explained(found):
            out.print(escape(line))

    session.answer(found, json=json, text=told)


def _explained(found: SegmentExplained) -> Iterator[str]:
    said = found.segment or "what is described"
    yield f"{found.person} {'is in' if found.is_in else 'is not in'} {said}: {found.expression}"
    if found.left_out:
        yield f"  left out: {found.left_out}"
    for each in found.because:
        yield f"  {each.condition}: {'yes' if each.holds else 'no'}, it is {each.value}"
    if found.held:
        yield f"  {found.held}"
    if found.change:
        changes = "; ".join(f"{each.field} from {each.now} to {each.then}" for each in found.change)
        yield f"  the nearest change that would turn it: {changes}"
    if found.turns_on:
        yield f"  by time alone it turns on {found.turns_on.isoformat()}"
    if found.since:
        yield f"  a member since {found.since:%Y-%m-%d %H:%M}"


def _all(workspace: Workspace, key: str, *, contacts: bool) -> Iterator[Sequence[str]]:
    after = ""
    while page := segment_members(workspace, key, limit=_PAGE, after=after):
        after = page[-1].person
        for each in page:
            row = _row(each, contacts=contacts)
            yield [str(row[column] or "") for column in _COLUMNS]


def _row(each: Member, *, contacts: bool) -> dict[str, Any]:
    email = each.email if contacts or not each.email else masked_email(each.email)
    phone = each.phone if contacts else masked_field("phone", each.phone)
    since = each.since.isoformat() if each.since else None
    return {"person": each.person, "name": each.name, "email": email, "phone": phone, "since": since}


def _print_rows(out: Console, rows: Sequence[dict[str, Any]]) -> None:
    for row in rows:
        since = f"  since {row['since'][:10]}" if row["since"] else ""
        said = f"{row['person']}  {row['name'] or '(no name)'}  {row['email']}  {row['phone']}{since}"
        out.print(escape(said))
