"""All kinds of programmes through days of life: what is derived anew from the inputs is what stood there."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from proof_world import PROGRAMMES, ProofWorld, by_hand, crowd
from regulars_agent import Workspace, derive, merge_persons
from regulars_agent._derive import EVERYBODY
from regulars_store import Store, digest_parts, mark_dirty, resolve_all, tables

_POLICIES: Mapping[str, Mapping[str, Any]] = {
    "tier": {"downgrade": "after", "keeps_days": 5},
    "year": {"downgrade": "never"},
}
_LADDERS = ("tier", "year", "wholesale", "largest")
_DERIVED = (tables.offer, tables.person_fact, tables.person_profile, tables.segment_member)
_WRITTEN = (tables.tier_standing, tables.exposure, tables.programme_budget)
"""Inputs that computing itself writes."""


@pytest.fixture
def world(empty_workspace: Workspace) -> Iterator[ProofWorld]:
    made = ProofWorld(empty_workspace)
    yield made
    made.close()


def enable_all(random: Random, world: ProofWorld) -> None:
    """Every kind, some that add and some with budgets: most ladders have one, and a tight one."""
    definitions = {**PROGRAMMES, "personal": by_hand(world.accounts()[0])}
    for name, definition in definitions.items():
        terms: dict[str, Any] = {"priority": random.randint(0, 2), **_POLICIES.get(name, {})}
        if random.random() < 0.5:
            terms |= {"adds": True, "cap": "25"}
        if random.random() < (0.8 if name in _LADDERS else 0.5):
            budget = random.choice(("90.00", "150.00")) if name in _LADDERS else "300.00"
            terms |= {"budget": budget, "reckoned_order": "1000.00", "currency": "UAH"}
        if random.random() < 0.2:
            terms["holdout"] = 20
        world.enable({**definition, **terms})


def everybody(world: ProofWorld) -> None:
    with world.workspace.store.write() as connection:
        mark_dirty(connection, EVERYBODY, ["daily"])
    derive(world.workspace)


def forget(world: ProofWorld) -> None:
    """Everything that is derived is lost: who is one person, too."""
    with world.workspace.store.write() as connection:
        for table in _DERIVED:
            connection.execute(delete(table))
        connection.execute(update(tables.account).values(person_id=None))
        connection.execute(delete(tables.person))
    resolve_all(world.workspace.store)


def standing(store: Store) -> dict[str, Any]:
    with store.read() as connection:
        rows = {each.name: sorted(map(repr, connection.execute(select(each)).all())) for each in _WRITTEN}
        offers = {row.id: tuple(row) for row in connection.execute(select(tables.offer))}
        return {"digest": digest_parts(connection), "offers": offers, **rows}


def some_days(random: Random, world: ProofWorld) -> None:
    """People buy, give back, and are found to be one."""
    world.watch.now += timedelta(days=random.choice((0.3, 1, 3, 6)))
    for account in random.sample(world.accounts(), 3):
        if account.startswith("1:"):
            world.order(int(account[2:]), "1500.00", days=0)
    with world.workspace.store.read() as connection:
        bought = select(tables.order).where(tables.order.c.shop_id == 1).order_by(tables.order.c.id)
        rows = connection.execute(bought).all()
    for row in rows:
        who = row.account_id.partition(":")[2]
        if random.random() < 0.3 and who.isdigit():
            number = int(row.external_id)
            back = world.refund(number, "5000.00", days=0)
            world.order(int(who), f"{row.total / 100:.2f}", days=50, number=number, refunds=[back])
    world.derive()
    persons = sorted({row.person_id for row in world.offers().values()})
    merge_persons(world.workspace, random.sample(persons, 2), who="owner", why="known")
    world.derive()


@pytest.mark.parametrize(
    "store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)], indirect=True
)
@pytest.mark.parametrize("seed", [3, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (11, 13))])
def test_what_is_derived_anew_is_what_was_derived_as_it_came(world: ProofWorld, seed: int) -> None:
    random = Random(seed)
    crowd(random, world, 7)
    for currency in ("EUR", "USD"):
        world.rate(currency, "UAH", {days: random.choice(("41.25", "43.999")) for days in range(0, 720, 12)})
    enable_all(random, world)
    for _ in range(2):
        some_days(random, world)
        # Room that nobody needs any more is found by others once: then all is settled.
        everybody(world)
        everybody(world)
        before = standing(world.workspace.store)
        forget(world)
        everybody(world)
        assert standing(world.workspace.store) == before
        assert world.said() == []
    assert before["offers"]
    assert before["tier_standing"]
    assert any("has no room for more" in repr(offer) for offer in before["offers"].values())
