"""Erasing a person: nothing names them any more, every sum stays, and no shop brings them back."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, func, select

import regulars_store as store
from agent_world import COFFEE
from erasure_world import (
    FIRST,
    SECOND,
    Known,
    files_with_traces,
    forget_cursors,
    known,
    net,
    replayed,
    sums,
    traces,
    troubled,
    written_about,
)
from regulars_agent import (
    Workspace,
    backfill,
    derive,
    erase_person,
    person_card,
    readmit,
    reminders_calendar,
    verify,
)
from regulars_agent._leases import Visit, visit
from regulars_agent._pull import Pulled, land_records
from regulars_mapping import Kind, SkipError
from two_shops_world import BOUTIQUE, MARKET, clock_of, two_shops

SAID = {"who": "Olha", "why": "asked for it on the phone"}


@pytest.fixture
def one(empty_workspace: Workspace) -> Iterator[Known]:
    with two_shops(empty_workspace) as shops:
        made = known(shops)
        shops.learn()
        written_about(made)
        shops.push()
        yield made


def test_nothing_names_them_any_more_and_every_sum_stays(one: Known, tmp_path: Path) -> None:
    workspace = one.workspace
    troubled(one, tmp_path / "zenobia.zip")
    before, found = sums(workspace), traces(workspace)
    assert {"observation.payload", "account.email", "person.given_name", "address.line1"} <= found.keys()
    assert {"audit.subject", "audit.detail", "sync_run.problem", "stop_list_entry.reason"} <= found.keys()
    assert {
        "identity_suggestion.waterfall",
        "ownership_proof.email_folded",
        "record_edit.value",
    } <= found.keys()
    assert "Zenobia" in reminders_calendar(workspace)
    assert workspace.store.dialect != "sqlite" or files_with_traces(workspace)
    rehearsed = erase_person(workspace, FIRST, dry_run=True, **SAID)
    assert traces(workspace) == found and not counts(workspace)["suppression"]
    done = erase_person(workspace, FIRST, who="Olha", why=f"Zenobia wrote from {FIRST.upper()}")
    assert (done.objects, done.withdrawn) == (rehearsed.objects, rehearsed.withdrawn)
    assert traces(workspace) == {}
    assert not files_with_traces(workspace)
    assert sums(workspace) == before
    assert done.before == done.after
    assert [made.partition(" by ")[2] for made in done.evidence] == ["Olha"]
    assert "zenobia" not in reminders_calendar(workspace).lower()
    assert_rebuilt_alike(workspace, tmp_path)
    card = person_card(workspace, one.account)
    assert card is not None and card.offers == []
    assert [erasure.token for erasure in card.erased] == [done.token]
    again = erase_person(workspace, done.token, **SAID)
    assert (again.already, again.token, again.person) == (True, done.token, done.person)
    assert_taken_away(one)


def assert_rebuilt_alike(workspace: Workspace, folder: Path) -> None:
    """A rebuild from the inputs that are left gives the same digest, also on the other database."""
    fresh = store.open_store(f"sqlite:///{folder}/again.sqlite3")
    replayed(workspace, fresh)
    with workspace.store.read() as old, fresh.read() as new:
        assert store.digest_parts(old) == store.digest_parts(new)
    fresh.close()


def assert_taken_away(one: Known) -> None:
    """The next plan takes away what was given to them, and the books do not learn their address by it."""
    workspace, shops = one.workspace, one.shops
    clock_of(shops).forward(minutes=6)
    theirs = {one.account, shops.account(BOUTIQUE, one.boutique)}
    given = {row.account_id for row in grants(workspace, "given")}
    assert theirs <= given
    assert str(one.market) in shops.codes(MARKET)
    shops.push()
    assert str(one.market) not in shops.codes(MARKET)
    assert {row.account_id for row in grants(workspace, "given")} == given - theirs
    assert shops.shown(MARKET, one.market).percent == 0
    assert traces(workspace) == {}


def grants(workspace: Workspace, state: str) -> list[Row[Any]]:
    with workspace.store.read() as connection:
        table = store.tables.grant
        return list(connection.execute(select(table).where(table.c.state == state)))


def shops_visited(workspace: Workspace, shop: store.Shop) -> AbstractContextManager[Visit]:
    return visit(workspace, shop, resource="pull")


COUNTED = ("observation", "account", "order", "suppression", "identity_decision", "erased_account")


def counts(workspace: Workspace) -> dict[str, int]:
    tables = store.tables.metadata.tables
    with workspace.store.read() as connection:
        return {
            name: connection.scalar(select(func.count()).select_from(tables[name])) or 0 for name in COUNTED
        }


# On PostgreSQL landing says the same statements as in the test above; it costs six seconds of a processor.
@pytest.mark.parametrize(
    "store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)
def test_no_shop_brings_them_back(one: Known) -> None:
    workspace, shops = one.workspace, one.shops
    with shops_visited(workspace, shops.shop(MARKET)) as at:
        fetched = at.connector.read(Kind.CUSTOMER, [str(one.market)])
        bought = at.connector.read(Kind.ORDER, [str(number) for number in one.orders])
    shops.learn()
    done = erase_person(workspace, FIRST, **SAID)
    before, spent = counts(workspace), net(workspace, done.person)
    with shops_visited(workspace, shops.shop(MARKET)) as at:
        for reading in (fetched, bought):
            land_records(at, reading.records, via="read", pulled=Pulled())
    for name in (MARKET, BOUTIQUE):
        assert verify(workspace, name).complete
        forget_cursors(workspace, shops.shop(name).id)
        assert backfill(workspace, name).complete
    derive(workspace)
    assert counts(workspace) == before
    assert (traces(workspace), net(workspace, done.person)) == ({}, spent)
    shops.market.edit_customer(one.market, first_name="Zenobia", billing={"phone": "0671112233"})
    later = one.buys(100, as_=one.market, email=FIRST)
    one.buys(100, email=FIRST)
    one.buys(100, email=SECOND)
    one.buys(100)
    shops.market.refund_order(later, 10_000, reason="Zenobia")
    shops.market.edit_order(one.orders[0], customer_note="Zenobia is allergic")
    shops.boutique.place_order(items=[(COFFEE, 1)], customer_id=one.boutique, note="for Zenobia")
    shops.learn()
    assert traces(workspace) == {}
    assert net(workspace, done.person) == spent + 40_000
    assert erase_person(workspace, done.token, **SAID).already, "it landed erased"
    assert_back_again(one, done.token)


def assert_back_again(one: Known, token: str) -> None:
    """Let back, they are known again by what comes; what was erased stays so. They can be erased again."""
    workspace, shops = one.workspace, one.shops
    with pytest.raises(SkipError):
        readmit(workspace, "somebody.else@example.com", **SAID)
    assert readmit(workspace, FIRST, who="Olha", why="Zenobia-Marie called").lifted > 0
    assert readmit(workspace, token, **SAID).lifted == 0
    with shops_visited(workspace, shops.shop(MARKET)) as at:
        for kind, ids in ((Kind.ORDER, one.orders), (Kind.CUSTOMER, [one.market])):
            reading = at.connector.read(kind, [str(number) for number in ids])
            land_records(at, reading.records, via="read", pulled=Pulled())
    later = one.buys(100, email=SECOND)
    shops.learn()
    card = person_card(workspace, one.account)
    assert card is not None and card.person["given_name"] == "Zenobia"
    tables = store.tables
    with workspace.store.read() as connection:
        emails = dict(connection.execute(select(tables.account.c.id, tables.account.c.email_folded)).all())
        contacts = dict(connection.execute(select(tables.order.c.id, tables.order.c.contact)).all())
    assert emails[one.account] == FIRST
    masked = {contacts[shops.account(MARKET, number)].get("email", "") for number in one.orders[:-1]}
    assert masked == {"", *(f"{token}.{number}@erased.invalid" for number in (1, 2))}
    assert contacts[shops.account(MARKET, later)]["email"] == SECOND
    again = erase_person(workspace, one.account, who="Olha", why="Ms Quillfeather-Zu again")
    assert not again.already and again.token == token
    assert traces(workspace) == {}


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_another_shop_that_knows_them_does_not_bring_them_either(empty_workspace: Workspace) -> None:
    with two_shops(empty_workspace) as shops:
        made = known(shops)
        assert backfill(empty_workspace, MARKET).complete
        derive(empty_workspace)
        done = erase_person(empty_workspace, FIRST, **SAID)
        spent = net(empty_workspace, done.person)
        assert backfill(empty_workspace, BOUTIQUE).complete
        derive(empty_workspace)
        assert traces(empty_workspace) == {}
        assert net(empty_workspace, done.person) == spent + 200_000
        assert made.boutique
