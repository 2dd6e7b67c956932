"""``segment list``, ``show``, ``add``, ``change``, ``off``: the groups that you keep."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer
from rich.console import Console

from regulars_agent import (
    InShopify,
    SegmentDetails,
    SegmentSaved,
    SegmentSummary,
    add_ready_segment,
    add_segment,
    change_segment,
    disable_segment,
    ready_segments,
    segment_details,
    segments,
)
from regulars_cli._plain import escape
from regulars_cli._segment_place import with_place
from regulars_cli._session import DryRun, Json, Session, session_of, this_user
from regulars_mapping import PermanentError
from regulars_marketing import LANGUAGES, ReadySegment

segment_app = typer.Typer(help="Groups of persons, each described by an expression.", no_args_is_help=True)
Key = Annotated[
    str, typer.Argument(metavar="KEY", help="Small Latin letters, digits, - and _: coffee_lovers")
]
_Title = Annotated[str, typer.Option("--title", help="What people call it.")]
_EXPRESSION = 'Whom it describes: "amount_spent > 5000 AND last_order_date < -90d"'


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(segment_app, name="segment")


@segment_app.command("list")
def list_(
    context: typer.Context,
    language: Annotated[
        str, typer.Option("--language", help=f"Of the ready-made ones' titles: {', '.join(LANGUAGES)}.")
    ] = "en",
    json: Json = False,
) -> None:
    """Your segments with how many are in each, and the ready-made ones that you may switch on."""
    session = session_of(context)
    with session.workspace() as workspace:
        mine = segments(workspace)
        ready = [each for each, taken in ready_segments(workspace) if not taken]
    answer = {
        "segments": mine,
        "ready": [
            {
                "key": each.key,
                "title": each.title(language),
                "titles": dict(each.titles),
                "expression": each.expression,
            }
            for each in ready
        ],
    }
    session.answer(answer, json=json, text=lambda out: _print_list(out, mine, ready, language))


@segment_app.command()
def show(context: typer.Context, key: Key, json: Json = False) -> None:
    """One segment: its expression, its versions, and how Shopify would say it."""
    session = session_of(context)
    with session.workspace() as workspace:
        found = segment_details(workspace, key)

    def told(out: Console) -> None:
        for line in _details(found):
            out.print(escape(line))

    session.answer(found, json=json, text=told)


@segment_app.command()
def add(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="[KEY]", help="As others name it: coffee_lovers")] = "",
    expression: Annotated[
        str,
        typer.Argument(metavar="[EXPRESSION]", help=f"{_EXPRESSION} Left out: as it was before it was off."),
    ] = "",
    ready: Annotated[str, typer.Option("--ready", help="Switch this ready-made segment on instead.")] = "",
    title: _Title = "",
    language: Annotated[
        str, typer.Option("--language", help=f"Of a ready-made one's title: {', '.join(LANGUAGES)}.")
    ] = "en",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Keep a segment, or take up again one that is off, and find its members."""
    session = session_of(context)
    if bool(ready) == bool(key):
        raise PermanentError("Give a key and an expression, or --ready with one of: regulars segment list")
    with session.workspace() as workspace, with_place(expression):
        if ready:
            saved = add_ready_segment(
                workspace, ready, language=language, title=title, who=this_user(), dry_run=dry_run
            )
        else:
            saved = add_segment(workspace, key, expression, title=title, who=this_user(), dry_run=dry_run)
    _answer(session, saved, json=json)


@segment_app.command()
def change(
    context: typer.Context,
    key: Key,
    expression: Annotated[
        str, typer.Argument(metavar="[EXPRESSION]", help=f"{_EXPRESSION} Left out: it stays.")
    ] = "",
    title: _Title = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Give a segment another expression or title, as its next version."""
    session = session_of(context)
    if not expression and not title:
        raise PermanentError("Give another expression, or another --title.")
    with session.workspace() as workspace, with_place(expression):
        saved = change_segment(
            workspace,
            key,
            expression=expression or None,
            title=title or None,
            who=this_user(),
            dry_run=dry_run,
        )
    _answer(session, saved, json=json)


@segment_app.command()
def off(context: typer.Context, key: Key, dry_run: DryRun = False, json: Json = False) -> None:
    """Switch a segment off: nobody is in it any more. Its versions are kept."""
    session = session_of(context)
    with session.workspace() as workspace:
        saved = disable_segment(workspace, key, who=this_user(), dry_run=dry_run)
    _answer(session, saved, json=json)


def _answer(session: Session, saved: SegmentSaved, *, json: bool) -> None:
    def told(out: Console) -> None:
        one = saved.segment
        if saved.segment == saved.before:
            out.print(escape(f"{one.key} is so already, version {one.version}. Nothing was changed."))
        else:
            done = "would be" if saved.rehearsed else "is"
            state = "on" if one.enabled else "off"
            out.print(escape(f"{one.key} {done} {state}, version {one.version}: {one.title}"))
        if one.enabled:
            out.print(escape(f"  {one.expression}"))
            out.print(f"  {_persons(saved.count)}")
        if saved.moved.entered or saved.moved.left:
            out.print(f"  {saved.moved.entered} came in, {saved.moved.left} went out")

    session.answer(saved, json=json, text=told)


def _print_list(
    out: Console, mine: Sequence[SegmentSummary], ready: Sequence[ReadySegment], language: str
) -> None:
    for each in mine:
        one = each.segment
        state = _persons(each.members) if one.enabled else "off"
        out.print(escape(f"{one.key}  {one.title}: {state}"))
        out.print(escape(f"  {one.expression}"))
        if each.problem:
            out.print(escape(f"  cannot be asked, its members stand as they were: {each.problem}"))
    if ready:
        out.print("Ready-made, to be switched on by: regulars segment add --ready KEY")
    for made in ready:
        out.print(escape(f"  {made.key}  {made.title(language)}"))


def _details(found: SegmentDetails) -> Iterator[str]:
    one = found.segment
    yield f"{one.key}  {one.title}: {_persons(found.members) if one.enabled else 'off'}"
    yield f"  {one.expression}"
    if found.problem:
        yield f"  cannot be asked, its members stand as they were: {found.problem}"
    yield from shopify_lines(found.shopify)
    for each in found.versions:
        state = "" if each.enabled else " (off)"
        yield f"  version {each.version}{state}, {each.who} on {each.at:%Y-%m-%d %H:%M}: {each.expression}"


def shopify_lines(found: Sequence[InShopify]) -> Iterator[str]:
    """How Shopify would say it, or why it cannot."""
    for each in found:
        shop = f"in Shopify ({each.shop})" if each.shop else "in Shopify"
        if each.query is None:
            yield f"  not {shop}: {'; '.join(each.reasons)}"
        else:
            yield f"  {shop}: {each.query}"
            yield from (f"    {said}" for said in each.differences)


def _persons(count: int) -> str:
    return "1 person" if count == 1 else f"{count} persons"
