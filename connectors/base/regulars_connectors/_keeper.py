"""Credentials that a platform changes while they are used, and where every process finds the newest."""

from contextlib import AbstractContextManager
from typing import Protocol

from pydantic import SecretStr


class CredentialKeeper(Protocol):
    """A shop's credentials that change by themselves, such as a refresh token that serves once.

    Whoever opens a connector gives it one keeper a shop. What was kept is there after a crash, and for every
    process that opens a connector for the same shop.
    """

    def locked(self) -> AbstractContextManager[object]:
        """While it lasts nobody else in any process holds the same shop's lock. Not entered twice."""

    def load(self, name: str) -> SecretStr:
        """The credential as it was kept last."""

    def keep(self, name: str, secret: SecretStr) -> None:
        """Replace it. Safe on disk when this returns; raises where it could not be kept."""
