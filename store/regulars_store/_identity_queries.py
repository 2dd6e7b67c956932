"""What the resolver reads, each by one statement for up to 500 ids.

The ids go in as one JSON array, so that a statement has one variable and one text whatever their number.
CROSS JOIN fixes SQLite's join order: without statistics its planner may begin with every e-mail there is.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from regulars_mapping import Decision, DecisionKind, IdentityKey, KeyKind
from regulars_store._driver import Plain, fetch, json_text, utc
from regulars_store._tables_derived import identity_link

IDS_A_STATEMENT = 500
LINK_NAMES = tuple(identity_link.c.keys())
PERSON_NAMES = (
    *("id", "anchor", "given_name", "family_name", "name_folded", "name_skeleton", "email", "phone"),
    *("sources", "birth_date", "gender", "language", "kind", "status", "missing"),
    *("preferred_channel", "preferred_hour", "manager", "accounts"),
)
"""The columns of person that follow from its accounts; others are not touched."""
_DOCUMENTS = frozenset(PERSON_NAMES.index(name) for name in ("sources", "missing"))

_WANTED = {
    "sqlite": {
        "@ids": "json_each(:ids) AS wanted",
        "@pairs": "json_each(:ids) AS wanted",
        "@kind": "json_extract(wanted.value, '$[0]')",
        "@value": "json_extract(wanted.value, '$[1]')",
        "@held": "json_group_object(k.kind, k.value)",
    },
    "postgresql": {
        "@ids": "jsonb_array_elements_text(CAST(:ids AS jsonb)) AS wanted(value)",
        "@pairs": "jsonb_array_elements(CAST(:ids AS jsonb)) AS wanted(value)",
        "@kind": "(wanted.value ->> 0)",
        "@value": "(wanted.value ->> 1)",
        "@held": "CAST(json_object_agg(k.kind, k.value) AS text)",
    },
}

# A key is read up to a bound: on a phone with ten thousand holders the rest would change nothing. '~' is
# behind every account id.
_HOLDERS = """
    SELECT k.kind, k.value, k.account_id, e.value, a.cluster_id
    FROM @pairs CROSS JOIN identity_key AS k CROSS JOIN account AS a
    LEFT JOIN identity_key AS e ON e.account_id = k.account_id AND e.kind = 'email'
    WHERE k.kind = @kind AND k.value = @value AND a.id = k.account_id AND k.account_id <= coalesce((
        SELECT x.account_id FROM identity_key AS x WHERE x.kind = @kind AND x.value = @value
        ORDER BY x.account_id LIMIT 1 OFFSET :bound), '~')"""

_LINKS = """
    SELECT @columns FROM @ids CROSS JOIN identity_link AS l
    WHERE l.account_a = wanted.value""".replace("@columns", ", ".join(f"l.{name}" for name in LINK_NAMES))

_DECISION = "SELECT d.id, d.kind, d.account_a, d.account_b, d.at, d.revokes FROM"
_DECISIONS = f"""
    {_DECISION} @ids CROSS JOIN identity_decision AS d WHERE d.account_a = wanted.value
    UNION ALL
    {_DECISION} @ids CROSS JOIN identity_decision AS d WHERE d.account_b = wanted.value"""
_EVERY_DECISION = f"{_DECISION} identity_decision AS d ORDER BY d.id"


class AccountRow(NamedTuple):
    """An account as it stands, and as it was last resolved: ``cluster_id``, ``person_id`` and its keys.

    ``version`` and the truth values are as the driver gives them: SQLite's are a text, 0 and 1. ``held`` are
    its keys by kind, as JSON. The representation has the id only.
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
    card_number: str
    email_alias: str
    birth_date: str
    version: str | datetime
    gone: bool
    cluster_id: str | None
    person_id: str | None
    held: str | None

    @property
    def version_at(self) -> datetime:
        """When the shop last changed it."""
        return utc(self.version)

    @property
    def keys_held(self) -> tuple[IdentityKey, ...]:
        """The keys under which the account was last resolved."""
        if self.held is None or self.held == _NONE_HELD:
            return ()
        held = orjson.loads(self.held)
        return _keys(*map(held.get, _KINDS))

    @property
    def keys(self) -> tuple[IdentityKey, ...]:
        """The keys that the account holds as it stands."""
        return _keys(self.email_folded, self.phone_e164, self.card_number, self.email_alias)

    def __repr__(self) -> str:
        return f"AccountRow({self.id!r}, ...)"


_KINDS = (KeyKind.EMAIL, KeyKind.PHONE, KeyKind.CARD, KeyKind.EMAIL_ALIAS)
_NONE_HELD = "{}"


def _keys(*values: str | None) -> tuple[IdentityKey, ...]:
    return tuple(IdentityKey(kind, value) for kind, value in zip(_KINDS, values, strict=True) if value)


class Held(NamedTuple):
    """One resolved holder of a key: its folded e-mail ('' where it has none) and its evidence cluster."""

    email: str
    cluster_id: str | None


STORED = tuple("version_at" if name == "version" else name for name in AccountRow._fields[:-1])
"""The columns of account that begin an AccountRow."""

_ACCOUNTS = """
    SELECT @columns, (SELECT @held FROM identity_key AS k WHERE k.account_id = a.id)
    FROM @ids CROSS JOIN account AS a WHERE a.@by = wanted.value"""
_ACCOUNTS = _ACCOUNTS.replace("@columns", ", ".join(f"a.{name}" for name in STORED))
_ACCOUNTS_BY_ID = _ACCOUNTS.replace("@by", "id")
_ACCOUNTS_BY_CLUSTER = _ACCOUNTS.replace("@by", "cluster_id")
ACCOUNTS_BY_PERSON = _ACCOUNTS.replace("@by", "person_id")
_PERSONS = "SELECT @columns FROM @ids CROSS JOIN person AS p WHERE p.id = wanted.value".replace(
    "@columns", ", ".join(f"p.{name}" for name in PERSON_NAMES)
)


def accounts_of(connection: Connection, ids: Collection[str]) -> list[AccountRow]:
    """The accounts with these ids; an id without a row gives nothing."""
    return [AccountRow._make(row) for row in read_wanted(connection, _ACCOUNTS_BY_ID, ids)]


def accounts_in_clusters(connection: Connection, clusters: Collection[str]) -> list[AccountRow]:
    """Every account of these evidence clusters."""
    return [AccountRow._make(row) for row in read_wanted(connection, _ACCOUNTS_BY_CLUSTER, clusters)]


def holders_of(
    connection: Connection, keys: Collection[IdentityKey], *, bound: int
) -> dict[IdentityKey, dict[str, Held]]:
    """The accounts last resolved under these keys, of each more than ``bound``, or all.

    Those of an alias are they that have it, and they whose e-mail it is.
    """
    pairs = dict.fromkeys(pair for key in keys for pair in _stored_as(key))
    under: dict[tuple[str, str], dict[str, Held]] = {pair: {} for pair in pairs}
    rows = read_wanted(connection, _HOLDERS, list(pairs), bound=bound)
    for kind, value, account_id, email, cluster in rows:
        under[kind, value][account_id] = Held(email or "", cluster)
    return {key: {id_: held for pair in _stored_as(key) for id_, held in under[pair].items()} for key in keys}


def _stored_as(key: IdentityKey) -> tuple[tuple[str, str], ...]:
    stored = (key.kind.value, key.value)
    return (stored, (KeyKind.EMAIL.value, key.value)) if key.kind == KeyKind.EMAIL_ALIAS else (stored,)


def decisions_about(connection: Connection, ids: Collection[str]) -> dict[int, Decision]:
    """Every decision that names one of these accounts, by id."""
    return {row[0]: _decision(row) for row in read_wanted(connection, _DECISIONS, ids)}


def every_decision(connection: Connection) -> list[Decision]:
    """The whole journal of decisions."""
    return [_decision(row) for row in fetch(connection, _EVERY_DECISION)]


def _decision(row: Plain) -> Decision:
    id_, kind, account_a, account_b, at, revokes = row
    return Decision(id_, DecisionKind(kind), account_a, account_b, utc(at), revokes)


def links_from(connection: Connection, ids: Collection[str]) -> Iterator[Plain]:
    """The stored links whose smaller account is one of these: LINK_NAMES."""
    return (
        (a, b, rule, json_text(evidence), taken, rules)
        for a, b, rule, evidence, taken, rules in read_wanted(connection, _LINKS, ids)
    )


def persons_of(connection: Connection, ids: Collection[str]) -> Iterator[Plain]:
    """The stored persons with these ids: PERSON_NAMES."""
    return (
        tuple(json_text(value) if at in _DOCUMENTS else value for at, value in enumerate(row))
        for row in read_wanted(connection, _PERSONS, ids)
    )


def chunks_of(items: Iterable[Any], size: int = IDS_A_STATEMENT) -> Iterator[list[Any]]:
    """The items in lists of at most ``size``."""
    remaining = iter(items)
    while chunk := list(islice(remaining, size)):
        yield chunk


def read_wanted(connection: Connection, sql: str, ids: Collection[Any], **bounds: int) -> Iterator[Plain]:
    """The rows of a statement that reads ``@ids``: each id in one row, in its column ``value``."""
    statement = _statement(connection.dialect.name, sql)
    for chunk in chunks_of(ids):
        yield from fetch(connection, statement, ids=orjson.dumps(chunk).decode(), **bounds)


@cache
def _statement(dialect: str, sql: str) -> str:
    for name, words in _WANTED[dialect].items():
        sql = sql.replace(name, words)
    return sql
