"""The record as people keep it by hand: a field written, given back to the shops, and shown."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

import regulars_store as store
from regulars_agent._at_once import at_once, carry_out
from regulars_agent._decision_results import OfferChange, offer_changes, picture
from regulars_agent._identity_sides import Side, account_with_email, records_of, side_of
from regulars_agent._workspace import Workspace
from regulars_mapping import Edit, Given, check_record_field, one_line, record_value, standing_edits

_LONGEST_WHY = 1_000
_PARTED = "company."


@dataclass(frozen=True, slots=True, repr=False)
class FieldSet:
    """What writing a field came to, or would come to in a rehearsal.

    ``edit`` is its number: None where the field was so already (``already``) and in a rehearsal
    (``rehearsed``), which leaves no trace. ``value`` is what the record now has by hand, None where the shops
    say it. ``person`` is the person's id, which no edit changes unless it is a card number. ``offers`` are
    the accounts whose offer it changed, which is computed at once.
    """

    person: str
    account: str
    field: str
    value: Any
    before: Any
    already: bool
    rehearsed: bool
    edit: int | None
    status: str
    missing: tuple[str, ...]
    offers: tuple[OfferChange, ...] = ()

    def __repr__(self) -> str:
        return f"FieldSet({self.person!r}, {self.field!r}, ...)"


def set_field(
    workspace: Workspace,
    person: str,
    field: str,
    value: Any,
    *,
    who: str,
    why: str = "",
    dry_run: bool = False,
) -> FieldSet:
    """Write a field of a person's record; it outranks what the shops say. None gives it back to them.

    ``person`` is an id, an account's id, an e-mail or a phone; the edit is the account's that is named, by
    its id or as the person's only one with this e-mail, else that of the account by which the person's id is
    made, and stays with it through merges and splits. Written so already: nothing is recorded, unless an
    account is named of which it was not said itself yet; that one may read it in its shop then.
    ``company.<part>`` writes one part of a company. An e-mail or a phone is shown only: it links nobody.
    Raises PermanentError in plain words for a field that there is not and a value that it does not take,
    SkipError where nobody is meant, RetryError while another worker derives.
    """
    why = one_line(why, what="The reason", most=_LONGEST_WHY)
    with at_once(workspace, dry_run=dry_run) as connection:
        side = side_of(connection, person)
        by_email = account_with_email(side, person)
        side = replace(side, account=by_email or side.account)
        standing = standing_of(connection, side)
        name, wanted = _wanted(connection, workspace, field, value, standing)
        before = standing[name].value if name in standing else None
        number, offered = None, picture(connection, side.members)
        named = person.strip() == side.account or bool(by_email)
        if before != wanted or _unsaid(connection, side, name, wanted, standing, named=named):
            alone = named or len(side.members) == 1
            number = _write(connection, workspace, side, name, wanted, named=alone, who=who, why=why)
        shown = store.persons_in_brief(connection, [_person_of(connection, side.account)])[0]
        return FieldSet(
            person=shown["id"],
            account=side.account,
            field=name,
            value=wanted,
            before=before,
            already=number is None,
            rehearsed=dry_run,
            edit=None if dry_run else number,
            status=shown["status"],
            missing=tuple(shown["missing"]),
            offers=() if number is None else offer_changes(offered, picture(connection, side.members)),
        )


def _unsaid(
    connection: Connection, side: Side, name: str, wanted: Any, standing: Mapping[str, Edit], *, named: bool
) -> bool:
    """Whether there is something to be recorded although it is written so already."""
    if _came_back(connection, side, name, wanted):
        return True
    return named and name in standing and not _is_of(connection, side, standing[name])


def standing_of(connection: Connection, side: Side) -> dict[str, Edit]:
    """The edits that count for a person, by field."""
    found = store.edits_about(connection, side.members)
    return standing_edits(edit for edits in found.values() for edit in edits)


def check_field(connection: Connection, name: str) -> None:
    """Raises PermanentError where this is no field of a record; a property that ended is one still."""
    check_record_field(name, {**store.properties(connection), **store.properties(connection, ended=True)})


def given(connection: Connection, workspace: Workspace) -> Given:
    """By what values are read: the shops' countries, the present day, the owner's properties."""
    countries = {shop.country for shop in store.shops(connection) if shop.country}
    return Given(workspace.clock().date(), tuple(sorted(countries)), store.properties(connection))


def _wanted(
    connection: Connection, workspace: Workspace, field: str, value: Any, standing: Mapping[str, Edit]
) -> tuple[str, Any]:
    """The field, and what is to stand in it."""
    asked = given(connection, workspace)
    name, part = ("company", field.removeprefix(_PARTED)) if field.startswith(_PARTED) else (field, "")
    if part:
        company = standing["company"].value if "company" in standing else {}
        value = {**company, part: "" if value is None else value}
    if value is None:
        check_field(connection, name)
        return name, None
    return name, record_value(name, value, asked)


def _came_back(connection: Connection, side: Side, name: str, wanted: Any) -> bool:
    """Whether somebody who was archived before, and ordered since, is archived again."""
    if name != "archived" or not wanted:
        return False
    return bool(store.persons_in_brief(connection, [side.person])[0]["status"] != "archived")


def _is_of(connection: Connection, side: Side, edit: Edit) -> bool:
    """Whether an edit was said of the named account itself."""
    return edit.account == side.account and store.is_named(connection, edit)


def _write(
    connection: Connection,
    workspace: Workspace,
    side: Side,
    field: str,
    value: Any,
    *,
    named: bool,
    who: str,
    why: str,
) -> int:
    now = workspace.clock()
    number = store.write_edit(
        connection,
        side.account,
        field,
        value,
        beside=records_of(connection, side),
        named=named,
        who=who,
        why=why,
        now=now,
    )
    carry_out(workspace, connection, side.members, now=now)
    # What was written is personal data, and is in the journal of edits.
    detail = {"edit": number, "account": side.account, "field": field, "given_back": value is None}
    store.write_audit(connection, who=who, action="person set", subject=side.person, detail=detail, now=now)
    return number


def _person_of(connection: Connection, account: str) -> str:
    return str(store.accounts_named(connection, [account])[account]["person_id"])
