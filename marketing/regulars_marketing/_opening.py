"""What persons bought before the orders that a shop shows: its own total of each account less what is known.

Only for shops that hide their older orders. Known and declared are compared as the shop counts: what was paid
and not given back, with tax and shipping, of the orders and refunds that there were when it was read.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from regulars_mapping import RECENT_ORDERS
from regulars_marketing._money import MoneyRules
from regulars_marketing._profile_sql import Words, rows_of, words_of
from regulars_marketing._rate_sql import converted
from regulars_marketing._rates import MissingRate, conversion
from regulars_store._driver import fetch, utc

_LARGEST = 2**63 - 1
_PAID = """CASE WHEN o.paid_at IS NULL OR (NOT o.bought AND o.status IN (
    'processing', 'completed', 'refunded', 'other')) THEN 0 ELSE 1 END"""
"""A test is paid and yet not bought, in a status that counts as bought."""
_BACK = """coalesce((SELECT sum(f.amount) FROM refund AS f
    WHERE f.order_id = o.id AND NOT f.gone AND f.refunded_at <= s.observed_at), 0)"""
_DECLARED = """
SELECT a.person_id, a.declared_spent, a.declared_orders, a.declared_currency, s.observed_at, (
    SELECT {orders} FROM "order" AS o
    WHERE o.account_id = a.id AND NOT o.gone AND o.placed_at <= s.observed_at)
FROM {ids} CROSS JOIN account AS a JOIN observation AS s ON s.shop_id = a.shop_id AND s.kind = 'customer'
    AND s.external_id = a.external_id AND s.sequence = a.version_sequence
WHERE a.person_id = wanted.value AND NOT a.gone AND a.declared_spent IS NOT NULL AND a.shop_id IN ({shops})
"""

_HELD = """
SELECT person_id FROM person_profile
WHERE held IS NOT NULL AND opening_orders IS NOT NULL AND opening_balance IS NULL"""
_ABROAD = """
SELECT DISTINCT person_id FROM account WHERE shop_id IN ({shops}) AND person_id IS NOT NULL
    AND declared_spent > 0 AND declared_currency <> :main ORDER BY person_id LIMIT :limit"""
_CHUNK = 500


class Opening(NamedTuple):
    """What one person bought that is not shown: minor units of the main currency, and orders.

    Both are None where no shop declares anything. The balance is None, too, where it cannot be told;
    ``lacking`` then names the day and currency of the rate that lacks, if one does.
    """

    balance: int | None = None
    orders: int | None = None
    lacking: str | None = None


NO_OPENING = Opening()


class _Part(NamedTuple):
    """What one account's shop declares beyond its orders; ``rest`` is None where these are in another
    currency."""

    person_id: str
    rest: int | None
    orders: int
    currency: str
    day: date


def read_openings(
    connection: Connection, person_ids: Collection[str], shops: Collection[int], money: MoneyRules
) -> dict[str, Opening]:
    """The openings of those of these persons of whom one of these shops declares a total.

    One statement, one or two more where a shop declares in another currency than the main one; none without
    shops. A balance is converted by the rate of the day on which the total was read.
    """
    if not shops:
        return {}
    sql = _declared(words_of(connection), tuple(sorted(shops)))
    parts = [_part(row, money) for row in rows_of(connection, sql, person_ids)]
    quote = money.currency or ""
    # Of nothing there is nothing to convert.
    wanted = {(each.currency, quote, each.day) for each in parts if each.rest} if quote else set()
    rates = conversion(connection, wanted)
    mine: dict[str, list[_Part]] = {}
    for each in parts:
        mine.setdefault(each.person_id, []).append(each)
    return {person_id: _summed(held, quote, rates) for person_id, held in mine.items()}


def cut_shops(connection: Connection) -> frozenset[int]:
    """The shops that hide their older orders."""
    rows = fetch(connection, "SELECT id, CAST(capabilities AS text) FROM shop")
    return frozenset(id_ for id_, text in rows if RECENT_ORDERS in orjson.loads(text))


def lacking_openings(connection: Connection, money: MoneyRules) -> set[tuple[str, date]]:
    """The currencies and days of the rates by which openings are held back, of those who are computed."""
    shops = cut_shops(connection)
    held = [person_id for (person_id,) in fetch(connection, _HELD)] if shops else []
    chunks = (held[start : start + _CHUNK] for start in range(0, len(held), _CHUNK))
    openings = chain.from_iterable(
        read_openings(connection, chunk, shops, money).values() for chunk in chunks
    )
    return {(each.lacking[10:], date.fromisoformat(each.lacking[:10])) for each in openings if each.lacking}


def declared_abroad(connection: Connection, main: str | None, *, limit: int) -> list[str]:
    """Persons of whom a shop that hides orders declares a total in another currency; at most so many."""
    shops = cut_shops(connection)
    if not shops:
        return []
    sql = _ABROAD.format(shops=", ".join(map(str, sorted(shops))))
    return [person_id for (person_id,) in fetch(connection, sql, main=main or "", limit=limit)]


@cache
def _declared(words: Words, shops: tuple[int, ...]) -> str:
    orders = words.gathered(words.listed(("o.currency", "o.total", _PAID, _BACK)))
    return _DECLARED.format(ids=words.ids, orders=orders, shops=", ".join(map(str, shops)))


def _part(row: Sequence[Any], money: MoneyRules) -> _Part:
    person_id, spent, orders, currency, observed_at, text = row
    shown: list[tuple[str, int, int, int]] = orjson.loads(text) if text else []
    counted = [(of, max(0, total - back)) for of, total, paid, back in shown if paid]
    told = all(of == currency for of, _ in counted)
    rest = max(0, spent - sum(left for _, left in counted)) if told else None
    day = utc(observed_at).astimezone(money.zone).date()
    return _Part(person_id, rest, max(0, orders - len(shown)), currency, day)


def _summed(
    parts: Iterable[_Part], quote: str, rates: Mapping[tuple[str, str, date], Fraction | MissingRate]
) -> Opening:
    balance, orders, lacking = 0, 0, []
    known = True
    for each in parts:
        orders += each.orders
        if not each.rest:
            known = known and each.rest is not None
            continue
        rate = rates.get((each.currency, quote, each.day))
        amount = converted(each.rest, rate) if isinstance(rate, Fraction) else None
        if amount is None:
            lacking.append(f"{each.day.isoformat()}{each.currency}")
        else:
            balance = min(balance + amount, _LARGEST)
    return Opening(balance if known and not lacking else None, orders, min(lacking, default=None))
