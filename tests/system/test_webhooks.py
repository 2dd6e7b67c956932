"""A shop tells of a change over real HTTP: shop → site → notice → agent, each a process of its own."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from sqlalchemy import select

from agent_world import a_history
from bundled_site import first_start
from command_line import KEY, CommandLine, Running
from made_once import MadeOnce
from regulars_sandbox import RunningServer, WooCommerceShop
from regulars_store import open_store, tables
from system.conftest import Served
from waiting import until


@dataclass
class Stage:
    """A shop that was read, and a site and an agent beside it; the agent asks by itself once a day."""

    line: CommandLine
    shop: WooCommerceShop
    server: RunningServer
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/regulars/webhooks/main"

    def rename(self, name: str) -> None:
        """The second customer changes their profile, of which no filter for changes tells."""
        answer = requests.put(
            f"{self.server.url}/wp-json/wc/v3/customers/2",
            json={"first_name": name},
            auth=(KEY.consumer_key, KEY.consumer_secret),
            verify=str(self.server.certificate),
            timeout=20,
        )
        answer.raise_for_status()

    def delivered(self) -> list[bool]:
        """The shop delivers what waits; whether each was taken."""
        return [each.success for each in self.shop.deliver_webhooks()]

    def rows(self, *columns: Any) -> list[tuple[Any, ...]]:
        store = open_store(f"sqlite:///{self.line.directory / 'regulars.sqlite3'}")
        try:
            with store.read() as connection:
                return [tuple(row) for row in connection.execute(select(*columns))]
        finally:
            store.close()

    def name(self) -> str:
        found = dict(self.rows(tables.account.c.external_id, tables.account.c.given_name))
        return str(found["2"])

    def visits(self) -> int:
        rows = self.rows(tables.sync_run.c.command, tables.sync_run.c.ended_at)
        return len([row for row in rows if row[0] == "agent exchange" and row[1] is not None])

    @contextmanager
    def running(self, *command: str) -> Iterator[Running]:
        """A process beside the others."""
        started = self.line.start(*command)
        try:
            yield started
        finally:
            os.kill(started.pid, signal.SIGTERM)
            self.line.heard.append(started.ended())

    @contextmanager
    def site(self) -> Iterator[None]:
        """The bundled site, up."""
        with self.running("serve", "--port", str(self.port), "--json"):
            until(self.answers, "the site")
            yield

    def answers(self) -> bool:
        try:
            return requests.post(self.address, data=b"", timeout=5).status_code == 401
        except requests.ConnectionError:
            return False


@pytest.fixture
def stage(regulars: CommandLine, served: Served, made_once: MadeOnce) -> Stage:
    shop = WooCommerceShop.of(a_history({1: 500, 2: 1_500}))
    server = served(shop)
    regulars.environ["REGULARS_AGENT_INTERVAL"] = "86400"
    regulars.environ["REGULARS_OWNER_PASSWORD"] = "only-for-the-tests"
    assert regulars.connected(server).code == 0
    regulars.done("backfill", "main")
    first_start(made_once).put_into(regulars.directory)
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = int(probe.getsockname()[1])
    return Stage(regulars, shop, server, port)


def test_what_a_shop_tells_is_here_moments_later_and_what_it_switched_off_is_mended(stage: Stage) -> None:
    line = stage.line
    planned = line.done(
        "shop", "webhooks", "main", "--url", stage.address, "--anyway", "--dry-run", "--json"
    ).json
    assert len(planned["done"]) == 11
    with stage.site(), stage.running("agent"):
        made = line.done("shop", "webhooks", "main", "--url", stage.address, "--anyway", "--json").json
        assert (made["done"], made["url"]) == (planned["done"], stage.address)
        until(stage.visits, "the agent's first visit")
        stage.rename("Ірина")
        assert stage.delivered() == [True]
        until(lambda: stage.name() == "Ірина", "the change that was told of")
        until(lambda: stage.rows(tables.notice.c.external_id) == [], "the end of the notice")
        assert stage.visits() == 1
    for _ in range(7):
        stage.rename("Олена")
        assert stage.delivered() == [False]
    with stage.site():
        mended = line.done("shop", "webhooks", "main", "--json").json["done"]
        assert mended == ["switch the webhook customer.updated on again"]
        stage.rename("Оксана")
        assert stage.delivered() == [True]
        assert stage.rows(tables.notice.c.external_id) == [("2",)]
        with stage.running("agent"):
            until(lambda: stage.name() == "Оксана", "what was told while no agent ran")
    removed = line.done("shop", "webhooks", "main", "--remove", "--json").json
    assert (len(removed["done"]), removed["url"]) == (11, "")
    assert "asked for changes" in line.done("shop", "webhooks", "main").out
