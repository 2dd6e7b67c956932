"""Budgets of programmes that add up, while everybody is computed beside persons who change, join and part."""

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import func, select, update

from purchases import NOW, World, gift, tiers
from regulars_marketing import Programme, compute, compute_all, parse_programme
from regulars_marketing._budget import limits_of
from regulars_marketing._budget_room import give_back
from regulars_marketing._programmes import programmes
from regulars_store import Store, tables

PERSONS = [f"p{number:02}" for number in range(20)]
ROOM = {"seasonal": 7, "regulars": 5, "sorry": 2}
"""For how many accounts the budgets have room, at 10.00 each."""


def budgeted(key: str) -> dict[str, Any]:
    """Room for so many and a half."""
    money = {"currency": "UAH", "reckoned_order": "100.00", "budget": f"{ROOM[key]}5.00"}
    return {**money, "adds": True, "cap": 25}


def world_of(store: Store) -> tuple[World, list[str]]:
    world = World(store, checks_emails=True)
    for number, name in ((1, "tea"), (2, "coffee")):
        world.shop(number, name)
    accounts = [world.account(person, shop=1 + number % 2) for number, person in enumerate(PERSONS)]
    for account in accounts:
        world.order(account, 5_000_00)
    days = {"first_day": "2026-05-01", "last_day": "2026-07-01", "level": "Spring"}
    bronze = [{"threshold": "5000.00", "percent": "10", "level": "Bronze"}]
    made: list[Programme] = [
        gift("seasonal", percent=10, **days, **budgeted("seasonal")),
        tiers(tiers=bronze, **budgeted("regulars")),
        parse_programme({
            "kind": "personal", "key": "sorry", "title": "Sorry", "why": "Late", "account": accounts[3],
            "percent": 10, "valid_until": "2027-01-01T00:00:00Z",
            **budgeted("sorry"),
        }),
    ]  # fmt: skip
    for each in made:
        world.programme(each)
    return world, accounts


def test_whoever_is_computed_beside_everybody_and_joins_or_parts_nothing_is_issued_twice(
    store: Store,
) -> None:
    world, accounts = world_of(store)

    def everybody() -> None:
        for days in range(2):
            compute_all(store, now=NOW + timedelta(days=days), chunk=3, pause=0)

    def singles() -> None:
        for person in reversed(PERSONS):
            world.compute(person)

    def joining() -> None:
        random = Random(5)
        for _ in range(12):
            one, other = random.sample(range(len(PERSONS)), 2)
            with store.write() as connection:
                mine = tables.account.c.id == accounts[one]
                connection.execute(
                    update(tables.account).where(mine).values(person_id=PERSONS[random.choice((one, other))])
                )
                compute(connection, [PERSONS[one], PERSONS[other]], now=NOW)

    beside([everybody, singles, joining])
    assert_in_the_books(world)
    # All that there is room for was found by somebody.
    assert {**issued(world), "sorry": 0} == {key: room * 10_00 for key, room in ROOM.items()} | {"sorry": 0}
    before = exposures(world)
    compute_all(store, now=NOW + timedelta(days=1), chunk=3, pause=0)
    assert exposures(world) == before
    with store.write() as connection:
        give_back(connection, limits_of(programmes(connection)), now=NOW + timedelta(days=5))
    assert_in_the_books(world)


def beside(works: Sequence[Callable[[], None]]) -> None:
    """Do these in a thread each, all at once."""
    start, failed = threading.Barrier(len(works)), list[Exception]()

    def run(work: Callable[[], None]) -> None:
        start.wait()
        try:
            work()
        except Exception as error:  # noqa: BLE001 - told below, in the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def issued(world: World) -> dict[str, int]:
    with world.store.read() as connection:
        rows = connection.execute(select(tables.programme_budget))
        return {row.programme_key: row.issued for row in rows}


def exposures(world: World) -> list[tuple[Any, ...]]:
    table = tables.exposure.c
    with world.store.read() as connection:
        rows = connection.execute(
            select(table.programme_key, table.account_id, table.state, table.amount).order_by(table.id)
        )
        return [tuple(row) for row in rows]


def assert_in_the_books(world: World) -> None:
    """No budget is exceeded, each counter is the sum of its rows, and each part of an offer is reserved."""
    table = tables.exposure.c
    query = select(table.programme_key, func.sum(table.amount)).where(table.state != "released")
    with world.store.read() as connection:
        sums = {key: int(total) for key, total in connection.execute(query.group_by(table.programme_key))}
    assert sums == {key: total for key, total in issued(world).items() if total}
    for key, total in sums.items():
        assert total <= ROOM[key] * 10_00
    reserved = {(key, account) for key, account, state, _ in exposures(world) if state == "reserved"}
    for account, row in world.offers().items():
        if row.percent:
            parts = [
                row.proof["programme"]["key"],
                *(each["programme"]["key"] for each in row.proof["added"]),
            ]
            assert {(key, account) for key in parts} <= reserved
