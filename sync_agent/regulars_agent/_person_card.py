"""One person's record: accounts, orders, addresses, and the offer with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import regulars_store as store
from regulars_agent._workspace import Workspace
from regulars_mapping import fold_text


@dataclass(frozen=True, slots=True)
class PersonCard:
    """Everything the store knows of a person, newest orders first. Rows are as the store keeps them."""

    person: Mapping[str, Any]
    accounts: Sequence[Mapping[str, Any]]
    links: Sequence[Mapping[str, Any]]
    orders: Sequence[Mapping[str, Any]]
    refunds: Sequence[Mapping[str, Any]]
    addresses: Sequence[Mapping[str, Any]]
    facts: Sequence[Mapping[str, Any]]
    offers: Sequence[Mapping[str, Any]]
    grants: Sequence[Mapping[str, Any]]


def person_card(workspace: Workspace, person_id: str) -> PersonCard | None:
    """The record of a person, None where there is no such person (any more)."""
    with workspace.store.read() as connection:
        found = store.person_record(connection, person_id)
    return None if found is None else PersonCard(**found)


def find_persons(workspace: Workspace, text: str, *, limit: int = 20) -> Sequence[Mapping[str, Any]]:
    """Persons by name, e-mail, phone in any spelling, order number or id; at most ``limit``."""
    with workspace.store.read() as connection:
        return store.find_persons(connection, fold_text(text), limit=limit)
