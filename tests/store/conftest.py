"""A shop in an empty store, on each database."""

import pytest

from regulars_store import Store
from shop_objects import Counter, open_counter


@pytest.fixture
def counter(store: Store) -> Counter:
    """A shop in an empty store, once on each database."""
    return open_counter(store)
