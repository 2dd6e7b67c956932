"""The figures of a profile that come from a person's orders, one row a person out of one statement."""

from collections.abc import Collection, Mapping
from datetime import datetime
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from regulars_marketing._money import MoneyRules
from regulars_marketing._profile_sql import STAMPED, Words, moment_of, rows_of, words_of
from regulars_marketing._rate_sql import teach_rates
from regulars_marketing._rates import converting
from regulars_marketing._shares import teach_shares


class Bought(NamedTuple):
    """What one person's bought orders come to.

    ``lacking`` names the day and currency of an order that has no rate, None where none lacks one: then sums
    mean nothing. ``times`` are whole seconds since 1970, ``methods`` the ways of payment: JSON lists, one
    for each order, in any order. Moments and JSON are as the driver gives them.
    """

    orders: int
    orders_365d: int
    spent: int
    spent_365d: int
    largest: int
    discount: int
    undiscounted: int
    returned: int
    first_at: Any
    last_at: Any
    times: str
    methods: str
    first_source: Any
    last_source: Any
    last_payment: str
    last_delivery: str
    country: str | None
    region: str | None
    city: str | None
    lacking: str | None


_BOUGHT = """
mine AS MATERIALIZED (
    SELECT a.id, a.person_id FROM {ids} CROSS JOIN account AS a
    WHERE a.person_id = wanted.value AND NOT a.gone),
bought AS MATERIALIZED (
    SELECT m.person_id, o.id, o.placed_at, o.currency, {goods} AS goods, o.goods AS untaxed, o.total,
        o.discount, o.goods + o.discount AS undiscounted, o.payment_method, o.delivery_address_id
    FROM mine AS m CROSS JOIN "order" AS o WHERE o.account_id = m.id AND o.bought AND NOT o.gone),
back AS MATERIALIZED (
    SELECT f.order_id, sum({itemised}) AS itemised, sum({bare}) AS bare,
        sum(CASE WHEN f.refunded_at < :since THEN {itemised} ELSE 0 END) AS itemised_before,
        sum(CASE WHEN f.refunded_at < :since THEN {bare} ELSE 0 END) AS bare_before
    FROM bought AS b CROSS JOIN refund AS f WHERE f.order_id = b.id AND NOT f.gone GROUP BY f.order_id),
"""
_VALUED = """
rate AS MATERIALIZED ({rates}),
taken AS (
    SELECT b.*, {taken} AS taken, {taken_before} AS before
    FROM bought AS b LEFT JOIN back AS f ON f.order_id = b.id),
figured AS (
    SELECT b.*, b.goods - b.taken AS net,
        CASE WHEN b.placed_at >= :since THEN b.goods ELSE 0 END - b.taken + b.before AS recent
    FROM taken AS b),
valued AS (
    SELECT b.*, {stamp} || b.id AS at_once, {net} AS told, {recent} AS told_recent,
        {discount} AS told_discount, {undiscounted} AS told_undiscounted,
        CASE WHEN {net} IS NULL OR {undiscounted} IS NULL THEN {day} || b.currency END AS lacking
    FROM figured AS b LEFT JOIN rate AS r
        ON b.currency <> :quote AND r.currency = b.currency
        AND r.day = CASE WHEN b.currency <> :quote THEN {day} END),
"""
# By moment and id the first order and the last are the least and the greatest; ids have no spaces.
_SUMS = """
sums AS (
    SELECT v.person_id, count(*) AS orders, count(CASE WHEN v.placed_at >= :since THEN 1 END) AS recently,
        CAST(sum(v.told) AS bigint) AS spent, CAST(sum(v.told_recent) AS bigint) AS recent,
        max(v.told) AS largest, CAST(sum(v.told_discount) AS bigint) AS discount,
        CAST(sum(v.told_undiscounted) AS bigint) AS undiscounted,
        count(CASE WHEN v.taken > 0 THEN 1 END) AS returned,
        min(v.placed_at) AS first_at, max(v.placed_at) AS last_at, {times} AS times, {methods} AS methods,
        substr(min(v.at_once), {behind}) AS first_id, substr(max(v.at_once), {behind}) AS last_id,
        max(CASE WHEN v.delivery_address_id <> ''
            THEN v.at_once || ' ' || v.delivery_address_id END) AS address,
        min(v.lacking) AS lacking
    FROM valued AS v GROUP BY v.person_id)
SELECT s.person_id, s.orders, s.recently, s.spent, s.recent, s.largest, s.discount, s.undiscounted,
    s.returned, s.first_at, s.last_at, s.times, s.methods, CAST(a.source AS text), CAST(z.source AS text),
    z.payment_method, z.shipping_method, x.country, x.region, x.city, s.lacking
FROM sums AS s JOIN "order" AS a ON a.id = s.first_id JOIN "order" AS z ON z.id = s.last_id
LEFT JOIN address AS x ON x.id = {address}
"""


def read_bought(
    connection: Connection, person_ids: Collection[str], money: MoneyRules, since: datetime
) -> dict[str, Bought]:
    """What these persons bought, by person; who bought nothing is absent. One statement where all of it was
    bought in the main currency, else four."""
    found = _read(connection, person_ids, money, since, "[]")
    foreign = [person_id for person_id, bought in found.items() if bought.lacking is not None]
    if foreign and money.currency:
        told = converting(connection, money.currency, zone=money.zone, person_ids=foreign)
        rates = _document(told.known)
        found |= _read(connection, foreign, money, since, rates)
    return found


def _document(known: Mapping[Any, Any]) -> str:
    rows = [
        (currency, day.isoformat(), str(rate.numerator), str(rate.denominator))
        for (currency, day), rate in known.items()
        if isinstance(rate, Fraction)
    ]
    return orjson.dumps(rows).decode()


def _read(
    connection: Connection, person_ids: Collection[str], money: MoneyRules, since: datetime, rates: str
) -> dict[str, Bought]:
    teach_shares(connection)
    teach_rates(connection)
    sql = _statement(words_of(connection), tax=money.tax, shipping=money.shipping)
    given = {"since": moment_of(connection, since), "quote": money.currency or "", "zone": money.zone.key}
    rows = rows_of(connection, sql, person_ids, rates=rates, **given)
    return {row[0]: Bought._make(row[1:]) for row in rows}


@cache
def _statement(words: Words, *, tax: bool, shipping: bool) -> str:
    goods, itemised, bare = _counted(tax=tax, shipping=shipping)
    parts = {
        "ids": words.ids,
        "goods": goods,
        "itemised": itemised,
        "bare": bare,
        "rates": words.rates,
        "taken": _taken(words, "f.itemised", "f.bare", tax=tax and not shipping),
        "taken_before": _taken(words, "f.itemised_before", "f.bare_before", tax=tax and not shipping),
        "day": words.day("b.placed_at"),
        "stamp": words.stamp("b.placed_at"),
        "behind": str(STAMPED + 1),
        "times": words.gathered(words.seconds("v.placed_at")),
        "methods": words.gathered("v.payment_method"),
        "address": words.behind("s.address", " ", STAMPED),
        **{name: _told(words, f"b.{name}") for name in ("net", "recent", "discount", "undiscounted")},
    }
    return "WITH " + "".join(part.format_map(parts) for part in (_BOUGHT, _VALUED, _SUMS))


_ITEMISED = "CASE WHEN f.goods > 0 THEN f.goods ELSE 0 END"
_BARE = "CASE WHEN f.goods IS NULL THEN f.amount ELSE 0 END"


def _counted(*, tax: bool, shipping: bool) -> tuple[str, str, str]:
    """What counts of an order; and of a refund what is known line by line, and what is a bare amount."""
    parts = ["o.goods"]
    parts += ["o.goods_tax"] if tax else []
    parts += ["o.shipping"] if shipping else []
    parts += ["o.shipping_tax"] if tax and shipping else []
    if shipping:
        # No shop says what of a refund was for sending: the amounts are all there is.
        return " + ".join(parts), "0", "f.amount"
    return " + ".join(parts), _ITEMISED, _BARE


def _taken(words: Words, itemised: str, bare: str, *, tax: bool) -> str:
    """What is given back of an order, never more than it came to."""
    most = "CASE WHEN b.goods < 0 THEN 0 ELSE b.goods END"
    shared = words.share(f"CAST({bare} AS bigint)", "b.goods", "b.total")
    if tax:
        # Lines are told without it.
        of_lines = words.share(f"CAST({itemised} AS bigint)", "b.goods", "b.untaxed")
        itemised = f"CASE WHEN {itemised} > 0 THEN {of_lines} ELSE {itemised} END"
    both = f"({itemised} + CASE WHEN {bare} > 0 THEN {shared} ELSE 0 END)"
    return f"CAST(CASE WHEN {both} IS NULL THEN 0 WHEN {both} > {most} THEN {most} ELSE {both} END AS bigint)"


def _told(words: Words, amount: str) -> str:
    return f"CASE WHEN b.currency = :quote THEN {amount} ELSE {words.told(amount)} END"
