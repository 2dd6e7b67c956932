"""The composition root: settings, store, secrets, clock and connectors, put together in one place."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import SecretStr

from regulars_agent._clock import Clock, SystemClock
from regulars_agent._keyring_keeper import KeyringKeeper
from regulars_agent._owner import owner_name
from regulars_agent._secrets import Secrets, choose_keyring
from regulars_agent._settings import Settings, unknown_variables
from regulars_connectors import Connector, ConnectorConfig, CredentialKeeper, connector_class
from regulars_mapping import MisconfiguredError
from regulars_store import Shop, Store, open_store

CERTIFICATES_OPTION = "certificates"
"""The shop option that names a CA bundle (PEM) to trust for this shop; relative to the workspace."""


def connector_options(shop: Shop) -> dict[str, str]:
    """What a shop's connector is told: the shop's options, and its currency, since not all that a platform
    says of money names one."""
    options = {name: str(value) for name, value in shop.options.items() if name != CERTIFICATES_OPTION}
    return options if shop.currency is None else {"currency": shop.currency, **options}


class Workspace:
    """What every service of the agent works with. Made by ``open_workspace``; a context manager.

    Safe to share by threads, not across a fork. ``owner`` is this process's name on leases.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        store: Store,
        secrets: Secrets,
        clock: Clock,
        environ: Mapping[str, str],
        patience: timedelta = timedelta(),
        unknown: tuple[str, ...] = (),
    ) -> None:
        self.settings = settings
        self.store = store
        self.secrets = secrets
        self.clock = clock
        self._environ = environ
        self.patience = patience
        """How long to wait for work that another worker is at, before the RetryError."""
        self.owner = owner_name()
        self.unknown_variables = unknown
        """``REGULARS_*`` variables of this process that mean nothing."""

    def __repr__(self) -> str:
        return f"Workspace({str(self.settings.directory)!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def connector(self, shop: Shop, *, until: float | None = None) -> Iterator[Connector]:
        """A connector for this shop, closed afterwards. Nothing is sent yet, and nothing past ``until``
        (monotonic seconds).

        Raises what ``connector_config`` raises, and what the connector itself finds impossible.
        """
        config = self.connector_config(shop)
        http = config.http if until is None else replace(config.http, until=until)
        with connector_class(shop.platform).open(replace(config, http=http)) as connector:
            yield connector

    def connector_config(
        self, shop: Shop, *, credentials: Mapping[str, SecretStr] | None = None
    ) -> ConnectorConfig:
        """What this shop's connector is opened with; with its own credentials where none are given.

        Raises MisconfiguredError for an unknown platform, a missing secret and a certificate bundle that is
        not there.
        """
        made = connector_class(shop.platform)
        bundle = str(shop.options.get(CERTIFICATES_OPTION, ""))
        return ConnectorConfig(
            url=shop.url,
            credentials=credentials
            if credentials is not None
            else self.secrets.credentials(shop.name, made.credential_names, *made.credential_alternatives),
            http=self.settings.http.options(verify=self._bundle(shop.name, bundle) if bundle else True),
            options=connector_options(shop),
            keeper=self.keeper(shop.platform, shop.name),
        )

    def keeper(self, platform: str, shop: str) -> CredentialKeeper | None:
        """What keeps this shop's changing credentials; None on platforms that have none."""
        if not connector_class(platform).changing_credentials:
            return None
        return KeyringKeeper(
            self.settings, self.secrets, self.store, shop=shop, clock=self.clock, environ=self._environ
        )

    def _bundle(self, shop: str, given: str) -> str:
        path = self.settings.directory / Path(given).expanduser()
        if not path.exists():
            raise MisconfiguredError(
                f"Shop '{shop}': its certificates were to be in {path}, which is not there. "
                f"Put the PEM file there or change the shop's option '{CERTIFICATES_OPTION}'."
            )
        return str(path)

    def close(self) -> None:
        """Give back the store's connections. Harmless twice."""
        self.store.close()


def open_workspace(
    settings: Settings,
    *,
    clock: Clock | None = None,
    environ: Mapping[str, str],
    patience: timedelta = timedelta(),
) -> Workspace:
    """Put a workspace together. Nothing connects yet, no version is checked and no secret is read.

    ``environ`` is where secrets and the master key may stand; ``patience``: how long a service waits for its
    turn where another worker is at the same. Raises MisconfiguredError for a store URL or a keyring that
    cannot work.
    """
    secrets = Secrets(
        choose_keyring(settings, environ=environ), service=settings.keyring_service, environ=environ
    )
    return Workspace(
        settings,
        store=open_store(settings.store_url.get_secret_value()),
        secrets=secrets,
        clock=clock or SystemClock(),
        environ=environ,
        patience=patience,
        unknown=unknown_variables(environ),
    )
