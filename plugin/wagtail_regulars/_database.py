"""The store as a Django database of its own: read only, never Django's default one."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import URL, make_url

from regulars_agent import load_settings

ALIAS = "regulars"
"""The database alias under which the mirror models read the store."""
MIRROR = "regulars_mirror"
"""The label of the app with the mirror models."""
_WAIT = 15
_STATEMENT_LIMIT = "30s"


def store_database(directory: Path | str, *, environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The entry of ``DATABASES`` for the store of the workspace in ``directory``.

    ``DATABASES = {"default": …, "regulars": store_database("/srv/regulars")}``. Nothing connects. Reads the
    workspace's settings, with the process's variables unless others are given. Raises MisconfiguredError
    where there is no workspace.
    """
    settings = load_settings(Path(directory), environ=os.environ if environ is None else environ)
    return database_of(settings.store_url.get_secret_value())


def database_of(url: str) -> dict[str, Any]:
    """The same for a store's URL."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    return _postgresql(parsed)


def _sqlite(url: URL) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(url.database),
        # The store's tables have one owner; a write from here is refused by SQLite itself.
        "OPTIONS": {"timeout": _WAIT, "init_command": "PRAGMA query_only=ON"},
    }


def _postgresql(url: URL) -> dict[str, Any]:
    limits = f"-c default_transaction_read_only=on -c statement_timeout={_STATEMENT_LIMIT} -c timezone=UTC"
    given = {name: value for name, value in url.query.items() if name != "options"}
    options = " ".join([str(url.query.get("options", "")), limits]).strip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.database or "",
        "USER": url.username or "",
        "PASSWORD": str(url.password or ""),
        "HOST": url.host or "",
        "PORT": str(url.port or ""),
        "OPTIONS": {**given, "options": options},
    }


class MirrorRouter:
    """Sends the mirror models to the store, and nothing else there; Django makes no tables in the store."""

    def db_for_read(self, model: Any, **_hints: object) -> str | None:
        """The store for a mirror model."""
        return ALIAS if model._meta.app_label == MIRROR else None

    db_for_write = db_for_read

    def allow_relation(self, first: Any, second: Any, **_hints: object) -> bool | None:
        """Mirror models belong with each other only."""
        inside = {first._meta.app_label == MIRROR, second._meta.app_label == MIRROR}
        return None if inside == {False} else inside == {True}

    def allow_migrate(self, db: str, app_label: str, **_hints: object) -> bool | None:
        """Nothing of Django's goes into the store, and no mirror table anywhere."""
        return False if db == ALIAS or app_label == MIRROR else None
