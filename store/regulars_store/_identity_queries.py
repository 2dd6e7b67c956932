"""What the resolver reads, each by one statement for up to 500 ids.

The ids go in as one JSON array, so that a statement has one variable and one text whatever their number.
CROSS JOIN fixes SQLite's join order: without statistics its planner may begin with every e-mail there is.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

import orjson
from sqlalchemy import ColumnElement, Connection, Row, TextualSelect, select, text

from regulars_mapping import Decision, DecisionKind, IdentityKey, KeyKind
from regulars_store._tables_derived import account, identity_key, identity_link, person
from regulars_store._tables_inputs import identity_decision

IDS_A_STATEMENT = 500

AnyRow: TypeAlias = Row[*tuple[Any, ...]]

_WANTED = {
    "sqlite": {
        "@ids": "json_each(:ids) AS wanted",
        "@keys": "json_each(:ids) AS wanted",
        "@kind": "json_extract(wanted.value, '$[0]')",
        "@value": "json_extract(wanted.value, '$[1]')",
    },
    "postgresql": {
        "@ids": "jsonb_array_elements_text(CAST(:ids AS jsonb)) AS wanted(value)",
        "@keys": "jsonb_array_elements(CAST(:ids AS jsonb)) AS wanted(value)",
        "@kind": "(wanted.value ->> 0)",
        "@value": "(wanted.value ->> 1)",
    },
}

# A key is read up to a bound: on a phone with ten thousand holders the rest would change nothing. '~' is
# behind every account id.
_HOLDERS = """
    SELECT k.kind, k.value, k.account_id, e.value, a.cluster_id
    FROM @keys CROSS JOIN identity_key AS k CROSS JOIN account AS a
    LEFT JOIN identity_key AS e ON e.account_id = k.account_id AND e.kind = 'email'
    WHERE k.kind = @kind AND k.value = @value AND a.id = k.account_id AND k.account_id <= coalesce((
        SELECT x.account_id FROM identity_key AS x WHERE x.kind = @kind AND x.value = @value
        ORDER BY x.account_id LIMIT 1 OFFSET :bound), '~')"""

_LINKS = """
    SELECT l.account_a, l.account_b, l.rule, l.evidence, l.taken FROM @ids CROSS JOIN identity_link AS l
    WHERE l.account_a = wanted.value"""

_DECISIONS = """
    SELECT d.id, d.kind, d.account_a, d.account_b, d.at, d.revokes
    FROM @ids CROSS JOIN identity_decision AS d WHERE d.account_a = wanted.value
    UNION
    SELECT d.id, d.kind, d.account_a, d.account_b, d.at, d.revokes
    FROM @ids CROSS JOIN identity_decision AS d WHERE d.account_b = wanted.value"""


class AccountRow(NamedTuple):
    """An account as it stands, and as it was last resolved: ``cluster_id``, ``person_id`` and its keys.

    The representation has the id only.
    """

    id: str
    registered: bool
    email_verified: bool | None
    email: str
    email_folded: str
    phone: str
    phone_e164: str
    given_name: str
    family_name: str
    name_folded: str
    version_at: datetime
    gone: bool
    cluster_id: str | None
    person_id: str | None
    held_email: str | None
    held_phone: str | None

    @property
    def keys_held(self) -> tuple[IdentityKey, ...]:
        """The keys under which the account was last resolved."""
        pairs = ((KeyKind.EMAIL, self.held_email), (KeyKind.PHONE, self.held_phone))
        return tuple(IdentityKey(kind, value) for kind, value in pairs if value)

    def __repr__(self) -> str:
        return f"AccountRow({self.id!r}, ...)"


class Held(NamedTuple):
    """One resolved holder of a key: its folded e-mail ('' where it has none) and its evidence cluster."""

    email: str
    cluster_id: str | None


_STORED = AccountRow._fields[:-2]
_STORED_COLUMNS = tuple(account.c[name] for name in _STORED)
_ACCOUNT_COLUMNS: tuple[ColumnElement[Any], ...] = (
    *_STORED_COLUMNS,
    identity_key.c.value.label("held_email"),
    identity_key.c.value.label("held_phone"),
)
_HOLDER_COLUMNS: tuple[ColumnElement[Any], ...] = (
    identity_key.c.kind,
    identity_key.c.value,
    identity_key.c.account_id,
    identity_key.c.value.label("email"),
    account.c.cluster_id,
)
_DECISION_COLUMNS = tuple(
    identity_decision.c[name] for name in ("id", "kind", "account_a", "account_b", "at", "revokes")
)
_LINK_COLUMNS = tuple(identity_link.c)
_PERSON_COLUMNS = tuple(person.c)

_ACCOUNTS = """
    SELECT @columns, e.value, p.value FROM @ids CROSS JOIN account AS a
    LEFT JOIN identity_key AS e ON e.account_id = a.id AND e.kind = 'email'
    LEFT JOIN identity_key AS p ON p.account_id = a.id AND p.kind = 'phone'
    WHERE a.@by = wanted.value""".replace("@columns", ", ".join(f"a.{name}" for name in _STORED))
_ACCOUNTS_WITHOUT_KEYS = """
    SELECT @columns, NULL, NULL FROM @ids CROSS JOIN account AS a
    WHERE a.@by = wanted.value""".replace("@columns", ", ".join(f"a.{name}" for name in _STORED))
_PERSONS = "SELECT @columns FROM @ids CROSS JOIN person AS p WHERE p.id = wanted.value".replace(
    "@columns", ", ".join(f"p.{column.name}" for column in person.c)
)


def accounts_of(connection: Connection, ids: Collection[str], *, with_keys: bool = True) -> list[AccountRow]:
    """The accounts with these ids; an id without a row gives nothing."""
    sql = _ACCOUNTS if with_keys else _ACCOUNTS_WITHOUT_KEYS
    rows = _read(connection, sql.replace("@by", "id"), _ACCOUNT_COLUMNS, ids)
    return [AccountRow._make(row) for row in rows]


def accounts_in_clusters(connection: Connection, clusters: Collection[str]) -> list[AccountRow]:
    """Every account of these evidence clusters."""
    rows = _read(connection, _ACCOUNTS.replace("@by", "cluster_id"), _ACCOUNT_COLUMNS, clusters)
    return [AccountRow._make(row) for row in rows]


def account_page(connection: Connection, *, after: str, limit: int) -> list[AccountRow]:
    """The next accounts by id, from behind ``after`` ('' to begin), without their keys."""
    query = select(*_STORED_COLUMNS).where(account.c.id > after).order_by(account.c.id).limit(limit)
    return [AccountRow._make((*row, None, None)) for row in connection.execute(query)]


def holders_of(
    connection: Connection, keys: Collection[IdentityKey], *, bound: int
) -> dict[IdentityKey, dict[str, Held]]:
    """The accounts last resolved under these keys, at most ``bound + 1`` a key: more than it, or all."""
    found: dict[IdentityKey, dict[str, Held]] = {key: {} for key in keys}
    pairs = [(key.kind.value, key.value) for key in keys]
    rows = _read(connection, _HOLDERS, _HOLDER_COLUMNS, pairs, bound=bound)
    for kind, value, account_id, email, cluster in rows:
        found[IdentityKey(KeyKind(kind), value)][account_id] = Held(email or "", cluster)
    return found


def decisions_about(connection: Connection, ids: Collection[str]) -> dict[int, Decision]:
    """Every decision that names one of these accounts, by id."""
    return {row[0]: _decision(row) for row in _read(connection, _DECISIONS, _DECISION_COLUMNS, ids)}


def every_decision(connection: Connection) -> list[Decision]:
    """The whole journal of decisions."""
    return [
        _decision(row)
        for row in connection.execute(select(*_DECISION_COLUMNS).order_by(identity_decision.c.id))
    ]


def _decision(row: AnyRow) -> Decision:
    id_, kind, account_a, account_b, at, revokes = row
    return Decision(id_, DecisionKind(kind), account_a, account_b, at, revokes)


def links_from(connection: Connection, ids: Collection[str]) -> Iterator[AnyRow]:
    """The stored links whose smaller account is one of these."""
    return _read(connection, _LINKS, _LINK_COLUMNS, ids)


def persons_of(connection: Connection, ids: Collection[str]) -> Iterator[AnyRow]:
    """The stored persons with these ids."""
    return _read(connection, _PERSONS, _PERSON_COLUMNS, ids)


def chunks_of(items: Iterable[Any], size: int = IDS_A_STATEMENT) -> Iterator[list[Any]]:
    """The items in lists of at most ``size``."""
    remaining = iter(items)
    while chunk := list(islice(remaining, size)):
        yield chunk


def _read(
    connection: Connection,
    sql: str,
    columns: tuple[ColumnElement[Any], ...],
    ids: Collection[Any],
    **bounds: int,
) -> Iterator[AnyRow]:
    statement = _statement(connection.dialect.name, sql, columns)
    for chunk in chunks_of(ids):
        yield from connection.execute(statement, {"ids": orjson.dumps(chunk).decode(), **bounds})


@cache
def _statement(dialect: str, sql: str, columns: tuple[ColumnElement[Any], ...]) -> TextualSelect:
    for name, words in _WANTED[dialect].items():
        sql = sql.replace(name, words)
    return text(sql).columns(*columns)
