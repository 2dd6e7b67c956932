"""A small Wagtail site in this process, and the store it shows: two shops and their people, on each database.

The site's own database is in memory; the store stands in a database of its own, as it must.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import django
import pytest
from django.conf import settings

from plugin import site_settings

if not settings.configured:
    settings.configure(**{name: value for name, value in vars(site_settings).items() if name.isupper()})
    django.setup()

from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections, transaction
from django.test import Client, override_settings
from django.test.utils import setup_test_environment, teardown_test_environment

from made_once import MadeOnce
from plugin.site_world import HANNA, MASTER_KEY, OLENA, PROGRAMME, Reading, Shops, bought, login, registered
from regulars_agent import enable_programme, write_default_settings
from regulars_store import Store, set_options, shop_named, update_shop
from shop_objects import Counter, day, open_counter
from wagtail_regulars._workspace import close_workspace, workspace


@pytest.fixture(scope="session")
def _site(made_once: MadeOnce) -> Iterator[None]:
    """The site's database with its tables, for the whole run."""
    setup_test_environment()
    # They would close the one connection that holds the database in memory.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    with closing(sqlite3.connect(made_once("site-in-memory.sqlite3", _migrate))) as kept:
        connections["default"].ensure_connection()
        kept.backup(connections["default"].connection)
    yield
    connections.close_all()
    teardown_test_environment()


def _migrate(path: Path) -> None:
    call_command("migrate", verbosity=0, skip_checks=True)
    with closing(sqlite3.connect(path)) as kept:
        connections["default"].connection.backup(kept)


@pytest.fixture
def site(_site: None) -> Iterator[None]:
    """The site; what a test changes in its database is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A workspace that the site is set up for; its store is an SQLite file that is not there."""
    directory = tmp_path / "workspace"
    write_default_settings(directory)
    monkeypatch.setenv("REGULARS_MASTER_KEY", MASTER_KEY)
    monkeypatch.setenv("REGULARS_KEYRING_COST", "1024")
    with override_settings(REGULARS={"directory": directory}):
        yield directory
    close_workspace()


@pytest.fixture
def shops(site: None, place: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shops]:
    """Two empty shops in hryvnias that check e-mails, once on each database; the site reads their store."""
    monkeypatch.setenv("REGULARS_STORE_URL", store.url)
    close_workspace()
    with Reading(store.url):
        made = Shops(store, *(_shop(store, name) for name in ("tea", "coffee")))
        enable_programme(workspace(), PROGRAMME, who="the owner")
        yield made


def _shop(store: Store, name: str) -> Counter:
    made = open_counter(store, name=name)
    with store.write() as connection:
        learnt = {"currency": "UAH", "country": "UA", "zone": "Europe/Kyiv"}
        update_shop(connection, made.shop.id, **learnt, capabilities=())
        set_options(connection, made.shop.id, {"checks_emails": "yes"})
        return Counter(store, shop_named(connection, name))


@pytest.fixture
def people(shops: Shops) -> Shops:
    """Hanna bought in both shops, in one of them as a guest; Olena has only registered."""
    shops.tea.land(
        registered("7", HANNA, registered_at=day(0)),
        registered("8", OLENA),
        bought("1001", HANNA, 60, customer_id="7", placed_at=day(1)),
    )
    shops.coffee.land(bought("555", HANNA, 40, placed_at=day(2)))
    shops.derive()
    return shops


@pytest.fixture
def owner(site: None) -> Client:
    """The owner's browser."""
    return login(superuser=True)


@pytest.fixture
def viewer(site: None) -> Client:
    """The browser of somebody who may see customers, but no contact data."""
    return login("access_admin", "view_customers")
