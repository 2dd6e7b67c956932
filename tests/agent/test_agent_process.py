"""``regulars agent`` as processes of its own, against shops in this one: signals, kills, two at once."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from agent_visits import DOWN, connect
from agent_world import COFFEE, PROGRAMME, SPENT, Clock, World, a_history, is_write, served, set_option
from command_line import MASTER_KEY, SECRETS, CommandLine, Nursery, Running, Said
from regulars_agent import enable_programme, load_settings, open_workspace
from regulars_sandbox import Request, Response
from regulars_store import Store, tables
from waiting import PATIENCE, until


@dataclass
class Stage:
    """A workspace with an agent's settings, the shop *tea* that nobody has read yet, and agents to start."""

    line: CommandLine
    world: World
    agents: list[Running] = field(default_factory=list)

    def start(self) -> Running:
        agent = self.line.start("agent", "--json")
        self.agents.append(agent)
        return agent

    def ended(self, agent: Running) -> Said:
        self.agents.remove(agent)
        said = agent.ended()
        for secret in (*SECRETS, MASTER_KEY, "example.com", "Olena"):
            assert secret not in said.out + said.err
        return said

    def stopped(self, agent: Running) -> Said:
        """Ended by SIGTERM: cleanly, within ten seconds, with nothing held any more."""
        began = time.monotonic()
        os.kill(agent.pid, signal.SIGTERM)
        said = self.ended(agent)
        assert time.monotonic() - began < 10
        assert said.code == 0, said.err
        assert self.held() == []
        return said

    def killed(self, agent: Running) -> None:
        agent.kill()
        assert self.ended(agent).code == -9

    def held(self) -> list[str]:
        query = select(tables.lease.c.resource).where(tables.lease.c.owner != "")
        with self.world.store.read() as connection:
            return list(connection.scalars(query))

    def visits(self) -> int:
        """Visits that ended well."""
        rows = self.world.rows("sync_run", "command", "complete")
        return rows.count(("agent exchange", True))

    def visited(self, more: int = 1) -> None:
        """Wait until so many visits more have begun and ended."""
        wanted = self.visits() + more
        until(lambda: self.visits() >= wanted, f"visit {wanted}")

    def calm(self) -> None:
        """Wait until every shop was brought up to date after now."""
        self.visited(2)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as started:
        yield started


@pytest.fixture
def stage(nursery: Nursery, store: Store, tmp_path: Path) -> Iterator[Stage]:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    line = CommandLine(nursery, tmp_path / "base", scratch)
    line.environ |= {
        "REGULARS_STORE_URL": store.url,
        "REGULARS_AGENT_INTERVAL": "1",
        "REGULARS_RISK_MAX_SHARE_CHANGED": "1",
    }
    line.done("init")
    environ = {"REGULARS_MASTER_KEY": MASTER_KEY, **line.environ}
    with ExitStack() as stack:
        front, server = stack.enter_context(served(a_history(SPENT)))
        settings = load_settings(line.directory, environ=environ)
        workspace = stack.enter_context(open_workspace(settings, clock=Clock(), environ=environ))
        connect(workspace, "tea", server)
        enable_programme(workspace, PROGRAMME, who="the owner")
        bundle = workspace.settings.directory / "tea.pem"
        clock = Clock()
        made = Stage(line, World(workspace, clock, server.url, bundle, front.shop, front, server))
        set_option(made.world, "settle_seconds", "1")
        front.seen.clear()
        yield made
        for agent in list(made.agents):
            made.killed(agent)


def amount_of(stage: Stage, customer: int) -> str:
    found = [each.document or {} for each in stage.world.coupons()]
    return next((str(each["amount"]) for each in found if each["mark"] == str(customer)), "")


def test_an_order_in_the_shop_moves_the_tier_and_the_coupon_with_the_next_visit(stage: Stage) -> None:
    agent = stage.start()
    stage.visited()
    assert len(stage.world.coupons()) == 5
    stage.world.double.place_order(items=[(COFFEE, 60)], customer_id=1)
    stage.calm()
    assert amount_of(stage, 1) == "5.00"
    said = stage.stopped(agent)
    assert "shop=tea duty=exchange outcome=done" in said.err
    assert "stopped" in said.err
    assert said.json["done"] >= 3 and said.json["failed"] == 0
    stage.world.assert_settled()


def test_an_agent_told_to_stop_while_it_starts_ends_as_cleanly(stage: Stage) -> None:
    for _ in range(5):
        agent = stage.start()
        until(lambda found=agent: "started" in found.err.read_text("utf-8"), "the first line")
        assert "Traceback" not in stage.stopped(agent).err


def test_an_agent_without_a_shop_says_so_once_and_how_to_connect_one(stage: Stage) -> None:
    stage.line.done("shop", "remove", "tea")
    agent = stage.start()
    until(lambda: "started" in agent.err.read_text("utf-8"), "the first line")
    until(lambda: "no shop" in agent.err.read_text("utf-8"), "the warning")
    (line,) = [each for each in stage.stopped(agent).err.splitlines() if "no shop" in each]
    assert " WARNING " in line
    assert "regulars shop add" in line


def test_an_agent_stops_in_the_middle_of_a_backfill_and_the_next_goes_on(stage: Stage) -> None:
    agent = stage.start()
    asked: list[str] = []

    def told(request: Request) -> Response | None:
        if "/orders" in request.target and not asked:
            asked.append(request.target)
            os.kill(agent.pid, signal.SIGTERM)
        return None

    stage.world.front.before = told
    until(lambda: asked, "the backfill of orders")
    said = stage.ended(agent)
    assert said.code == 0, said.err
    assert (stage.held(), stage.visits()) == ([], 0)
    next_agent = stage.start()
    stage.visited()
    stage.stopped(next_agent)
    stage.world.assert_settled()


def test_an_agent_whose_shop_does_not_answer_stops_in_time_all_the_same(stage: Stage) -> None:
    answer = Gate()
    stage.world.front.before = answer.hold
    agent = stage.start()
    until(lambda: answer.waiting, "a request")
    said = stage.stopped(agent)
    assert "left behind" in said.err
    answer.open()
    next_agent = stage.start()
    stage.visited()
    stage.stopped(next_agent)
    stage.world.assert_settled()


class Gate:
    """Keeps every order listing waiting until it is opened."""

    def __init__(self) -> None:
        self.waiting = 0
        self._opened = threading.Event()

    def hold(self, request: Request) -> None:
        if "/orders" in request.target:
            self.waiting += 1
            self._opened.wait(PATIENCE)

    def open(self) -> None:
        self._opened.set()


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["/customers", "/orders", "/coupons/batch", "/customers/batch"])
def test_an_agent_killed_at_any_request_is_carried_on_by_the_next_with_each_effect_once(
    stage: Stage, moment: str
) -> None:
    agent = stage.start()
    killed: list[str] = []

    def kill(request: Request, response: Response) -> Response:
        if moment in request.target and not killed and (is_write(request) or "batch" not in moment):
            killed.append(request.target)
            agent.kill()
        return response

    stage.world.front.after = kill
    until(lambda: killed, moment)
    assert stage.ended(agent).code == -9
    next_agent = stage.start()
    until(lambda: len(stage.world.shown()) == 10, "everybody's coupon and label")
    stage.calm()
    stage.stopped(next_agent)
    stage.world.assert_settled()


def test_two_agents_at_once_do_everything_once(stage: Stage) -> None:
    agents = [stage.start(), stage.start()]
    until(lambda: len(stage.world.shown()) == 10, "everybody's coupon and label")
    for customer in (1, 2, 3):
        stage.world.double.place_order(items=[(COFFEE, 100)], customer_id=customer)
        stage.visited()
    stage.calm()
    for agent in agents:
        stage.stopped(agent)
    assert amount_of(stage, 1) == "10.00"
    confirmed = [key for key, state in stage.world.rows("push_operation", "target_key", "state")]
    assert stage.world.rows("push_operation", "attempts") == [(1,)] * len(confirmed)
    stage.world.assert_settled()


def test_a_shop_that_is_down_does_not_keep_the_agent_from_another(stage: Stage) -> None:
    stage.world.front.before = lambda _: DOWN
    with served(a_history({7: 3000})) as (coffee, server):
        connect(stage.world.workspace, "coffee", server)
        agent = stage.start()
        until(lambda: ("POST", "coupons/batch") in coffee.seen, "the coupon of the other shop")
        stage.world.front.before = lambda _: None
        until(lambda: len(stage.world.shown()) == 10, "the first shop, once it is up again")
        said = stage.stopped(agent)
    assert "shop=tea duty=exchange outcome=failed" in said.err


def test_two_workers_do_not_wait_for_each_other_s_shops(stage: Stage) -> None:
    stage.line.environ["REGULARS_AGENT_WORKERS"] = "2"
    gate = Gate()
    stage.world.front.before = gate.hold
    with served(a_history({7: 3000})) as (coffee, server):
        connect(stage.world.workspace, "coffee", server)
        agent = stage.start()
        until(lambda: gate.waiting, "a request to the shop that does not answer")
        until(lambda: ("POST", "coupons/batch") in coffee.seen, "the coupon of the other shop")
        gate.open()
        until(lambda: len(stage.world.shown()) == 10, "everybody's coupon and label")
        stage.stopped(agent)
    assert stage.world.plan(everybody=True).empty


def test_a_plan_beyond_the_limits_waits_for_a_person_who_learns_of_it_by_status(stage: Stage) -> None:
    stage.line.environ["REGULARS_RISK_MAX_SHARE_CHANGED"] = "0.2"
    agent = stage.start()
    stage.visited(2)
    (shop,) = stage.line.done("status", "--json").json["shops"]
    plan = shop["waiting_plan"]["id"]
    command = f"regulars apply tea {plan} --confirm"
    assert command in stage.line.done("status").out
    assert not stage.world.front.writes()
    stage.line.done("apply", "tea", plan, "--confirm")
    stage.visited()
    (shop,) = stage.line.done("status", "--json").json["shops"]
    assert shop["waiting_plan"] is None
    assert shop["last_synced"] and shop["last_verified"]
    said = stage.stopped(agent)
    assert said.err.count("waits for a person") == 1
    assert command in said.err
    stage.world.assert_settled()
