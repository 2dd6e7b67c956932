"""A keyring backend for machines that have none: one encrypted file, opened by a master key.

The file is JSON. Passwords are encrypted one by one with AES-256-GCM, each bound to its service and user
name, which themselves stand in the clear; a seal (HMAC-SHA256) over the whole document shows whether an
entry was removed, added or moved. Both keys come from the master key by scrypt. What no file can show is
that an older copy of itself was put back.
"""

import fcntl
import hmac
import os
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_bytes
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError, PasswordSetError
from pydantic import SecretStr

from regulars_mapping import MisconfiguredError, RetryError

MASTER_KEY_VARIABLE = "REGULARS_MASTER_KEY"
CREDENTIALS_VARIABLE = "CREDENTIALS_DIRECTORY"
"""Where systemd says that it has put credentials."""
MASTER_KEY_CREDENTIAL = "regulars-master-key"
_FORMAT = "regulars-keyring-1"
COST = 2**15
"""32 MiB and a tenth of a second; master keys are long and random, so more would only slow every command."""
COSTS = tuple(2**power for power in range(10, 19))
"""What may be chosen, and what a file is believed; the dearest takes 256 MiB."""
_SALT_BYTES = 16
_NONCE_BYTES = 12
_MIN_KEY_LENGTH = 32
_MAX_FILE_BYTES = 4 * 1024 * 1024
_LOCK_WAIT = 15.0
_LOCK_POLL = 0.01
_NEW_KEY = "Make one with `openssl rand -base64 32` and keep it where the data is not."

Name = tuple[str, str]


class _ExplicitOnly:
    """A priority that keyring's own search takes for "not here": the backend needs a file and a key."""

    def __get__(self, instance: object, owner: type | None = None) -> float:
        raise RuntimeError("this keyring is built explicitly, with its file and master key")


@dataclass(frozen=True, slots=True)
class _Keys:
    cipher: AESGCM = field(repr=False)
    seal: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Vault:
    """The file's content; ``entries`` are nonce and ciphertext."""

    salt: bytes
    entries: Mapping[Name, bytes] = field(default_factory=dict)
    cost: int = COST


class FileKeyring(KeyringBackend):
    """Passwords in one encrypted file, for any number of processes.

    ``path`` is the file, made at the first write (mode 0600, a missing parent 0700). Writers take turns by a
    lock file beside it and replace the file whole, so that a reader sees the old or the new one, also after
    a crash. ``cost``, one of COSTS, is scrypt's N for a new file and for ``rekey``; a file that is there
    keeps its own. Raises MisconfiguredError without a master key, with another than the file was written
    with, and for a file that somebody changed; RetryError when another writer keeps the lock for 15 seconds.
    """

    priority = _ExplicitOnly()

    def __init__(self, path: Path, *, master_key: SecretStr | None, cost: int = COST) -> None:
        # keyring's own constructor would set attributes from KEYRING_PROPERTY_* variables.
        self._path = path
        self._master_key = master_key
        self._cost = cost
        self._derived: tuple[tuple[bytes, int], _Keys] | None = None

    def __repr__(self) -> str:
        return f"FileKeyring({str(self._path)!r})"

    __str__ = __repr__

    def get_password(self, service: str, username: str) -> str | None:
        """The password of this entry, or None where there is none."""
        found = self._read()
        sealed = found[0].entries.get((service, username)) if found else None
        return self._opened((service, username), sealed, found[1]) if found and sealed else None

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a password, in the place of an older one. It is on the disk when this returns."""
        if not _encodable(service, username, password):
            raise PasswordSetError("the text cannot be written as UTF-8")
        with self._changing() as (vault, keys):
            sealed = _sealed((service, username), password, keys)
            self._write(replace(vault, entries={**vault.entries, (service, username): sealed}), keys)

    def delete_password(self, service: str, username: str) -> None:
        """Drop a password. Raises keyring's PasswordDeleteError where there is none."""
        with self._changing() as (vault, keys):
            kept = {name: sealed for name, sealed in vault.entries.items() if name != (service, username)}
            if len(kept) == len(vault.entries):
                raise PasswordDeleteError("there is no such entry")
            self._write(replace(vault, entries=kept), keys)

    def rekey(self, master_key: SecretStr) -> None:
        """Encrypt everything anew under another master key, which this object uses from here on.

        Whole or not at all, also after a crash. Other processes need the new key from then on.
        """
        _require_strong(master_key)
        with self._changing() as (vault, keys):
            salt, cost = token_bytes(_SALT_BYTES), self._cost
            fresh = _derive(master_key, salt, cost)
            entries = {
                name: _sealed(name, self._opened(name, sealed, keys), fresh)
                for name, sealed in vault.entries.items()
            }
            self._write(_Vault(salt, entries, cost), fresh)
            self._master_key, self._derived = master_key, ((salt, cost), fresh)

    @contextmanager
    def _changing(self) -> Iterator[tuple[_Vault, _Keys]]:
        with _told(self._path), _locked(self._path):
            found = self._read()
            if found is None:
                salt = token_bytes(_SALT_BYTES)
                found = _Vault(salt, cost=self._cost), self._keys(salt, self._cost)
            yield found

    def _read(self) -> tuple[_Vault, _Keys] | None:
        with _told(self._path):
            raw = _content(self._path)
        if raw is None:
            return None
        try:
            document = _document(raw)
            entries = dict(map(_entry, document["entries"]))
            vault = _Vault(b64decode(document["salt"]), entries, _cost(document))
            check, seal = b64decode(document["check"]), b64decode(document.pop("seal"))
        except (ValueError, TypeError, KeyError, RecursionError):
            raise self._changed() from None
        keys = self._keys(vault.salt, vault.cost)
        if not hmac.compare_digest(check, _check(vault.salt, keys)):
            raise MisconfiguredError(
                f"The master key does not open {self._path}: it was written with another one. Give the "
                f"right one in {MASTER_KEY_VARIABLE}; if it is lost, remove the file and set the "
                "shops' secrets again with `regulars shop rotate`."
            )
        if not hmac.compare_digest(seal, _seal(document, keys)):
            raise self._changed()
        return vault, keys

    def _write(self, vault: _Vault, keys: _Keys) -> None:
        document: dict[str, Any] = {
            "format": _FORMAT,
            "salt": _text(vault.salt),
            "check": _text(_check(vault.salt, keys)),
            "entries": [[*name, _text(sealed)] for name, sealed in sorted(vault.entries.items())],
        }
        if vault.cost != COST:
            document["cost"] = vault.cost
        document["seal"] = _text(_seal(document, keys))
        content = orjson.dumps(document, option=orjson.OPT_INDENT_2)
        if len(content) > _MAX_FILE_BYTES:
            raise PasswordSetError("the keyring's file would become too large")
        _replace(self._path, content)

    def _keys(self, salt: bytes, cost: int) -> _Keys:
        if self._derived is None or self._derived[0] != (salt, cost):
            if self._master_key is None:
                raise MisconfiguredError(
                    f"{self._path} needs a master key and there is none. Set {MASTER_KEY_VARIABLE}, or give "
                    f"systemd the credential {MASTER_KEY_CREDENTIAL}. {_NEW_KEY}"
                )
            _require_strong(self._master_key)
            self._derived = (salt, cost), _derive(self._master_key, salt, cost)
        return self._derived[1]

    def _opened(self, name: Name, sealed: bytes, keys: _Keys) -> str:
        try:
            nonce, ciphertext = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
            return keys.cipher.decrypt(nonce, ciphertext, _bound_to(name)).decode()
        except (InvalidTag, ValueError):
            raise self._changed() from None

    def _changed(self) -> MisconfiguredError:
        return MisconfiguredError(
            f"{self._path} was damaged or changed by somebody else, so nothing in it is trusted. Restore it "
            "from a backup, or remove it and set the shops' secrets again with `regulars shop rotate`."
        )


def master_key_from(environ: Mapping[str, str]) -> SecretStr | None:
    """The master key of a machine: REGULARS_MASTER_KEY, else systemd's credential, else None.

    Raises MisconfiguredError when the credential is there and cannot be read.
    """
    if given := environ.get(MASTER_KEY_VARIABLE):
        return SecretStr(given)
    if not (directory := environ.get(CREDENTIALS_VARIABLE)):
        return None
    path = Path(directory) / MASTER_KEY_CREDENTIAL
    try:
        with path.open("rb") as file:
            return SecretStr(file.read(65536).decode("ascii").strip())
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        raise MisconfiguredError(
            f"The master key in {path} cannot be read. Check LoadCredential= in the systemd unit. {_NEW_KEY}"
        ) from None


def _require_strong(master_key: SecretStr) -> None:
    if len(master_key.get_secret_value()) < _MIN_KEY_LENGTH or not _encodable(master_key.get_secret_value()):
        raise MisconfiguredError(
            f"The master key is too short: {_MIN_KEY_LENGTH} characters are the least. {_NEW_KEY}"
        )


def _derive(master_key: SecretStr, salt: bytes, cost: int) -> _Keys:
    derived = Scrypt(salt=salt, length=64, n=cost, r=8, p=1).derive(master_key.get_secret_value().encode())
    return _Keys(cipher=AESGCM(derived[:32]), seal=derived[32:])


def _sealed(name: Name, password: str, keys: _Keys) -> bytes:
    nonce = token_bytes(_NONCE_BYTES)
    return nonce + keys.cipher.encrypt(nonce, password.encode(), _bound_to(name))


def _bound_to(name: Name) -> bytes:
    return orjson.dumps([_FORMAT, *name])


def _check(salt: bytes, keys: _Keys) -> bytes:
    """Tells a wrong master key from a changed file."""
    return hmac.digest(keys.seal, b"check" + salt, "sha256")


def _seal(document: Mapping[str, Any], keys: _Keys) -> bytes:
    return hmac.digest(keys.seal, orjson.dumps(document, option=orjson.OPT_SORT_KEYS), "sha256")


def _document(raw: bytes) -> dict[str, Any]:
    document = orjson.loads(raw)
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise ValueError("another format")
    return document


def _cost(document: Mapping[str, Any]) -> int:
    cost = document.get("cost", COST)
    if not isinstance(cost, int) or cost not in COSTS:
        raise ValueError("no cost that is ever written")
    return cost


def _entry(item: Any) -> tuple[Name, bytes]:
    service, username, sealed = item
    if not isinstance(service, str) or not isinstance(username, str):
        raise TypeError("no entry")
    return (service, username), b64decode(sealed)


def _text(raw: bytes) -> str:
    return b64encode(raw).decode()


def _encodable(*texts: str) -> bool:
    # A lone surrogate; asked instead of tried, for the error of a try would carry the text.
    return not any("\ud800" <= character <= "\udfff" for text in texts for character in text)


def _content(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        return None
    return raw


def _replace(path: Path, content: bytes) -> None:
    # One fixed name beside it: whoever is here holds the lock, and a crash leaves one stray at most.
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(fresh, flags, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _locked(path: Path, *, clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
    """Alone among writers. The lock file stays: removing one that another waits for would let in two."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        end = clock() + _LOCK_WAIT
        while not _taken(handle):
            if clock() > end:
                raise RetryError(f"{path} is being written by another process for too long. Try again.")
            time.sleep(_LOCK_POLL)
        yield
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """The file system's errors in the words of our tree."""
    try:
        yield
    except PermissionError:
        raise MisconfiguredError(
            f"{path} may not be read or written by this user. Check owner and mode of its directory."
        ) from None
    except OSError as error:
        raise RetryError(f"{path} cannot be read or written now: {error.strerror}.") from error
