"""Profiles of invented persons to be rated, and a reading of the rules of the rating in fractions."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any

from sqlalchemy import delete, insert, select, update

from regulars_marketing._rating_run import Rated, rate
from regulars_marketing._rating_settings import RatingSettings
from regulars_store import Store, ratings, tables

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
STANDARD = RatingSettings()
EMPTY: Mapping[str, Any] = {
    "currency": "UAH",
    "spent": 0,
    "orders": 0,
    "orders_365d": 0,
    "frequency": "none",
    "returned_orders": 0,
    "refused_cod": 0,
    "kind": "person",
    "status": "entered",
    "stopped": False,
    "shops": [],
    "labels": [],
    "categories": [],
    "properties": {},
}


def bought(spent: int | None, orders: int = 1, *, days: int = 30, **changes: Any) -> dict[str, Any]:
    """The profile of somebody who bought for so much, last so many days ago."""
    frequency = "one_off" if orders == 1 else "regular" if orders >= 3 else "rare"
    row = {**EMPTY, "spent": spent, "orders": orders, "frequency": frequency}
    return {
        **row,
        "last_order_at": NOW - timedelta(days=days),
        "cod_share": 0,
        "discount_share": 0,
        **changes,
    }


def anybody(random: Random) -> dict[str, Any]:
    """Somebody's profile, of every kind."""
    if not random.randrange(6):
        return {**EMPTY, "refused_cod": random.choice((0, 0, 1, 3))}
    return bought(
        random.choice((None, 0, 100, 5_000, random.randrange(1, 2_000_000))),
        random.choice((1, 1, 2, 3, 5, 30)),
        days=random.choice((0, 1, 20, 40, 90, 400, 2_000)),
        rhythm_days=random.choice((None, 0, 12, 45, 200)),
        returned_orders=random.choice((0, 0, 1)),
        refused_cod=random.choice((0, 0, 1, 4)),
        cod_share=random.choice((None, 0, 333, 1_000)),
        discount_share=random.choice((None, 0, 290, 450, 1_000)),
        first_source=random.choice((None, "google", "newsletter", "friends")),
        last_delivery=random.choice((None, "courier", "post")),
        gender=random.choice((None, "f", "m")),
        birth_year=random.choice((None, 1950, 1988, 2001)),
        opening_balance=random.choice((None, 70_000)),
        opening_orders=random.choice((None, 4)),
    )


class Rater:
    """A store with profiles, and hands to rate in it."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def profile(self, person: str, row: Mapping[str, Any]) -> None:
        """Write a profile, without the rating that it had where it was made anew."""
        table = tables.person_profile
        with self.store.write() as connection:
            connection.execute(delete(table).where(table.c.person_id == person))
            connection.execute(insert(table).values(person_id=person, **row))

    def change(self, person: str, **values: Any) -> None:
        table = tables.person_profile
        with self.store.write() as connection:
            connection.execute(update(table).where(table.c.person_id == person).values(**values))

    def rate(self, *persons: str, days: int = 0, settings: RatingSettings = STANDARD) -> Rated:
        """Rate these, or everybody, so many days later."""
        with self.store.write() as connection:
            now = NOW + timedelta(days=days)
            return rate(connection, persons or None, now=now, settings=settings)

    def scores(self) -> dict[str, tuple[int | None, str | None]]:
        columns = tables.person_profile.c
        query = select(columns.person_id, columns.rating, columns.grade)
        with self.store.read() as connection:
            return {row[0]: (row[1], row[2]) for row in connection.execute(query)}

    def history(self, person: str) -> list[ratings.RatingRow]:
        """The newest first."""
        with self.store.read() as connection:
            return ratings.rating_history(connection, person)


def exact_total(levels: Mapping[str, int], settings: RatingSettings) -> Fraction:
    """The score before it is rounded."""
    taking = {"returns", "refusals", "discount"}
    total = sum(settings.weight(name) for name in levels if name not in taking)
    given = sum(
        Fraction(100 * settings.weight(name) * level, 1000 * total)
        for name, level in levels.items()
        if name not in taking
    )
    taken = sum(
        Fraction(settings.weight(name) * level, 1000) for name, level in levels.items() if name in taking
    )
    return max(Fraction(0), given - taken)
