"""Deriving: killed at any moment it goes on, and ends where an undisturbed run ends."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

import regulars_store as store
from agent_workers import workers_on
from agent_world import ENVIRON, PROGRAMME, QUICK, SPENT, Clock, World, a_history, credentials, served
from regulars_agent import (
    Settings,
    Workspace,
    backfill,
    connect_shop,
    derive,
    enable_programme,
    open_workspace,
)
from regulars_mapping import RetryError
from regulars_sandbox import RunningServer
from regulars_sandbox.population import generate

NOW = Clock()()


@pytest.fixture
def crowd() -> Iterator[RunningServer]:
    """A shop of invented people with several accounts each."""
    with served(generate(seed=5, customers=120, orders=None, now=NOW).history) as (_, server):
        yield server


def pulled(workspace: Workspace, server: RunningServer) -> None:
    connect_shop(
        workspace,
        platform="woocommerce",
        name="tea",
        url=server.url,
        options={"certificates": str(server.certificate)},
        credentials=credentials(),
    )
    assert backfill(workspace, "tea").complete


@contextmanager
def undisturbed(directory: Path) -> Iterator[Workspace]:
    url = f"sqlite:///{directory}/store.sqlite3"
    settings = Settings(directory=directory, store_url=SecretStr(url), keyring_cost=QUICK)
    directory.mkdir()
    with open_workspace(settings, environ=ENVIRON) as opened:
        opened.store.upgrade()
        yield opened


def digest_of(workspace: Workspace) -> dict[str, str]:
    with workspace.store.read() as connection:
        return store.digest_parts(connection)


def offers(workspace: Workspace) -> int:
    with workspace.store.read() as connection:
        return store.row_counts(connection)["offer"]


def dirty(workspace: Workspace) -> dict[str, int]:
    with workspace.store.read() as connection:
        stages = ("identity", "facts", "programmes")
        return {stage: store.dirty_count(connection, stage) for stage in stages}


@pytest.mark.slow
def test_killed_in_the_middle_and_run_again_it_ends_where_an_undisturbed_run_ends(
    empty_workspace: Workspace, crowd: RunningServer, tmp_path: Path
) -> None:
    pulled(empty_workspace, crowd)
    chance = random.Random(7)
    with workers_on(empty_workspace, task="derive", pause=0.02, persons=5) as workers:
        while "persons" not in (
            told := workers.run(kill_after=chance.uniform(0.1, 0.4) + workers.kills / 20)
        ):
            assert "error" not in told, told
    assert workers.kills >= 2
    with workers_on(empty_workspace, task="enable", pause=0.02, persons=5) as workers:
        worker = workers.start()
        while not offers(empty_workspace) and not worker.ended(within=0.01):
            pass
        worker.kill()
    assert dirty(empty_workspace)["programmes"] == 1
    derive(empty_workspace)
    with undisturbed(tmp_path / "undisturbed") as other:
        pulled(other, crowd)
        derive(other)
        enable_programme(other, PROGRAMME, who="the owner")
        assert digest_of(empty_workspace) == digest_of(other)
    assert dirty(empty_workspace) == {"identity": 0, "facts": 0, "programmes": 0}


def test_deriving_again_changes_nothing(world: World) -> None:
    before = digest_of(world.workspace)
    done = derive(world.workspace)
    assert (done.accounts, done.persons, done.offers_changed) == (0, 0, 0)
    assert digest_of(world.workspace) == before


def test_only_what_is_dirty_is_worked_on(told: World) -> None:
    told.double.place_order(items=[(90_001, 40)], customer_id=2)
    told.refresh()
    assert told.plan().accounts == 1


def test_two_do_not_derive_at_once(world: World) -> None:
    with world.store.write() as connection:
        store.take_lease(
            connection,
            "derive:facts",
            owner="elsewhere:1:0",
            now=world.clock(),
            ttl=world.workspace.settings.lease.ttl,
        )
    with pytest.raises(RetryError, match=r"machine elsewhere \(process 1\)"):
        derive(world.workspace)
    with pytest.raises(RetryError, match=r"machine elsewhere \(process 1\)"):
        enable_programme(world.workspace, PROGRAMME, who="the owner")


def test_progress_counts_accounts_and_persons(empty_workspace: Workspace) -> None:
    steps: list[int] = []
    with served(a_history(SPENT)) as (_, server):
        pulled(empty_workspace, server)
        done = derive(empty_workspace, progress=steps.append)
    assert (done.accounts, done.persons) == (len(SPENT), len(SPENT))
    assert sum(steps) == done.accounts + done.persons
