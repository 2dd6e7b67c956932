"""How far each factor of the rating is fulfilled by what is known of a person: its level, 0 to 1000. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from operator import mul
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


_Column = Callable[[Mapping[str, Sequence[Any]]], Iterable[int]]
"""The levels of a factor, of the facts of many persons by name."""


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
        by_name: dict[str, _Column] = {
            "recency": lambda facts: map(self._recency, facts["last"], facts["rhythm"]),
            "frequency": lambda facts: map(_frequency, facts["frequency"], facts["orders"]),
            "money": lambda facts: map(self._money, facts["spent"]),
            "payment": lambda facts: map(_payment, facts["cod_share"]),
            "reviews": lambda facts: map(_reviews, facts["reviews"]),
            "returns": lambda facts: map(_returns, facts["returned"], facts["orders"]),
            "refusals": lambda facts: map(_refusals, facts["refused"]),
            "discount": lambda facts: map(_discount, facts["discount_share"]),
        }
        self._columns = [by_name.get(name) or self._of_group(name) for name in self._scorer.factors]
        self._takes = [name in TAKING for name in self._scorer.factors]

    def rating(self, facts: RatingFacts) -> Rating | None:
        """The rating; None where nothing was bought nor refused yet, or what was spent is not known."""
        return next(iter(self.ratings([facts])))

    def ratings(self, facts: Iterable[Sequence[Any]]) -> Iterator[Rating | None]:
        """The ratings of many, each by the fields of `RatingFacts`."""
        named = dict(zip(RatingFacts._fields, zip(*facts, strict=True), strict=False))
        if not named:
            return
        # Factor after factor, not person after person: most of the time went into calling functions.
        levels = zip(*(column(named) for column in self._columns), strict=True)
        names = ("currency", "spent", "orders", "returned", "refused")
        for mine, currency, spent, orders, returned, refused in zip(
            levels, *(named[name] for name in names), strict=True
        ):
            if spent is None or currency != self.scale.currency:
                yield None
            elif orders > 0:
                yield self._scorer.rating(mine)
            elif returned or refused:
                yield self._scorer.rating(tuple(map(mul, mine, self._takes)))
            else:
                yield None

    def _money(self, spent: int | None) -> int:
        return position(spent, self.scale.money) if spent and spent > 0 else 0

    def _recency(self, last: str | None, rhythm: int | None) -> int:
        """Half by the person's own rhythm, half by how recently others bought."""
        if last is None:
            return 0
        known = self._days.get(last)
        if known is None:
            days = days_between(last, self._today)
            known = self._days[last] = (days, FULL - position(days, self.scale.days))
        days, recent = known
        usual = max(rhythm or self._rhythm, SHORTEST_RHYTHM)
        own = _LATE[min(-(-2 * days // usual), len(_LATE) - 1)]
        return (own + recent) // 2

    def _of_group(self, factor: str) -> _Column:
        levels = {word: group.level for word, group in self.scale.groups.get(factor, {}).items()}
        return lambda facts: [levels.get(word, HALF) for word in facts[factor]]


def days_between(day: str, today: date) -> int:
    """Whole days from a day such as ``2026-11-22`` to today; 0 for a day to come."""
    return max(0, (today - date.fromisoformat(day)).days)


# Few values, each of very many persons.
@lru_cache(maxsize=4_096)
def _frequency(frequency: str, orders: int) -> int:
    begin, more, most = _FREQUENCY.get(frequency, (0, 0, 0))
    return begin + more * min(orders, most)


@lru_cache(maxsize=4_096)
def _payment(cod_share: int | None) -> int:
    return HALF if cod_share is None else FULL - min(FULL, cod_share // 100 * 100)


@lru_cache(maxsize=4_096)
def _returns(returned: int, orders: int) -> int:
    return min(FULL, 2 * FULL * returned // max(orders, returned, 1))


@lru_cache(maxsize=4_096)
def _refusals(refused: int) -> int:
    return min(FULL, HALF * refused)


@lru_cache(maxsize=4_096)
def _reviews(reviews: int) -> int:
    return _REVIEWS[min(reviews, len(_REVIEWS) - 1)]


@lru_cache(maxsize=4_096)
def _discount(discount_share: int | None) -> int:
    beyond = min(discount_share or 0, FULL) // 100 * 100 - _FREE_DISCOUNT
    return max(0, FULL * beyond // (FULL - _FREE_DISCOUNT))
