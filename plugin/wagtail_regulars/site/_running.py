"""Preparing the bundled site in this process, and serving it until it is told to end."""

import os
import secrets
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from gunicorn.app.base import BaseApplication

from regulars_mapping import MisconfiguredError
from wagtail_regulars.site._demo_people import prepare_shoppers

PASSWORD_VARIABLE = "REGULARS_OWNER_PASSWORD"  # noqa: S105 - a variable's name
OWNER = "owner"
DATABASE = "site.sqlite3"
"""Django's own database, in the workspace's directory."""
_SETTINGS = "wagtail_regulars.site.settings"
_THREADS = 8
_GRACE = 10


@dataclass(frozen=True, slots=True)
class Owner:
    """Who may log in; ``password`` only where one was made up just now."""

    name: str
    password: str | None = field(repr=False)


def prepare(directory: Path, *, environ: Mapping[str, str], may_show: bool) -> Owner:
    """Set Django up for the workspace in ``directory``: its database, the owner's login, a demo's people.

    The password is ``REGULARS_OWNER_PASSWORD`` where that is set, also for an owner who is there already. A
    new owner without it gets a made-up one where that ``may_show``; else MisconfiguredError is raised.
    Idempotent.
    """
    os.environ["REGULARS_DIRECTORY"] = str(directory)
    os.environ["DJANGO_SETTINGS_MODULE"] = _SETTINGS
    # Made before SQLite makes it, which would let everybody read it: sessions and password hashes are in it.
    with suppress(FileExistsError):
        os.close(os.open(directory / DATABASE, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    owner = _owner(environ.get(PASSWORD_VARIABLE) or None, may_show=may_show)
    if settings.REGULARS_DEMO:
        prepare_shoppers()
    _close()
    return owner


def _owner(given: str | None, *, may_show: bool) -> Owner:
    from django.contrib.auth import get_user_model

    users = get_user_model()._default_manager
    found = users.filter(username=OWNER).first()
    if found is not None:
        if given is not None and not found.check_password(given):
            found.set_password(given)
            found.save(update_fields=["password"])
        return Owner(OWNER, None)
    if given is None and not may_show:
        raise MisconfiguredError(
            f"The site has no owner yet, and there is no terminal to show a new password on. Give one in the "
            f"variable {PASSWORD_VARIABLE}."
        )
    made = given or secrets.token_urlsafe(12)
    users.create_superuser(OWNER, "", made)
    return Owner(OWNER, None if given else made)


def _close() -> None:
    # The worker is a fork: it must not share this process's connections.
    from django.db import connections

    from wagtail_regulars._workspace import close_workspace

    connections.close_all()
    close_workspace()


def bind(*, host: str, port: int) -> socket.socket:
    """Take the address for ``run``; it answers nobody before that. MisconfiguredError where that fails."""
    taken = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        # Connections that a site of a minute ago has closed do not hold the port.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
    except OSError as error:
        taken.close()
        raise MisconfiguredError(
            f"The site cannot listen on {host}, port {port}: {error.strerror}. End what holds the port, or "
            f"choose another address with --host and --port."
        ) from None
    return taken


def run(taken: socket.socket) -> None:
    """Serve the prepared site on an address of ``bind``, which is closed at the end, until SIGTERM or SIGINT.

    Requests underway are ended within seconds.
    """
    _Server(
        {
            "bind": f"fd://{taken.detach()}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": _THREADS,
            "graceful_timeout": _GRACE,
            "loglevel": "warning",
            "accesslog": None,
            "proc_name": "regulars-site",
        }
    ).run()


class _Server(BaseApplication):
    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from wagtail_regulars.site.wsgi import application

        return application
