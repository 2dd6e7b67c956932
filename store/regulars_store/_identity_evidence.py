"""Who is linked with whom among all accounts, read in one pass a kind of key.

Accounts go by their place: SQLite's row number, PostgreSQL's id. What is kept in memory is those that share a
key with another, and of them the place alone.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Connection

from regulars_mapping import GuardRules, IdentityKey, KeyKind, Link, blocked, born_of, links_of
from regulars_store._driver import fetch, is_sqlite, stream

Place: TypeAlias = Any
"""An int on SQLite, a str on PostgreSQL."""

KEY_COLUMNS = {
    KeyKind.EMAIL: "email_folded",
    KeyKind.PHONE: "phone_e164",
    KeyKind.CARD: "card_number",
    KeyKind.EMAIL_ALIAS: "email_alias",
}
"""Where landing, and whoever writes by hand, left the keys of an account, ready to compare."""

# SQLite takes the values in their index's order, so that the holders of one come one after the other.
_HELD = "a.@place, a.id, a.email_folded, a.phone_e164, a.given_name, a.family_name, a.birth_date"
_SHARED = f"""
    SELECT a.@column, {_HELD}
    FROM (SELECT @column AS value FROM account WHERE @column <> ''
          GROUP BY @column HAVING count(*) > 1) AS shared
    CROSS JOIN account AS a WHERE a.@column = shared.value AND a.@column <> '' AND NOT a.gone @order"""  # noqa: S608 - no values

# Those whose e-mail is the one spelling itself have no alias beside it.
_SPELT = f"""
    SELECT a.email_alias AS value, {_HELD} FROM account AS a WHERE a.email_alias <> '' AND NOT a.gone
    UNION ALL
    SELECT a.email_folded, {_HELD}
    FROM (SELECT DISTINCT email_alias AS value FROM account WHERE email_alias <> '') AS spelt
    CROSS JOIN account AS a WHERE a.email_folded = spelt.value AND NOT a.gone
    ORDER BY 1"""  # noqa: S608 - no values


class _Holder(NamedTuple):
    value: str
    place: Place
    id: str
    email_folded: str
    phone_e164: str
    given_name: str
    family_name: str
    birth_date: str

    def __repr__(self) -> str:
        return f"_Holder({self.id!r}, ...)"


def place_column(connection: Connection) -> str:
    """The column of account by which it is found quickest."""
    return "rowid" if is_sqlite(connection) else "id"


class Parts:
    """Disjoint sets of places. Those that were never joined are not in it."""

    def __init__(self) -> None:
        self._above: dict[Place, Place] = {}

    def __contains__(self, place: Place) -> bool:
        return place in self._above

    def root(self, place: Place) -> Place:
        """One place that stands for all of its set."""
        above = self._above
        while (parent := above.setdefault(place, place)) != place:
            above[place] = above[parent]
            place = above[place]
        return place

    def join(self, a: Place, b: Place) -> None:
        """Make their two sets one."""
        a, b = self.root(a), self.root(b)
        self._above[b] = a

    def joins(self) -> dict[Place, Place]:
        """What was joined, as pairs: other parts that join them all know the same."""
        return {place: above for place, above in self._above.items() if place != above}

    def sets(self) -> dict[Place, list[Place]]:
        """Every set by its root."""
        found: dict[Place, list[Place]] = {}
        for place in self._above:
            found.setdefault(self.root(place), []).append(place)
        return found


def linked(
    connection: Connection, guard: GuardRules, parts: Parts, kinds: Iterable[KeyKind]
) -> Iterator[Sequence[Link]]:
    """The links that each shared key of these kinds gives; ``parts`` learns who is connected by them."""
    for kind in kinds:
        column = KEY_COLUMNS[kind]
        for value, holders in _holders(connection, column, at_most=guard.accounts_a_key + 1):
            if len(holders) < 2 or blocked(kind, [one.email_folded for one in holders], rules=guard):
                continue
            links = links_of(IdentityKey(kind, value), holders, born=born_of(holders))
            if not links:
                continue
            places = {holder.id: holder.place for holder in holders}
            for link in links:
                parts.join(places[link.a], places[link.b])
            yield links


def _holders(connection: Connection, column: str, *, at_most: int) -> Iterator[tuple[str, list[_Holder]]]:
    # With more than the guard lets pass it does not matter who the others are.
    order = "" if is_sqlite(connection) else f"ORDER BY a.{column}"
    sql = _SPELT if column == KEY_COLUMNS[KeyKind.EMAIL_ALIAS] else _SHARED
    for word, stands in (("@column", column), ("@place", place_column(connection)), ("@order", order)):
        sql = sql.replace(word, stands)
    value_of: Callable[[Sequence[Any]], str] = itemgetter(0)
    for value, rows in groupby(stream(connection, sql), key=value_of):
        yield value, [_Holder._make(row) for row in islice(rows, at_most)]


def is_blocked(connection: Connection, key: IdentityKey, guard: GuardRules) -> bool:
    """Whether too many hold this key, by the accounts as they are."""
    columns = [KEY_COLUMNS[key.kind]]
    if key.kind == KeyKind.EMAIL_ALIAS:
        columns.append(KEY_COLUMNS[KeyKind.EMAIL])
    emails: list[str] = []
    for column in columns:
        # An index may have those only that are not empty.
        found = f"{column} = :value AND {column} <> '' AND NOT gone"
        sql = f"SELECT email_folded FROM account WHERE {found} LIMIT :limit"  # noqa: S608
        rows = fetch(connection, sql, value=key.value, limit=guard.accounts_a_key + 1)
        emails += [email for (email,) in rows]
    return blocked(key.kind, emails, rules=guard)
