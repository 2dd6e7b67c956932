"""What tells a stray from what stands: which keys the books of a shop name, and whose codes they are."""

from collections.abc import Sequence

from sqlalchemy import Connection, distinct, func, or_, select

from regulars_store._bulk import among
from regulars_store._tables_derived import account
from regulars_store._tables_inputs import grant, push_operation, push_state

WRITING = ("create", "update")
"""Verbs that leave something standing."""
DELETE = "delete"
"""The verb that takes away what stands under a key."""
PROFILE = "profile"
"""The kind that no offer stands behind: fields of a customer that somebody wrote by hand into the record."""
DISCARD = "discard"
"""The verb that takes away exactly one object, a stray: what stands under its key is not touched."""


def standing_ids(
    connection: Connection, shop_id: int, kind: str, keys: Sequence[str]
) -> dict[str, str | None]:
    """Of these keys those that stand confirmed in a shop, with the platform's id that was told then."""
    query = select(push_state.c.target_key, push_state.c.remote_id).where(
        push_state.c.shop_id == shop_id,
        push_state.c.target_kind == kind,
        among(connection, push_state.c.target_key, keys),
    )
    return {row.target_key: row.remote_id for row in connection.execute(query)}


def keys_underway(connection: Connection, shop_id: int, kind: str, keys: Sequence[str]) -> set[str]:
    """Those of these keys that a write names which is planned, or sent and not answered yet."""
    query = select(push_operation.c.target_key).where(
        push_operation.c.shop_id == shop_id,
        push_operation.c.state.in_(("planned", "sent")),
        push_operation.c.verb != DISCARD,
        push_operation.c.target_kind == kind,
        among(connection, push_operation.c.target_key, keys),
    )
    return set(connection.scalars(query))


def accounts_of_codes(connection: Connection, shop_id: int, codes: Sequence[str]) -> dict[str, str]:
    """The accounts of a shop that these codes were ever made for."""
    query = select(grant.c.code, grant.c.account_id).where(
        grant.c.shop_id == shop_id, among(connection, grant.c.code, codes), grant.c.programme_key != ""
    )
    return {row.code: row.account_id for row in connection.execute(query)}


def accounts_known(connection: Connection, account_ids: Sequence[str]) -> set[str]:
    """Those of these accounts that there are."""
    return set(connection.scalars(select(account.c.id).where(among(connection, account.c.id, account_ids))))


def touchable_accounts(connection: Connection, shop_id: int) -> int:
    """How many accounts of a shop a plan can change: the active ones, and those gone that still hold
    something there."""
    active = select(func.count()).where(account.c.shop_id == shop_id, account.c.gone.is_(False))
    holding = (
        select(func.count(distinct(push_state.c.account_id)))
        .select_from(push_state.outerjoin(account, account.c.id == push_state.c.account_id))
        .where(push_state.c.shop_id == shop_id, or_(account.c.id.is_(None), account.c.gone.is_(True)))
    )
    return (connection.scalar(active) or 0) + (connection.scalar(holding) or 0)
