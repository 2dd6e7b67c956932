"""Erasing beside others: families on one phone, who named whom, what was not understood, who reads."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pydantic import SecretStr
from sqlalchemy import select

import regulars_store as store
from agent_world import COFFEE
from erasure_world import BILLING, FIRST, PHONE, SECOND, files_with_traces, traces
from regulars_agent import (
    Workspace,
    backfill,
    derive,
    erase_person,
    find_persons,
    finish_erasures,
    sync,
)
from regulars_agent import _erasure_residue as residue
from regulars_agent import _suppression_key as keys
from regulars_agent._chores import do_chores
from regulars_agent._leases import visit
from regulars_agent._pull import Pulled, land_records
from regulars_mapping import Kind, MisconfiguredError, RetryError
from two_shops_world import MARKET, TwoShops, two_shops

SAID = {"who": "Olha", "why": "asked for it"}
TARAS = "taras.husband@example.com"
HIS = {"first_name": "Taras", "last_name": "Fieldman", "email": TARAS, "phone": "0671112233"}


ON_A_FILE = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@pytest.fixture
def market(empty_workspace: Workspace) -> Iterator[TwoShops]:
    with two_shops(empty_workspace) as shops:
        yield shops


def learnt(shops: TwoShops) -> None:
    assert (sync if shops.backfilled else backfill)(shops.workspace, MARKET).complete
    shops.backfilled = True
    derive(shops.workspace)


def row_of(workspace: Workspace, table: str, id_: str) -> dict[str, object]:
    found = store.tables.metadata.tables[table]
    with workspace.store.read() as connection:
        return dict(connection.execute(select(found).where(found.c.id == id_)).mappings().one())


def test_a_family_keeps_what_is_theirs(market: TwoShops) -> None:
    workspace, shop = market.workspace, market.market
    wife = shop.register(FIRST, billing=BILLING | {"email": FIRST})
    husband = shop.register(TARAS, billing=HIS)
    shop.place_order(items=[(COFFEE, 1)], customer_id=wife, billing=BILLING | {"email": FIRST})
    his = shop.place_order(items=[(COFFEE, 2)], customer_id=husband, billing=HIS)
    named = shop.place_order(items=[(COFFEE, 3)], customer_id=husband, billing=HIS | {"email": FIRST})
    gift = {**HIS, "phone": "0509998877"}
    for_her = shop.place_order(items=[(COFFEE, 1)], customer_id=husband, billing=gift)
    shop.edit_customer(wife, billing={"phone": "0509998877"})
    learnt(market)
    before = row_of(workspace, "account", market.account(MARKET, husband))
    erase_person(workspace, FIRST, **SAID)
    assert row_of(workspace, "account", market.account(MARKET, husband)) == before
    assert row_of(workspace, "order", market.account(MARKET, his))["contact"]["phone"] == HIS["phone"]
    order = row_of(workspace, "order", market.account(MARKET, named))
    assert order["account_id"] == market.account(MARKET, husband)
    assert order["contact"]["email"].endswith("@erased.invalid")
    given = row_of(workspace, "order", market.account(MARKET, for_her))
    assert given["contact"]["phone"] == gift["phone"], "what he gave for himself stays as he gave it"
    later = shop.place_order(items=[(COFFEE, 1)], billing=HIS)
    unnamed = shop.place_order(items=[(COFFEE, 1)], billing={**HIS, "email": ""})
    learnt(market)
    for number in (later, unnamed):
        contact = row_of(workspace, "order", market.account(MARKET, number))["contact"]
        assert contact["given_name"] == "Taras"
    assert FIRST not in str(list(traces(workspace)))
    assert set(traces(workspace).values()) <= {"671112233"}, "his own number"


def test_what_was_said_before_and_what_could_not_be_read_goes_too(market: TwoShops) -> None:
    workspace, shop = market.workspace, market.market
    wife = shop.register(SECOND, billing=BILLING | {"email": SECOND})
    bought = shop.place_order(items=[(COFFEE, 1)], customer_id=wife, billing=BILLING | {"email": SECOND})
    broken = shop.place_order(items=[(COFFEE, 1)], billing=BILLING | {"email": FIRST})
    learnt(market)
    with visit(workspace, market.shop(MARKET), resource="pull") as at:
        (record,) = at.connector.read(Kind.ORDER, [str(broken)]).records
        torn = replace(record, payload={**record.payload, "total": "Zenobia"}, digest=bytes(15) + b"1")
        land_records(at, [torn], via="read", pulled=Pulled())
    shop.edit_customer(wife, billing={"email": FIRST, "phone": "+380501234567"})
    shop.edit_order(bought, billing=BILLING | {"email": FIRST})
    learnt(market)
    shop.delete_customer(wife)
    with visit(workspace, market.shop(MARKET), resource="pull") as at:
        store_tombstone(at.workspace, market, wife)
    derive(workspace)
    done = erase_person(workspace, FIRST, **SAID)
    assert done.objects["order"] == 2
    assert traces(workspace) == {}
    assert not find_persons(workspace, PHONE)


def store_tombstone(workspace: Workspace, market: TwoShops, customer: int) -> None:
    with workspace.store.write() as connection:
        store.land_tombstones(
            connection,
            market.shop(MARKET),
            Kind.CUSTOMER,
            [str(customer)],
            via="read",
            now=workspace.clock(),
            lease=None,
        )


@ON_A_FILE
def test_without_the_list_s_key_nothing_lands(market: TwoShops) -> None:
    workspace, shop = market.workspace, market.market
    shop.register(FIRST, billing=BILLING | {"email": FIRST})
    learnt(market)
    erase_person(workspace, FIRST, **SAID)
    workspace.secrets.delete("", "suppression_key")
    keys._known.clear()
    shop.place_order(items=[(COFFEE, 1)], billing=BILLING | {"email": FIRST})
    with pytest.raises(MisconfiguredError, match="key of the list"):
        sync(workspace, MARKET)
    shop.register(TARAS, billing=HIS)
    with pytest.raises(MisconfiguredError, match="key of the list"):
        erase_person(workspace, market.account(MARKET, 1), **SAID)
    assert traces(workspace) == {}
    workspace.secrets.set("", "suppression_key", SecretStr("another one"))
    with pytest.raises(MisconfiguredError, match="not the one"):
        sync(workspace, MARKET)
    assert traces(workspace) == {}


@ON_A_FILE
def test_files_that_somebody_reads_are_cleared_later(
    market: TwoShops, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, shop = market.workspace, market.market
    shop.register(FIRST, billing=BILLING | {"email": FIRST})
    learnt(market)
    monkeypatch.setattr(residue, "PATIENCE", 0.3)
    with workspace.store.read() as connection:
        connection.execute(select(store.tables.account)).all()
        with pytest.raises(RetryError, match="--finish"):
            erase_person(workspace, FIRST, **SAID)
        assert "files_cleared" not in do_chores(workspace), "the agent goes on"
    assert files_with_traces(workspace)
    assert do_chores(workspace)["files_cleared"] == 1
    assert not files_with_traces(workspace)
    assert finish_erasures(workspace) == 0


KILLED = """
import os, sys
from pydantic import SecretStr
from sqlalchemy import Engine, event
from agent_world import ENVIRON, QUICK
from erasure_world import FIRST
from pathlib import Path
from regulars_agent import Settings, erase_person, open_workspace

left = int(sys.argv[3])

@event.listens_for(Engine, "before_cursor_execute")
def count(*_):
    global left
    left -= 1
    if left < 0:
        os._exit(9)

settings = Settings(directory=Path(sys.argv[1]), store_url=SecretStr(sys.argv[2]), keyring_cost=QUICK)
with open_workspace(settings, environ=ENVIRON) as workspace:
    erase_person(workspace, FIRST, who="Olha", why="asked for it")
"""


@pytest.mark.slow
@ON_A_FILE
def test_killed_in_the_middle_it_leaves_all_or_nothing(market: TwoShops) -> None:
    workspace, shop = market.workspace, market.market
    wife = shop.register(FIRST, billing=BILLING | {"email": FIRST})
    shop.place_order(items=[(COFFEE, 1)], customer_id=wife, billing=BILLING | {"email": FIRST})
    shop.place_order(items=[(COFFEE, 1)], billing=BILLING | {"email": SECOND})
    learnt(market)
    before, given = state(workspace), [str(workspace.settings.directory), workspace.store.url]
    ended = []
    for statements in (20, 60, 100, 140, 180, 10_000):
        command = [sys.executable, "-c", KILLED, *given, str(statements)]
        ended.append(
            subprocess.run(command, env=os.environ | {"PYTHONPATH": "tests"}, check=False).returncode
        )
        assert state(workspace) == before or traces(workspace) == {}
    assert ended[0] == 9 and ended[-1] == 0
    assert traces(workspace) == {}


def state(workspace: Workspace) -> str:
    with workspace.store.read() as connection:
        return store.digest(connection)
