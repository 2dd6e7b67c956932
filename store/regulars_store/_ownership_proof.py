"""Proofs of ownership: who reads an account's e-mail has said that the account is theirs."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, exists, insert, select, update

from regulars_store._bulk import among
from regulars_store._dirty import mark_dirty
from regulars_store._tables_derived import account
from regulars_store._tables_record import ownership_proof

Row = dict[str, Any]


class Moved(NamedTuple):
    """The e-mail (folded) that an account has now, and since when (aware)."""

    email_folded: str
    since: datetime


def is_proven() -> ColumnElement[bool]:
    """Whether the account of the surrounding statement is proven by mail, for the e-mail that it has now.

    To be made once: making it takes longer than asking it.
    """
    proof = ownership_proof.alias()
    return exists().where(
        proof.c.account_id == account.c.id,
        proof.c.email_folded == account.c.email_folded,
        proof.c.void_since.is_(None),
    )


def proven_accounts(connection: Connection, accounts: Collection[str]) -> frozenset[str]:
    """Those of these accounts that are proven now."""
    query = select(account.c.id).where(among(connection, account.c.id, accounts), is_proven())
    return frozenset(connection.scalars(query))


def proofs_of(connection: Connection, accounts: Collection[str]) -> list[Row]:
    """Every proof of these accounts, void ones too, oldest first."""
    query = select(ownership_proof).where(among(connection, ownership_proof.c.account_id, accounts))
    return [dict(row) for row in connection.execute(query.order_by(ownership_proof.c.id)).mappings()]


def add_proof(
    connection: Connection, account_id: str, *, how: str, evidence: Mapping[str, Any], now: datetime
) -> None:
    """Keep that the account is proven for the e-mail that it has now, and have its offer decided anew."""
    found = connection.execute(select(account).where(account.c.id == account_id)).one()
    proof = {"account_id": account_id, "email_folded": found.email_folded, "how": how, "at": now}
    connection.execute(insert(ownership_proof).values({**proof, "evidence": dict(evidence)}))
    _mark(connection, found.person_id, found.shop_id)


def withdraw_proofs(connection: Connection, account_id: str, *, now: datetime) -> int:
    """End the proofs of an account that still hold; how many did."""
    standing = (ownership_proof.c.account_id == account_id, ownership_proof.c.void_since.is_(None))
    ended = connection.execute(update(ownership_proof).where(*standing).values(void_since=now)).rowcount
    if ended:
        found = connection.execute(select(account).where(account.c.id == account_id)).first()
        if found is not None:
            _mark(connection, found.person_id, found.shop_id)
    return ended


def void_proofs(connection: Connection, moved: Mapping[str, Moved]) -> None:
    """End the proofs of accounts that have another e-mail now. They stay ended, should the old one return."""
    if not moved:
        return
    proof = ownership_proof.c
    held = select(proof.account_id).where(
        among(connection, proof.account_id, moved), proof.void_since.is_(None)
    )
    for account_id in sorted(set(connection.scalars(held))):
        now = moved[account_id]
        others = (proof.account_id == account_id, proof.email_folded != now.email_folded)
        connection.execute(
            update(ownership_proof).where(*others, proof.void_since.is_(None)).values(void_since=now.since)
        )


def _mark(connection: Connection, person_id: str | None, shop_id: int) -> None:
    # Without a person yet, resolving the account covers it.
    if person_id is not None:
        mark_dirty(connection, "facts", [person_id])
        mark_dirty(connection, f"offers:{shop_id}", [person_id])
