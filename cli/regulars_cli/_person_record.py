"""``person set``, ``history`` and ``list``, and ``person complete``: the record as you keep it by hand."""

from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from regulars_agent import (
    FieldHistory,
    FieldSet,
    complete_rule,
    field_history,
    persons_with_status,
    properties,
    set_complete_rule,
    set_field,
)
from regulars_cli._people import in_words, person_app
from regulars_cli._person_decisions import change_in_words
from regulars_cli._plain import escape
from regulars_cli._session import DryRun, Json, Who, session_of, this_user
from regulars_mapping import PermanentError, RecordStatus

_LONGEST_VALUE = 100_000
_Person = Annotated[
    str,
    typer.Argument(
        metavar="PERSON",
        help="A person's or an account's id, or an e-mail or phone that only one person has.",
    ),
]
_Field = Annotated[
    str,
    typer.Argument(
        metavar="FIELD",
        help="given_name, family_name, email, phone, birth_date, gender, language, preferred_channel, "
        "preferred_hour, manager, kind, company, company.name (tax_id, reg_number, bank, address, hours), "
        "contacts, card_number, archived or property:KEY.",
    ),
]
_Why = Annotated[str, typer.Option("--why", help="Why, in a few words; kept with it.")]
_HIDDEN = "(shown by: regulars person show)"


def register(app: typer.Typer) -> None:  # noqa: ARG001  the commands stand under `person`
    """Add these commands."""
    # A number below nothing is a value, not an option.
    person_app.command("set", context_settings={"ignore_unknown_options": True})(set_)
    for name, command in (("history", history), ("list", list_), ("complete", complete)):
        person_app.command(name)(command)


def set_(
    context: typer.Context,
    person: _Person,
    field: _Field,
    value: Annotated[
        str | None,
        typer.Argument(
            metavar="[VALUE]", help="Company and contacts as JSON. Left out with --from-shops only."
        ),
    ] = None,
    from_shops: Annotated[
        bool, typer.Option("--from-shops", help="Take it back: what the shops say counts again.")
    ] = False,
    why: _Why = "",
    who: Who = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Write a field of a person's record by hand. It outranks what the shops say; it links nobody."""
    if (value is None) != from_shops:
        raise typer.BadParameter("Give a VALUE, or --from-shops to take it back.")
    session = session_of(context)
    wanted = None if value is None else _read(field, value)
    with session.workspace() as workspace:
        done = set_field(workspace, person, field, wanted, who=who or this_user(), why=why, dry_run=dry_run)
    session.answer(done, json=json, text=lambda out: _print_set(out, done))


def history(context: typer.Context, person: _Person, field: _Field, json: Json = False) -> None:
    """Every value a field had, newest first: what shops said, and who wrote what by hand, when and why."""
    session = session_of(context)
    with session.workspace() as workspace:
        found = field_history(workspace, person, field)
    session.answer(_masked(found), json=json, text=lambda out: _print_history(out, found))


def list_(
    context: typer.Context,
    status: Annotated[
        RecordStatus, typer.Option("--status", help="entered, control (something is missing) or archived.")
    ] = RecordStatus.CONTROL,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000, help="Most persons to show.")] = 50,
    after: Annotated[str, typer.Option("--after", help="Go on behind this one: 'FOLDED NAME/ID'.")] = "",
    json: Json = False,
) -> None:
    """Persons of a status by name, with what their records lack."""
    session = session_of(context)
    name, _, id_ = after.rpartition("/")
    with session.workspace() as workspace:
        found = persons_with_status(workspace, status, limit=limit, after=(name, id_))
        titles = _titles(workspace)

    def told(out: Console) -> None:
        for one in found:
            shown = f"{one['given_name']} {one['family_name']}".strip() or "(no name)"
            lacks = "; ".join(titles.get(term, term.replace("|", " or ")) for term in one["missing"])
            lacking = f"  lacks: {lacks}" if lacks else ""
            out.print(escape(f"{one['id']}  {shown}  {one['email']}  {one['phone']}{lacking}"))
        if not found:
            out.print(f"Nobody is {status.value}.")
        elif len(found) == limit:
            last = found[-1]
            out.print(escape(f"More: --after '{last['name_folded']}/{last['id']}'"))

    session.answer(found, json=json, text=told)


def complete(
    context: typer.Context,
    terms: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FIELD...]", help="As in: name 'email|phone' address property:vision"),
    ] = None,
    nothing: Annotated[
        bool, typer.Option("--nothing", help="Ask for nothing but the properties that are required.")
    ] = False,
    why: _Why = "",
    who: Who = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """What a complete record has: shown, or said anew. Whoever lacks some of it has the status control."""
    session = session_of(context)
    if terms and nothing:
        raise typer.BadParameter("Name fields, or say --nothing.")
    with session.workspace() as workspace:
        if not terms and not nothing:
            rule = complete_rule(workspace)
            session.answer(rule, json=json, text=lambda out: out.print(escape(_rule(rule.terms))))
            return
        change = set_complete_rule(workspace, terms or [], who=who or this_user(), why=why, dry_run=dry_run)

    def told(out: Console) -> None:
        out.print(escape(f"before: {_rule(change.before)}"))
        out.print(escape(f"{'then' if dry_run else 'now'}: {_rule(change.after)}"))
        if change.persons and not dry_run:
            out.print("The agent looks at everybody at its next visit; at once: regulars compute")

    session.answer(change, json=json, text=told)


def _rule(terms: tuple[str, ...]) -> str:
    return ", ".join(term.replace("|", " or ") for term in terms) or "nothing"


def _titles(workspace: Any) -> dict[str, str]:
    return {f"property:{key}": one.title for key, one in properties(workspace).items()}


def _read(field: str, value: str) -> Any:
    if len(value) > _LONGEST_VALUE:
        raise PermanentError(f"A value has at most {_LONGEST_VALUE} characters.")
    if field not in ("company", "contacts"):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise PermanentError(f"{field} is given as JSON; this is none: {error}") from None


def _print_set(out: Console, done: FieldSet) -> None:
    if done.already:
        out.print(f"{escape(done.field)} is so already. Nothing was done.")
        return
    what = "is the shops' again" if done.value is None else "is set"
    if done.rehearsed:
        out.print(f"{escape(done.field)} of {done.person}: nothing was done; it would be so.")
    else:
        out.print(
            f"{escape(done.field)} of {done.person} {what}: edit {done.edit} of account {done.account}."
        )
    lacks = _rule(done.missing)
    out.print(escape(f"  status: {done.status}" + (f", lacks {lacks}" if done.missing else "")))
    for change in done.offers:
        out.print(f"  offer for {change.account}: {change_in_words(change)}")
    if done.offers and not done.rehearsed:
        out.print("  This is computed already; the shops hear of it with the next plan.")


def _masked(found: FieldHistory) -> Any:
    if not found.sensitive:
        return found
    versions = [
        {"at": one.at, "source": one.source, "account": one.account, "who": one.who, "value": _HIDDEN}
        for one in found.versions
    ]
    return {
        "person": found.person,
        "field": found.field,
        "sensitive": True,
        "versions": versions,
        "unread": {},
    }


def _print_history(out: Console, found: FieldHistory) -> None:
    for one in found.versions:
        value = "what the shops say" if one.value is None else in_words(one.value) or "(empty)"
        said = f", {one.who}" if one.who else ""
        why = f": {one.why}" if one.why else ""
        shown = _HIDDEN if found.sensitive and one.value is not None else value
        out.print(
            escape(f"{one.at:%Y-%m-%d %H:%M}  {shown}  ({one.source}{said}, account {one.account}{why})")
        )
    if not found.versions:
        out.print("Nobody ever said anything of it.")
    for shop, reason in found.unread.items():
        out.print(escape(f"What {shop} said could not be read: {reason}"))
