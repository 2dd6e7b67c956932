"""A backfill that is killed with -9 at random moments and run again ends as an undisturbed one does."""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

import regulars_store as store
from command_line import KEY, CommandLine, Nursery, rows
from regulars_store import Store, open_store, tables
from system.conftest import NewStoreUrl

CUSTOMERS = 400
NOW = "2026-06-01T12:00:00+00:00"
COMPARED = {
    tables.observation: ("id", "observed_at"),
    tables.tombstone: ("id", "observed_at"),
    tables.observation_head: (),
    tables.account: (),
    tables.address: (),
    tables.product: (),
    tables.order: (),
    tables.order_line: (),
    tables.order_status_change: (),
    tables.refund: (),
    tables.refund_line: (),
    tables.dirty: ("stamp",),
}
"""Every table that a backfill fills, and the columns left out: times of receipt, and numbers that a database
does not give out again after a transaction that never ended."""


@dataclass(frozen=True)
class Sandbox:
    """A double in a process of its own."""

    url: str
    certificate: str


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    command = [sys.executable, "-m", "regulars_sandbox", "woocommerce", "--tls", "--until-input-ends"]
    command += ["--customers", str(CUSTOMERS), "--seed", "5", "--now", NOW]
    keys = {"REGULARS_SANDBOX_KEY": KEY.consumer_key, "REGULARS_SANDBOX_SECRET": KEY.consumer_secret}
    process = subprocess.Popen(
        command, env={**os.environ, **keys}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdin is not None and process.stdout is not None
        told = json.loads(process.stdout.readline())
        yield Sandbox(told["url"], told["certificate"])
        process.stdin.close()
        process.wait(10)


@dataclass
class Base:
    """A workspace beside its store, which this process looks into."""

    line: CommandLine
    store: Store

    def landed(self) -> int:
        with self.store.read() as connection:
            return connection.scalar(select(func.count()).select_from(tables.observation)) or 0

    def backfill(self) -> None:
        said = self.line.done("backfill", "main", "--json")
        assert said.json[0]["complete"] is True

    def contents(self) -> dict[str, Any]:
        with self.store.read() as connection:
            found: dict[str, Any] = {
                table.name: rows(connection, table, without=left_out) for table, left_out in COMPARED.items()
            }
            return found | {"digest": store.digest_parts(connection)}

    def kill_at(self, target: int, wait: float) -> bool:
        """Kill a backfill a moment after ``target`` objects have landed; whether it was still at work."""
        running = self.line.start("backfill", "main")
        deadline = time.monotonic() + 60
        while self.landed() < target and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(wait)
        running.kill()
        return running.ended().code == -9


@contextmanager
def a_base(nursery: Nursery, place: Path, url: str, sandbox: Sandbox) -> Iterator[Base]:
    place.mkdir()
    line = CommandLine(
        nursery, place / "base", place, environ={"REGULARS_STORE_URL": url, "REGULARS_BATCHES_LANDING": "100"}
    )
    line.done("init")
    keys = f"{KEY.consumer_key}\n{KEY.consumer_secret}\n"
    option = f"certificates={sandbox.certificate}"
    line.done("shop", "add", "woocommerce", "main", sandbox.url, "--option", option, given=keys)
    opened = open_store(url)
    try:
        yield Base(line, opened)
    finally:
        opened.close()


def seed_of_today() -> int:
    return int(os.environ.get("REGULARS_TEST_SEED") or random.SystemRandom().randrange(10**9))


@pytest.mark.slow
@pytest.mark.parametrize(("dialect", "chains", "kills"), [("sqlite", 4, 5), ("postgresql", 2, 2)])
def test_a_backfill_killed_anywhere_and_run_again_ends_as_an_undisturbed_one(
    nursery: Nursery,
    tmp_path: Path,
    sandbox: Sandbox,
    new_store_url: NewStoreUrl,
    dialect: str,
    chains: int,
    kills: int,
) -> None:
    seed = seed_of_today()
    print(f"replay with REGULARS_TEST_SEED={seed}")
    chance = random.Random(seed)
    with a_base(nursery, tmp_path / "calm", new_store_url(dialect), sandbox) as calm:
        calm.backfill()
        wanted, total = calm.contents(), calm.landed()
    midway = 0
    for chain in range(chains):
        with a_base(nursery, tmp_path / f"chain{chain}", new_store_url(dialect), sandbox) as base:
            for target in sorted(chance.randrange(total * 17 // 20) for _ in range(kills)):
                was_working = base.kill_at(target, chance.random() * 0.02)
                midway += was_working and base.landed() < total
            base.backfill()
            found = base.contents()
            for name, part in wanted.items():
                assert found[name] == part, f"{name} differs; replay with REGULARS_TEST_SEED={seed}"
    assert midway >= chains * kills * 0.7, "most runs must have been killed midway"
