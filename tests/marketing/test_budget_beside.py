"""Budgets while several compute at once, and whatever happens in whatever order."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, func, insert, select, update

from purchases import NOW, World, gift, tiers
from regulars_marketing import Programme, compute, disable_programme, programmes, save_programme
from regulars_marketing._budget import limits_of
from regulars_marketing._budget_room import give_back
from regulars_store import Store, open_store, tables

PERSONS = [f"p{number:02}" for number in range(24)]
ROOM = 7
_FOLDER = Path(__file__).parent


def season(**changes: Any) -> Programme:
    terms = {"first_day": "2026-05-01", "last_day": "2026-07-01", "level": "Spring", "percent": 10}
    budget = {"currency": "UAH", "budget": f"{ROOM}5.00", "reckoned_order": "100.00"}
    return gift("seasonal", **{**terms, **budget, **changes})


def assert_issued(world: World) -> None:
    """Room for seven was given to seven, and is in the books."""
    table = tables.exposure.c
    with world.store.read() as connection:
        [(key, currency, issued, since)] = connection.execute(select(tables.programme_budget)).all()
        [(count, total)] = connection.execute(select(func.count(), func.sum(table.amount))).all()
    assert (key, currency, issued, since) == ("seasonal", "UAH", ROOM * 10_00, NOW)
    assert (count, int(total)) == (ROOM, issued)
    assert sum(row.programme_key == "seasonal" for row in world.offers().values()) == ROOM


def beside(shares: Sequence[Sequence[str]], work: Callable[[Sequence[str]], None]) -> None:
    """Do this work in a thread a share, all at once."""
    start, failed = threading.Barrier(len(shares)), list[Exception]()

    def run(share: Sequence[str]) -> None:
        start.wait()
        try:
            work(share)
        except Exception as error:  # noqa: BLE001 - told below, in the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=run, args=(share,)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def peopled(world: World) -> World:
    world.programme(season())
    for person in PERSONS:
        world.account(person)
    return world


def by_itself(persons: Sequence[str], transaction: Callable[[], AbstractContextManager[Connection]]) -> None:
    for person in persons:
        with transaction() as connection:
            compute(connection, [person], now=NOW)


def test_agents_that_compute_at_once_never_issue_more_than_the_budget(world: World) -> None:
    peopled(world)
    beside([PERSONS[0::2], PERSONS[1::2]], lambda share: by_itself(share, world.store.write))
    assert_issued(world)


def test_on_postgresql_the_row_of_the_budget_is_enough_to_keep_agents_apart(postgres_store: Store) -> None:
    """Without the lock that lets one write at a time: each of these transactions is a plain one."""
    world = World(postgres_store, checks_emails=True)
    world.shop(1, "tea")
    peopled(world)
    engine = create_engine(
        postgres_store.url.replace("postgresql:", "postgresql+psycopg:"),
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
    )
    try:
        beside([PERSONS[0::2], PERSONS[1::2]], lambda share: by_itself(share, engine.begin))
    finally:
        engine.dispose()
    assert_issued(world)


@pytest.mark.slow
def test_processes_that_compute_at_once_never_issue_more_than_the_budget(world: World) -> None:
    peopled(world)
    command = [sys.executable, str(_FOLDER / "budget_worker.py"), world.store.url]
    environ = {**os.environ, "PYTHONPATH": str(_FOLDER.parent)}
    pipes: dict[str, Any] = {
        "stdin": subprocess.PIPE,
        "stdout": subprocess.PIPE,
        "text": True,
        "env": environ,
    }
    workers = [subprocess.Popen([*command, *PERSONS[start::3]], **pipes) for start in range(3)]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        worker.communicate(timeout=120)
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    assert_issued(world)


class _TakenBackError(Exception):
    """Ends an example whose transaction is not to stay."""


@contextmanager
def taken_back(store: Store) -> Iterator[Connection]:
    with suppress(_TakenBackError), store.write() as connection:
        yield connection
        raise _TakenBackError


_PEOPLE = ("ann", "bob", "cat", "dan")
_person = st.integers(0, len(_PEOPLE) - 1)
_steps = st.lists(
    st.one_of(
        st.tuples(st.just("budget"), st.integers(5, 40)),
        st.tuples(st.just("off"), st.just(0)),
        st.tuples(st.just("bought"), _person),
        st.tuples(st.just("given back"), _person),
        st.tuples(st.just("given"), _person),
        st.tuples(st.just("withdrawn"), _person),
        st.tuples(st.just("used"), _person),
        st.tuples(st.just("compute"), st.integers(1, 15)),
        st.tuples(st.just("sweep"), st.just(0)),
        st.tuples(st.just("days"), st.integers(1, 3)),
    ),
    min_size=4,
    max_size=25,
)


class _Life:
    """What happens to four persons and two programmes with budgets, in one transaction."""

    def __init__(self, connection: Connection, accounts: Sequence[str]) -> None:
        self.connection, self.accounts, self.now, self.number = connection, accounts, NOW, 0
        self.budget = 10_00

    def budget_(self, most: int) -> None:
        self.budget = most * 100
        text, of = f"{most}.00", {"currency": "UAH", "reckoned_order": "100.00"}
        for each in (tiers(budget=text, **of), season(budget=text, percent=4, orders=1)):
            save_programme(self.connection, each, who="owner", now=self.now)

    def off(self, _: int) -> None:
        disable_programme(self.connection, "regulars", who="owner", now=self.now)

    def bought(self, who: int) -> None:
        self.number += 1
        row = dict(_an_order(self.connection), account_id=self.accounts[who], external_id=f"n{self.number}")
        row |= {"id": f"1:n{self.number}", "number": "", "goods": 4_000_00, "bought": True}
        self.connection.execute(insert(tables.order), [row])

    def given_back(self, who: int) -> None:
        table = tables.order
        self.connection.execute(
            update(table).where(table.c.account_id == self.accounts[who]).values(goods=100)
        )

    def given(self, who: int) -> None:
        """The shop has what is offered now."""
        query = select(tables.offer).where(tables.offer.c.id == self.accounts[who])
        offered = self.connection.execute(query).one_or_none()
        if offered is None or not offered.percent:
            return
        self.withdrawn(who)
        self.number += 1
        row = {"id": f"g{self.number}", "account_id": offered.id, "shop_id": 1, "code": f"c{self.number}"}
        row |= {name: getattr(offered, name) for name in ("programme_key", "programme_version", "percent")}
        row |= {"state": "given", "given_at": self.now, "added": []}
        self.connection.execute(insert(tables.grant), [row])

    def withdrawn(self, who: int) -> None:
        table = tables.grant
        mine = (table.c.account_id == self.accounts[who]) & (table.c.state == "given")
        self.connection.execute(update(table).where(mine).values(state="withdrawn", withdrawn_at=self.now))

    def used(self, who: int) -> None:
        query = select(tables.grant.c.id).where(tables.grant.c.account_id == self.accounts[who])
        held = self.connection.scalars(query.where(tables.grant.c.state == "given")).first()
        if held is not None:
            self.number += 1
            row = {"grant_id": held, "order_id": f"1:u{self.number}", "at": self.now, "currency": "UAH"}
            self.connection.execute(insert(tables.grant_use), [row])

    def compute(self, which: int) -> None:
        persons = [person for number, person in enumerate(_PEOPLE) if which & 1 << number]
        compute(self.connection, persons, now=self.now)

    def sweep(self, _: int) -> None:
        compute(self.connection, _PEOPLE, now=self.now)
        give_back(self.connection, limits_of(programmes(self.connection)), now=self.now)

    def days(self, count: int) -> None:
        self.now: datetime = self.now + timedelta(days=count)

    def issued(self) -> dict[str, int]:
        rows = self.connection.execute(select(tables.programme_budget))
        return {row.programme_key: row.issued for row in rows}

    def assert_books_balance(self) -> None:
        table = tables.exposure.c
        query = select(table.programme_key, func.sum(table.amount)).where(table.state != "released")
        sums = self.connection.execute(query.group_by(table.programme_key))
        assert {key: int(total) for key, total in sums} == {k: v for k, v in self.issued().items() if v}

    def assert_offers_are_covered(self) -> None:
        """Whatever is offered with a budget is reserved, at least as much as it may cost."""
        table = tables.exposure.c
        query = (
            select(tables.offer.c.percent, table.amount)
            .outerjoin(
                tables.exposure,
                (table.account_id == tables.offer.c.id)
                & (table.programme_key == tables.offer.c.programme_key)
                & (table.state == "reserved"),
            )
            .where(tables.offer.c.percent > 0)
        )
        for percent, reserved in self.connection.execute(query):
            assert reserved is not None
            assert reserved >= percent


def _an_order(connection: Connection) -> dict[str, Any]:
    return dict(
        connection.execute(select(tables.order).where(tables.order.c.number == "like")).mappings().one()
    )


@settings(max_examples=10)
@given(steps=_steps)
def test_whatever_happens_no_more_is_issued_than_the_budget_and_every_offer_is_in_the_books(
    sqlite_world: tuple[World, list[str]], steps: list[tuple[str, int]]
) -> None:
    assert_never_exceeded(*sqlite_world, steps)


@pytest.mark.slow
@settings(max_examples=150)
@given(steps=_steps)
def test_however_long_it_goes_on_no_more_is_issued_than_the_budget(
    either_world: tuple[World, list[str]], steps: list[tuple[str, int]]
) -> None:
    assert_never_exceeded(*either_world, steps)


def assert_never_exceeded(world: World, accounts: list[str], steps: list[tuple[str, int]]) -> None:
    with taken_back(world.store) as connection:
        life = _Life(connection, accounts)
        life.budget_(10)
        for name, value in steps:
            before = life.issued()
            getattr(life, {"budget": "budget_", "given back": "given_back"}.get(name, name))(value)
            for key, issued in life.issued().items():
                assert issued <= max(life.budget, before.get(key, 0))
            life.assert_books_balance()
            if name == "compute" and value == 15:
                life.assert_offers_are_covered()


@pytest.fixture(scope="module")
def sqlite_world(request: pytest.FixtureRequest) -> Iterator[tuple[World, list[str]]]:
    """Four persons with an account each, and an order of nobody's that others are like."""
    yield from peopled_by_four(request.getfixturevalue("sqlite_files"))


@pytest.fixture(scope="module", params=["sqlite_files", "postgres_databases"])
def either_world(request: pytest.FixtureRequest) -> Iterator[tuple[World, list[str]]]:
    """The same, once on each database."""
    yield from peopled_by_four(request.getfixturevalue(request.param))


def peopled_by_four(borrow: Callable[[], AbstractContextManager[str]]) -> Iterator[tuple[World, list[str]]]:
    with borrow() as url:
        store = open_store(url)
        world = World(store, checks_emails=True)
        world.shop(1, "tea")
        world.order(world.account("nobody", gone=True), 1, number="like")
        yield world, [world.account(person) for person in _PEOPLE]
        store.close()
