"""Why a rating changed: the factors that moved with their facts before and after, or who measures."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from regulars_marketing._rating_levels import FACTS_OF, RatingFacts
from regulars_marketing._rating_score import Rating

FIRST: Mapping[str, Any] = {"first": True}
"""The cause where there was no rating before."""


class Before(NamedTuple):
    """The row of the history before."""

    id: int
    grade: str | None
    contributions: Mapping[str, int]
    scale_id: int | None


def cause_of(
    before: Before,
    facts_before: Mapping[str, Any],
    after: Rating | None,
    facts: RatingFacts,
    *,
    scale_id: int,
) -> dict[str, Any]:
    """What is kept as the cause.

    ``held``: the sums are not known; ``nothing``: nothing is bought any more.
    Else ``moved``: by factor the points before and after; ``facts``: of those factors the facts before and
    after, where they differ; ``scale``: others were measured anew in between, or the rules changed.
    """
    if after is None:
        return {"held" if facts.orders > 0 else "nothing": True}
    old, new = before.contributions, after.contributions
    moved = {
        name: [old.get(name, 0), new.get(name, 0)]
        for name in FACTS_OF
        if old.get(name, 0) != new.get(name, 0)
    }
    known = facts.document()
    names = dict.fromkeys(fact for name in moved for fact in FACTS_OF[name])
    changed = {
        name: [facts_before.get(name), known.get(name)]
        for name in names
        if facts_before.get(name) != known.get(name)
    }
    cause: dict[str, Any] = {"moved": moved, "facts": changed}
    return {**cause, "scale": True} if before.scale_id != scale_id else cause
