"""The orders of persons as they are read for profiles and facts: one statement, a short one more where
anything was given back, and one where orders on delivery ended badly.

What an order comes to is worked out in Python, where integers have no end; a statement that did it would
carry every order through several tables of its own.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from regulars_mapping import RefusalRules
from regulars_marketing._money import MoneyRules
from regulars_marketing._profile_sql import Words, moment_of, rows_of, words_of
from regulars_marketing._shares import goods_share

BOUGHT, ENDED, GIVEN_BACK = 1, 2, 4
"""What is told of an order: that it is bought; that it ended so that it may have been refused; that there are
refunds of it."""

_ORDERS = """
SELECT a.person_id, a.id, (
    SELECT {orders} FROM "order" AS o WHERE o.account_id = a.id AND NOT o.gone AND (o.bought OR {ended}))
FROM {ids} CROSS JOIN account AS a
WHERE a.person_id = wanted.value AND NOT a.gone
"""
_ENDED = "(o.status IN ('cancelled', 'failed', 'refunded') OR o.shop_status IN ({statuses}))"
_TOLD = f"""CASE WHEN o.bought THEN {BOUGHT} ELSE 0 END + CASE WHEN {{ended}} THEN {ENDED} ELSE 0 END
    + CASE WHEN EXISTS (SELECT 1 FROM refund AS f WHERE f.order_id = o.id) THEN {GIVEN_BACK} ELSE 0 END"""  # noqa: S608 - numbers of ours
_REFUNDS = """
SELECT o.id, o.goods, o.total, f.goods, f.amount, f.refunded_at < :since
FROM {ids} CROSS JOIN "order" AS o CROSS JOIN refund AS f
WHERE o.id = wanted.value AND f.order_id = o.id AND NOT f.gone
"""
_PRODUCTS = """CASE WHEN o.bought THEN (
    SELECT {products} || '' FROM order_line AS l WHERE l.order_id = o.id AND l.product_id <> '') END"""
"""With nothing added SQLite would make a list in the list of it, not a text."""


class Order(NamedTuple):
    """An order as it is read. Moments are stamps that sort like them; sums are minor units of its currency:
    what counts of it, its discount, and its goods before that; products the text of a JSON list, or none."""

    placed_at: str
    id: str
    told: int
    counted: int
    discount: int
    undiscounted: int
    currency: str
    payment: str
    delivery: str
    address_id: str
    source: str
    products: str | None


Raw = Sequence[Any]
"""An `Order` as it comes, without its names."""


class Back(NamedTuple):
    """What was given back of an order, at all and before a moment."""

    at_all: int
    before: int


NOTHING_BACK = Back(0, 0)


class Account(NamedTuple):
    """An account's orders in the order in which they were placed, those of one moment by id, and the same by
    columns."""

    id: str
    orders: list[Raw]
    columns: Sequence[Sequence[Any]]


Unread = tuple[str, str]
"""An account's id and its orders as they come out of the database."""


def read_orders(
    connection: Connection,
    person_ids: Collection[str],
    money: MoneyRules,
    refusals: RefusalRules,
    *,
    products: bool,
) -> dict[str, list[Unread]]:
    """The accounts of these persons that have orders, bought or ended, by person; one statement. ``products``
    says whether those are read.

    They come as texts, to be held no longer than it takes to look at them: so many lists at a time would keep
    Python's collector busier than all the counting.
    """
    sql = _orders(words_of(connection), tax=money.tax, shipping=money.shipping, products=products)
    statuses = orjson.dumps(sorted(refusals.statuses)).decode()
    found: dict[str, list[Unread]] = {}
    for person_id, account_id, text in rows_of(connection, sql, person_ids, statuses=statuses):
        if text is None or text == "[]":
            continue
        if person_id in found:
            found[person_id].append((account_id, text))
        else:
            found[person_id] = [(account_id, text)]
    return found


def account_of(unread: Unread) -> Account:
    """An account's orders in order."""
    orders = orjson.loads(unread[1])
    orders.sort()
    return Account(unread[0], orders, list(zip(*orders, strict=True)))


@cache
def _orders(words: Words, *, tax: bool, shipping: bool, products: bool) -> str:
    ended = _ENDED.format(statuses=words.statuses)
    columns = (
        words.stamp("o.placed_at"),
        "o.id",
        _TOLD.format(ended=ended),
        _counted(tax=tax, shipping=shipping),
        "o.discount",
        "o.goods + o.discount",
        "o.currency",
        "o.payment_method",
        "o.shipping_method",
        "coalesce(o.delivery_address_id, '')",
        words.document("o.source"),
        _PRODUCTS.format(products=words.gathered("l.product_id")) if products else "NULL",
    )
    return _ORDERS.format(ids=words.ids, ended=ended, orders=words.gathered(words.listed(columns)))


def _counted(*, tax: bool, shipping: bool) -> str:
    parts = ["o.goods"]
    parts += ["o.goods_tax"] if tax else []
    parts += ["o.shipping"] if shipping else []
    parts += ["o.shipping_tax"] if tax and shipping else []
    return " + ".join(parts)


def read_back(
    connection: Connection, orders: Mapping[str, Raw], money: MoneyRules, since: Any
) -> dict[str, Back]:
    """What was given back of these orders (id -> order), never more than they came to; one statement."""
    if not orders:
        return {}
    sums: dict[str, list[int]] = {}
    sql = _refunds(words_of(connection))
    for id_, goods, total, back, amount, early in rows_of(
        connection, sql, orders, since=moment_of(connection, since)
    ):
        held = sums.setdefault(id_, [goods, total, 0, 0, 0, 0])
        # No shop says what of a refund was for sending: where that counts the amounts are all there is.
        bare = back is None or money.shipping
        place, part = (3, amount or 0) if bare else (2, max(back, 0))
        held[place] += part
        if early:
            held[place + 2] += part
    return {
        id_: Back(
            _taken(orders[id_][3], goods, total, itemised, bare, tax=money.tax),
            _taken(orders[id_][3], goods, total, itemised_early, bare_early, tax=money.tax),
        )
        for id_, (goods, total, itemised, bare, itemised_early, bare_early) in sums.items()
    }


@cache
def _refunds(words: Words) -> str:
    return _REFUNDS.format(ids=words.ids)


def _taken(counted: int, goods: int, total: int, itemised: int, bare: int, *, tax: bool) -> int:
    """What is given back of an order, never more than it came to."""
    if itemised > 0 and tax:
        # Lines are told without it.
        itemised = goods_share(itemised, counted, goods)
    return min(itemised + goods_share(bare, counted, total), max(counted, 0))
