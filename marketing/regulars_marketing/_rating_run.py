"""Persons rated by their profiles: the scores written, and the history where anything changed."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Integer, Select, Text, func, literal, null, select

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
from regulars_store._asking import Asking, among_ids, is_anything, parameter
from regulars_store._driver import Plain

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
    measured: bool = False,
) -> Rated:
    """Rate these persons, or everybody, by their profiles as they stand; within the caller's transaction.

    ``person_profile.rating`` and ``.grade`` get the score, and where grade or contributions changed the
    history a row with the cause. Idempotent. These persons are measured by the scale that stands and the
    rules it was made for, so that all stay comparable; where there is none yet, the first one is made by
    ``settings``, and without settings they wait for that. Everybody is measured by ``settings`` (the standard
    ones where None): a new scale is made first where that is due. Persons without a profile are passed over,
    and so is who is told in another currency than the scale, until that is made anew. Who is rated for the
    first time is counted as a newcomer of the scale, unless it was made of them, too: ``measured``.
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
    if scale is None:
        scale, measured = _new_scale(connection, now=now, settings=settings or RatingSettings()), True
    run = _Run.of(scale, now)
    wanted = iter(sorted(set(person_ids)))
    done = Rated()
    while some := list(islice(wanted, _CHUNK)):
        done += run.rate_these(connection, some)
    if not measured:
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
        cuts, rules = orjson.dumps(scale.cuts), orjson.dumps(scale.rules)
        ruler = _ruler(scale.currency, scale.persons, cuts, rules, now.astimezone(UTC).date())
        return cls(ruler, scale.id, now, settings)

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
        rows = self._profiles(_after).rows(connection, last=last, limit=limit)
        done = self._rate(connection, rows, reviews)
        return done, rows[-1][0] if len(rows) == limit else None

    def rate_these(self, connection: Connection, person_ids: Sequence[str]) -> Rated:
        """The persons of these who have a profile."""
        rows = self._profiles(_these).rows(connection, person_ids)
        return self._rate(connection, rows, self.reviews(connection, person_ids))

    def reviews(self, connection: Connection, person_ids: Sequence[str] | None) -> _Reviews:
        """How many reviews, published and of goods that the shop says they bought, there are by person."""
        if not self.settings.weight("reviews"):
            return {}
        counted = _REVIEWS_OF_ALL if person_ids is None else _REVIEWS
        return dict(counted.rows(connection, person_ids))

    def _profiles(self, asked: Callable[[int, tuple[str, ...]], Asking]) -> Asking:
        counting = tuple(name for name in PERSONAL if self.settings.weight(name))
        return asked(self.at.astimezone(UTC).year, counting)

    def _rate(self, connection: Connection, rows: Sequence[Plain], reviews: _Reviews) -> Rated:
        facts = [self._facts(row, reviews) for row in rows]
        changed, astray = [], []
        for row, mine, after in zip(rows, facts, self.ruler.ratings(facts), strict=True):
            person_id, score, grade, id_, *earlier = row[:_FACTS_AT]
            if mine[0] != self.ruler.scale.currency:
                continue
            if _differs(id_, earlier[0], earlier[1], after):
                before = None if id_ is None else _before(id_, *earlier)
                changed.append(_Found(person_id, before, after, RatingFacts._make(mine)))
            elif (score, grade) != _scored(after):
                # A profile that was made anew, of somebody who has a history.
                astray.append((*_scored(after), person_id))
        self._write(connection, changed)
        ratings.note_scores(connection, astray)
        return Rated(len(rows), len(changed), sum(each.before is None for each in changed))

    def _facts(self, row: Plain, reviews: _Reviews) -> Plain:
        count = reviews.get(row[0])
        return row[_FACTS_AT:] if count is None else (*row[_FACTS_AT:-1], count)

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


# Kept from one chunk to the next, with the ratings that it has worked out.
@lru_cache(maxsize=2)
def _ruler(currency: str, persons: int, cuts: bytes, rules: bytes, today: date) -> Ruler:
    measured = scale_from(currency, persons, orjson.loads(cuts))
    return Ruler(measured, RatingSettings.kept(orjson.loads(rules)), today)


def _query(year: int, personal: Collection[str]) -> Select[Any]:
    """Persons with what counts of their profiles, behind their newest rating; of what says who somebody is
    only these factors."""
    earlier = tables.rating.alias().c
    newest = select(func.max(earlier.id)).where(earlier.person_id == _profile.person_id)
    before = (_rating.id, _rating.grade, _rating.contributions, _rating.scale_id)
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
        *(group_word(name, year) if name in personal else null() for name in PERSONAL),
        literal(0),
    ).join_from(tables.person_profile, tables.rating, _rating.id == newest.scalar_subquery(), isouter=True)


@lru_cache(maxsize=8)
def _these(year: int, personal: tuple[str, ...]) -> Asking:
    return Asking(_query(year, personal).where(among_ids(_profile.person_id)))


@lru_cache(maxsize=8)
def _after(year: int, personal: tuple[str, ...]) -> Asking:
    query = _query(year, personal).where(_profile.person_id > parameter("last", Text()))
    return Asking(query.order_by(_profile.person_id).limit(parameter("limit", Integer())))


def _reviews_by_person() -> Select[Any]:
    same = (_account.email_folded == _review.email_folded) & (_account.shop_id == _review.shop_id)
    counts = _review.published & _review.bought & ~_review.gone & ~_account.gone
    query = select(_account.person_id, func.count(_review.id.distinct()))
    query = query.join_from(tables.review, tables.account, same).where(is_anything(tables.review), counts)
    return query.group_by(_account.person_id)


_REVIEWS = Asking(_reviews_by_person().where(among_ids(_account.person_id)))
_REVIEWS_OF_ALL = Asking(_reviews_by_person().where(_account.person_id.is_not(None)))


def _before(id_: int, grade: str | None, contributions: Any, scale_id: int | None) -> Before:
    """SQLite gives JSON as it is written."""
    known = orjson.loads(contributions) if isinstance(contributions, str) else contributions
    return Before(id_, grade, known, scale_id)


def _scored(rating: Rating | None) -> tuple[int | None, str | None]:
    return (None, None) if rating is None else (rating.score, rating.grade)


def _differs(id_: int | None, grade: str | None, contributions: Any, after: Rating | None) -> bool:
    """Whether a rating is another than the one before, as the driver gives that."""
    if after is None:
        return id_ is not None and grade is not None
    if id_ is None or grade != after.grade:
        return True
    # On SQLite as it is written: nearly all stay the same, and to read what is written takes longer.
    if isinstance(contributions, str):
        return contributions != after.written and orjson.loads(contributions) != after.contributions
    return bool(contributions != after.contributions)
