"""The whole of Regulars against doubles: command line, stores, shops."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from command_line import KEY, READ_ONLY_KEY, SECRETS, CommandLine, Meddled, Nursery
from regulars_sandbox import Faults, RunningServer, WooCommerceShop, serve


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    with Nursery() as started:
        yield started


@pytest.fixture
def regulars(nursery: Nursery, sqlite_template: bytes, tmp_path: Path) -> Iterator[CommandLine]:
    """``regulars`` in a directory that is not there yet. Whatever it says, it never says a secret."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    line = CommandLine(nursery, tmp_path / "base", scratch, tables=sqlite_template)
    yield line
    for said in line.heard:
        for secret in SECRETS:
            assert secret not in said.out + said.err


Served = Callable[..., RunningServer]


@pytest.fixture
def served() -> Iterator[Served]:
    """Puts a shop, or a meddled one, on HTTPS; it knows the two keys."""
    with ExitStack() as stack:

        def put(shop: WooCommerceShop | Meddled, faults: Faults | None = None) -> RunningServer:
            inner = shop.shop if isinstance(shop, Meddled) else shop
            for key in (KEY, READ_ONLY_KEY):
                inner.add_key(key)
            return stack.enter_context(serve(shop, tls=True, faults=faults))

        yield put


NewStoreUrl = Callable[[str], str]


@pytest.fixture
def new_store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewStoreUrl]:
    """Makes the URL of an empty store of a dialect, as often as it is called."""
    numbers = count()
    with ExitStack() as stack:

        def make(dialect: str) -> str:
            if dialect == "sqlite":
                return f"sqlite:///{tmp_path / f'store{next(numbers)}.sqlite3'}"
            borrow = request.getfixturevalue("postgres_databases")
            url: str = stack.enter_context(borrow())
            return url

        yield make
