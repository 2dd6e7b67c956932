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
from regulars_store._shops import checks_emails
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
    SELECT @columns FROM @ids CROSS JOIN identity_link AS l
    WHERE l.account_a = wanted.value""".replace("@columns", ", ".join(f"l.{name}" for name in LINK_NAMES))

_DECISION = "SELECT d.id, d.kind, d.account_a, d.account_b, d.at, d.revokes FROM"
_DECISIONS = f"""
    {_DECISION} @ids CROSS JOIN identity_decision AS d WHERE d.account_a = wanted.value
    UNION
    {_DECISION} @ids CROSS JOIN identity_decision AS d WHERE d.account_b = wanted.value"""
_EVERY_DECISION = f"{_DECISION} identity_decision AS d ORDER BY d.id"


class AccountRow(NamedTuple):
    """An account as it stands, and as it was last resolved: ``cluster_id``, ``person_id`` and its keys.

    ``version`` and the truth values are as the driver gives them: SQLite's are a text, 0 and 1. The
    representation has the id only.
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
    version: str | datetime
    gone: bool
    cluster_id: str | None
    person_id: str | None
    held_email: str | None
    held_phone: str | None
    held_card: str | None

    @property
    def version_at(self) -> datetime:
        """When the shop last changed it."""
        return utc(self.version)

    @property
    def keys_held(self) -> tuple[IdentityKey, ...]:
        """The keys under which the account was last resolved."""
        return _keys(self.held_email, self.held_phone, self.held_card)

    @property
    def keys(self) -> tuple[IdentityKey, ...]:
        """The keys that the account holds as it stands."""
        return _keys(self.email_folded, self.phone_e164, self.card_number)

    def __repr__(self) -> str:
        return f"AccountRow({self.id!r}, ...)"


def _keys(email: str | None, phone: str | None, card: str | None) -> tuple[IdentityKey, ...]:
    pairs = ((KeyKind.EMAIL, email), (KeyKind.PHONE, phone), (KeyKind.CARD, card))
    return tuple(IdentityKey(kind, value) for kind, value in pairs if value)


class Held(NamedTuple):
    """One resolved holder of a key: its folded e-mail ('' where it has none) and its evidence cluster."""

    email: str
    cluster_id: str | None


STORED = tuple("version_at" if name == "version" else name for name in AccountRow._fields[:-3])
"""The columns of account that begin an AccountRow."""

_ACCOUNTS = """
    SELECT @columns, e.value, p.value, c.value FROM @ids CROSS JOIN account AS a
    LEFT JOIN identity_key AS e ON e.account_id = a.id AND e.kind = 'email'
    LEFT JOIN identity_key AS p ON p.account_id = a.id AND p.kind = 'phone'
    LEFT JOIN identity_key AS c ON c.account_id = a.id AND c.kind = 'card'
    WHERE a.@by = wanted.value""".replace("@columns", ", ".join(f"a.{name}" for name in STORED))
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
    """The accounts last resolved under these keys, at most ``bound + 1`` a key: more than it, or all."""
    found: dict[IdentityKey, dict[str, Held]] = {key: {} for key in keys}
    pairs = [(key.kind.value, key.value) for key in keys]
    rows = read_wanted(connection, _HOLDERS, pairs, bound=bound)
    for kind, value, account_id, email, cluster in rows:
        found[IdentityKey(KeyKind(kind), value)][account_id] = Held(email or "", cluster)
    return found


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
        (a, b, rule, json_text(evidence), taken)
        for a, b, rule, evidence, taken in read_wanted(connection, _LINKS, ids)
    )


def persons_of(connection: Connection, ids: Collection[str]) -> Iterator[Plain]:
    """The stored persons with these ids: PERSON_NAMES."""
    return (
        tuple(json_text(value) if at in _DOCUMENTS else value for at, value in enumerate(row))
        for row in read_wanted(connection, _PERSONS, ids)
    )


def vouched_shops(connection: Connection) -> frozenset[int]:
    """The shops, connected or not, of which the owner says that they check e-mails."""
    rows = fetch(connection, "SELECT id, options FROM shop")
    return frozenset(id_ for id_, options in rows if checks_emails(orjson.loads(json_text(options))))


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
