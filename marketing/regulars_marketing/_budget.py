"""Budgets: what a programme may issue at most, and what of it is issued."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy import Connection

from regulars_marketing._exposure import exposure_of
from regulars_marketing._programme import Programme
from regulars_marketing._programmes import StoredProgramme
from regulars_marketing._proof import ProofLadder, ProofProgramme
from regulars_store import _exposures as exposures


@dataclass(frozen=True, slots=True)
class Limit:
    """The budget of a programme in minor units of ``currency``.

    A percent is reckoned of an order of ``reckoned_order``. An account may use its offer for ``orders``
    orders, None for any number. ``least`` and ``most`` are what one account's offer may cost.
    """

    key: str
    budget: int
    currency: str
    reckoned_order: int | None
    orders: int | None
    least: int
    most: int

    @classmethod
    def of(cls, rules: Programme, stated: ProofProgramme) -> Self:
        """The limit of a programme that has a budget, and as proofs state it."""
        top = stated.tiers[-1] if isinstance(stated, ProofLadder) else stated
        of_order, orders = rules.reckoned_order, stated.orders
        least, most = (
            exposure_of(percent, amount, reckoned_order=of_order, orders=orders)[0]
            for percent, amount in (rules.least, (top.percent, top.amount))
        )
        return cls(rules.key, rules.budget or 0, rules.currency or "", of_order, orders, least, most)

    def cost(self, percent: int, amount: int) -> tuple[int, int]:
        """What a discount may cost, and for how many orders that is reckoned."""
        return exposure_of(percent, amount, reckoned_order=self.reckoned_order, orders=self.orders)


def limits_of(programmes: Iterable[StoredProgramme]) -> dict[str, Limit]:
    """The budgets by key, also of programmes that are off: what they issued may still be used."""
    limited = (each for each in programmes if each.programme.budget is not None)
    return {each.key: Limit.of(each.programme, each.stated) for each in limited}


@dataclass(frozen=True, slots=True)
class BudgetState:
    """How a programme's budget stands, in minor units of ``currency``. ``issued`` is what is ``reserved`` for
    offers and what was ``spent``. ``full_since`` is when somebody first found no room, None while all find
    some."""

    key: str
    currency: str
    budget: int
    reserved: int
    spent: int
    accounts: int
    full_since: datetime | None

    @property
    def issued(self) -> int:
        """What of the budget is reserved or spent."""
        return self.reserved + self.spent

    @property
    def left(self) -> int:
        """What may still be issued; nothing where a budget was lowered below what is issued."""
        return max(0, self.budget - self.issued)


def budget_states(connection: Connection, programmes: Iterable[StoredProgramme]) -> dict[str, BudgetState]:
    """By key how the budgets of these programmes stand; two statements, none where none has a budget."""
    limits = limits_of(programmes)
    if not limits:
        return {}
    sums, issued = exposures.sums_of(connection, limits), exposures.budgets_issued(connection)
    states = {}
    for key, limit in limits.items():
        reserved, spent, accounts = sums.get((key, limit.currency), (0, 0, 0))
        known = issued.get((key, limit.currency))
        since = known.full_since if known else None
        states[key] = BudgetState(key, limit.currency, limit.budget, reserved, spent, accounts, since)
    return states
