"""Whose e-mail or phone is known of a shop's accounts: what could be lost when the shop hides it."""

from collections.abc import Collection

from sqlalchemy import Connection, or_, select

from regulars_store._bulk import among
from regulars_store._tables import account, order

_KNOWN = (or_(account.c.email != "", account.c.phone != ""), account.c.gone.is_(False))


def known_customers(connection: Connection, accounts: Collection[str]) -> set[str]:
    """Of these accounts (ids) those of which an e-mail or a phone is known."""
    query = select(account.c.id).where(among(connection, account.c.id, accounts), *_KNOWN)
    return set(connection.scalars(query))


def known_guests(connection: Connection, orders: Collection[str]) -> set[str]:
    """Of these orders (ids) those of guests of whom an e-mail or a phone is known."""
    query = (
        select(order.c.id)
        .join(account, account.c.id == order.c.account_id)
        .where(among(connection, order.c.id, orders), account.c.registered.is_(False), *_KNOWN)
    )
    return set(connection.scalars(query))


def some_known(connection: Connection, shop_id: int, *, limit: int) -> list[str]:
    """The newest registered customers (external ids) of a shop of whom an e-mail or a phone is known."""
    query = (
        select(account.c.external_id)
        .where(account.c.shop_id == shop_id, account.c.registered.is_(True), *_KNOWN)
        .order_by(account.c.registered_at.desc(), account.c.id)
        .limit(limit)
    )
    return list(connection.scalars(query))
