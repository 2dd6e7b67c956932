"""What shops said of accounts over time, as it landed: for the history of a field, computed when asked."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from regulars_store._bulk import among
from regulars_store._erasures import is_erased
from regulars_store._observed import MAPPED, decompress
from regulars_store._tables_derived import account, order, person
from regulars_store._tables_inputs import observation


class ProfileVersion(NamedTuple):
    """A customer as a shop showed it once. The payload stays out of ``repr``: it is personal data."""

    external_id: str
    at: datetime
    changed_at: datetime | None
    digest: bytes
    payload: dict[str, Any]

    def __repr__(self) -> str:
        return f"ProfileVersion({self.external_id!r}, {self.at!r})"


def profile_versions(
    connection: Connection, shop_id: int, external_ids: Collection[str], *, limit: int
) -> Iterator[ProfileVersion]:
    """The versions of these customers of a shop that could be understood: the newest, in their order."""
    seen = observation.c
    columns = (
        seen.external_id,
        seen.version_at,
        seen.observed_at,
        seen.changed_at,
        seen.digest,
        seen.payload,
    )
    query = (
        select(*columns)
        .where(
            seen.shop_id == shop_id,
            seen.kind == "customer",
            among(connection, seen.external_id, external_ids),
            seen.outcome == MAPPED,
        )
        .order_by(seen.version_at.desc(), seen.sequence.desc())
        .limit(limit)
    )
    for row in reversed(connection.execute(query).all()):
        # Without a change time the platform does not say since when; it was seen then at the latest.
        at = row.changed_at or row.observed_at
        yield ProfileVersion(row.external_id, at, row.changed_at, row.digest, decompress(row.payload))


def checkout_contacts(
    connection: Connection, account_ids: Collection[str], *, limit: int
) -> list[tuple[str, datetime, dict[str, Any]]]:
    """How buyers named themselves at the accounts' checkouts: (account, time, contact), oldest first."""
    query = (
        select(order.c.account_id, order.c.placed_at, order.c.contact)
        .where(among(connection, order.c.account_id, account_ids), order.c.gone.is_(False))
        .order_by(order.c.placed_at.desc(), order.c.id.desc())
        .limit(limit)
    )
    return [(row.account_id, row.placed_at, row.contact) for row in reversed(connection.execute(query).all())]


def persons_with_status(
    connection: Connection, status: str, *, limit: int, after: tuple[str, str] = ("", "")
) -> list[dict[str, Any]]:
    """Persons of a status by folded name and id, behind the pair ``after``, without what is sensitive.

    Who was erased is none of them: nothing of theirs can be completed.
    """
    names = ("id", "given_name", "family_name", "name_folded", "email", "phone", "kind", "status", "missing")
    name, id_ = after
    behind = (person.c.name_folded > name) | ((person.c.name_folded == name) & (person.c.id > id_))
    query = (
        select(*(person.c[each] for each in (*names, "manager")))
        .where(person.c.status == status, behind, ~is_erased(person.c.id))
        .order_by(person.c.name_folded, person.c.id)
        .limit(limit)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def name_of_account(connection: Connection, account_ids: Collection[str]) -> dict[str, tuple[int, str, bool]]:
    """Of these accounts the shop, the shop's own id, and whether it is a registered customer."""
    columns = (account.c.id, account.c.shop_id, account.c.external_id, account.c.registered)
    query = select(*columns).where(among(connection, account.c.id, account_ids))
    return {row.id: (row.shop_id, row.external_id, row.registered) for row in connection.execute(query)}
