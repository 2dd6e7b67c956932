"""Offers that stand in the wrong shop, are missing or held back for nothing, and codes that give something
else: planted into the store, each is said by the check."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import insert, text

from agent_world import ENVIRON, QUICK, Clock
from proof_world import NOW, PROGRAMMES, ProofWorld, by_hand
from regulars_agent import Settings, add_stop, open_workspace, set_field
from regulars_store import Store, clear_dirty, dirty_marks, tables

ANN, BOB = "1:1000", "1:1001"


@pytest.fixture
def world(sqlite_store: Store, tmp_path: Path) -> Iterator[ProofWorld]:
    """Ann bought in tea, Bob only registered there."""
    place = {"directory": tmp_path, "store_url": SecretStr(sqlite_store.url), "keyring_cost": QUICK}
    with open_workspace(Settings.model_validate(place), clock=Clock(), environ=ENVIRON) as opened:
        opened.store = sqlite_store
        made = ProofWorld(opened)
        ann, _bob = made.customer("ann@example.com"), made.customer("bob@example.com")
        made.order(ann, "6000.00")
        made.derive()
        yield made
        made.close()


def deleted(world: ProofWorld, account: str) -> None:
    with world.workspace.store.write() as connection:
        connection.execute(text("DELETE FROM offer WHERE id = :id"), {"id": account})


def test_an_offer_that_was_moved_into_another_shop_is_said(world: ProofWorld) -> None:
    world.enable(PROGRAMMES["tier"])
    assert world.said() == []
    world.change(tables.offer, ANN, shop_id=2)
    assert f"Account {ANN}, offer: shop is cake, but should be tea" in world.said()


@pytest.mark.parametrize("kind", ["tier", "seasonal", "personal", "welcome"])
def test_an_offer_that_was_deleted_is_missed(world: ProofWorld, kind: str) -> None:
    definition = by_hand(ANN) if kind == "personal" else PROGRAMMES[kind]
    world.enable(definition)
    account = BOB if kind == "welcome" else ANN
    assert account in world.offers()
    assert world.said() == []
    deleted(world, account)
    due = f"Account {account}, shop tea: offer is none, but should be one by programme {definition['key']}"
    assert world.said() == [due]
    assert world.check().wrong == 1
    with world.workspace.store.write() as connection:
        connection.execute(text("DELETE FROM offer"))
    assert due in world.said()


def test_nothing_is_missed_where_nothing_is_due(world: ProofWorld) -> None:
    """Of no audience, in another currency, held out, not begun, or begun since everybody was computed."""
    world.enable({**PROGRAMMES["tier"], "shops": ["cake"]})
    world.enable({**PROGRAMMES["seasonal"], "key": "lads", "audience": "number_of_orders >= 9"})
    world.enable(
        {**PROGRAMMES["seasonal"], "key": "euros", "amount": "5.00", "currency": "EUR", "percent": None}
    )
    world.enable(
        {**PROGRAMMES["seasonal"], "key": "half", "holdout": 50, "valid_until": "2026-06-11T00:00:00Z"}
    )
    later = (NOW + timedelta(days=1)).isoformat()
    world.enable({**PROGRAMMES["seasonal"], "key": "later", "valid_from": later})
    assert world.said() == []
    world.watch.now = NOW + timedelta(days=2)
    assert world.said() == []


def test_who_is_stopped_or_archived_has_no_offer_and_none_is_missed(world: ProofWorld) -> None:
    world.enable(PROGRAMMES["tier"])
    add_stop(world.workspace, ANN, "Sent back", until=NOW + timedelta(days=2), who="owner")
    set_field(world.workspace, BOB, "archived", True, who="owner")
    assert (world.offers(), world.said()) == ({}, [])
    world.watch.now = NOW + timedelta(days=3)
    assert world.said() == [], "the stop is over, and nobody was computed since"
    world.derive()
    assert (list(world.offers()), world.said()) == ([ANN], [])


def test_words_of_a_missing_rate_without_one_are_said(world: ProofWorld) -> None:
    world.enable(PROGRAMMES["tier"])
    for account in (ANN, BOB):
        world.change(tables.offer, account, held="No rate from EUR to UAH")
    due = "offer: held is No rate from EUR to UAH, but should be none"
    assert world.said() == [f"Account {each}, {due}" for each in (ANN, BOB)]
    for account in (ANN, BOB):
        world.change(tables.offer, account, held=None)
    world.order(1000, "10.00", currency="USD")
    world.order(1001, "10.00", currency="USD")
    world.derive()
    assert {row.held is None for row in world.offers().values()} == {False}
    assert world.said() == []
    world.change(tables.offer, BOB, held=None)
    assert world.said() == [f"Account {BOB}, offer: held is none, but should be words about USD"]


def test_a_code_that_gives_another_percent_than_the_offer_is_said(world: ProofWorld) -> None:
    world.enable(PROGRAMMES["tier"])
    grant: dict[str, Any] = {
        "id": "g1",
        "account_id": ANN,
        "shop_id": 1,
        "programme_key": "regulars",
        "programme_version": 1,
        "code": "reg-1",
        "percent": 500,
        "state": "given",
        "given_at": NOW,
    }
    with world.workspace.store.write() as connection:
        connection.execute(insert(tables.grant), [grant])
    world.change(tables.grant, "g1", percent=9_900)
    assert world.said() == [], "the plan that tells the shop is still to be made"
    with world.workspace.store.write() as connection:
        clear_dirty(connection, "offers:1", dirty_marks(connection, "offers:1", limit=9))
    assert world.said() == [f"Account {ANN}, code g1: percent is 9900, but should be 500"]
    world.change(tables.grant, "g1", percent=500)
    assert world.said() == []
