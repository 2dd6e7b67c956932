"""The owner's own fields, what a complete record has, and who lacks it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

import regulars_marketing as marketing
import regulars_store as store
from regulars_agent._workspace import Workspace
from regulars_connectors import connector_class
from regulars_mapping import (
    PROPERTY,
    CompletenessRule,
    MisconfiguredError,
    PermanentError,
    Property,
    RecordStatus,
    completeness_rule,
    one_line,
)

MOST_PROPERTIES = 200


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What a completeness rule was and is. ``persons`` are looked at again at the next computing; none where
    it was so already."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    persons: int


def properties(workspace: Workspace, *, ended: bool = False) -> Mapping[str, Property]:
    """The owner's fields by key, in the order in which they are shown; those that ended instead."""
    with workspace.store.read() as connection:
        return store.properties(connection, ended=ended)


def add_property(
    workspace: Workspace, defined: Property, *, who: str, dry_run: bool = False
) -> Property | None:
    """Keep a field of the owner's, or change it; what it was before, None where it is new.

    One that ended stands again, with the values it had. What it holds cannot change, since values are there.
    The same twice is one. Raises PermanentError where that is tried, for too many, for two with one name in
    the shops, for a name that no connected shop takes, and for what is sensitive and named for the shops.
    """
    if defined.sensitive and defined.push_to:
        raise PermanentError(
            f"Property {defined.key} cannot be both: what is sensitive never leaves the person's card, and "
            "--push-to brings it to the shops. Leave one of the two away."
        )
    with workspace.store.write() as connection:
        before = store.properties(connection)
        ended = store.properties(connection, ended=True)
        old = before.get(defined.key) or ended.get(defined.key)
        if old is not None and old.type is not defined.type:
            raise PermanentError(
                f"Property {defined.key} holds {old.type.value}; that stays, since values of it are kept. "
                "Add another one."
            )
        if old is None and len(before) >= MOST_PROPERTIES:
            raise PermanentError(f"There are {MOST_PROPERTIES} properties, which is the most there can be.")
        if before.get(defined.key) != defined:
            _check_name(defined, before)
            _check_taken(defined, {shop.platform for shop in store.shops(connection)})
        if before.get(defined.key) != defined and not dry_run:
            _save(connection, workspace, defined, who=who)
        return before.get(defined.key)


def _check_name(defined: Property, standing: Mapping[str, Property]) -> None:
    """Shops know fields by one name, great letters and small ones alike: two would overwrite each other."""
    for other in standing.values():
        same = other.push_to.casefold() == defined.push_to.casefold()
        if defined.push_to and same and other.key != defined.key:
            raise PermanentError(
                f"Property {other.key} goes to the shops as {other.push_to} already, and two would overwrite "
                f"each other there. Give {defined.key} another name: regulars property add {defined.key} … "
                "--push-to NAME"
            )


def _check_taken(defined: Property, platforms: Collection[str]) -> None:
    """Some shop has to take the name, or what is written would never arrive."""
    if defined.push_to and platforms and not any(_takes(each, defined.push_to) for each in platforms):
        raise PermanentError(
            f"No connected shop takes a field of the name {defined.push_to}: it belongs to the shop or to "
            "Regulars (as names that begin with _, wp_, wc_, billing_, shipping_ or regulars_ do), or has "
            "characters that shops refuse. Give it another: "
            f"regulars property add {defined.key} … --push-to NAME"
        )


def _takes(platform: str, name: str) -> bool:
    try:
        return connector_class(platform).profile_takes(PROPERTY + name, frozenset())
    except MisconfiguredError:
        # Its connector is not installed here, so nothing is known against the name.
        return True


def end_property(
    workspace: Workspace, key: str, *, who: str, anyway: bool = False, dry_run: bool = False
) -> Property:
    """End a field of the owner's: it is neither shown nor asked for. Its values are kept for its return.

    Raises PermanentError where there is none and, unless ``anyway``, where a segment or programme that is on
    asks about it: that one could not be asked any more. Ended already: nothing happens.
    """
    with workspace.store.write() as connection:
        standing, ended = store.properties(connection), store.properties(connection, ended=True)
        found = standing.get(key) or ended.get(key)
        if found is None:
            raise PermanentError(f"There is no property {key[:60]!r}. See: regulars property list")
        if key in standing and not anyway:
            _check_unused(connection, key)
        if key in standing and not dry_run:
            _save(connection, workspace, replace(found), ended=True, who=who)
        return found


def _check_unused(connection: Connection, key: str) -> None:
    uses = marketing.property_uses(connection, key)
    if uses:
        where = ", ".join(f"{use.kind} {use.key}" for use in uses)
        raise PermanentError(
            f"Property {key} is asked about by: {where}. Without it these describe nobody. Change them "
            "first, or end it all the same: --anyway"
        )


def _save(
    connection: Connection, workspace: Workspace, defined: Property, *, ended: bool = False, who: str
) -> None:
    now = workspace.clock()
    store.save_property(connection, defined, ended=ended, who=who, now=now)
    action = "property end" if ended else "property add"
    detail = {"type": defined.type.value, "required": defined.required, "sensitive": defined.sensitive}
    store.write_audit(connection, who=who, action=action, subject=defined.key, detail=detail, now=now)


def complete_rule(workspace: Workspace) -> CompletenessRule:
    """What a complete record has now, with the properties that are required."""
    with workspace.store.read() as connection:
        return store.present_rule(connection)


def set_complete_rule(
    workspace: Workspace, terms: Sequence[str], *, who: str, why: str = "", dry_run: bool = False
) -> RuleChange:
    """Say what a complete record has; ``a|b`` is one of them. Properties that are required are added to it.

    Rules are kept as versions; the same twice is one. Raises PermanentError that names a term that is none.
    """
    why = one_line(why, what="The reason", most=1_000)
    with workspace.store.write() as connection:
        wanted = completeness_rule(terms, properties=store.properties(connection))
        before = store.present_rule(connection)
        required = (f"property:{key}" for key, one in store.properties(connection).items() if one.required)
        after = wanted.also(required)
        if after == before:
            return RuleChange(before.terms, before.terms, 0)
        if not dry_run:
            now = workspace.clock()
            number = store.save_rule(connection, wanted, who=who, why=why, now=now)
            detail = {"terms": list(wanted.terms)}
            store.write_audit(
                connection, who=who, action="record rule", subject=str(number), detail=detail, now=now
            )
        return RuleChange(before.terms, after.terms, store.row_counts(connection)["person"])


def persons_with_status(
    workspace: Workspace, status: RecordStatus, *, limit: int = 50, after: tuple[str, str] = ("", "")
) -> Sequence[Mapping[str, Any]]:
    """Persons of a status by folded name and id, each with what is ``missing``.

    The next page is ``after`` the last one's pair of these.
    """
    with workspace.store.read() as connection:
        return store.persons_with_status(connection, status.value, limit=limit, after=after)
