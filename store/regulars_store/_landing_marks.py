"""Collecting, while a page lands, what must be derived again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from regulars_store._dirty import mark_dirty

_IDENTITY = ("email", "email_folded", "phone", "phone_e164", "given_name", "family_name", "gone")


@dataclass(slots=True)
class Marks:
    """Accounts to resolve and persons whose facts to compute again."""

    identity: set[str] = field(default_factory=set)
    facts: set[str] = field(default_factory=set)

    def account_changed(self, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> None:
        """An account is about to be written; ``before`` is None for a new one."""
        if before is None or any(before[name] != after[name] for name in _IDENTITY if name in after):
            self.identity.add(after["id"])
        else:
            self.facts_changed(after["id"], before["person_id"])

    def facts_changed(self, account_id: str, person_id: str | None) -> None:
        """Orders or refunds of an account changed. Without a person yet, resolving it covers them."""
        if person_id is None:
            self.identity.add(account_id)
        else:
            self.facts.add(person_id)

    def facts_of(self, accounts: Iterable[Mapping[str, Any]]) -> None:
        """Orders or refunds of these accounts changed."""
        for account in accounts:
            self.facts_changed(account["id"], account["person_id"])

    def write(self, connection: Connection) -> None:
        """Write the marks."""
        mark_dirty(connection, "identity", self.identity)
        mark_dirty(connection, "facts", self.facts)
