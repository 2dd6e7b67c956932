"""Everybody brought up to date: worked out by two processes beside each other, written by this one."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection, func, select

from regulars_marketing._accounts import persons_with_accounts_of
from regulars_marketing._collecting import seldom_collected
from regulars_marketing._compute import Computed, Part, Rules, compute_chunk
from regulars_marketing._compute_beside import Beside, computing_beside
from regulars_marketing._compute_noted import Noted, Notes, write_noted
from regulars_marketing._profile import Profiles
from regulars_marketing._profile_rules import ProfileRules
from regulars_marketing._rating_run import measured_row
from regulars_marketing._rating_scale import outdated
from regulars_marketing._rating_settings import RatingSettings
from regulars_store import Store, ratings, tables
from regulars_store._driver import fetch, is_sqlite

person = tables.person
Writing = Callable[[], AbstractContextManager[Connection]]

LONG = 20_000
"""Persons for which a second process is worth its start."""
_NOTED = 1_000
"""Persons whose rows are written in one transaction."""
_ID_PAGE = 20_000
_KNOWN_IN = ("account", "person_profile", "person_fact", "offer")
_LISTED = "SELECT {}person_id AS id FROM {} WHERE person_id > :last"
_ORDERED = " ORDER BY id LIMIT :limit"
# SQLite goes through the four indexes side by side, and stops where it has as many as are wanted.
_NEXT = " UNION ".join(_LISTED.format("", table) for table in _KNOWN_IN) + _ORDERED
# PostgreSQL would gather all of each first.
_NEXT_OF_EACH = (
    " UNION ".join(
        f"SELECT id FROM ({_LISTED.format('DISTINCT ', table)}{_ORDERED}) AS {table}_next"  # noqa: S608 - names of ours
        for table in _KNOWN_IN
    )
    + _ORDERED
)


def compute_all(
    store: Store,
    *,
    now: datetime,
    profiles: ProfileRules | None = None,
    rating: RatingSettings | None = None,
    chunk: int = 200,
    pause: float = 0.001,
    processes: int = 2,
    write: Writing | None = None,
) -> Computed:
    """`compute` for everybody: due once a day, and after a programme changed or its time came.

    With ``rating`` all are rated by a scale made for these settings where one is due, as `rate_all` does it;
    without, by the one that stands. The rows are those of `compute`. Written are differences only, in many
    transactions (``write``, the store's own by default) with a pause (seconds) after each in which other
    writers of a SQLite file get in. Where there are very many persons in a SQLite file and ``processes`` are
    two, all but the writing is done outside of them, half by a second process; else a transaction computes
    ``chunk`` persons. Broken off, it may simply be done again. Raises RetryError when the second process is
    ended from outside.
    """
    run = _Run(store, write or store.write, now, profiles, chunk, pause)
    with store.read() as connection:
        rules = Rules.read(connection, now)
        pays = processes > 1 and rules.may_be_beside and _pays(connection)
    file = store.file
    if file is None or not pays:
        return _rated(run, rating, run.one_by_one)
    with ExitStack() as opened:
        opened.enter_context(seldom_collected())
        beside = opened.enter_context(computing_beside(file, now=now, profiles=profiles))
        notes = Notes.of(file, now=now, profiles=profiles)
        opened.callback(notes.noting.close)
        return _rated(run, rating, lambda part: run.by_two(notes, beside, part))


def _pays(connection: Connection) -> bool:
    """Whether a second process is worth its start."""
    some = select(person.c.id).limit(LONG).subquery()
    return (os.cpu_count() or 1) > 1 and connection.scalar(select(func.count()).select_from(some)) == LONG


def _rated(run: "_Run", rating: RatingSettings | None, work: Callable[[Part], Computed]) -> Computed:
    """The work, around the making of a scale where one is due: that takes the profiles of all."""
    if rating is None:
        return work(Part.WHOLE)
    scale = run.standing_scale(rating)
    if scale is None:
        done = work(Part.PORTRAYED)
        scale = run.new_scale(rating)
        done += replace(work(Part.JUDGED), persons=0)
    else:
        done = work(Part.WHOLE)
    with run.write() as connection:
        ratings.note_applied(connection, scale.id, now=run.now)
    return done


@dataclass(slots=True)
class _Run:
    """One time through everybody."""

    store: Store
    write: Writing
    now: datetime
    profiles: ProfileRules | None
    chunk: int
    pause: float
    touched: set[str] = field(default_factory=set)
    """Who was computed by the writer since what is noted of them may have been read."""

    def standing_scale(self, settings: RatingSettings) -> ratings.StoredScale | None:
        """The scale by which all are to be rated; None where it is to be made first."""
        with self.store.read() as connection:
            scale = ratings.newest_scale(connection)
            currency = Profiles.read(connection, self.profiles, now=self.now).rules.money.currency
        if scale is None or scale.currency != (currency or ""):
            return None
        return None if outdated(scale, now=self.now, settings=settings) else scale

    def new_scale(self, settings: RatingSettings) -> ratings.StoredScale:
        """Measure it beside whoever writes meanwhile, and keep it."""
        with self.store.read() as connection:
            row = measured_row(connection, now=self.now, settings=settings)
        with self.write() as connection:
            return ratings.add_scale(connection, row, now=self.now)

    def one_by_one(self, part: Part) -> Computed:
        """Each chunk worked out and written in one transaction."""
        done = Computed()
        for person_ids in self._chunks(self.chunk):
            done += self._computed(person_ids, part)
            time.sleep(self.pause)
        return done

    def by_two(self, notes: Notes, beside: Beside, part: Part) -> Computed:
        """Chunks worked out here and beside, as each gets to it, and written as they are ready."""
        done, chunks = Computed(), self._chunks(_NOTED)
        while True:
            while beside.is_free and (asked := next(chunks, None)) is not None:
                beside.ask(asked, part)
            if beside.is_done:
                return done
            mine = None if beside.is_ready else next(chunks, None)
            if mine is None:
                done += self._written(*beside.answer(), part)
            else:
                done += self._written(mine, notes.made(mine, part), part)

    def _written(self, person_ids: Sequence[str], noted: Noted, part: Part) -> Computed:
        with self.write() as connection:
            fits = self.touched.isdisjoint(person_ids) and write_noted(connection, person_ids, noted)
        time.sleep(self.pause)
        if fits:
            facts, offers, held = noted.facts_changed, noted.offers_changed, noted.held
            return Computed(len(person_ids), facts, offers, held)
        done = Computed()
        again = part if part is Part.PORTRAYED else Part.WHOLE
        measured = part is Part.JUDGED
        for start in range(0, len(person_ids), self.chunk):
            done += self._computed(person_ids[start : start + self.chunk], again, measured=measured)
            time.sleep(self.pause)
        return done

    def _computed(self, person_ids: Sequence[str], part: Part, *, measured: bool = False) -> Computed:
        with self.write() as connection:
            rules = Rules.read(connection, self.now)
            portraits = Profiles.read(connection, self.profiles, now=self.now)
            others = persons_with_accounts_of(connection, person_ids)
            self.touched.update(person_ids, others)
            return compute_chunk(
                connection, person_ids, rules, portraits, part=part, others=others, measured=measured
            )

    def _chunks(self, size: int) -> Iterator[list[str]]:
        """Everybody by id: all that have accounts, facts, profiles or offers."""
        last: str | None = ""
        while last is not None:
            with self.store.read() as connection:
                asked = _NEXT if is_sqlite(connection) else _NEXT_OF_EACH
                page = [id_ for (id_,) in fetch(connection, asked, last=last, limit=_ID_PAGE)]
            yield from (page[start : start + size] for start in range(0, len(page), size))
            last = page[-1] if len(page) == _ID_PAGE else None
