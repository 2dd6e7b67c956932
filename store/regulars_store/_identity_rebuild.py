"""Resolving everything from scratch, with the rows that resolving change by change gives."""

import gc
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import chain

from sqlalchemy import Connection, Index, delete, exists, func, or_, select, text, update

from regulars_mapping import STANDARD_GUARD, GuardRules
from regulars_store._dirty import dirty_count, new_stamp
from regulars_store._driver import is_sqlite, put
from regulars_store._identity_beside import LONG, judged_beside, pays
from regulars_store._identity_evidence import KEY_COLUMNS, place_column
from regulars_store._identity_judging import Batch, Finisher, judged
from regulars_store._identity_queries import LINK_NAMES, PERSON_NAMES
from regulars_store._identity_rows import move_accounts
from regulars_store._lease import database_time
from regulars_store._store import Store
from regulars_store._tables import lease
from regulars_store._tables_derived import account, dirty, identity_key, identity_link, person

_CACHE_KIB = 384 * 1024
_MANY = 20_000
SHORT = 100_000
"""Accounts that are resolved from scratch in well less than a writer waits for its turn."""

_SOMEBODY = exists().where(person.c.id != "")
_MARK_EVERY_PERSON = text("""
    INSERT INTO dirty (stage, key, stamp) SELECT 'facts', id, :stamp FROM person WHERE true ORDER BY id
    ON CONFLICT (stage, key) DO UPDATE SET stamp = excluded.stamp""")

# Read as the rows lie and then sorted: by its index, every row of account would be looked for.
_KEYS = """
    INSERT INTO identity_key (kind, value, account_id) SELECT '@kind', @column, id FROM account @whole
    WHERE NOT gone AND @column <> '' ORDER BY @column, id"""


def scratch_pays(connection: Connection) -> bool:
    """Whether ``resolve_all`` is quicker than resolving what is marked: very many accounts, most of them."""
    marked = dirty_count(connection, "identity")
    return marked >= _MANY and 2 * marked >= (connection.scalar(select(func.count(account.c.id))) or 0)


def scratch_disturbs(connection: Connection, *, now: datetime) -> bool:
    """Whether others would be kept from writing for long while ``resolve_all`` writes.

    Nobody is where a few seconds are enough, or where there is no person yet to serve and nobody reads from a
    shop or writes to one.
    """
    if _account_count(connection, SHORT + 1) <= SHORT:
        return False
    moment = database_time(connection, now)
    at_work = or_(lease.c.resource.startswith("pull:"), lease.c.resource.startswith("push:"))
    others = exists().where(at_work, lease.c.owner != "", lease.c.expires_at > moment)
    return bool(connection.scalar(select(or_(others, _SOMEBODY))))


def resolve_all(
    store: Store,
    *,
    chunk: int = 5_000,
    guard: GuardRules = STANDARD_GUARD,
    processes: int = 2,
    also: Callable[[Connection], None] = lambda _: None,
) -> int:
    """Resolve every account anew, in one transaction; returns the number of persons.

    The rows are those of ``resolve``. Every person, former or new, is marked dirty for stage "facts", and
    the dirty marks of stage "identity" are cleared. Memory grows with the accounts that share something
    with another, not with all of them; ``chunk`` rows are read at a time. Meanwhile nobody else writes. With
    two ``processes`` a second one shares a long work; raises RetryError when that is ended from outside.
    ``also`` is done last in the transaction, which it renders void by raising: where a lease is renewed.
    """
    with store.rebuild() as connection, _large_cache(connection), _uncollected():
        _count_for_planner(connection)
        if processes < 2 or not pays(_account_count(connection, LONG)):
            count = _replace_all(connection, judged(connection, guard=guard, chunk=chunk))
        else:
            with judged_beside(connection, store.url, guard=guard, chunk=chunk) as shared:
                count = _replace_all(connection, shared.there, first=shared.here)
        also(connection)
    return count


def _count_for_planner(connection: Connection) -> None:
    """Tell PostgreSQL how many accounts there are now. Where it last looked when there were none, it goes
    through all of them for each that is written: hours, for many."""
    if not is_sqlite(connection):
        connection.execute(text("ANALYZE account"))


def _account_count(connection: Connection, at_most: int) -> int:
    query = select(func.count()).select_from(select(account.c.id).limit(at_most).subquery())
    return connection.scalar(query) or 0


def _replace_all(connection: Connection, batches: Iterator[Batch], *, first: Iterable[Batch] = ()) -> int:
    stamp = new_stamp()
    were_any = connection.scalar(select(_SOMEBODY))
    # The marks go first: a change that is marked after this is not in what is read below.
    connection.execute(delete(dirty).where(dirty.c.stage == "identity"))
    connection.execute(_MARK_EVERY_PERSON, {"stamp": stamp})
    with _without_indexes(connection, _indexes()):
        # Nearly all links come first, so that theirs is made while persons are still judged.
        with _without_indexes(connection, identity_link.indexes):
            _clear(connection)
            for batch in first:
                _write(connection, batch)
            _write_keys(connection)
            found = _write_links(connection, batches)
        finisher = Finisher(connection)
        count = sum(_write(connection, finisher.finished(batch)) for batch in chain(found, batches))
    if were_any:
        connection.execute(delete(person).where(~exists().where(account.c.person_id == person.c.id)))
    connection.execute(_MARK_EVERY_PERSON, {"stamp": stamp})
    return count


@contextmanager
def _large_cache(connection: Connection) -> Iterator[None]:
    # Ids come in no order: with SQLite's 2 MB every row would wait for a page of each index.
    if not is_sqlite(connection):
        yield
        return
    usual = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size=-{_CACHE_KIB}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size={usual}")


@contextmanager
def _uncollected() -> Iterator[None]:
    # Rows refer to nothing that refers to them: looking for circles among a million is time lost.
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def _without_indexes(connection: Connection, indexes: Collection[Index]) -> Iterator[None]:
    """Without these indexes of what is written, which are made at the end by sorting: several times quicker.

    On SQLite, where readers go on with the store as it was. On PostgreSQL they would have to wait.
    """
    ordered = sorted(indexes, key=lambda index: str(index.name)) if is_sqlite(connection) else []
    for index in ordered:
        index.drop(connection)
    yield
    for index in ordered:
        index.create(connection)


def _indexes() -> set[Index]:
    moved = {account.c.cluster_id, account.c.person_id}
    of_account = {index for index in account.indexes if not moved.isdisjoint(index.columns)}
    return of_account | person.indexes


def _clear(connection: Connection) -> None:
    connection.execute(delete(identity_link))
    lost = account.c.gone & (account.c.cluster_id.is_not(None) | account.c.person_id.is_not(None))
    connection.execute(update(account).where(lost).values(cluster_id=None, person_id=None))


def _write_keys(connection: Connection) -> None:
    whole = "NOT INDEXED" if is_sqlite(connection) else ""
    with _without_indexes(connection, identity_key.indexes):
        connection.execute(delete(identity_key))
        for kind, column in KEY_COLUMNS.items():
            sql = _KEYS.replace("@kind", kind.value).replace("@column", column).replace("@whole", whole)
            connection.exec_driver_sql(sql)


def _write_links(connection: Connection, batches: Iterator[Batch]) -> list[Batch]:
    """Write the links that come first; the batch that was taken after them, if any."""
    for batch in batches:
        if batch.persons or batch.left:
            return [batch]
        _write(connection, batch)
    return []


def _write(connection: Connection, batch: Batch) -> int:
    put(connection, identity_link, LINK_NAMES, batch.links)
    put(connection, person, PERSON_NAMES, batch.persons)
    move_accounts(connection, batch.moves, by=place_column(connection))
    return len(batch.persons)
