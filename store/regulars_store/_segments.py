"""Who is in which segment: differences written, pages read. What a segment asks is given as a condition.

Whoever was erased is in none, whatever it asks.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import compress
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    bindparam,
    delete,
    func,
    select,
)

from regulars_store._asking import Asking, among_ids, parameter
from regulars_store._bulk import upsert
from regulars_store._driver import Plain, is_sqlite, sqlite_of
from regulars_store._tables import (
    account,
    erased_account,
    person,
    person_profile,
    segment_member,
)
from regulars_store._types import UtcDateTime

Condition = ColumnElement[bool]
Span = tuple[str, str]
"""Persons by id: behind the first, up to and with the second; empty is no bound."""
EVERYBODY: Span = ("", "")
Membership = tuple[str, str]
"""A segment's key and a person's id."""

_LEAVES = delete(segment_member).where(
    segment_member.c.segment_key == bindparam("the_key"),
    segment_member.c.person_id == bindparam("the_person"),
)

_ENTERS = "INSERT INTO segment_member (segment_key, person_id, since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"


class Whom(NamedTuple):
    """Persons: these, or where they are not named those of a span."""

    ids: Collection[str] | None = None
    after: str = ""
    last: str = ""

    @property
    def bounds(self) -> dict[str, Any]:
        """What of it bounds a query."""
        if self.ids is not None:
            return {"ids": self.ids}
        return {name: value for name, value in (("after", self.after), ("last", self.last)) if value}


class _ByPersons:
    """A query about persons, by the column with their ids."""

    def __init__(self, query: Select[Any], column: ColumnElement[str]) -> None:
        self._query = query
        self._bounds: dict[str, Condition] = {
            "ids": among_ids(column),
            "after": column > parameter("after", Text()),
            "last": column <= parameter("last", Text()),
        }
        self._asked: dict[tuple[str, ...], Asking] = {}

    def rows(self, connection: Connection, whom: Whom, **given: Any) -> Sequence[Plain]:
        """What is told of them."""
        bounds = whom.bounds
        names = tuple(bounds)
        if names not in self._asked:
            self._asked[names] = Asking(self._query.where(*(self._bounds[name] for name in names)))
        return self._asked[names].rows(connection, **bounds, **given)


@dataclass(frozen=True, slots=True)
class MembersChange:
    """How many came into segments and how many went out of them."""

    entered: int = 0
    left: int = 0

    def __add__(self, other: "MembersChange") -> "MembersChange":
        return MembersChange(self.entered + other.entered, self.left + other.left)


def _not_erased() -> Condition:
    """The person of a profile is nobody who was erased: who came back is another."""
    # From the few who were erased to their accounts, which no condition on an indexed column may turn round.
    erased = select(account.c.person_id).where(
        account.c.id.in_(select(erased_account.c.account_id)), func.coalesce(account.c.person_id, "") != ""
    )
    # Not asked of each person: a set of the few, made once a statement.
    return person_profile.c.person_id.not_in(erased)


def these(person_ids: Collection[str]) -> Whom:
    """Persons by their ids."""
    return Whom(person_ids)


def within(span: Span) -> Whom:
    """Persons of a span."""
    return Whom(None, *span)


def spans_of_profiles(connection: Connection, size: int) -> list[Span]:
    """The persons with a profile in spans of about so many, which together hold everybody."""
    numbered = select(
        person_profile.c.person_id, func.row_number().over(order_by=person_profile.c.person_id).label("n")
    ).subquery()
    ends = connection.scalars(
        select(numbered.c.person_id).where(numbered.c.n % size == 0).order_by(numbered.c.person_id)
    ).all()
    return list(zip(["", *ends], [*ends, ""], strict=True))


# Made once for the same conditions: for a single person, making it takes longer than asking.
@lru_cache(maxsize=32)
def _asked(conditions: tuple[Condition, ...]) -> _ByPersons:
    columns = [each.label(f"fits_{place}") for place, each in enumerate(conditions)]
    query = select(person_profile.c.person_id, *columns).where(_not_erased())
    return _ByPersons(query, person_profile.c.person_id)


def fitting(connection: Connection, conditions: Mapping[str, Condition], whom: Whom) -> set[Membership]:
    """Pairs of a condition's name and one of these persons whose profile fulfils it; one statement.

    The same objects of conditions are quicker than others alike.
    """
    rows = _asked(tuple(conditions.values())).rows(connection, whom)
    names = list(conditions)
    return {(name, row[0]) for row in rows for name in compress(names, row[1:])}


_ALL_MEMBERSHIPS = select(segment_member.c.segment_key, segment_member.c.person_id)
_MEMBERSHIPS = _ByPersons(_ALL_MEMBERSHIPS, segment_member.c.person_id)
_MEMBERSHIPS_IN = _ByPersons(
    _ALL_MEMBERSHIPS.where(among_ids(segment_member.c.segment_key, "keys")), segment_member.c.person_id
)


def memberships(connection: Connection, whom: Whom, keys: Collection[str] | None = None) -> set[Membership]:
    """Pairs of a segment's key, one of these if some are given, and one of these persons, who is in it."""
    if keys is None:
        return set(map(tuple, _MEMBERSHIPS.rows(connection, whom)))
    return set(map(tuple, _MEMBERSHIPS_IN.rows(connection, whom, keys=keys)))


_KNOWN = _ByPersons(select(person_profile.c.person_id).where(_not_erased()), person_profile.c.person_id)


def known_persons(connection: Connection, whom: Whom) -> set[str]:
    """Those of these persons who have a profile and were not erased."""
    return {person for (person,) in _KNOWN.rows(connection, whom)}


def move_members(
    connection: Connection,
    *,
    entering: Collection[Membership],
    leaving: Collection[Membership],
    now: datetime,
) -> MembersChange:
    """Write these pairs of a segment's key and a person."""
    if leaving:
        gone = [{"the_key": key, "the_person": person_id} for key, person_id in sorted(leaving)]
        connection.execute(_LEAVES, gone)
    _enter(connection, entering, now)
    return MembersChange(len(entering), len(leaving))


def _enter(connection: Connection, entering: Collection[Membership], now: datetime) -> None:
    if is_sqlite(connection):
        # One moment, written once, and no work of SQLAlchemy's on each of very many rows.
        bound = UtcDateTime().bind_processor(connection.dialect)
        since = bound(now) if bound else now
        rows = [(key, person_id, since) for key, person_id in sorted(entering)]
        sqlite_of(connection).executemany(_ENTERS, rows)
        return
    named = [{"segment_key": key, "person_id": person_id, "since": now} for key, person_id in entering]
    upsert(connection, segment_member, named, keeping=["since"])


def member_counts(connection: Connection) -> dict[str, int]:
    """How many are in each segment that is not empty, by key."""
    query = select(segment_member.c.segment_key, func.count()).group_by(segment_member.c.segment_key)
    return {row[0]: row[1] for row in connection.execute(query)}


def segment_page(connection: Connection, key: str, *, limit: int, after: str = "") -> Sequence[Row[Any]]:
    """Members by id, behind the person ``after``: person_id, given_name, family_name, email, phone, since."""
    query = _named(
        select(segment_member.c.person_id, *_NAMES, segment_member.c.since), segment_member.c.person_id
    )
    query = query.where(segment_member.c.segment_key == key, segment_member.c.person_id > after)
    return connection.execute(query.order_by(segment_member.c.person_id).limit(limit)).all()


def member_since(connection: Connection, key: str, person_id: str) -> datetime | None:
    """Since when a person is in a segment, None where they are not."""
    mine = (segment_member.c.segment_key == key) & (segment_member.c.person_id == person_id)
    found: datetime | None = connection.scalar(select(segment_member.c.since).where(mine))
    return found


def fitting_page(connection: Connection, condition: Condition, *, limit: int) -> Sequence[Row[Any]]:
    """The first persons by id whose profile fulfils a condition, as `segment_page` gives them."""
    query = _named(select(person_profile.c.person_id, *_NAMES), person_profile.c.person_id)
    query = query.where(condition, _not_erased()).order_by(person_profile.c.person_id)
    return connection.execute(query.limit(limit)).all()


_NAMES = (person.c.given_name, person.c.family_name, person.c.email, person.c.phone)


def _named(query: Select[Any], person_id: ColumnElement[str]) -> Select[Any]:
    return query.outerjoin(person, person.c.id == person_id)


def count_fitting(connection: Connection, condition: Condition) -> int:
    """How many profiles fulfil a condition."""
    query = select(func.count()).select_from(person_profile).where(condition, _not_erased())
    return connection.scalar(query) or 0


def persons_held(connection: Connection, words: str) -> int:
    """How many profiles tell no sums, for a reason that begins with these words."""
    return count_fitting(connection, person_profile.c.held.startswith(words, autoescape=True))


def profile_of(connection: Connection, person_id: str) -> dict[str, Any] | None:
    """A person's profile, None where there is none."""
    found = connection.execute(select(person_profile).where(person_profile.c.person_id == person_id))
    row = found.mappings().one_or_none()
    return None if row is None else dict(row)


def least_of_top(connection: Connection, tenths: int) -> int | None:
    """The least sum among the so many tenths of buyers who bought for most; None where nobody bought."""
    bought = person_profile.c.spent > 0
    buyers = count_fitting(connection, bought)
    place = max(buyers * tenths // 10 - 1, 0)
    ranked = select(person_profile.c.spent).where(bought).order_by(person_profile.c.spent.desc())
    return connection.scalar(ranked.limit(1).offset(place))
