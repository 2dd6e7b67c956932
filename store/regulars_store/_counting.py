"""Counts and samples of the whole store, for status and the demo."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from regulars_store._push_planning import PushedTarget
from regulars_store._tables import (
    account,
    address,
    offer,
    order,
    person,
    product,
    push_state,
    refund,
    review,
    sync_run,
)

COUNTED = (person, account, order, refund, product, review, address, offer)


def row_counts(connection: Connection) -> dict[str, int]:
    """How many rows the tables hold that people ask about, by table name."""
    return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in COUNTED}


def last_run(connection: Connection, shop_id: int) -> dict[str, Any] | None:
    """The row of a shop's newest run, None where nothing ran yet."""
    newest = select(sync_run).where(sync_run.c.shop_id == shop_id).order_by(sync_run.c.id.desc()).limit(1)
    row = connection.execute(newest).mappings().first()
    return None if row is None else dict(row)


def offer_proofs(connection: Connection) -> Iterator[Mapping[str, Any]]:
    """The proof of every offer, streamed."""
    query = select(offer.c.proof).order_by(offer.c.id).execution_options(yield_per=1_000)
    yield from connection.scalars(query)


def standing_targets(connection: Connection, shop_id: int) -> list[PushedTarget]:
    """Everything of ours that a shop has confirmed."""
    columns = (
        push_state.c.account_id,
        push_state.c.target_kind,
        push_state.c.target_key,
        push_state.c.document,
        push_state.c.remote_id,
    )
    query = select(*columns).where(push_state.c.shop_id == shop_id)
    ordered = query.order_by(push_state.c.target_kind, push_state.c.target_key)
    return [PushedTarget(*row) for row in connection.execute(ordered)]


def person_to_show(connection: Connection, shop_id: int) -> str | None:
    """A telling person of a shop: registered and guest at once, with a discount and the most addresses."""
    places = select(func.count()).where(address.c.account_id == account.c.id).scalar_subquery()
    discounted = select(offer.c.person_id).where(
        offer.c.shop_id == shop_id, (offer.c.percent > 0) | (offer.c.amount > 0)
    )
    query = (
        select(account.c.person_id)
        .where(account.c.person_id.in_(discounted), account.c.shop_id == shop_id)
        .group_by(account.c.person_id)
        .having(func.count(func.distinct(account.c.registered)) == 2)
        .order_by(func.sum(places).desc(), account.c.person_id)
    )
    return connection.scalar(query.limit(1))
