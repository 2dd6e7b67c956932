"""How often somebody is to hear of a topic, where that was written down by hand: by account, so that merges
and splits keep it right. What a person has is the newest of what stands about their accounts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from regulars_store._bulk import among, insert_rows
from regulars_store._dirty import mark_dirty
from regulars_store._record_left import heirs_of
from regulars_store._tables import account, frequency_bound

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class OwnBound:
    """At least and at most so many times in so many days; what is None is the topic's."""

    account_id: str
    topic: str
    least: int | None
    most: int | None
    days: int | None
    at: datetime
    who: str

    @property
    def is_own(self) -> bool:
        """Whether it says anything; one that does not gives everything back to the topic."""
        return (self.least, self.most, self.days) != (None, None, None)


def add_bound(connection: Connection, bound: OwnBound) -> None:
    """Write the next; nothing of before is changed."""
    values = {name: getattr(bound, name) for name in OwnBound.__slots__}
    insert_rows(connection, frequency_bound, [values])


def bounds_about(connection: Connection, accounts: Collection[str]) -> dict[str, OwnBound]:
    """By topic what counts for the person of these accounts: all that they have, and those that lead to them
    (``written_under``)."""
    mine = among(connection, frequency_bound.c.account_id, accounts)
    query = select(*_columns()).where(mine).order_by(frequency_bound.c.id)
    newest = {bound.topic: bound for bound in (OwnBound(*row) for row in connection.execute(query))}
    return {topic: bound for topic, bound in newest.items() if bound.is_own}


def own_bounds(connection: Connection, topic: str) -> dict[str, OwnBound]:
    """By person what counts on a topic, for all who have bounds of their own; one short statement where there
    are none."""
    query = select(*_columns()).where(frequency_bound.c.topic == topic).order_by(frequency_bound.c.id)
    found = [OwnBound(*row) for row in connection.execute(query)]
    persons = _persons_of(connection, sorted({bound.account_id for bound in found}))
    newest = {person: bound for bound in found for person in persons.get(bound.account_id, ())}
    return {person: bound for person, bound in newest.items() if bound.is_own}


def mark_bounded(connection: Connection, persons: Collection[str]) -> None:
    """Mark those of these persons who have bounds of their own: what went out to them changed."""
    if connection.scalar(select(frequency_bound.c.id).limit(1)) is None:
        return
    for place in range(0, len(wanted := sorted(persons)), _CHUNK):
        bounded = bounds_of(connection, wanted[place : place + _CHUNK])
        mark_dirty(connection, "facts", sorted(bounded))


def bounds_of(connection: Connection, persons: Collection[str]) -> dict[str, dict[str, OwnBound]]:
    """By person and topic what counts, of these persons for those who have bounds of their own; two short
    statements where nothing was written about an account that is gone since."""
    live = select(account.c.person_id, frequency_bound.c.id, *_columns()).join_from(
        account, frequency_bound, frequency_bound.c.account_id == account.c.id
    )
    written = [
        (id_, person, OwnBound(*bound))
        for person, id_, *bound in connection.execute(
            live.where(among(connection, account.c.person_id, persons))
        )
    ]
    written += _written_about_gone(connection, persons)
    found: dict[str, dict[str, OwnBound]] = {}
    for _, person, bound in sorted(written, key=itemgetter(0)):
        found.setdefault(person, {})[bound.topic] = bound
    own = {
        person: {topic: bound for topic, bound in newest.items() if bound.is_own}
        for person, newest in found.items()
    }
    return {person: bounds for person, bounds in own.items() if bounds}


def _written_about_gone(connection: Connection, persons: Collection[str]) -> list[tuple[int, str, OwnBound]]:
    query = (
        select(frequency_bound.c.id, *_columns())
        .join_from(frequency_bound, account, frequency_bound.c.account_id == account.c.id)
        .where(account.c.gone)
    )
    found = [(id_, OwnBound(*bound)) for id_, *bound in connection.execute(query)]
    lead = _persons_of(connection, sorted({bound.account_id for _, bound in found}))
    wanted = set(persons)
    return [
        (id_, person, bound) for id_, bound in found for person in lead.get(bound.account_id, set()) & wanted
    ]


def _persons_of(connection: Connection, accounts: list[str]) -> dict[str, set[str]]:
    """Whose is what is written about these accounts, by account; nobody's is left out."""
    found: dict[str, set[str]] = {}
    for place in range(0, len(accounts), _CHUNK):
        some = accounts[place : place + _CHUNK]
        heirs = heirs_of(connection, some)
        lead = {one: heirs.get(one, {one}) for one in some}
        named = sorted(set[str]().union(*lead.values()))
        query = select(account.c.id, account.c.person_id).where(among(connection, account.c.id, named))
        person = {id_: of for id_, of in connection.execute(query) if of is not None}
        found |= {one: {person[id_] for id_ in ids if id_ in person} for one, ids in lead.items()}
    return found


def _columns() -> list[ColumnElement[Any]]:
    return [frequency_bound.c[name] for name in OwnBound.__slots__]
