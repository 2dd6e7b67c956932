"""The scale of the rating, measured over all profiles in a few statements, and when a new one is due."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Text, case, cast, func, literal, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from regulars_marketing._rating_levels import HALF, Group, Scale, days_between
from regulars_marketing._rating_score import FULL
from regulars_marketing._rating_settings import RatingSettings
from regulars_store import ratings, tables

_BANDS_OF_MONEY = 20
_BANDS_OF_DAYS = 10
_FEWEST = 20
"""Customers with one word in common, of fewer of whom nothing is concluded."""
_MOST_WORDS = 200
_LASTS = timedelta(days=30)

_profile = tables.person_profile.c


class UtcDay(FunctionElement[str]):
    """The UTC day of a moment, such as 2026-11-22."""

    type = Text()
    inherit_cache = True


@compiles(UtcDay, "sqlite")
def _day_sqlite(element: UtcDay, compiler: SQLCompiler, **kw: Any) -> str:
    return f"substr({compiler.process(element.clauses, **kw)}, 1, 10)"


@compiles(UtcDay, "postgresql")
def _day_postgresql(element: UtcDay, compiler: SQLCompiler, **kw: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **kw)} AT TIME ZONE 'UTC', 'YYYY-MM-DD')"


def spent() -> ColumnElement[int]:
    """What was spent, with what the shop declares beyond the orders it shows; null where it is held back."""
    return _profile.spent + func.coalesce(_profile.opening_balance, 0)


def orders() -> ColumnElement[int]:
    """The orders, with those that the shop declares."""
    return _profile.orders + func.coalesce(_profile.opening_orders, 0)


def measure(connection: Connection, *, now: datetime, settings: RatingSettings) -> Scale:
    """The scale of today, over everybody who bought and whose sums are known."""
    currency = connection.scalar(select(_profile.currency).order_by(_profile.person_id).limit(1)) or ""
    today = now.astimezone(UTC).date()
    persons, again = _bought(connection)
    lasts = _cuts(connection, UtcDay(_profile.last_order_at), _BANDS_OF_DAYS)
    rhythms = _cuts(connection, _profile.rhythm_days, 2)
    return Scale(
        currency=currency,
        persons=persons,
        again=again,
        money=tuple(_cuts(connection, spent(), _BANDS_OF_MONEY)),
        days=tuple(sorted(days_between(day, today) for day in lasts)),
        rhythm=rhythms[0] if rhythms else None,
        groups={
            name: _groups(connection, name, today.year, again=(persons, again))
            for name in ("source", "delivery", "gender", "age", "region")
            if settings.weight(name)
        },
    )


def _bought(connection: Connection) -> tuple[int, int]:
    again = func.coalesce(func.sum(case((orders() > 1, 1), else_=0)), 0)
    persons, repeated = connection.execute(select(func.count(), again).where(orders() > 0)).one()
    return int(persons), int(repeated)


def _cuts(connection: Connection, value: ColumnElement[Any], bands: int) -> list[Any]:
    """The values that part those who bought into so many bands of one size: one fewer than bands."""
    number = func.row_number().over(order_by=value)
    known = (
        select(value.label("value"), number.label("n"), func.count().over().label("c"))
        .where(orders() > 0, value.is_not(None))
        .subquery()
    )
    reached = known.c.n * bands // known.c.c
    steps = reached - (known.c.n - 1) * bands // known.c.c
    found = connection.execute(select(known.c.value, steps).where(steps > 0).order_by(known.c.n))
    # Of very few persons one stands for several bands.
    return [value for value, repeated in found for _ in range(int(repeated))][:-1]


def _groups(connection: Connection, factor: str, year: int, *, again: tuple[int, int]) -> dict[str, Group]:
    """By word how many there are and bought again; half the level where as many did as of all."""
    persons, repeated = again
    counted = {
        word: (count, more) for word, count, more in _counted(connection, factor, year) if count >= _FEWEST
    }
    largest = sorted(counted.items(), key=lambda item: (-item[1][0], item[0]))[:_MOST_WORDS]
    return {
        word: Group(min(FULL, HALF * more * persons // (count * repeated)) if repeated else HALF, count, more)
        for word, (count, more) in largest
    }


def _counted(connection: Connection, factor: str, year: int) -> Iterator[tuple[str, int, int]]:
    word = group_word(factor, year)
    more = func.sum(case((orders() > 1, 1), else_=0))
    query = select(word, func.count(), more).where(orders() > 0, word.is_not(None)).group_by(word)
    return ((str(name), int(persons), int(again)) for name, persons, again in connection.execute(query))


def group_word(factor: str, year: int) -> ColumnElement[str | None]:
    """The word of the profile by which a factor groups customers; of age the decade that somebody reaches or
    is in this year, such as 30."""
    if factor == "age":
        age = literal(year, Integer) - _profile.birth_year
        return case((age.between(0, 129), cast(age // 10 * 10, Text)))
    columns = {
        "source": _profile.first_source,
        "delivery": _profile.last_delivery,
        "gender": _profile.gender,
        "region": _profile.region,
    }
    return columns[factor]


def rating_due(connection: Connection, *, now: datetime, settings: RatingSettings) -> bool:
    """Whether everybody is to be rated: time moves people, so once a UTC day; and as soon as the rules or the
    main currency changed, or so many came that the scale is no longer theirs."""
    scale = ratings.newest_scale(connection)
    some = connection.scalar(select(_profile.currency).order_by(_profile.person_id).limit(1))
    if some is None:
        return False
    if scale is None or scale.applied_at is None or outdated(scale, now=now, settings=settings):
        return True
    return some != scale.currency or scale.applied_at.date() != now.astimezone(UTC).date()


def outdated(scale: ratings.StoredScale, *, now: datetime, settings: RatingSettings) -> bool:
    """Whether a new scale is to be made before everybody is rated again: monthly, when the rules changed,
    and when a fifth more have come."""
    grown = scale.newcomers * 5 > scale.persons
    return grown or scale.rules != settings.document() or now - scale.at >= _LASTS
