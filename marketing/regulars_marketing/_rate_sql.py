"""Days of a zone and exact conversion in SQL, alike on both databases."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CTE, BigInteger, ColumnElement, Connection, Text, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from regulars_store._rates import texts_table
from regulars_store._types import Key

_DAY, _CONVERTED = "regulars_day", "regulars_converted"
_MOST = 2**63 - 1
_MINUTE = len("2026-01-01 00:00")


def converted(amount: int, rate: Fraction) -> int | None:
    """``amount * rate``, half up by size (a negative amount mirrors the positive one).

    None beyond 64 bits, which no database keeps.
    """
    return _converted(amount, rate.numerator, rate.denominator)


def _converted(amount: int, numerator: int, denominator: int) -> int | None:
    size = (2 * abs(amount) * numerator + denominator) // (2 * denominator)
    return None if size > _MOST else size if amount >= 0 else -size


class DayIn(FunctionElement[str]):
    """The day of a moment in a zone, as text: ``DayIn(placed_at, literal("Europe/Kyiv"))``."""

    type = Key
    inherit_cache = True
    name = _DAY

    def __init__(self, moment: ColumnElement[datetime], zone: ZoneInfo) -> None:
        super().__init__(moment, literal(zone.key, Text))


class Converted(FunctionElement[int]):
    """`converted` in SQL: ``Converted(amount, numerator, denominator)``, these two as text; NULL of NULLs."""

    type = BigInteger()
    inherit_cache = True
    name = _CONVERTED


@compiles(DayIn, "sqlite")
@compiles(Converted, "sqlite")
def _on_sqlite(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
    return f"{element.name}{compiler.process(element.clause_expr, **options)}"


@compiles(DayIn, "postgresql")
def _day_on_postgresql(element: DayIn, compiler: SQLCompiler, **options: Any) -> str:
    moment, zone = (compiler.process(clause, **options) for clause in element.clauses)
    return f"to_char({moment} AT TIME ZONE {zone}, 'YYYY-MM-DD')"


@compiles(Converted, "postgresql")
def _converted_on_postgresql(element: Converted, compiler: SQLCompiler, **options: Any) -> str:
    amount, numerator, denominator = (
        f"({compiler.process(clause, **options)})::numeric" for clause in element.clauses
    )
    size = f"div(2 * abs({amount}) * {numerator} + {denominator}, 2 * {denominator})"
    return f"CASE WHEN {size} <= {_MOST} THEN (sign({amount}) * {size})::bigint END"


def teach_rates(connection: Connection) -> None:
    """Make `DayIn` and `Converted` known to this connection; once a connection, none needed on PostgreSQL."""
    raw = connection.connection
    if connection.dialect.name != "sqlite" or raw.info.get(_CONVERTED) or raw.driver_connection is None:
        return
    raw.driver_connection.create_function(_DAY, 2, _day_of, deterministic=True)
    raw.driver_connection.create_function(_CONVERTED, 3, _of_texts, deterministic=True)
    raw.info[_CONVERTED] = True


def rates_table(connection: Connection, rates: Iterable[tuple[str, date, Fraction]]) -> CTE:
    """Rates as a table of a statement, out of one parameter: currency, day, numerator and denominator."""
    rows = [(each, day.isoformat(), str(rate.numerator), str(rate.denominator)) for each, day, rate in rates]
    return texts_table(connection, "rate_told", ("currency", "day", "numerator", "denominator"), rows)


def _of_texts(amount: int | None, numerator: str | None, denominator: str | None) -> int | None:
    if amount is None or numerator is None or denominator is None:
        return None
    return _converted(amount, int(numerator), int(denominator))


def _day_of(moment: str | None, zone: str) -> str | None:
    return None if moment is None else _day_of_minute(moment[:_MINUTE], zone)


@lru_cache(maxsize=65_536)
def _day_of_minute(minute: str, zone: str) -> str:
    # No zone of our times is apart from UTC by seconds.
    moment = datetime.fromisoformat(minute).replace(tzinfo=UTC)
    with suppress(OverflowError):
        return moment.astimezone(ZoneInfo(zone)).date().isoformat()
    return moment.date().isoformat()
