"""What ``manage.py check`` says of a site that is not set up right."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.db import connections
from django.test import override_settings

from plugin.site_world import Shops
from regulars_store import open_store
from wagtail_regulars import store_database
from wagtail_regulars._checks import check_setup, check_store, store_problems
from wagtail_regulars._database import database_of

Databases = dict[str, dict[str, Any]]


def said(**changed: Any) -> list[str]:
    """What the checks say, with the settings changed."""
    with override_settings(**changed):
        return [f"{found.id} {found.msg} {found.hint or ''}" for found in check_setup()]


@pytest.fixture
def databases(place: Path, monkeypatch: pytest.MonkeyPatch) -> Databases:
    """The databases of a site that is set up right; a test may change them."""
    made = {"default": settings.DATABASES["default"], "regulars": store_database(place, environ={})}
    # Django warns of overriding the setting itself.
    monkeypatch.setattr(connections, "settings", made)
    return made


@pytest.fixture
def right(place: Path, databases: Databases) -> None:
    """A site that is set up right, with a store that has its tables."""
    store = open_store(f"sqlite:///{place}/regulars.sqlite3")
    store.upgrade()
    store.close()


def test_a_site_that_is_set_up_right_is_told_nothing(right: None) -> None:
    assert said() == []


def test_a_missing_alias_is_named_with_what_to_write(right: None, databases: Databases) -> None:
    del databases["regulars"]
    (problem,) = said()
    assert "wagtail_regulars.E005" in problem
    assert "store_database(" in problem


def test_an_alias_of_another_store_is_named(right: None, databases: Databases, tmp_path: Path) -> None:
    databases["regulars"] = database_of(f"sqlite:///{tmp_path}/other.sqlite3")
    (problem,) = said()
    assert "is not the store of the workspace" in problem


def test_djangos_own_tables_in_the_store_are_refused(right: None, databases: Databases) -> None:
    databases["default"] = databases["regulars"]
    (problem,) = said()
    assert "wagtail_regulars.E007" in problem


def test_a_missing_router_app_or_zone_is_named(right: None) -> None:
    assert "wagtail_regulars.E003" in said(DATABASE_ROUTERS=[])[0]
    assert "wagtail_regulars.E001" in said(USE_TZ=False)[0]


def test_a_missing_app_is_named(right: None, monkeypatch: pytest.MonkeyPatch) -> None:
    fewer = [app for app in settings.INSTALLED_APPS if "mirror" not in app]
    monkeypatch.setattr(settings, "INSTALLED_APPS", fewer)
    assert "wagtail_regulars.E002" in said()[0]


def test_a_missing_setting_is_named_with_an_example(right: None) -> None:
    (problem,) = said(REGULARS=None)
    assert 'REGULARS = {"directory": ' in problem


def test_a_place_without_a_workspace_is_named(right: None, tmp_path: Path) -> None:
    problems = said(REGULARS={"directory": tmp_path / "nowhere"})
    assert all("regulars init" in problem for problem in problems)
    assert problems


def test_a_store_that_is_not_there_is_named_and_not_made(place: Path, databases: Databases) -> None:
    (problem,) = said()
    assert "wagtail_regulars.E006" in problem
    assert "regulars init" in problem
    assert not (place / "regulars.sqlite3").exists()


def test_a_store_without_tables_is_named(right: None, place: Path) -> None:
    (place / "regulars.sqlite3").write_bytes(b"")
    (problem,) = said()
    assert "the store has no tables yet; run: regulars init" in problem


def test_a_store_of_an_older_version_is_named_also_in_postgresql(people: Shops) -> None:
    assert check_store(databases=["regulars"]) == []
    with people.store.write() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
    assert "regulars init" in check_store(databases=["regulars"])[0].msg
    assert check_store(databases=["default"]) == []


def test_a_check_connects_to_no_server(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_STORE_URL", "postgresql://nobody@192.0.2.1:1/shop?connect_timeout=1")
    assert store_problems(network=False) == []


def test_the_checks_are_run_with_djangos_own(place: Path) -> None:
    assert any(str(found.id).startswith("wagtail_regulars.") for found in run_checks())
