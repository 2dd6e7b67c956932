"""Resolving everything from scratch, with the rows that resolving change by change gives."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Connection, delete, exists, select, text, update

from regulars_mapping import (
    STANDARD_GUARD,
    Components,
    Decision,
    GuardRules,
    IdentityKey,
    KeyKind,
    Link,
    blocked,
    components,
    links_of,
    person_id_of,
)
from regulars_store._dirty import mark_dirty
from regulars_store._identity_queries import (
    AccountRow,
    account_page,
    accounts_of,
    chunks_of,
    every_decision,
    persons_of,
)
from regulars_store._identity_rows import link_rows, move_accounts, person_row, replace_rows
from regulars_store._shops import vouched_shops
from regulars_store._store import Store
from regulars_store._tables_derived import account, dirty, identity_key, identity_link, person

_MARK_EVERY_PERSON = text("""
    INSERT INTO dirty (stage, key, stamp) SELECT 'facts', id, :stamp FROM person WHERE true
    ON CONFLICT (stage, key) DO UPDATE SET stamp = excluded.stamp""")

_CACHE_KIB = 128 * 1024

_KEYS = (
    text("""
    INSERT INTO identity_key (kind, value, account_id) SELECT 'email', email_folded, id FROM account
    WHERE NOT gone AND email_folded <> '' ORDER BY email_folded, id"""),
    text("""
    INSERT INTO identity_key (kind, value, account_id) SELECT 'phone', phone_e164, id FROM account
    WHERE NOT gone AND phone_e164 <> '' ORDER BY phone_e164, id"""),
)

_SHARED_KEYS = text("""
    SELECT k.kind, k.value, a.id, a.email_folded, a.given_name, a.family_name
    FROM (SELECT kind, value, account_id, count(*) OVER (PARTITION BY kind, value) AS holders
          FROM identity_key) AS k
    CROSS JOIN account AS a WHERE k.holders > 1 AND a.id = k.account_id
    ORDER BY k.kind, k.value, k.account_id""")


class _Holder(NamedTuple):
    id: str
    email_folded: str
    given_name: str
    family_name: str

    def __repr__(self) -> str:
        return f"_Holder({self.id!r}, ...)"


def resolve_all(store: Store, *, chunk: int = 5_000, guard: GuardRules = STANDARD_GUARD) -> int:
    """Resolve every account anew, in one transaction; returns the number of persons.

    The rows are those of ``resolve``. Every person, former or new, is marked dirty for stage "facts", and
    the dirty marks of stage "identity" are cleared. Memory grows with the accounts that share something
    with another, not with all of them; ``chunk`` rows are read at a time. Meanwhile nobody else writes.
    """
    with store.write() as connection, _large_cache(connection):
        _clear(connection)
        outcome = components(*_evidence(connection, guard))
        replace_rows(connection, identity_link, [], link_rows(outcome))
        writer = _PersonWriter(connection)
        count = _write_single_persons(writer, outcome, chunk)
        count += _write_linked_persons(writer, outcome, chunk)
        _remove_former_persons(connection)
        connection.execute(_MARK_EVERY_PERSON, {"stamp": secrets.randbits(62)})
    return count


@contextmanager
def _large_cache(connection: Connection) -> Iterator[None]:
    # Ids come in no order: with SQLite's 2 MB every row would wait for a page of each index.
    if connection.dialect.name != "sqlite":
        yield
        return
    usual = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size=-{_CACHE_KIB}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size={usual}")


def _clear(connection: Connection) -> None:
    # The marks go first: a change that is marked after this is not in what is read below.
    connection.execute(delete(dirty).where(dirty.c.stage == "identity"))
    connection.execute(delete(identity_link))
    connection.execute(delete(identity_key))
    for statement in _KEYS:
        connection.execute(statement)
    lost = account.c.gone & (account.c.cluster_id.is_not(None) | account.c.person_id.is_not(None))
    connection.execute(update(account).where(lost).values(cluster_id=None, person_id=None))


def _evidence(connection: Connection, guard: GuardRules) -> tuple[set[str], list[Link], list[Decision]]:
    """Accounts that anything is known about, with every link and decision."""
    links = [link for key, holders in _shared_keys(connection) for link in _links(key, holders, guard)]
    decisions = every_decision(connection)
    named = {account_id for one in decisions for account_id in (one.a, one.b)}
    known = {row.id for row in accounts_of(connection, named, with_keys=False) if not row.gone}
    known.update(account_id for link in links for account_id in (link.a, link.b))
    return known, links, decisions


def _shared_keys(connection: Connection) -> Iterator[tuple[IdentityKey, list[_Holder]]]:
    rows = connection.execute(_SHARED_KEYS, execution_options={"yield_per": 2_000})
    for (kind, value), group in groupby(rows, key=lambda row: (row[0], row[1])):
        yield IdentityKey(KeyKind(kind), value), [_Holder(*row[2:]) for row in group]


def _links(key: IdentityKey, holders: list[_Holder], guard: GuardRules) -> list[Link]:
    if blocked(key.kind, [holder.email_folded for holder in holders], rules=guard):
        return []
    return links_of(key, holders)


class _PersonWriter:
    """Writes persons and their accounts' ids; compares with what is there unless there is nothing."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._vouched = vouched_shops(connection)
        self._fresh = connection.scalar(select(person.c.id).limit(1)) is None

    def write(self, persons: Mapping[str, Sequence[AccountRow]], cluster_of: Mapping[str, str]) -> None:
        found = ((row, cluster_of[row.id], who) for who, rows in persons.items() for row in rows)
        move_accounts(
            self.connection,
            (
                (row.id, cluster, who)
                for row, cluster, who in found
                if (row.cluster_id, row.person_id) != (cluster, who)
            ),
        )
        stored = () if self._fresh else (row._asdict() for row in persons_of(self.connection, persons))
        wanted = (person_row(who, rows, vouched=self._vouched) for who, rows in persons.items())
        replace_rows(self.connection, person, stored, wanted)


def _write_single_persons(writer: _PersonWriter, outcome: Components, chunk: int) -> int:
    """Accounts about which nothing is known: each is a person."""
    count, after = 0, ""
    while page := account_page(writer.connection, after=after, limit=chunk):
        after = page[-1].id
        single = (row for row in page if not row.gone and row.id not in outcome.person_of)
        alone = {person_id_of(row.id): [row] for row in single}
        writer.write(alone, {rows[0].id: rows[0].id for rows in alone.values()})
        count += len(alone)
    return count


def _write_linked_persons(writer: _PersonWriter, outcome: Components, chunk: int) -> int:
    members: dict[str, list[str]] = {}
    for account_id, who in outcome.person_of.items():
        members.setdefault(who, []).append(account_id)
    # Few persons have more than four accounts, so that these are about a chunk of rows.
    for some in chunks_of(sorted(members), max(1, chunk // 4)):
        ids = [id_ for who in some for id_ in members[who]]
        rows = {row.id: row for row in accounts_of(writer.connection, ids, with_keys=False)}
        writer.write({who: [rows[id_] for id_ in members[who]] for who in some}, outcome.cluster_of)
    return len(members)


def _remove_former_persons(connection: Connection) -> None:
    held = exists().where(account.c.person_id == person.c.id)
    former = list(connection.scalars(select(person.c.id).where(~held).order_by(person.c.id)))
    for some in chunks_of(former):
        connection.execute(delete(person).where(person.c.id.in_(some)))
        mark_dirty(connection, "facts", some)
