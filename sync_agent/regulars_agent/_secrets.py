"""Where secrets come from: a variable named after the shop, else a keyring. Nowhere else."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import keyring
from anyascii import anyascii
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as FailKeyring
from keyring.backends.null import Keyring as NullKeyring
from keyring.errors import KeyringError, PasswordDeleteError
from pydantic import SecretStr

from regulars_agent._file_keyring import MASTER_KEY_VARIABLE, FileKeyring, master_key_from
from regulars_agent._settings import Settings
from regulars_mapping import MisconfiguredError

SECRET_PREFIX = "REGULARS_SECRET_"  # noqa: S105 - the name of variables, not a secret
_MAX_LENGTH = 16384


def environment_variable(shop: str, name: str) -> str:
    """The variable that carries this secret of this shop: ``REGULARS_SECRET_MY_SHOP_CONSUMER_KEY``.

    Letters of other scripts are transliterated. Two shops may get the same variable (``my-shop``,
    ``my shop``): whoever names shops must refuse that, or one shop's secret is sent to the other.
    """
    return SECRET_PREFIX + re.sub("[^A-Z0-9]", "_", anyascii(f"{shop}_{name}").upper())


class Secrets:
    """The secrets of a workspace's shops.

    A variable (see ``environment_variable``) wins over the keyring. In the keyring, each shop is a service
    under the workspace's own name, so that two workspaces of one machine do not meet.
    """

    def __init__(self, backend: KeyringBackend, *, service: str, environ: Mapping[str, str]) -> None:
        self._backend = backend
        self._service = service
        self._environ = environ

    def __repr__(self) -> str:
        return f"Secrets({self._service}, {self.backend_name})"

    @property
    def backend_name(self) -> str:
        """The keyring in use, by its class; for people."""
        return f"{type(self._backend).__module__}.{type(self._backend).__name__}"

    @property
    def given_by_environment(self) -> bool:
        """Whether any shop's secret comes from a variable."""
        return any(name.startswith(SECRET_PREFIX) and value for name, value in self._environ.items())

    def find(self, shop: str, name: str) -> SecretStr | None:
        """A shop's secret, or None. Raises MisconfiguredError when the keyring does not work or what was
        found cannot be a secret."""
        if given := self._environ.get(variable := environment_variable(shop, name)):
            return _usable(given, f"The variable {variable}")
        with self._working("read"):
            kept = self._backend.get_password(self._of(shop), name)
        return None if kept is None else _usable(kept, f"The keyring's '{name}' of shop '{shop}'")

    def given_for(self, shop: str, name: str) -> bool:
        """Whether a variable gives this secret, so that the keyring is not asked for it."""
        return bool(self._environ.get(environment_variable(shop, name)))

    def get(self, shop: str, name: str) -> SecretStr:
        """A shop's secret. Raises MisconfiguredError, with the remedy, where there is none."""
        found = self.find(shop, name)
        if found is None:
            raise MisconfiguredError(
                f"Shop '{shop}' has no '{name}'. Set it with `regulars shop rotate {shop}`, or give it in "
                f"the variable {environment_variable(shop, name)}."
            )
        return found

    def credentials(self, shop: str, *sets: Iterable[str]) -> dict[str, SecretStr]:
        """The longest of these sets that is complete, by name; of equal ones the first. Raises
        MisconfiguredError at the first secret missing of the first set where none is."""
        # A short set is often a part of a longer one, which says more of how to get in.
        for names in sorted(map(tuple, sets), key=len, reverse=True):
            found = {name: self.find(shop, name) for name in names}
            if None not in found.values():
                return {name: secret for name, secret in found.items() if secret is not None}
        return {name: self.get(shop, name) for name in sets[0]}

    def set(self, shop: str, name: str, secret: SecretStr) -> None:
        """Keep a secret in the keyring, in the place of an older one.

        Raises MisconfiguredError when a variable would hide it, when it cannot be a secret, and when the
        keyring does not work.
        """
        variable = environment_variable(shop, name)
        if self._environ.get(variable):
            raise MisconfiguredError(
                f"The variable {variable} gives '{name}' of shop '{shop}' and wins over the keyring. "
                "Change it there, or unset it first."
            )
        text = _usable(secret.get_secret_value(), f"The given '{name}' of shop '{shop}'").get_secret_value()
        with self._working("write"):
            self._backend.set_password(self._of(shop), name, text)

    def delete(self, shop: str, name: str) -> None:
        """Drop a secret from the keyring. Harmless where there is none; a variable stays as it is."""
        with self._working("write"):
            try:
                self._backend.delete_password(self._of(shop), name)
            except PasswordDeleteError:
                # Some machines' keyrings say this also when they could not; the difference matters.
                if self._backend.get_password(self._of(shop), name) is not None:
                    raise

    def _of(self, shop: str) -> str:
        return f"{self._service}:{shop}"

    @contextmanager
    def _working(self, doing: str) -> Iterator[None]:
        try:
            yield
        except (KeyringError, OSError) as error:
            # Not chained: a machine's keyring may quote in its errors what it was given.
            raise MisconfiguredError(
                f"The keyring {self.backend_name} cannot {doing} ({type(error).__name__}). Unlock it, or "
                f"have Regulars keep its own: set {MASTER_KEY_VARIABLE}."
            ) from None


def choose_keyring(settings: Settings, *, environ: Mapping[str, str]) -> KeyringBackend:
    """The keyring of a workspace.

    Ours when a master key is given or its file is there, so that an agent without a desktop and a person
    with one find the same secrets; else the machine's; else ours again, which then asks for a master key.
    """
    master_key = master_key_from(environ)
    ours = FileKeyring(settings.secrets_file, master_key=master_key, cost=settings.keyring_cost)
    if master_key is not None or settings.secrets_file.exists():
        return ours
    machine = _machine_keyring()
    return ours if isinstance(machine, FailKeyring | NullKeyring) else machine


def _machine_keyring() -> KeyringBackend:
    try:
        return keyring.get_keyring()
    except (ImportError, AttributeError, ValueError, RuntimeError, KeyringError) as error:
        raise MisconfiguredError(
            "The keyring named in PYTHON_KEYRING_BACKEND or keyringrc.cfg cannot be used "
            f"({type(error).__name__}). Correct it, or have Regulars keep its own: set {MASTER_KEY_VARIABLE}."
        ) from error


def _usable(text: str, what: str) -> SecretStr:
    if not text or not text.isprintable() or text != text.strip() or len(text) > _MAX_LENGTH:
        raise MisconfiguredError(
            f"{what} cannot be used: it is empty, too long, or holds a line break, a space at an end or a "
            "control character. Copy it again."
        )
    return SecretStr(text)
