"""What resolving costs, counted in statements and in SQLite's own steps: never in seconds."""

import time
from collections.abc import Iterable
from typing import Any

import pytest
from sqlalchemy import event, func, select

from identity_scene import account_row, add_test_shops
from identity_world import Attributes
from regulars_mapping import MisconfiguredError
from regulars_store import Store, insert_rows, resolve, resolve_all, tables

PHONE = "+380671234567"


def guests(
    count: int, phone: str = PHONE, first: int = 0, *, email: str = "person{}@example.com"
) -> list[dict[str, Any]]:
    return [
        account_row(f"1:guest-{n:032x}", Attributes(email.format(n), phone, "Anna", "Koval"))
        for n in range(first, first + count)
    ]


CROWDS = {"one phone": {}, "one mailbox": {"phone": "", "email": "anna.koval+{}@gmail.com"}}
crowded = pytest.mark.parametrize("crowd", CROWDS.values(), ids=CROWDS)


def strangers(first: int, last: int) -> list[dict[str, Any]]:
    return [row for n in range(first, last) for row in guests(1, f"+38067{n:07d}", first=n)]


def land(store: Store, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), 500):
        some = rows[start : start + 500]
        with store.write() as connection:
            insert_rows(connection, tables.account, some)
            resolve(connection, [row["id"] for row in some])


def counted(store: Store, table: Any) -> int:
    with store.read() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def statements(store: Store, ids: Iterable[str]) -> int:
    seen: list[str] = []
    with store.write() as connection:
        # On SQLite they are said to the driver, row by row where rows are written.
        dbapi: Any = connection.connection.dbapi_connection
        if store.dialect == "sqlite":
            dbapi.set_trace_callback(lambda sql: seen.append(sql.partition("VALUES")[0].partition("=")[0]))
        else:
            event.listen(connection, "before_cursor_execute", lambda *given: seen.append(given[2]))
        resolve(connection, list(ids))
        if store.dialect == "sqlite":
            dbapi.set_trace_callback(None)
            return len([sql for sql in seen if sql.lstrip().startswith("SELECT")]) + len(
                {sql for sql in seen if not sql.lstrip().startswith("SELECT")}
            )
    return len(seen)


def steps_of_sqlite(store: Store, row: dict[str, Any]) -> int:
    """How many instructions SQLite's virtual machine takes to resolve one more account."""
    ticks: list[int] = []
    with store.write() as connection:
        insert_rows(connection, tables.account, [row])
        dbapi = connection.connection.dbapi_connection
        dbapi.set_progress_handler(lambda: ticks.append(1) or 0, 1)
        resolve(connection, [row["id"]])
        dbapi.set_progress_handler(None, 0)
    return len(ticks)


def test_five_hundred_dirty_accounts_take_few_statements(store: Store):
    with store.write() as connection:
        add_test_shops(connection)
        pairs = guests(250, "") + guests(250, "+380507654321", first=250)
        insert_rows(connection, tables.account, pairs)
    ids = [row["id"] for row in pairs]
    assert statements(store, ids) <= 12
    with store.write() as connection:
        shared = tables.account.update().values(email_folded="x" + tables.account.c.email_folded)
        connection.execute(shared)
    assert statements(store, ids) <= 16


def test_one_more_account_takes_few_statements(store: Store):
    with store.write() as connection:
        add_test_shops(connection)
        stranger, known, again = guests(1, ""), guests(1, "", first=1), guests(1, "", first=1)
        again[0] |= {"id": "2:7", "shop_id": 2, "external_id": "7"}
        insert_rows(connection, tables.account, stranger + known)
    assert statements(store, [row["id"] for row in stranger]) <= 7
    assert statements(store, [row["id"] for row in known]) <= 7
    with store.write() as connection:
        insert_rows(connection, tables.account, again)
    assert statements(store, ["2:7"]) <= 11


@crowded
def test_ten_thousand_guests_on_one_key_stay_apart(sqlite_store: Store, crowd: dict[str, str]):
    with sqlite_store.write() as connection:
        add_test_shops(connection)
    began = time.process_time()
    land(sqlite_store, guests(10_000, **crowd))
    assert time.process_time() - began < 20
    assert counted(sqlite_store, tables.person) == 10_000
    assert counted(sqlite_store, tables.identity_link) == 0
    resolve_all(sqlite_store)
    assert counted(sqlite_store, tables.person) == 10_000


@crowded
def test_the_ten_thousandth_guest_on_a_key_costs_what_the_hundredth_does(
    sqlite_store: Store, crowd: dict[str, str]
):
    with sqlite_store.write() as connection:
        add_test_shops(connection)
    land(sqlite_store, guests(100, **crowd))
    (early,) = guests(1, first=20_000, **crowd)
    before = steps_of_sqlite(sqlite_store, early)
    land(sqlite_store, guests(9_900, first=100, **crowd))
    (late,) = guests(1, first=20_001, **crowd)
    assert before > 0
    assert steps_of_sqlite(sqlite_store, late) <= 2 * before


def test_one_more_account_costs_the_same_in_a_large_store_without_statistics(sqlite_store: Store):
    with sqlite_store.write() as connection:
        add_test_shops(connection)
    land(sqlite_store, strangers(0, 200))
    before = steps_of_sqlite(sqlite_store, account_row("2:1", Attributes("person7@example.com")))
    land(sqlite_store, strangers(200, 5_200))
    after = steps_of_sqlite(sqlite_store, account_row("2:2", Attributes("person8@example.com")))
    assert after <= 2 * before


def test_one_write_after_the_other_leaves_sqlite_its_compiled_statements(sqlite_store: Store):
    seen: list[str] = []
    for mode in (sqlite_store.write, sqlite_store.read, sqlite_store.write):
        with mode() as connection:
            connection.connection.dbapi_connection.set_trace_callback(seen.append)
    with sqlite_store.write() as connection:
        connection.connection.dbapi_connection.set_trace_callback(None)
    # These make SQLite forget all that it has compiled: said at each change of mode and never else.
    forgetting = [sql for sql in seen if "query_only" in sql or "foreign_keys" in sql]
    assert forgetting == ["PRAGMA query_only=1", "PRAGMA query_only=0"]
    with pytest.raises(MisconfiguredError), sqlite_store.read() as connection:
        connection.execute(tables.account.delete())
