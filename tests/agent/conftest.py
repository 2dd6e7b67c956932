"""A workspace on each database, connected over TLS to a WooCommerce double and backfilled."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from agent_world import ENVIRON, QUICK, SPENT, Clock, World, a_history, served
from regulars_agent import Settings, Workspace, open_workspace
from regulars_store import Store
from webhook_world import ToldWorld, told_world
from world_copies import WorldCopies, reserved_port


def _far_from_now() -> int:
    """The hour that lies furthest from now where the shops are: a test that lets some hours go by meets the
    day's sweep neither in the evening nor at any other time of day."""
    return (datetime.now(ZoneInfo("Europe/Kyiv")).hour + 12) % 24


@pytest.fixture
def empty_workspace(store: Store, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace with an empty store, once on each database."""
    settings = Settings.model_validate(
        {
            "directory": tmp_path / "workspace",
            "store_url": SecretStr(store.url),
            "keyring_cost": QUICK,
            "agent": {"sweep_hour": _far_from_now()},
        }
    )
    settings.directory.mkdir()
    with open_workspace(settings, clock=Clock(), environ=ENVIRON) as opened:
        # The same database; this one knows the statements of the tests before.
        opened.store = store
        yield opened


@pytest.fixture(scope="session")
def world_copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorldCopies]:
    """The worlds that ``world`` copies."""
    with reserved_port() as port:
        yield WorldCopies(tmp_path_factory.mktemp("worlds"), port)


@pytest.fixture
def world(empty_workspace: Workspace, world_copies: WorldCopies) -> Iterator[World]:
    """The small shop, backfilled; nothing is planned yet."""
    with served(a_history(SPENT), port=world_copies.port) as (front, server):
        made = world_copies.world(empty_workspace, front, server)
        front.seen.clear()
        yield made


@pytest.fixture
def told(world: World) -> World:
    """The small shop after its first plan was applied."""
    world.plan()
    assert world.apply().complete
    world.front.seen.clear()
    return world


@pytest.fixture
def telling(world: World) -> ToldWorld:
    """The small shop with webhooks, after the agent's first visit; what it wrote is not yet told."""
    return told_world(world)


@pytest.fixture
def quiet(telling: ToldWorld) -> ToldWorld:
    """The same once the echo of the agent's own writes has passed."""
    telling.deliver()
    telling.tick(minutes=11)
    assert telling.waiting() == []
    telling.world.clock.forward(seconds=6)
    telling.world.front.seen.clear()
    return telling
