"""The same arguments give the same shop."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from regulars_sandbox.population import Population, generate

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

# Of what a shop of this seed shows; the same on every Python that is supported.
PINNED = "ecbe6e8ce2484573a232be167d9de11ea094adcf5a24593100e34891878d92c8"

_PRINT_DIGEST = """
import sys
sys.path[:0] = sys.argv[1:]
from test_population_repeats import digest, small
print(digest(small(5)))
"""


def small(seed: int) -> Population:
    return generate(seed=seed, customers=120, orders=360, now=NOW)


def digest(population: Population) -> str:
    """A fingerprint of fields that make a shop; blind to fields that a later version adds."""
    history = population.history
    rows: list[tuple[object, ...]] = [(p.id, p.name, p.price) for p in history.products]
    rows += [
        (c.id, c.email, c.username, c.created.isoformat(), c.billing.address_1) for c in history.customers
    ]
    for order in history.orders:
        buyer = (order.billing.email, order.billing.phone, order.billing.first_name, order.shipping.address_1)
        refunds = tuple((refund.id, refund.amount) for refund in order.refunds)
        rows.append((order.id, order.created.isoformat(), str(order.status), order.total, *buyer, *refunds))
    rows += sorted((anchor.kind, anchor.id, number) for anchor, number in population.truth.items())
    return hashlib.sha256("\n".join(map(repr, rows)).encode()).hexdigest()


def test_the_same_seed_gives_the_same_shop_and_another_seed_another() -> None:
    assert small(5) == small(5)
    assert small(5).history != small(6).history


@pytest.mark.parametrize("hash_seed", ["0", "1", "4242"])
def test_the_hash_seed_of_the_process_changes_nothing(hash_seed: str) -> None:
    folder = str(Path(__file__).parent)
    answer = subprocess.run(
        [sys.executable, "-c", _PRINT_DIGEST, folder],
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert answer.stdout.strip() == PINNED


def test_the_shop_of_a_seed_is_the_one_it_always_was() -> None:
    assert digest(small(5)) == PINNED


def test_now_in_another_zone_is_the_same_now() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-7)))
    there = generate(seed=5, customers=120, orders=360, now=elsewhere)
    assert digest(there) == digest(small(5))
    assert {
        moment.tzinfo for order in there.history.orders for moment in (order.created, order.modified)
    } == {UTC}


@pytest.mark.parametrize(
    "wrong",
    [
        {"now": NOW.replace(tzinfo=None)},
        {"customers": 0},
        {"orders": -1},
        {"second_shop_share": 1.5},
        {"currency": "XAU"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_arguments_that_make_no_shop_are_refused(wrong: dict[str, object]) -> None:
    arguments: dict[str, object] = {"seed": 1, "customers": 10, "orders": None, "now": NOW}
    with pytest.raises(ValueError, match=r"time zone|at least one|share|price level"):
        generate(**(arguments | wrong))  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize(
    ("customers", "orders"), [(1, None), (1, 0), (2, 50), (40, 10), (40, 40), (40, 2000)]
)
def test_odd_sizes_are_met_exactly(customers: int, orders: int | None) -> None:
    population = generate(seed=3, customers=customers, orders=orders, now=NOW)
    assert len(population.people) == customers
    if orders is not None:
        assert len(population.history.orders) == orders
