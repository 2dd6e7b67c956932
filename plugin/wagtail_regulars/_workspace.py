"""The workspace of this process: opened when it is first asked for, once, by whichever thread comes first."""

import os
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.translation import gettext as _

from regulars_agent import Workspace, load_settings, open_workspace

_EXAMPLE = 'REGULARS = {"directory": "/srv/regulars"}'
# Of somebody who looks at a page that does not come.
_PATIENCE = timedelta(seconds=3)
_lock = Lock()
_opened: dict[int, Workspace] = {}


def directory() -> Path:
    """The workspace's place, as the Django setting ``REGULARS`` names it.

    Raises ImproperlyConfigured where the setting is missing or says something else.
    """
    given = getattr(settings, "REGULARS", None)
    if not isinstance(given, dict) or not isinstance(given.get("directory"), str | Path):
        raise ImproperlyConfigured(_("The setting REGULARS is missing. Name the workspace: %s") % _EXAMPLE)
    return Path(given["directory"])


def workspace() -> Workspace:
    """The open workspace, shared by this process's threads. Nothing connects yet.

    Raises ImproperlyConfigured without the setting ``REGULARS``, MisconfiguredError where there is no
    workspace.
    """
    # By process: a server's workers are forks, and connections must not be shared across one.
    process = os.getpid()
    with _lock:
        if process not in _opened:
            _opened.clear()
            read = load_settings(directory(), environ=os.environ)
            _opened[process] = open_workspace(read, environ=os.environ, patience=_PATIENCE)
        return _opened[process]


def _forget(*, setting: str, **_: Any) -> None:
    if setting == "REGULARS":
        close_workspace()


def close_workspace() -> None:
    """Give back the store's connections; the next question opens the workspace anew. Harmless twice."""
    with _lock:
        opened = _opened.pop(os.getpid(), None)
    if opened is not None:
        opened.close()


setting_changed.connect(_forget)
