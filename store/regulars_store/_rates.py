"""What currencies were worth, day by day."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Context, Decimal, Inexact, localcontext
from fractions import Fraction
from typing import Any, TypeAlias

import orjson
from sqlalchemy import CTE, Connection, Select, Text, and_, cast, func, literal, or_, select, true, tuple_
from sqlalchemy.dialects.postgresql import JSONB

from regulars_store._bulk import among, upsert
from regulars_store._tables import account, currency_rate, order, shop

BY_HAND = "manual"
_Key: TypeAlias = tuple[str, str, date]
_DIGITS = 60
# Rates of both ways differ by what a bank earns and by rounding; by more than this, one of them is wrong.
_OFF = Fraction(1, 10)


@dataclass(frozen=True, slots=True, order=True)
class CurrencyRate:
    """One of ``currency`` was ``value`` of ``quote`` from ``day`` on, exactly; whole units."""

    currency: str
    quote: str
    day: date
    value: Fraction
    source: str

    def __str__(self) -> str:
        return f"1 {self.currency} = {rate_text(self.value)} {self.quote}"


@dataclass(frozen=True, slots=True)
class SavedRates:
    """The rates whose value is new, and how many others stay as a hand entered them.

    ``replaced`` are those of them that were known otherwise, each as it was and as it is. ``contradicted``
    are rates with the stored one of the other way round that they contradict: then nothing is kept.
    """

    changed: list[CurrencyRate]
    by_hand: int
    replaced: Sequence[tuple[CurrencyRate, CurrencyRate]] = ()
    contradicted: Sequence[tuple[CurrencyRate, CurrencyRate]] = ()


def rate_text(value: Fraction) -> str:
    """The rate in decimals; one that never ends as a fraction."""
    with localcontext(Context(prec=_DIGITS, traps=[Inexact])), suppress(Inexact):
        return f"{Decimal(value.numerator) / Decimal(value.denominator):f}"
    return f"{value.numerator}/{value.denominator}"


def contradict(rate: CurrencyRate, inverse: CurrencyRate) -> bool:
    """Whether a rate and that of the other way round cannot both be right: their product is far from 1."""
    return abs(rate.value * inverse.value - 1) > _OFF


def newest_rates(
    connection: Connection, legs: Iterable[tuple[str, str, date]], *, holds: timedelta
) -> list[CurrencyRate]:
    """For each pair and day the newest rate that was told of it then, or so long before; one statement."""
    rows = [
        (currency, quote, day.isoformat(), _back(day, holds).isoformat()) for currency, quote, day in legs
    ]
    leg = texts_table(connection, "leg", ("currency", "quote", "day", "since"), rows).c
    older = currency_rate.alias("older").c
    newest = (
        select(func.max(older.day))
        .where(older.currency == leg.currency, older.quote == leg.quote)
        .where(older.day <= leg.day, older.day >= leg.since)
        .scalar_subquery()
    )
    table = currency_rate.c
    found = and_(table.currency == leg.currency, table.quote == leg.quote, table.day == newest)
    return _read(
        connection,
        select(currency_rate).distinct().select_from(leg.currency.table).join(currency_rate, found),
    )


def texts_table(
    connection: Connection, name: str, columns: Sequence[str], rows: Sequence[Sequence[str]]
) -> CTE:
    """Rows of texts as a table of a statement, out of one parameter."""
    document = literal(orjson.dumps(rows).decode(), Text)
    if connection.dialect.name == "postgresql":
        row = func.jsonb_array_elements(cast(document, JSONB)).column_valued(f"{name}_row")
        found = [row.op("->>")(place).label(column) for place, column in enumerate(columns)]
    else:
        value = func.json_each(document).table_valued("value").c.value
        found = [
            func.json_extract(value, f"$[{place}]").label(column) for place, column in enumerate(columns)
        ]
    # Made once: SQLite puts an index of its own on it where it is joined.
    return select(*found).cte(name).prefix_with("MATERIALIZED")


def _back(day: date, holds: timedelta) -> date:
    return day - min(holds, day - date.min)


def listed_rates(
    connection: Connection,
    *,
    currency: str | None = None,
    quote: str | None = None,
    since: date | None = None,
    limit: int = 1_000,
) -> list[CurrencyRate]:
    """Each pair's newest rate; of one pair, or since a day, all of them, newest first."""
    table = currency_rate.c
    query = select(currency_rate).order_by(table.day.desc(), table.currency, table.quote).limit(limit)
    if currency is not None:
        query = query.where(table.currency == currency)
    if quote is not None:
        query = query.where(table.quote == quote)
    if since is not None:
        query = query.where(table.day >= since.isoformat())
    elif currency is None or quote is None:
        pair = (table.currency, table.quote)
        query = query.where(
            tuple_(*pair, table.day).in_(select(*pair, func.max(table.day)).group_by(*pair).correlate(None))
        )
    return _read(connection, query)


def save_rates(
    connection: Connection, rates: Iterable[CurrencyRate], *, now: datetime, dry_run: bool = False
) -> SavedRates:
    """Keep rates, one a pair and day; all of them in two statements.

    What was entered by hand stays unless a hand enters it anew. With ``dry_run`` nothing is kept, nor where
    one contradicts a stored one of the other way round and of its day.
    """
    wanted = {_key(each): each for each in rates}
    if not wanted:
        return SavedRates([], 0)
    there = {_key(each): each for each in _rates_beside(connection, wanted)}
    held = {key for key, each in wanted.items() if _is_held(there.get(key), each)}
    new = [each for key, each in wanted.items() if key not in held and there.get(key) != each]
    other = [each for each in new if _value(there.get(_key(each))) != each.value]
    # Of those told both ways at once the new ones stand, unless a hand entered them.
    stays = {key: each for key, each in there.items() if key not in wanted or key in held}
    against = [(each, stays[_turned(each)]) for each in other if _turned(each) in stays]
    contradicted = [pair for pair in against if contradict(*pair) and not _corrects(there, pair[0])]
    if not dry_run and not contradicted:
        upsert(connection, currency_rate, [_row(each, now) for each in new])
    by_hand = sum(there[key].value != wanted[key].value for key in held)
    replaced = [(there[_key(each)], each) for each in other if _key(each) in there]
    return SavedRates(other, by_hand, replaced, contradicted)


def _rates_beside(connection: Connection, wanted: Collection[_Key]) -> list[CurrencyRate]:
    """What is stored of the currencies and days, and of the other way round."""
    table, days = currency_rate.c, [day for _, _, day in wanted]
    names, quotes = {currency for currency, _, _ in wanted}, {quote for _, quote, _ in wanted}
    turned = among(connection, table.currency, quotes) & among(connection, table.quote, names)
    within = (table.day >= min(days).isoformat(), table.day <= max(days).isoformat())
    return _read(
        connection,
        select(currency_rate).where(or_(among(connection, table.currency, names), turned), *within),
    )


def _corrects(there: Mapping[_Key, CurrencyRate], rate: CurrencyRate) -> bool:
    """Whether a hand corrects what a hand entered: refused, neither of both ways could ever be changed."""
    old = there.get(_key(rate))
    return old is not None and old.source == rate.source == BY_HAND


def _is_held(old: CurrencyRate | None, new: CurrencyRate) -> bool:
    return old is not None and old.source == BY_HAND and new.source != BY_HAND


def _key(rate: CurrencyRate) -> _Key:
    return rate.currency, rate.quote, rate.day


def _turned(rate: CurrencyRate) -> _Key:
    return rate.quote, rate.currency, rate.day


def _value(rate: CurrencyRate | None) -> Fraction | None:
    return None if rate is None else rate.value


def _read(connection: Connection, query: Select[Any]) -> list[CurrencyRate]:
    return [
        CurrencyRate(
            row.currency,
            row.quote,
            date.fromisoformat(row.day),
            Fraction(row.numerator, row.denominator),
            row.source,
        )
        for row in connection.execute(query)
    ]


def _row(rate: CurrencyRate, now: datetime) -> dict[str, Any]:
    return {
        "currency": rate.currency,
        "quote": rate.quote,
        "day": rate.day.isoformat(),
        "numerator": rate.value.numerator,
        "denominator": rate.value.denominator,
        "source": rate.source,
        "at": now,
    }


def buyers_between(
    connection: Connection, first: datetime, last: datetime, *, but_in: str | None, limit: int
) -> list[str]:
    """Persons who bought in the span, in any currency but the one of ``but_in``; by id, at most so many."""
    table = order.c
    # By shop: there the index on the time serves.
    here = table.shop_id.in_(select(shop.c.id))
    mine = (here, table.placed_at >= first, table.placed_at <= last, table.bought == true(), ~table.gone)
    query = (
        select(account.c.person_id)
        .join_from(order, account, account.c.id == table.account_id)
        .where(account.c.person_id.is_not(None), *mine)
        .distinct()
        .order_by(account.c.person_id)
        .limit(limit)
    )
    return list(connection.scalars(query if but_in is None else query.where(table.currency != but_in)))
