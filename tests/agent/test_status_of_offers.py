"""``regulars status`` names what the daily check of offers found, and what to do."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from agent_world import ENVIRON, QUICK, Clock
from proof_world import NOW, PROGRAMMES, ProofWorld
from regulars_agent import Settings, open_workspace, write_default_settings
from regulars_agent._chores import do_chores
from regulars_marketing import compute
from regulars_store import Store, tables


@pytest.fixture
def world(sqlite_store: Store, tmp_path: Path) -> Iterator[ProofWorld]:
    """A workspace in which one customer has a tier's offer."""
    write_default_settings(tmp_path / "shop")
    place = {"directory": tmp_path / "shop", "store_url": SecretStr(sqlite_store.url), "keyring_cost": QUICK}
    with open_workspace(Settings.model_validate(place), clock=Clock(), environ=ENVIRON) as opened:
        opened.store = sqlite_store
        made = ProofWorld(opened)
        made.order(made.customer("ann@example.com"), "2000.00", days=60)
        made.enable(PROGRAMMES["tier"])
        yield made
        made.close()


def status(world: ProofWorld) -> str:
    settings = world.workspace.settings
    command = [sys.executable, "-m", "regulars_cli", "-C", str(settings.directory), "status"]
    environ = {**os.environ, **ENVIRON, "REGULARS_STORE_URL": settings.store_url.get_secret_value()}
    return subprocess.run(command, env=environ, stdout=subprocess.PIPE, text=True, check=True).stdout


def test_what_the_check_found_is_told_with_what_to_do_until_it_agrees(world: ProofWorld) -> None:
    with world.workspace.store.read() as connection:
        (order,) = connection.execute(tables.order.select()).all()
    ((account, offer),) = world.offers().items()
    world.change(tables.order, order.id, goods=order.goods + 1)
    assert do_chores(world.workspace)["offers_wrong"] == 1
    world.derive()
    said = status(world)
    found = f"Account {account}, order {order.id}: goods is {order.goods + 1}, but should be {order.goods}"
    assert f"offers: {found} To look: regulars offer verify {account}" in said
    assert "1 of 1 offers that were checked disagreed. To look: regulars offer verify --all" in said
    world.change(tables.order, order.id, goods=order.goods)
    with world.workspace.store.write() as connection:
        compute(connection, [offer.person_id], now=NOW)
    assert "offers:" not in status(world)
