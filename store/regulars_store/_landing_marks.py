"""Collecting, while a page lands, what must be derived again, and whose ownership is no longer proven."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from regulars_store._dirty import mark_dirty
from regulars_store._ownership_proof import Moved, void_proofs

_IDENTITY = (
    "email",
    "email_folded",
    "email_alias",
    "email_verified",
    "phone",
    "phone_e164",
    "given_name",
    "family_name",
    "gone",
)


@dataclass(slots=True)
class Marks:
    """Accounts to resolve, persons whose facts to compute again, and persons to plan for by shop."""

    identity: set[str] = field(default_factory=set)
    facts: set[str] = field(default_factory=set)
    offers: dict[int, set[str]] = field(default_factory=dict)
    moved: dict[str, Moved] = field(default_factory=dict)

    def account_changed(self, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> None:
        """An account is about to be written; ``before`` is None for a new one."""
        if before is None or any(before[name] != after[name] for name in _IDENTITY if name in after):
            self.identity.add(after["id"])
        else:
            self.facts_changed(after["id"], before["person_id"])
        if before is not None and before["email_verified"] != after.get(
            "email_verified", before["email_verified"]
        ):
            self._ownership_changed(before)
        if before is not None and before["email_folded"] != after.get("email_folded", before["email_folded"]):
            # Whoever reads the new mailbox has proven nothing yet.
            self.moved[after["id"]] = Moved(after["email_folded"], after["version_at"])
            self._ownership_changed(before)

    def _ownership_changed(self, account: Mapping[str, Any]) -> None:
        """Whether the person's other purchases reach this account must be decided anew."""
        if account["person_id"] is not None:
            self.facts.add(account["person_id"])
            self.offers.setdefault(account["shop_id"], set()).add(account["person_id"])

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
        """Write the marks; proofs that hold for another e-mail end."""
        void_proofs(connection, self.moved)
        mark_dirty(connection, "identity", self.identity)
        mark_dirty(connection, "facts", self.facts)
        for shop_id, persons in sorted(self.offers.items()):
            mark_dirty(connection, f"offers:{shop_id}", sorted(persons))
