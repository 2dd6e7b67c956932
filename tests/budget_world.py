"""Programmes with budgets in small worlds: what is given, and what stands in the books."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from purchases import NOW, World, gift
from regulars_marketing import Proof, verify_proof
from regulars_marketing._budget import BudgetState, budget_states, limits_of
from regulars_marketing._budget_room import give_back
from regulars_marketing._programmes import programmes
from regulars_store import tables

SEASON: Mapping[str, Any] = {"first_day": "2026-05-01", "last_day": "2026-07-01", "level": "Spring"}
NO_MORE = "The budget of regulars has no room for more, so nothing higher is offered until there is some."


def season(**changes: Any) -> Any:
    """A season of 10 % with a budget of 250, 100 an order: room for 25 orders of a discount of 10."""
    budget = {"currency": "UAH", "budget": "20.00", "reckoned_order": "100.00"}
    return gift("seasonal", **{**SEASON, "percent": 10, **budget, **changes})


def given(world: World, *persons: str, days: int = 0) -> dict[str, tuple[str, int]]:
    """By person the programme of their offer and what it gives."""
    world.compute(*persons, now=NOW + timedelta(days=days))
    return {
        row.person_id: (row.programme_key, row.percent or row.amount or 0) for row in world.offers().values()
    }


def exposed(world: World) -> list[tuple[str, int, str]]:
    """What stands in the books, by account."""
    columns = tables.exposure.c
    query = select(columns.account_id, columns.amount, columns.state).order_by(columns.account_id, columns.id)
    with world.store.read() as connection:
        return [(row.account_id, row.amount, row.state) for row in connection.execute(query)]


def state(world: World, key: str = "seasonal") -> BudgetState:
    with world.store.read() as connection:
        return budget_states(connection, programmes(connection))[key]


def swept(world: World, *, days: int = 0) -> None:
    with world.store.write() as connection:
        give_back(connection, limits_of(programmes(connection)), now=NOW + timedelta(days=days))


def assert_books_balance(world: World) -> None:
    """The counter of each budget is the sum of its rows."""
    table = tables.exposure.c
    query = select(table.programme_key, func.sum(table.amount)).where(table.state != "released")
    with world.store.read() as connection:
        sums = {key: int(total) for key, total in connection.execute(query.group_by(table.programme_key))}
        counted = connection.execute(select(tables.programme_budget)).all()
    assert {row.programme_key: row.issued for row in counted if row.issued} == sums


def proved(world: World, account: str) -> tuple[int, str, str | None]:
    """What an account has, with its level and why it is no more, by a proof that holds."""
    row = world.offers()[account]
    assert verify_proof(Proof.model_validate(row.proof)) == []
    return row.percent, row.level, row.held
