"""What was bought since a moment, less what was given back since then, of whatever order."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Subquery,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
)

from regulars_marketing._bought import bought_orders
from regulars_marketing._facts import AccountFacts, Fact
from regulars_marketing._money import MoneyRules
from regulars_marketing._shares import teach_shares
from regulars_store import tables
from regulars_store._bulk import among

account, order, refund = tables.account, tables.order, tables.refund


def bought_since(
    connection: Connection, person_ids: Collection[str], money: MoneyRules, since: datetime
) -> Subquery:
    """The bought orders of which anything happened since: columns as of `bought_orders`, for this time only.

    ``counted`` is 0 of an order that was placed before; ``within`` is 1 of one that was placed since, else 0;
    ``back_at`` is when the first refund since then was made, NULL where none was.
    """
    mine = among(connection, account.c.person_id, person_ids)
    anything = or_(order.c.placed_at >= since, _given_back(refund.c.refunded_at >= since))
    every = bought_orders(and_(mine, anything), money)
    both = and_(mine, anything, _given_back(refund.c.refunded_at < since))
    before = bought_orders(both, money, given_back_before=since)
    recent = every.c.placed_at >= since
    back: ColumnElement[int] = every.c.refunded - func.coalesce(before.c.refunded, 0)
    back_at = (
        select(func.min(refund.c.refunded_at))
        .where(and_(refund.c.order_id == every.c.id, ~refund.c.gone, refund.c.refunded_at >= since))
        .scalar_subquery()
    )
    same = ("id", "shop_id", "person_id", "account_id", "currency", "placed_at")
    return (
        select(
            *(every.c[name] for name in same),
            case((recent, every.c.counted), else_=0).label("counted"),
            back.label("refunded"),
            case((recent, 1), else_=0).label("within"),
            back_at.label("back_at"),
        )
        .join(before, before.c.id == every.c.id, isouter=True)
        .where(or_(recent, back != 0))
        .subquery()
    )


def _given_back(when: ColumnElement[bool]) -> ColumnElement[bool]:
    same = and_(refund.c.order_id == order.c.id, ~refund.c.gone, when)
    return exists(select(literal(1)).select_from(refund).where(same).correlate(order))


def window_facts(
    connection: Connection, person_ids: Collection[str], *, since: datetime, money: MoneyRules
) -> AccountFacts:
    """The facts since a moment (aware) of these persons (at most 500), account by account; one statement.

    ``orders`` counts those placed since, and ``net`` is below 0 where more was given back of earlier ones.
    ``first_order_at`` is when the oldest order that counts was placed or the oldest refund made, whichever
    was first. Accounts of which nothing happened since are absent.
    """
    teach_shares(connection)
    bought = bought_since(connection, person_ids, money, since)
    mine = (bought.c.person_id, bought.c.account_id, bought.c.currency)
    counted, refunded = (cast(func.sum(each), BigInteger) for each in (bought.c.counted, bought.c.refunded))
    placed = func.min(bought.c.placed_at).filter(bought.c.within == 1)
    query = (
        select(*mine, cast(func.sum(bought.c.within), Integer), counted, refunded)
        .add_columns(placed, func.min(bought.c.back_at))
        .group_by(*mine)
        .order_by(*mine)
    )
    rows: Iterable[Any] = connection.execute(query)
    found: AccountFacts = {}
    for person_id, account_id, currency, orders, goods, back, placed_at, back_at in rows:
        first = min((moment for moment in (placed_at, back_at) if moment is not None), default=None)
        fact = Fact(currency, orders, goods, back, goods - back, first)
        held = found.setdefault(person_id, {})
        held[account_id] = (*held.get(account_id, ()), fact)
    return found
