"""The key of the suppression list: kept with the secrets, never in the store, so that nobody who has the
store alone can try addresses against the list."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import blake2b
from weakref import WeakKeyDictionary

from pydantic import SecretStr
from sqlalchemy import Connection

from regulars_agent._secrets import Secrets, environment_variable
from regulars_mapping import MisconfiguredError
from regulars_store import erasing

_OF_NO_SHOP = ""
_NAME = "suppression_key"
_LENGTH = 43
_known: "WeakKeyDictionary[Secrets, ListKey]" = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class ListKey:
    """Makes the digests that the list consists of."""

    _key: bytes = field(repr=False)

    def of(self, kind: str, *words: str) -> str:
        """32 hex digits for a trait of this kind."""
        text = "\x00".join((kind, *words)).encode("utf-8", "surrogatepass")
        return blake2b(text, key=self._key, digest_size=16).hexdigest()

    @property
    def check(self) -> str:
        """Stands on every list that was made with this key."""
        return self.of("key")

    def of_object(self, shop_id: int, kind: str, external_id: str) -> str:
        """An object of a shop."""
        return self.of("object", str(shop_id), str(kind), external_id)


def suppression_key(secrets_: Secrets) -> ListKey:
    """The key of this workspace's list. Raises MisconfiguredError where it is missing: without it, whoever
    was erased would come back with the next page."""
    if secrets_ not in _known:
        found = secrets_.find(_OF_NO_SHOP, _NAME)
        if found is None:
            raise MisconfiguredError(
                "Persons were erased here, and the key of the list that keeps shops from bringing them back "
                "is missing. Nothing was landed. Restore the keyring from its backup, or give the key as on "
                f"the machine where it was made, in the variable {environment_variable(_OF_NO_SHOP, _NAME)}."
            )
        _known[secrets_] = _key_of(found)
    return _known[secrets_]


def key_to_erase_with(secrets_: Secrets, connection: Connection, *, rehearsal: bool) -> ListKey:
    """The key, made now where nobody was erased yet; a rehearsal's is kept nowhere.

    Raises MisconfiguredError where there is a list, and its key is missing or another one.
    """
    if erasing.anything_suppressed(connection):
        key = suppression_key(secrets_)
        check_key(key, erasing.suppressed_among(connection, [key.check]))
        return key
    if secrets_.find(_OF_NO_SHOP, _NAME) is None:
        if rehearsal:
            return ListKey(secrets.token_bytes(32))
        secrets_.set(_OF_NO_SHOP, _NAME, SecretStr(secrets.token_urlsafe(_LENGTH)))
    return suppression_key(secrets_)


def check_key(key: ListKey, listed: Collection[str]) -> None:
    """Raises MisconfiguredError where the key's own digest is not on the list that was made with it."""
    if key.check not in listed:
        raise MisconfiguredError(
            "The key of the list of erased persons is not the one that the list was made with: they would "
            "come back. Nothing was done. Restore the keyring from its backup."
        )


def _key_of(secret: SecretStr) -> ListKey:
    return ListKey(blake2b(secret.get_secret_value().encode(), digest_size=32).digest())
