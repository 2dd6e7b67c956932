"""When people buy and how much: the purchase process of the tables, moved to the present."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from ._tables import GAP_DAYS, ITEMS_PER_ORDER, ORDERS_PER_CUSTOMER

__all__ = ["SPAN_DAYS", "Purchase", "moment", "order_counts", "purchases"]

SPAN_DAYS: Final = 730

# Orders by hour of the shop's day, from midnight.
_HOURS: Final = (1, 1, 0, 0, 0, 1, 2, 4, 7, 10, 12, 12, 11, 11, 10, 10, 10, 11, 13, 15, 17, 16, 10, 4)
_HOUR_BOUNDS: Final = tuple(accumulate(_HOURS))
_GAP_GROUPS: Final = tuple(group for group, _ in GAP_DAYS)


@dataclass(frozen=True, slots=True)
class Purchase:
    """One visit to the till: who (index into the people), when (aware UTC) and how many items.

    ``spend`` fixes what the goods cost, in minor units; None leaves it to the catalogue.
    """

    person: int
    at: datetime
    items: int
    spend: int | None = None


class Bins:
    """Draws whole numbers from (lowest, highest, weight) bins."""

    def __init__(self, rows: Sequence[tuple[int, int, int]]) -> None:
        self._rows = rows
        self._bounds = tuple(accumulate(weight for _, _, weight in rows))

    def at(self, quantile: float) -> int:
        """The value at ``quantile`` (0 to 1, 1 excluded)."""
        place = quantile * self._bounds[-1]
        index = bisect_right(self._bounds, place)
        low, high, weight = self._rows[index]
        inside = (place - (self._bounds[index] - weight)) / weight
        return low + int(inside * (high - low + 1))


_ORDERS: Final = Bins(ORDERS_PER_CUSTOMER)
_ITEMS: Final = Bins(ITEMS_PER_ORDER)


def order_counts(rng: Random, buyers: int, orders: int | None) -> list[int]:
    """Orders of each buyer; they add up to ``orders`` where that is given.

    The draw is stratified, so that a small shop too has the log's mean and share of one-time buyers.
    """
    counts = [_ORDERS.at((place + rng.random()) / buyers) for place in range(buyers)]
    rng.shuffle(counts)
    if orders is None or not buyers:
        return counts
    if abs(orders - sum(counts)) > buyers:
        counts = _scaled(counts, orders)
    missing = orders - sum(counts)
    return _grown(rng, counts, missing) if missing > 0 else _shrunk(rng, counts, -missing)


def _scaled(counts: Sequence[int], orders: int) -> list[int]:
    total = sum(counts)
    floor = 1 if orders >= len(counts) else 0
    return [max(floor, count * orders // total) for count in counts]


def _grown(rng: Random, counts: list[int], missing: int) -> list[int]:
    """More orders for those who came back, so that one-time buyers stay as many as they are."""
    able = [index for index, count in enumerate(counts) if count > 1] or range(len(counts))
    for _ in range(missing):
        counts[rng.choice(able)] += 1
    return counts


def _shrunk(rng: Random, counts: list[int], excess: int) -> list[int]:
    """Fewer orders, taken from those with three and more as long as there are any."""
    for floor in (2, 1, 0):
        spare = [index for index, count in enumerate(counts) for _ in range(count - floor)]
        for index in rng.sample(spare, min(excess, len(spare))):
            counts[index] -= 1
            excess -= 1
    return counts


def _gaps(rng: Random, count: int) -> list[int]:
    """Days between ``count`` orders of one person."""
    _, quantiles = GAP_DAYS[bisect_right(_GAP_GROUPS, count) - 1]
    steps = len(quantiles) - 1
    gaps: list[int] = []
    for _ in range(count - 1):
        place = rng.random() * steps
        step = int(place)
        gaps.append(round(quantiles[step] + (place - step) * (quantiles[step + 1] - quantiles[step])))
    return gaps


def _days(rng: Random, count: int) -> Iterator[int]:
    """Days since the shop opened on which one person buys, in order."""
    gaps = _gaps(rng, count) if count > 1 else []
    length = sum(gaps)
    if length > SPAN_DAYS - 1:
        gaps = [gap * (SPAN_DAYS - 1) // length for gap in gaps]
        length = sum(gaps)
    day = rng.randrange(SPAN_DAYS - length)
    yield day
    for gap in gaps:
        day += gap
        yield day


def moment(rng: Random, day: date, zone: ZoneInfo) -> datetime:
    """A likely time of ``day`` in the shop's zone, as aware UTC to the second."""
    hour = bisect_right(_HOUR_BOUNDS, rng.randrange(_HOUR_BOUNDS[-1]))
    second = rng.randrange(3600)
    local = datetime.combine(day, time(hour, second // 60, second % 60), tzinfo=zone)
    return local.astimezone(UTC)


def purchases(rng: Random, counts: Sequence[int], *, now: datetime, zone: ZoneInfo) -> Iterator[Purchase]:
    """Every purchase of every buyer, person by person, the newest on the day before ``now``.

    A person's orders are alike in size: half of them repeat the person's own place among all baskets.
    """
    last_day = now.astimezone(zone).date() - timedelta(days=1)
    opened = last_day - timedelta(days=SPAN_DAYS - 1)
    for person, count in enumerate(counts):
        if not count:
            continue
        own = rng.random()
        for day in _days(rng, count):
            quantile = own if rng.random() < 0.5 else rng.random()
            at = moment(rng, opened + timedelta(days=day), zone)
            yield Purchase(person, at, _ITEMS.at(quantile))
