"""How customers are rated: everybody once a day, one of them explained, the best and the worst."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

import regulars_marketing as marketing
import regulars_store as store
from regulars_agent._identity_sides import side_of
from regulars_agent._leases import Held
from regulars_agent._workspace import Workspace

_MOST = 100_000


@dataclass(frozen=True, slots=True)
class RatingCard:
    """A person's rating explained; where there is none, ``why_not`` says why in words."""

    rating: marketing.ExplainedRating
    why_not: str


@dataclass(frozen=True, slots=True)
class RatingList:
    """How many persons have each grade (``a`` to ``e``), how many cannot be rated yet, and some of them by
    their score: person_id, rating, grade, spent (minor units), orders, currency, given_name, family_name."""

    grades: Mapping[str, int]
    unrated: int
    persons: Sequence[Mapping[str, Any]]


def rate_everybody(lease: Held) -> int:
    """Rate everybody where that is due (`regulars_marketing.rating_due`); of how many the rating changed.

    Under the lease on ``derive:facts``. Broken off, it is due again.
    """
    workspace = lease.workspace
    now, settings = workspace.clock(), workspace.settings.rating
    with workspace.store.read() as connection:
        if not marketing.rating_due(connection, now=now, settings=settings):
            return 0
    pause = workspace.settings.batches.pause
    return marketing.rate_all(workspace.store, now=now, settings=settings, pause=pause).changed


def explain_rating(workspace: Workspace, text: str) -> RatingCard:
    """The rating of whoever is meant by a person's or an account's id, an e-mail or a phone, and why.

    Raises SkipError where that is nobody, PermanentError where it may be several.
    """
    with workspace.store.read() as connection:
        person = side_of(connection, text).person
        explained = marketing.explain_rating(connection, person)
        return RatingCard(explained, "" if explained.score is not None else _why_not(connection, person))


def list_ratings(
    workspace: Workspace, *, grade: str | None = None, limit: int = 20, worst: bool = False
) -> RatingList:
    """The grades, and the best persons (of a grade), or the worst."""
    with workspace.store.read() as connection:
        counted = store.ratings.grade_counts(connection)
        found = store.ratings.rated_persons(connection, grade=grade, limit=min(limit, _MOST), worst=worst)
    known = {name: counted.get(name, 0) for name in "abcde"}
    return RatingList(known, counted.get(None, 0), found)


def _why_not(connection: Connection, person: str) -> str:
    profile = store.tables.person_profile
    query = select(profile.c.held, profile.c.spent).where(profile.c.person_id == person)
    found = connection.execute(query).first()
    if found is None:
        return "They have no profile: whoever was erased has none, and new ones get it by: regulars compute"
    if found.held:
        return str(found.held)
    if found.spent is None:
        return "What they spent is not known."
    return "They have bought nothing yet."
