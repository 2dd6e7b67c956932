"""The key that signs the bundled site's sessions: kept as other secrets are, else new at each start."""

import logging
import secrets
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from regulars_agent import load_settings, open_workspace
from regulars_mapping import MisconfiguredError

VARIABLE = "REGULARS_SITE_KEY"
_SERVICE, _NAME = "site", "key"
_BYTES = 48
_log = logging.getLogger(__name__)


def secret_key(directory: Path, *, environ: Mapping[str, str]) -> str:
    """The variable ``REGULARS_SITE_KEY``, else the workspace's keyring, where it is put the first time.

    Where no keyring works, a key for this start alone; everybody then logs in again after a restart.
    """
    if given := environ.get(VARIABLE):
        return given
    with open_workspace(load_settings(directory, environ=environ), environ=environ) as workspace:
        try:
            found = workspace.secrets.find(_SERVICE, _NAME)
            if found is None:
                found = SecretStr(secrets.token_urlsafe(_BYTES))
                workspace.secrets.set(_SERVICE, _NAME, found)
        except MisconfiguredError as error:
            _log.warning("%s Until then everybody logs in again whenever the site starts.", error)
            return secrets.token_urlsafe(_BYTES)
    return found.get_secret_value()
