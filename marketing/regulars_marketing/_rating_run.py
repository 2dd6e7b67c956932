"""Persons rated by their profiles: the scores written, and the history where anything changed."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Select, func, literal, null, select

from regulars_marketing._rating_cause import FIRST, Before, cause_of
from regulars_marketing._rating_levels import RatingFacts, Ruler, scale_from
from regulars_marketing._rating_scale import (
    UtcDay,
    group_word,
    measure,
    orders,
    outdated,
    spent,
)
from regulars_marketing._rating_score import Rating
from regulars_marketing._rating_settings import PERSONAL, RatingSettings
from regulars_store import Store, ratings, tables
from regulars_store._bulk import among

_profile, _rating = tables.person_profile.c, tables.rating.c
_account, _review = tables.account.c, tables.review.c
_CHUNK = 2_000
_FACTS_AT = 7
"""Where in a row the facts begin."""

_Reviews = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Rated:
    """How many persons were looked at, of how many the rating changed, and how many of these had none."""

    persons: int = 0
    changed: int = 0
    first: int = 0

    def __add__(self, other: "Rated") -> "Rated":
        both = self.persons + other.persons, self.changed + other.changed
        return Rated(*both, self.first + other.first)


def rate(
    connection: Connection,
    person_ids: Collection[str] | None,
    *,
    now: datetime,
    settings: RatingSettings | None = None,
) -> Rated:
    """Rate these persons, or everybody, by their profiles as they stand; within the caller's transaction.

    ``person_profile.rating`` and ``.grade`` get the score, and where grade or contributions changed the
    history a row with the cause. Idempotent. These persons are measured by the scale that stands and the
    rules it was made for, so that all stay comparable; where there is none yet, the first one is made by
    ``settings``, and without settings they wait for that. Everybody is measured by ``settings`` (the standard
    ones where None): a new scale is made first where that is due. Persons without a profile are passed over,
    and so is who is told in another currency than the scale, until that is made anew.
    """
    if person_ids is None:
        rules = settings or RatingSettings()
        run = _Run.of(_due_scale(connection, now=now, settings=rules), now)
        reviews = run.reviews(connection, None)
        done = run.chunks(lambda last: run.rate_after(connection, last, _CHUNK, reviews), lambda: None)
        ratings.note_applied(connection, run.scale_id, now=now)
        return done
    scale = ratings.newest_scale(connection)
    if scale is None and settings is None:
        return Rated()
    scale = scale or _new_scale(connection, now=now, settings=settings or RatingSettings())
    run = _Run.of(scale, now)
    wanted = iter(sorted(set(person_ids)))
    done = Rated()
    while some := list(islice(wanted, _CHUNK)):
        done += run.rate_these(connection, some)
    # Enough of them, and the scale is made anew with everybody.
    ratings.count_newcomers(connection, run.scale_id, done.first)
    return done


def rate_all(
    store: Store, *, now: datetime, settings: RatingSettings, chunk: int = _CHUNK, pause: float = 0.001
) -> Rated:
    """`rate` for everybody, each chunk in a transaction of its own with a pause (seconds) after it, in which
    other writers of a SQLite file get in. Broken off, it is due again."""
    with store.write() as connection:
        run = _Run.of(_due_scale(connection, now=now, settings=settings), now)
        reviews = run.reviews(connection, None)

    def part(last: str) -> tuple[Rated, str | None]:
        with store.write() as connection:
            return run.rate_after(connection, last, chunk, reviews)

    done = run.chunks(part, lambda: time.sleep(pause))
    with store.write() as connection:
        ratings.note_applied(connection, run.scale_id, now=now)
    return done


def _due_scale(connection: Connection, *, now: datetime, settings: RatingSettings) -> ratings.StoredScale:
    scale = ratings.newest_scale(connection)
    currency = connection.scalar(select(_profile.currency).order_by(_profile.person_id).limit(1))
    if scale is None or outdated(scale, now=now, settings=settings) or currency not in {None, scale.currency}:
        return _new_scale(connection, now=now, settings=settings)
    return scale


def _new_scale(connection: Connection, *, now: datetime, settings: RatingSettings) -> ratings.StoredScale:
    return ratings.add_scale(connection, measured_row(connection, now=now, settings=settings), now=now)


def measured_row(connection: Connection, *, now: datetime, settings: RatingSettings) -> dict[str, Any]:
    """A scale measured by the profiles as they stand, to be kept."""
    measured = measure(connection, now=now, settings=settings)
    known = {"currency": measured.currency, "persons": measured.persons}
    return {**known, "cuts": measured.document(), "rules": settings.document()}


class _Found(NamedTuple):
    """A person whose rating is to be written anew."""

    person_id: str
    before: Before | None
    after: Rating | None
    facts: RatingFacts


@dataclass(frozen=True, slots=True)
class _Run:
    """One scale, one set of rules and one moment by which persons are rated."""

    ruler: Ruler
    scale_id: int
    at: datetime
    settings: RatingSettings

    @classmethod
    def of(cls, scale: ratings.StoredScale, now: datetime) -> "_Run":
        settings = RatingSettings.kept(scale.rules)
        measured = scale_from(scale.currency, scale.persons, scale.cuts)
        return cls(Ruler(measured, settings, now.astimezone(UTC).date()), scale.id, now, settings)

    def chunks(self, part: Callable[[str], tuple[Rated, str | None]], between: Callable[[], None]) -> Rated:
        """Everybody, one part after the other."""
        done, last = Rated(), ""
        while True:
            some, reached = part(last)
            done += some
            if reached is None:
                return done
            last = reached
            between()

    def rate_after(
        self, connection: Connection, last: str, limit: int, reviews: _Reviews
    ) -> tuple[Rated, str | None]:
        """The next persons by id, and the last of them; None where no more follow."""
        query = self._query().where(_profile.person_id > last).order_by(_profile.person_id).limit(limit)
        rows = _driven(connection, query)
        done = self._rate(connection, rows, reviews)
        return done, rows[-1][0] if len(rows) == limit else None

    def rate_these(self, connection: Connection, person_ids: Sequence[str]) -> Rated:
        """The persons of these who have a profile."""
        rows = _driven(connection, self._query().where(among(connection, _profile.person_id, person_ids)))
        return self._rate(connection, rows, self.reviews(connection, person_ids))

    def reviews(self, connection: Connection, person_ids: Sequence[str] | None) -> _Reviews:
        """How many reviews, published and of goods that the shop says they bought, there are by person."""
        if not self.settings.weight("reviews"):
            return {}
        same = (_account.email_folded == _review.email_folded) & (_account.shop_id == _review.shop_id)
        query = select(_account.person_id, func.count(_review.id.distinct())).join_from(
            tables.review, tables.account, same
        )
        counts = _review.published & _review.bought & ~_review.gone & ~_account.gone
        wanted = (
            _account.person_id.is_not(None)
            if person_ids is None
            else among(connection, _account.person_id, person_ids)
        )
        found = connection.execute(query.where(counts, wanted).group_by(_account.person_id))
        return {person: count for person, count in found}  # noqa: C416 - rows are no pairs to the type checker

    def _query(self) -> Select[Any]:
        earlier = tables.rating.alias().c
        newest = select(func.max(earlier.id)).where(earlier.person_id == _profile.person_id)
        before = (_rating.id, _rating.grade, _rating.contributions, _rating.scale_id)
        year = self.at.astimezone(UTC).year
        personal = [group_word(name, year) if self.settings.weight(name) else null() for name in PERSONAL]
        return select(
            _profile.person_id,
            _profile.rating,
            _profile.grade,
            *before,
            _profile.currency,
            spent(),
            orders(),
            _profile.frequency,
            UtcDay(_profile.last_order_at),
            _profile.rhythm_days,
            _profile.returned_orders,
            _profile.refused_cod,
            _profile.cod_share,
            _profile.discount_share,
            _profile.first_source,
            _profile.last_delivery,
            *personal,
            literal(0),
        ).join_from(
            tables.person_profile, tables.rating, _rating.id == newest.scalar_subquery(), isouter=True
        )

    def _rate(self, connection: Connection, rows: Iterable[Any], reviews: _Reviews) -> Rated:
        count, changed, astray = 0, [], []
        for count, row in enumerate(rows, 1):  # noqa: B007 - asked for below
            facts = self._facts(row, reviews)
            if facts.currency != self.ruler.scale.currency:
                continue
            after = self.ruler.rating(facts)
            before = None if row[3] is None else _before(*row[3:_FACTS_AT])
            if _differs(before, after):
                changed.append(_Found(row[0], before, after, facts))
            elif row[1:3] != _scored(after):
                # A profile that was made anew, of somebody who has a history.
                astray.append((*_scored(after), row[0]))
        self._write(connection, changed)
        ratings.note_scores(connection, astray)
        return Rated(count, len(changed), sum(each.before is None for each in changed))

    def _facts(self, row: Any, reviews: _Reviews) -> RatingFacts:
        facts = RatingFacts._make(row[_FACTS_AT:])
        count = reviews.get(row[0])
        return facts if count is None else facts._replace(reviews=count)

    def _write(self, connection: Connection, changed: Sequence[_Found]) -> None:
        prior = ratings.rating_facts(connection, [each.before.id for each in changed if each.before])
        ratings.write_ratings(connection, [self._row(each, prior) for each in changed])

    def _row(self, found: _Found, prior: Mapping[int, Mapping[str, Any]]) -> ratings.RatingRow:
        person_id, before, after, facts = found
        score, grade, contributions = after or (None, None, {})
        cause = FIRST
        if before is not None:
            cause = cause_of(before, prior.get(before.id, {}), after, facts, scale_id=self.scale_id)
        known = facts.document()
        return ratings.RatingRow(person_id, self.at, score, grade, contributions, known, cause, self.scale_id)


def _driven(connection: Connection, query: Select[Any]) -> Sequence[Any]:
    """The rows as the driver gives them: SQLAlchemy's work on each would cost more than the reading."""
    cursor = connection.execute(query).cursor
    assert cursor is not None  # noqa: S101 - told to the type checker
    return cursor.fetchall()


def _before(id_: int, grade: str | None, contributions: Any, scale_id: int | None) -> Before:
    """SQLite gives JSON as it is written."""
    known = orjson.loads(contributions) if isinstance(contributions, str) else contributions
    return Before(id_, grade, known, scale_id)


def _scored(rating: Rating | None) -> tuple[int | None, str | None]:
    return (None, None) if rating is None else (rating.score, rating.grade)


def _differs(before: Before | None, after: Rating | None) -> bool:
    if after is None:
        return before is not None and before.grade is not None
    return before is None or (before.grade, before.contributions) != (after.grade, after.contributions)
