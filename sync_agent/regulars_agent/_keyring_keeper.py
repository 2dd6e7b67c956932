"""Credentials that change while they are used, kept in the workspace's keyring under a lease of the store."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from pydantic import SecretStr

import regulars_store as store
from regulars_agent._clock import Clock, SystemClock
from regulars_agent._file_keyring import CREDENTIALS_VARIABLE, MASTER_KEY_VARIABLE
from regulars_agent._owner import holder_is_dead, owner_name
from regulars_agent._secrets import SECRET_PREFIX, Secrets, choose_keyring, environment_variable
from regulars_agent._settings import Settings
from regulars_mapping import MisconfiguredError, RegularsError, RetryError

_TTL: Final = timedelta(minutes=2)
"""Longer than a renewal takes; whoever sleeps longer keeps nothing any more."""
_WAIT: Final = 60.0
"""Seconds to wait for another who renews; a dead one of this machine is not waited for."""
_LOOK_AGAIN: Final = 0.05


class KeyringKeeper:
    """A shop's changing credentials (``CredentialKeeper``), for every process and machine that shares store
    and keyring.

    The lock is a lease, so that it holds between machines where the store does, and outlives nobody who died.
    It is not entered twice by one thread; threads exclude each other. Can be pickled for a process of ours,
    master key and all.
    """

    def __init__(
        self,
        settings: Settings,
        secrets: Secrets,
        at: store.Store,
        *,
        shop: str,
        clock: Clock,
        environ: Mapping[str, str],
        wait: float = _WAIT,
    ) -> None:
        self._settings = settings
        self._secrets = secrets
        self._store = at
        self._shop = shop
        self._clock = clock
        self._environ = environ
        self._wait = wait
        self._held = threading.local()

    def __repr__(self) -> str:
        return f"KeyringKeeper({self._shop!r})"

    def __reduce__(self) -> tuple[object, ...]:
        carried = {name: value for name, value in self._environ.items() if _is_of_secrets(name)}
        return _reopened, (self._settings, self._shop, carried)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone with this shop's credentials. Raises RetryError where another is for too long."""
        lease = self._taken_in_turn()
        self._held.lease = lease
        try:
            yield
        finally:
            self._held.lease = None
            self._release(lease)

    def load(self, name: str) -> SecretStr:
        """The credential as it was kept last. Raises MisconfiguredError where there is none, and where a
        variable gives it, which nothing of ours could change."""
        if self._secrets.given_for(self._shop, name):
            raise MisconfiguredError(
                f"The variable {environment_variable(self._shop, name)} cannot give '{name}' of shop "
                f"'{self._shop}': it changes with each use. Unset it and connect the shop again."
            )
        return self._secrets.get(self._shop, name)

    def keep(self, name: str, secret: SecretStr) -> None:
        """Keep it in the keyring, while locked. Raises LeaseLostError where the lock was lost meanwhile."""
        lease: store.Lease | None = getattr(self._held, "lease", None)
        if lease is None:
            raise RuntimeError("a credential is kept under its lock only")
        # In one transaction: nobody else can take the lease before it is on disk.
        with self._store.write() as connection:
            lease.renew(connection, now=self._clock())
            self._secrets.set(self._shop, name, secret)

    def _taken_in_turn(self) -> store.Lease:
        until = time.monotonic() + self._wait
        while True:
            try:
                return self._taken()
            except store.LeaseHeldError as error:
                if time.monotonic() + _LOOK_AGAIN > until:
                    raise RetryError(
                        f"Another process renews the credentials of shop '{self._shop}' for too long. Try "
                        "again in some minutes.",
                        retry_after=error.retry_after,
                    ) from error
            time.sleep(_LOOK_AGAIN)

    def _taken(self) -> store.Lease:
        with self._store.write() as connection:
            return store.take_lease(
                connection,
                f"credentials:{self._shop}",
                owner=owner_name(),
                now=self._clock(),
                ttl=_TTL,
                holder_is_dead=holder_is_dead,
            )

    def _release(self, lease: store.Lease) -> None:
        try:
            with self._store.write() as connection:
                lease.release(connection)
        except RegularsError:
            # It runs out by itself; an error from here would hide why the renewal ended.
            return


def _is_of_secrets(name: str) -> bool:
    return name.startswith(SECRET_PREFIX) or name in {MASTER_KEY_VARIABLE, CREDENTIALS_VARIABLE}


def _reopened(settings: Settings, shop: str, environ: Mapping[str, str]) -> KeyringKeeper:
    secrets = Secrets(
        choose_keyring(settings, environ=environ), service=settings.keyring_service, environ=environ
    )
    opened = store.open_store(settings.store_url.get_secret_value())
    return KeyringKeeper(settings, secrets, opened, shop=shop, clock=SystemClock(), environ=environ)
