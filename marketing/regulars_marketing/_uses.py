"""Discounts for a number of orders that are used up: they give nothing any more."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from regulars_marketing._accounts import Account
from regulars_marketing._programme import Programme
from regulars_marketing._programmes import StoredProgramme
from regulars_store._grant_uses import KeyUse, uses_of_persons

_ONE_A_PERSON = frozenset({"birthday", "welcome"})
"""Kinds of which one account of a person has one: a use by any of the person's is a use of it."""


class Use(NamedTuple):
    """An order that used what the programme ``key`` gave, placed ``at`` that moment."""

    key: str
    order_id: str
    at: datetime


NO_USES: frozenset[Use] = frozenset()


def orders_of(programme: Programme) -> int | None:
    """For how many orders an account may use what it gives, None for any number."""
    return 1 if programme.kind == "welcome" else programme.orders


def is_used_up(uses: Iterable[Use], key: str, orders: int | None, *, since: datetime | None = None) -> bool:
    """Whether so many orders used it, placed ``since`` then: what is given on certain days is given anew on
    the next of them. Of all times without ``since``; never where ``orders`` is None."""
    if orders is None:
        return False
    counted = {use.order_id for use in uses if use.key == key and (since is None or use.at >= since)}
    return len(counted) >= orders


def read_uses(
    connection: Connection,
    accounts: Mapping[str, Sequence[Account]],
    standing: Mapping[int, Sequence[StoredProgramme]],
) -> dict[str, frozenset[Use]]:
    """By account what was used of it; at most one statement, none where no programme counts orders."""
    shops = {
        shop for shop, here in standing.items() if any(orders_of(each.programme) is not None for each in here)
    }
    whose = [person_id for person_id, held in accounts.items() if any(each.shop_id in shops for each in held)]
    found = uses_of_persons(connection, whose) if whose else {}
    if not found:
        return {}
    shared = {each.key for here in standing.values() for each in here if each.programme.kind in _ONE_A_PERSON}
    return {
        each.id: mine
        for person_id, uses in found.items()
        for each in accounts[person_id]
        if (mine := _of_account(uses, each.id, shared))
    }


def _of_account(uses: Iterable[KeyUse], account_id: str, shared: set[str]) -> frozenset[Use]:
    return frozenset(
        Use(use.key, use.order_id, use.at)
        for use in uses
        if use.account_id == account_id or use.key in shared
    )
