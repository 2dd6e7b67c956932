"""From the levels of the factors to a score whose parts add up to it exactly. Integers only."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import getitem, mul
from typing import NamedTuple

import orjson

from regulars_marketing._rating_settings import FACTORS, TAKING, RatingSettings

FULL = 1000
"""The level at which a factor gives, or takes, all that it can."""
_MOST_KEPT = 50_000


class Rating(NamedTuple):
    """A score of 0 to 100, its grade ``a`` to ``e``, and the points by factor that add up to the score;
    factors without points are left out."""

    score: int
    grade: str
    contributions: Mapping[str, int]

    @property
    def written(self) -> str:
        """The contributions as they are written."""
        return orjson.dumps(self.contributions).decode()


class Scorer:
    """Rates by the levels (0 to 1000) of the factors that weigh anything, in the order of ``factors``.

    What gives comes to at most 100 points; what takes never takes more than was given. Each factor's exact
    part is rounded by largest remainder, ties by the order of the factors.
    """

    def __init__(self, settings: RatingSettings) -> None:
        self.factors = tuple(name for name in FACTORS if settings.weight(name))
        self._settings = settings
        self._giving = sum(name not in TAKING for name in self.factors)
        self._weights = [
            -settings.weight(name) * settings.total if name in TAKING else 100 * settings.weight(name)
            for name in self.factors
        ]
        self._unit = FULL * settings.total
        self._wholes, self._rests = _divided(tuple(self._weights), self._unit)
        self._places = range(len(self.factors))
        self._known: dict[tuple[int, ...], Rating] = {}

    def rating(self, levels: tuple[int, ...]) -> Rating:
        """The rating; alike for alike levels."""
        found = self._known.get(levels)
        if found is None:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            found = self._known[levels] = self._worked_out(levels)
        return found

    def _worked_out(self, levels: tuple[int, ...]) -> Rating:
        points, rests = list(map(getitem, self._wholes, levels)), list(map(getitem, self._rests, levels))
        rest, unit = sum(rests), self._unit
        if sum(points) * unit + rest < 0:
            points = self._all_taken(levels)
        else:
            to_largest(points, rests, (2 * rest + unit) // (2 * unit), self._places)
        score = sum(points)
        kept = {name: part for name, part in zip(self.factors, points, strict=True) if part}
        return Rating(score, self._settings.grade(score), kept)

    def _all_taken(self, levels: tuple[int, ...]) -> list[int]:
        """Where more would be taken than was given: each factor takes in its proportion. A finer unit keeps
        that exact."""
        parts = list(map(mul, self._weights, levels))
        given = sum(parts[: self._giving])
        taken = given - sum(parts)
        parts = [part * (given if part < 0 else taken) for part in parts]
        unit = self._unit * taken
        points, rests = [part // unit for part in parts], [part % unit for part in parts]
        to_largest(points, rests, -sum(points), self._places)
        return points


def to_largest(points: list[int], rests: Sequence[int], left: int, places: range) -> None:
    """Add one to so many of the points, where the rests are largest; of equal ones to the first."""
    if left:
        # Reversed, the sort still leaves those that are alike in their order.
        for place in sorted(places, key=rests.__getitem__, reverse=True)[:left]:
            points[place] += 1


@lru_cache(maxsize=8)
def _divided(weights: tuple[int, ...], unit: int) -> tuple[list[list[int]], list[list[int]]]:
    """Of each weight the whole points at each level, and what is left of them in units."""
    levels = range(FULL + 1)
    wholes = [[weight * level // unit for level in levels] for weight in weights]
    return wholes, [[weight * level % unit for level in levels] for weight in weights]
