"""The orders that count as bought, each with what of it counts and what of that was given back."""

from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, Select, Subquery, and_, case, func, literal, select, true

from regulars_marketing._money import MoneyRules
from regulars_marketing._shares import GoodsShare
from regulars_store import tables

account, order, refund = tables.account, tables.order, tables.refund


def bought_orders(
    wanted: ColumnElement[bool], money: MoneyRules, *, given_back_before: datetime | None = None
) -> Subquery:
    """Bought orders of the accounts that are wanted, for a connection that `teach_shares` was called on.

    Columns: id, shop_id, person_id, account_id, currency, placed_at; ``counted`` (see `MoneyRules`), and
    ``refunded`` of it over all time, or before a moment (aware), never more; in minor units.
    """
    each = _with_refunds(wanted, money, given_back_before).subquery()
    itemised: ColumnElement[int] = each.c.itemised
    if money.tax:
        itemised = case((itemised > 0, GoodsShare(itemised, each.c.counted, each.c.goods)), else_=0)
    share = GoodsShare(each.c.bare, each.c.counted, each.c.total)
    given_back = itemised + case((each.c.bare > 0, share), else_=0)
    most = not_negative(each.c.counted)
    names = ("id", "shop_id", "person_id", "account_id", "currency", "placed_at", "counted")
    return select(
        *(each.c[name] for name in names), case((given_back > most, most), else_=given_back).label("refunded")
    ).subquery()


def not_negative(amount: ColumnElement[int]) -> ColumnElement[int]:
    """The amount, or 0 where it is less."""
    return case((amount < 0, 0), else_=amount)


def _with_refunds(
    wanted: ColumnElement[bool], money: MoneyRules, before: datetime | None
) -> Select[tuple[object, ...]]:
    """Each order with the sums of its refunds: of goods line by line, and of bare amounts.

    Where shipping counts, the amounts are all there is: no shop says what of a refund was for sending.
    """
    own = (
        account.c.person_id,
        *(order.c[name] for name in ("id", "shop_id", "account_id", "currency", "placed_at")),
    )
    amounts = (order.c.goods, order.c.total, _counted(money).label("counted"))
    back = func.coalesce(refund.c.amount, 0)
    itemised: ColumnElement[int] = func.sum(not_negative(func.coalesce(refund.c.goods, 0)))
    bare = func.sum(case((refund.c.goods.is_(None), back), else_=0))
    if money.shipping:
        itemised, bare = literal(0, BigInteger), func.sum(back)
    counts = and_(refund.c.order_id == order.c.id, ~refund.c.gone)
    if before is not None:
        counts = and_(counts, refund.c.refunded_at < before)
    return (
        select(*own, *amounts, itemised.label("itemised"), bare.label("bare"))
        .join_from(account, order, order.c.account_id == account.c.id)
        .join(refund, counts, isouter=True)
        .where(wanted, ~account.c.gone, order.c.bought == true(), ~order.c.gone)
        .group_by(order.c.id, *own[:1], *own[2:], order.c.goods, order.c.total, *_parts(money))
    )


def _counted(money: MoneyRules) -> ColumnElement[int]:
    counted: ColumnElement[int] = order.c.goods
    for part in _parts(money):
        counted = counted + part
    return counted


def _parts(money: MoneyRules) -> list[ColumnElement[int]]:
    tax = [order.c.goods_tax] if money.tax else []
    shipping = [order.c.shipping] if money.shipping else []
    both = [order.c.shipping_tax] if money.tax and money.shipping else []
    return [*tax, *shipping, *both]
