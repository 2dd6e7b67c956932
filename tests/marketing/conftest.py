"""The small world of these tests, once on each database."""

from collections.abc import Callable

import pytest
from hypothesis import settings

from purchases import World
from regulars_store import Store

# A busy machine is no fault of the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture
def world(store: Store) -> World:
    """An empty world with the shop "tea" (1), which checks e-mails, once on each database."""
    made = World(store, checks_emails=True)
    made.shop(1, "tea")
    return made


@pytest.fixture
def buyer(world: World) -> Callable[..., str]:
    """Makes an account of a person who bought once for each of the given amounts of goods."""

    def make(person: str, *amounts: int, shop: int = 1, currency: str = "UAH") -> str:
        account = world.account(person, shop=shop)
        for amount in amounts:
            world.order(account, amount, currency=currency)
        return account

    return make
