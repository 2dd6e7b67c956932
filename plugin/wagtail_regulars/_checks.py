"""System checks: whether the site is set up to read the store. They never use the network.

A store in PostgreSQL is looked into only by the checks of databases, which ``migrate`` runs.
"""

import os
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from regulars_agent import Settings, load_settings
from regulars_mapping import RegularsError
from regulars_store import open_store
from wagtail_regulars._database import ALIAS, MIRROR, database_of
from wagtail_regulars._workspace import directory

_ROUTER = "wagtail_regulars.MirrorRouter"
_MIRROR_APP = "wagtail_regulars.mirror"


@register()
def check_setup(**_options: Any) -> list[CheckMessage]:
    """The settings of the site, and a store in a file."""
    return [*_settings_problems(), *store_problems(network=False)]


@register(Tags.database)
def check_store(*, databases: Sequence[str] | None = None, **_options: Any) -> list[CheckMessage]:
    """The store's tables, where the databases are checked."""
    return store_problems() if ALIAS in (databases or ()) else []


def store_problems(*, network: bool = True) -> list[CheckMessage]:
    """What keeps the store from being read; without ``network``, only a store in a file is opened."""
    try:
        read = load_settings(directory(), environ=os.environ)
        if read.store_file is None and not network:
            return []
        if read.store_file is not None and not read.store_file.exists():
            # Opening it would make an empty one.
            return [_error(6, f"The store {read.store_file} is not there.", "Make it: regulars init")]
        _look_into(read)
    except ImproperlyConfigured:
        return []
    except RegularsError as error:
        return [_error(6, f"The store cannot be read: {error}", None)]
    return []


def _look_into(read: Settings) -> None:
    store = open_store(read.store_url.get_secret_value())
    try:
        store.check_version()
    finally:
        store.close()


def _settings_problems() -> Iterator[CheckMessage]:
    if not settings.USE_TZ:
        yield _error(1, "USE_TZ is off, and the store's times have a zone.", "Set USE_TZ = True.")
    if _MIRROR_APP not in settings.INSTALLED_APPS and not any(
        app.startswith(f"{_MIRROR_APP}.") for app in settings.INSTALLED_APPS
    ):
        yield _error(2, f"The app {_MIRROR_APP} is missing.", f'Add "{_MIRROR_APP}" to INSTALLED_APPS.')
    if _ROUTER not in settings.DATABASE_ROUTERS:
        yield _error(
            3,
            f"Nothing sends the models of {MIRROR} to the store.",
            f'Set DATABASE_ROUTERS = ["{_ROUTER}"], or add it to yours.',
        )
    try:
        yield from _database_problems(load_settings(directory(), environ=os.environ))
    except (ImproperlyConfigured, RegularsError) as error:
        yield _error(4, f"The workspace cannot be read: {error}", None)


def _database_problems(read: Settings) -> Iterator[CheckMessage]:
    wanted = database_of(read.store_url.get_secret_value())
    remedy = f'DATABASES = {{"default": …, "{ALIAS}": store_database("{read.directory}")}}'
    given = connections.databases.get(ALIAS)
    if given is None:
        yield _error(5, f'DATABASES has no "{ALIAS}", through which the store is read.', remedy)
    elif _place(given) != _place(wanted):
        yield _error(5, f'DATABASES["{ALIAS}"] is not the store of the workspace {read.directory}.', remedy)
    if _place(connections.databases["default"]) == _place(wanted):
        yield _error(
            7,
            "Django's default database is the store itself; each needs a place of its own.",
            'Give DATABASES["default"] another file or database.',
        )


def _place(database: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(database.get(key) or "") for key in ("ENGINE", "NAME", "HOST", "PORT"))


def _error(number: int, message: str, hint: str | None) -> Error:
    return Error(message, hint=hint, id=f"wagtail_regulars.E{number:03}")
