"""How far each factor of the rating is fulfilled by what is known of a person: its level, 0 to 1000. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from regulars_marketing._rating_score import FULL, Rating, Scorer
from regulars_marketing._rating_settings import TAKING, RatingSettings

HALF = FULL // 2
USUAL_RHYTHM = 90
"""Days between two orders where neither the person's nor the store's rhythm is known."""
SHORTEST_RHYTHM = 14
"""Days; whoever once ordered twice in a day is not late the day after."""
_LATE = (1000, 1000, 1000, 800, 600, 400, 400, 200, 200, 0)
"""The level by halves of a rhythm since the last order, begun ones whole; the last one for all more."""
_FREQUENCY = MappingProxyType({"one_off": (150, 0, 0), "rare": (320, 18, 10), "regular": (600, 20, 20)})
"""Of each class the level it begins at, and what each order adds up to a number of them."""
_REVIEWS = (0, 500, 800, FULL)
_FREE_DISCOUNT = 300
"""Thousandths of the goods bought on discount that cost nothing."""


class RatingFacts(NamedTuple):
    """What is known of a person and counts. Money in minor units, shares in thousandths, texts folded.

    ``spent`` and ``orders`` with the opening balance; ``spent`` is None where it is held back. ``last`` is
    the UTC day of the last order, ``age`` the decade somebody is in.
    """

    currency: str
    spent: int | None
    orders: int
    frequency: str = "none"
    last: str | None = None
    rhythm: int | None = None
    returned: int = 0
    refused: int = 0
    cod_share: int | None = None
    discount_share: int | None = None
    source: str | None = None
    delivery: str | None = None
    gender: str | None = None
    age: str | None = None
    region: str | None = None
    reviews: int = 0

    def document(self) -> dict[str, Any]:
        """What is there, by name."""
        return {name: value for name, value in zip(self._fields, self, strict=True) if value}


FACTS_OF: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "recency": ("last", "rhythm"),
        "frequency": ("frequency", "orders"),
        "money": ("spent",),
        "source": ("source",),
        "payment": ("cod_share",),
        "delivery": ("delivery",),
        "reviews": ("reviews",),
        "gender": ("gender",),
        "age": ("age",),
        "region": ("region",),
        "returns": ("returned", "orders"),
        "refusals": ("refused",),
        "discount": ("discount_share",),
    }
)
"""The facts that each factor rests on."""


class Group(NamedTuple):
    """Customers with one word in common: how many, how many of them bought again, and the level of that."""

    level: int
    persons: int
    again: int


@dataclass(frozen=True, slots=True)
class Scale:
    """Where the store's customers stood on the day it was made: what one is measured against.

    ``money`` and ``days`` are cut points that part those who had bought into bands of equal size, by what
    they spent and by days since their last order; ``rhythm`` is the usual rhythm in days.
    """

    currency: str
    persons: int = 0
    again: int = 0
    money: tuple[int, ...] = ()
    days: tuple[int, ...] = ()
    rhythm: int | None = None
    groups: Mapping[str, Mapping[str, Group]] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """As it is kept; `scale_from` reads it."""
        groups = {
            name: {word: list(group) for word, group in words.items()} for name, words in self.groups.items()
        }
        measures = {"money": list(self.money), "days": list(self.days), "rhythm": self.rhythm}
        return {"again": self.again, **measures, "groups": groups}


def scale_from(currency: str, persons: int, cuts: Mapping[str, Any]) -> Scale:
    """The scale that was kept."""
    groups = {
        name: {word: Group(*group) for word, group in words.items()} for name, words in cuts["groups"].items()
    }
    return Scale(
        currency, persons, cuts["again"], tuple(cuts["money"]), tuple(cuts["days"]), cuts["rhythm"], groups
    )


def position(value: int, cuts: Sequence[int]) -> int:
    """Where a value stands among the cut points: 0 below all, 1000 above all, between them those it equals
    by half; 500 where there are none."""
    if not cuts:
        return HALF
    below = bisect_left(cuts, value)
    if below == len(cuts):
        return FULL
    equal = bisect_right(cuts, value, below) if cuts[below] == value else below
    return FULL * (below + equal) // (2 * len(cuts))


class Ruler:
    """Rates by one scale, one set of rules, on one day."""

    def __init__(self, scale: Scale, settings: RatingSettings, today: date) -> None:
        self.scale = scale
        self._today = today
        self._scorer = Scorer(settings)
        self._rhythm = scale.rhythm or USUAL_RHYTHM
        self._days: dict[str, tuple[int, int]] = {}
        by_name: dict[str, Callable[[RatingFacts], int]] = {
            "recency": self._recency,
            "frequency": _frequency,
            "money": self._money,
            "payment": _payment,
            "reviews": lambda facts: _REVIEWS[min(facts.reviews, len(_REVIEWS) - 1)],
            "returns": _returns,
            "refusals": lambda facts: min(FULL, HALF * facts.refused),
            "discount": _discount,
        }
        self._levels = [by_name.get(name) or self._of_group(name) for name in self._scorer.factors]
        self._nothing = [name in TAKING for name in self._scorer.factors]

    def rating(self, facts: RatingFacts) -> Rating | None:
        """The rating; None where nothing was bought nor refused yet, or what was spent is not known."""
        if facts.spent is None or facts.currency != self.scale.currency:
            return None
        if facts.orders > 0:
            return self._scorer.rating(tuple([level(facts) for level in self._levels]))
        if not facts.returned and not facts.refused:
            return None
        taken = zip(self._levels, self._nothing, strict=True)
        return self._scorer.rating(tuple(level(facts) if takes else 0 for level, takes in taken))

    def _money(self, facts: RatingFacts) -> int:
        spent = facts.spent or 0
        return position(spent, self.scale.money) if spent > 0 else 0

    def _recency(self, facts: RatingFacts) -> int:
        """Half by the person's own rhythm, half by how recently others bought."""
        last = facts.last
        if last is None:
            return 0
        known = self._days.get(last)
        if known is None:
            days = days_between(last, self._today)
            known = self._days[last] = (days, FULL - position(days, self.scale.days))
        days, recent = known
        usual = max(facts.rhythm or self._rhythm, SHORTEST_RHYTHM)
        own = _LATE[min(-(-2 * days // usual), len(_LATE) - 1)]
        return (own + recent) // 2

    def _of_group(self, factor: str) -> Callable[[RatingFacts], int]:
        levels = {word: group.level for word, group in self.scale.groups.get(factor, {}).items()}
        word: Callable[[RatingFacts], str] = attrgetter(factor)
        return lambda facts: levels.get(word(facts), HALF)


def days_between(day: str, today: date) -> int:
    """Whole days from a day such as ``2026-11-22`` to today; 0 for a day to come."""
    return max(0, (today - date.fromisoformat(day)).days)


def _frequency(facts: RatingFacts) -> int:
    begin, more, most = _FREQUENCY.get(facts.frequency, (0, 0, 0))
    return begin + more * min(facts.orders, most)


def _payment(facts: RatingFacts) -> int:
    return HALF if facts.cod_share is None else FULL - min(FULL, facts.cod_share // 100 * 100)


def _returns(facts: RatingFacts) -> int:
    return min(FULL, 2 * FULL * facts.returned // max(facts.orders, facts.returned, 1))


def _discount(facts: RatingFacts) -> int:
    beyond = min(facts.discount_share or 0, FULL) // 100 * 100 - _FREE_DISCOUNT
    return max(0, FULL * beyond // (FULL - _FREE_DISCOUNT))
