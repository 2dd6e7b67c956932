"""What stands in a person's record by hand."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

import regulars_store as store
from regulars_mapping import PROPERTY, standing_edits


@dataclass(frozen=True, slots=True, repr=False)
class Written:
    """A field as it stands by hand: who wrote it about which account, when and why."""

    field: str
    title: str
    value: Any
    sensitive: bool
    account: str
    at: datetime
    who: str
    why: str

    def __repr__(self) -> str:
        return f"Written({self.field!r}, ...)"


def written_by_hand(connection: Connection, accounts: Collection[str]) -> list[Written]:
    """Every field of the person with these accounts that stands by hand; properties in the owner's order."""
    entries = store.edit_history(connection, accounts, limit=10_000)
    if not entries:
        return []
    by_number = {entry.edit.id: entry for entry in entries}
    defined = store.properties(connection)
    titles = {PROPERTY + key: one.title for key, one in defined.items()}
    sensitive = {PROPERTY + key for key, one in defined.items() if one.sensitive}
    standing = standing_edits(entry.edit for entry in entries)
    ordered = [field for field in standing if not field.startswith(PROPERTY)]
    ordered += [field for field in titles if field in standing]
    return [
        Written(
            field=field,
            title=titles.get(field, field.replace("_", " ")),
            value=standing[field].value,
            sensitive=field in sensitive,
            account=standing[field].account,
            at=standing[field].at,
            who=by_number[standing[field].id].who,
            why=by_number[standing[field].id].why,
        )
        for field in ordered
    ]
