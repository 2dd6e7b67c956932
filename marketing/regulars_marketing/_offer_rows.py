"""Offers as they are stored: what stands, what is kept, and the differences written and told."""

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, or_, select

from regulars_marketing._accounts import Account
from regulars_marketing._decide import Decision
from regulars_marketing._proof import said
from regulars_store import mark_dirty, tables
from regulars_store._bulk import among, delete_where, upsert

offer = tables.offer
Row = dict[str, Any]
_SHOWN = itemgetter("person_id", "percent", "amount", "currency", "level", "valid_until", "scope")


def stored_offers(
    connection: Connection, person_ids: Sequence[str], account_ids: Sequence[str]
) -> dict[str, Row]:
    """The offers as last written to these accounts or for these persons, by account; one statement."""
    query = select(offer).where(
        or_(among(connection, offer.c.person_id, person_ids), among(connection, offer.c.id, account_ids))
    )
    return {row["id"]: dict(row) for row in connection.execute(query).mappings()}


def offer_row(account: Account, decision: Decision) -> Row:
    """The decision as the offer of this account."""
    return {
        "id": account.id,
        "person_id": account.person_id,
        "shop_id": account.shop_id,
        "scope": account.scope,
        "programme_key": decision.programme_key,
        "programme_version": decision.programme_version,
        "level": decision.level,
        "percent": decision.percent,
        "amount": decision.amount,
        "currency": decision.currency,
        "valid_until": decision.valid_until,
        "proof": decision.document,
        "held": decision.held,
    }


def kept(before: Row | None, row: Row, standing: Sequence[str]) -> Row:
    """The row to write: a held account keeps a discount it had, while the programme that gave it stands.

    Its proof and its scope stay with it. What the account earned by itself is always its own; what a person
    earned is kept for that person's accounts, and only while their ownership is known.
    """
    if row["held"] is None or before is None or not (before["percent"] or before["amount"]):
        return row
    own = before["scope"] == "account"
    same = before["person_id"] == row["person_id"] and row["scope"] == "person"
    if before["programme_key"] not in standing or not (own or same):
        return row
    return {**before, "person_id": row["person_id"], "held": row["held"]}


def write_offers(connection: Connection, before: Mapping[str, Row], after: Mapping[str, Row]) -> int:
    """Bring the stored offers from ``before`` to ``after``, differences only; how many shops hear of.

    Whoever has or had such an offer is marked in stage ``offers:<shop id>``.
    """
    upsert(connection, offer, [row for key, row in after.items() if before.get(key) != row])
    vanished = [before[key] for key in before.keys() - after.keys()]
    delete_where(connection, offer.c.id, offer, [row["id"] for row in vanished])
    told = [row for key, row in after.items() if key not in before or _shown(before[key]) != _shown(row)]
    left = [before[row["id"]] for row in told if row["id"] in before]
    _mark(connection, [*told, *left, *vanished])
    return len(told) + len(vanished)


def _shown(row: Row) -> tuple[object, ...]:
    return _SHOWN(row), said(row["proof"])


def _mark(connection: Connection, rows: Iterable[Row]) -> None:
    by_shop: dict[int, set[str]] = {}
    for row in rows:
        by_shop.setdefault(row["shop_id"], set()).add(row["person_id"])
    for shop_id in sorted(by_shop):
        mark_dirty(connection, f"offers:{shop_id}", sorted(by_shop[shop_id]))
