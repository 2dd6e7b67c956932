"""``property add``, ``list`` and ``end``: your own fields of the record."""

from typing import Annotated

import typer
from rich.console import Console

from regulars_agent import add_property, end_property, properties
from regulars_cli._plain import escape
from regulars_cli._session import DryRun, Json, session_of, this_user
from regulars_mapping import Property, PropertyType

property_app = typer.Typer(help="Your own fields of the customer record.", no_args_is_help=True)
_Key = Annotated[str, typer.Argument(metavar="KEY", help="Small Latin letters, digits and _: vision_left")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(property_app, name="property")


@property_app.command()
def add(
    context: typer.Context,
    key: _Key,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="What people call it: Eyesight, left")],
    type_: Annotated[PropertyType, typer.Option("--type", help="What it holds.")] = PropertyType.TEXT,
    choice: Annotated[
        list[str] | None, typer.Option("--choice", help="One of the answers of a choice; several times.")
    ] = None,
    required: Annotated[bool, typer.Option("--required", help="No record is complete without it.")] = False,
    personal: Annotated[bool, typer.Option(help="It goes when the person is erased.")] = True,
    sensitive: Annotated[
        bool,
        typer.Option("--sensitive", help="As health is: shown on the person's card only, never in lists."),
    ] = False,
    push_to: Annotated[
        str, typer.Option("--push-to", help="The shops' name for it; plan and apply bring it there.")
    ] = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Add a field, or change it; one that ended stands again."""
    session = session_of(context)
    defined = Property(
        key,
        title.strip(),
        type_,
        choices=tuple(one.strip() for one in choice or ()),
        required=required,
        personal=personal or sensitive,
        sensitive=sensitive,
        push_to=push_to.strip(),
    )
    with session.workspace() as workspace:
        before = add_property(workspace, defined, who=this_user(), dry_run=dry_run)
    answer = {"property": defined, "before": before, "rehearsed": dry_run}

    def told(out: Console) -> None:
        done = "would be" if dry_run else "is"
        if before == defined:
            out.print(f"{escape(key)} is so already. Nothing was done.")
        elif before is None:
            out.print(
                f"{escape(key)} {done} a field now. Write it: regulars person set PERSON property:{key} VALUE"
            )
        else:
            out.print(f"{escape(key)} {done} changed.")
        if not dry_run and required != (before is not None and before.required):
            out.print("The agent brings everybody's status up to date; at once: regulars compute")

    session.answer(answer, json=json, text=told)


@property_app.command("list")
def list_(
    context: typer.Context,
    ended: Annotated[bool, typer.Option("--ended", help="Those that ended instead.")] = False,
    json: Json = False,
) -> None:
    """Your fields, in the order in which they are shown."""
    session = session_of(context)
    with session.workspace() as workspace:
        found = list(properties(workspace, ended=ended).values())
    none = "None. Add one: regulars property add KEY TITLE --type number"
    session.answer_each(found, lambda one: escape(_line(one)), json=json, none=none)


@property_app.command()
def end(
    context: typer.Context,
    key: _Key,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Also where a segment or a programme asks about it.")
    ] = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """End a field: it is neither shown nor asked for. Its values are kept, should it come back."""
    session = session_of(context)
    with session.workspace() as workspace:
        found = end_property(workspace, key, who=this_user(), anyway=anyway, dry_run=dry_run)
    done = "would end" if dry_run else "has ended; to have it again: regulars property add"
    answer = {"property": found, "rehearsed": dry_run}
    session.answer(answer, json=json, text=lambda out: out.print(escape(f"{found.key} {done}")))


def _line(one: Property) -> str:
    marks = [name for name in ("required", "personal", "sensitive") if getattr(one, name)]
    choices = f": {', '.join(one.choices)}" if one.choices else ""
    marks += [f"to the shops as {one.push_to}"] if one.push_to else []
    return f"{one.key}  {one.title}  ({one.type.value}{choices}){''.join(f', {mark}' for mark in marks)}"
