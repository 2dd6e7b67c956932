"""Who is who, end to end: the persons that come of a backfill against the truth the sandbox alone knows."""

from collections import defaultdict
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from command_line import CommandLine
from regulars_sandbox import WooCommerceShop
from regulars_sandbox.population import Anchor, Kind, Population, generate
from regulars_store import open_store, tables
from system.conftest import Served

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def population() -> Population:
    """The demo's own shop."""
    return generate(seed=7, customers=1_500, now=NOW)


def persons_of(line: CommandLine) -> dict[Anchor, str]:
    """The person that each account and each order of the shop was given to."""
    store = open_store(f"sqlite:///{line.directory / 'regulars.sqlite3'}")
    account, order = tables.account.c, tables.order.c
    with store.read() as connection:
        accounts = connection.execute(
            select(account.external_id, account.person_id).where(account.registered)
        ).all()
        orders = connection.execute(
            select(order.external_id, account.person_id).join_from(tables.order, tables.account)
        ).all()
    store.close()
    found = {Anchor("customer", int(number)): person for number, person in accounts}
    return found | {Anchor("order", int(number)): person for number, person in orders}


def test_no_two_true_people_are_merged_and_few_are_left_apart(
    regulars: CommandLine, served: Served, population: Population
) -> None:
    regulars.connected(served(WooCommerceShop.of(population.history)))
    regulars.done("backfill")
    regulars.done("compute")
    persons = persons_of(regulars)
    assert persons.keys() == population.truth.keys()
    merged, parts = defaultdict(set), defaultdict(set)
    for anchor, number in population.truth.items():
        merged[persons[anchor]].add(number)
        parts[number].add(persons[anchor])
    kinds = {person.number: person.kind for person in population.people}
    false_merges = [numbers for numbers in merged.values() if len(numbers) > 1]
    decidable = [
        numbers for numbers in false_merges if not all(kinds[number] is Kind.ROLE for number in numbers)
    ]
    several = [number for number, found in parts.items() if len(found) > 1]
    print(
        f"{len(parts)} people, {len(merged)} persons, {len(false_merges)} false merges, {len(several)} split"
    )
    assert decidable == []
    assert len(several) <= len(parts) // 100
