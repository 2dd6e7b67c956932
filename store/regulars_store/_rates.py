"""What currencies were worth, day by day."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Context, Decimal, Inexact, localcontext
from fractions import Fraction
from typing import Any, TypeAlias

import orjson
from sqlalchemy import (
    CTE,
    Connection,
    Select,
    Text,
    and_,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB

from regulars_store._bulk import among, upsert
from regulars_store._tables import account, currency_rate, order, shop

BY_HAND = "manual"
# Currency, quote, day; numerator, denominator, source.
_Key: TypeAlias = tuple[str, str, str]
_Stored: TypeAlias = tuple[int, int, str]
_DIGITS = 60
_EXAMPLES = 5
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

    ``replaced`` of them were known otherwise; ``examples`` are the first five, each as it was and as it is.
    ``contradicted`` are rates with the stored one of the other way round that they contradict: then nothing
    is kept.
    """

    changed: list[CurrencyRate]
    by_hand: int
    replaced: int = 0
    examples: Sequence[tuple[CurrencyRate, CurrencyRate]] = ()
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
    # Of 300,000 rates most are known: they are compared as they are stored, without being made rates again.
    wanted = {_key(each): each for each in rates}
    if not wanted:
        return SavedRates([], 0)
    there = _stored_beside(connection, wanted)
    held = {key for key, old in there.items() if old[2] == BY_HAND and _is_from_file(wanted.get(key))}
    new = {key: each for key, each in wanted.items() if key not in held and there.get(key) != _stored(each)}
    other = {key: each for key, each in new.items() if there.get(key, ())[:2] != _stored(each)[:2]}
    # Of those told both ways at once the new ones stand, unless a hand entered them.
    against = [
        (each, _rate(turned, there[turned]))
        for key, each in other.items()
        if (turned := (key[1], key[0], key[2])) in there and (turned not in wanted or turned in held)
    ]
    contradicted = [pair for pair in against if contradict(*pair) and not _corrects(there, pair[0])]
    if not dry_run and not contradicted:
        upsert(connection, currency_rate, [_row(each, now) for each in new.values()])
    by_hand = sum(there[key][:2] != _stored(wanted[key])[:2] for key in held)
    replaced = [key for key in other if key in there]
    examples = [(_rate(key, there[key]), other[key]) for key in replaced[:_EXAMPLES]]
    return SavedRates(list(other.values()), by_hand, len(replaced), examples, contradicted)


def take_rate(
    connection: Connection, currency: str, quote: str, day: date, *, dry_run: bool = False
) -> CurrencyRate | None:
    """Take away one rate, of this very day; the rate, None where there is none. With ``dry_run`` it stays."""
    table = currency_rate.c
    this = (table.currency == currency, table.quote == quote, table.day == day.isoformat())
    found = _read(connection, select(currency_rate).where(*this))
    if found and not dry_run:
        connection.execute(delete(currency_rate).where(*this))
    return found[0] if found else None


def _stored_beside(connection: Connection, wanted: Collection[_Key]) -> dict[_Key, _Stored]:
    """What is stored of the currencies and days, and of the other way round."""
    table, days = currency_rate.c, [day for _, _, day in wanted]
    names, quotes = {currency for currency, _, _ in wanted}, {quote for _, quote, _ in wanted}
    turned = among(connection, table.currency, quotes) & among(connection, table.quote, names)
    query = (
        select(table.currency, table.quote, table.day, table.numerator, table.denominator, table.source)
        .where(or_(among(connection, table.currency, names), turned))
        .where(table.day >= min(days), table.day <= max(days))
    )
    return {
        (currency, quote, day): (numerator, denominator, source)
        for currency, quote, day, numerator, denominator, source in connection.execute(query)
    }


def _corrects(there: Mapping[_Key, _Stored], rate: CurrencyRate) -> bool:
    """Whether a hand corrects what a hand entered: refused, neither of both ways could ever be changed."""
    old = there.get(_key(rate))
    return old is not None and old[2] == rate.source == BY_HAND


def _is_from_file(rate: CurrencyRate | None) -> bool:
    return rate is not None and rate.source != BY_HAND


def _key(rate: CurrencyRate) -> _Key:
    return rate.currency, rate.quote, rate.day.isoformat()


def _stored(rate: CurrencyRate) -> _Stored:
    # A fraction is always in its lowest terms: equal values are equal pairs.
    return *rate.value.as_integer_ratio(), rate.source


def _rate(key: _Key, stored: _Stored) -> CurrencyRate:
    currency, quote, day = key
    return CurrencyRate(currency, quote, date.fromisoformat(day), Fraction(*stored[:2]), stored[2])


def _read(connection: Connection, query: Select[Any]) -> list[CurrencyRate]:
    return [
        _rate((row.currency, row.quote, row.day), (row.numerator, row.denominator, row.source))
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
