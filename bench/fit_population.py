"""Recompute the numeric tables of ``regulars_sandbox.population._tables`` from a real order log.

Usage: ``python bench/fit_population.py path/to/CDNOW_master.txt > .../population/_tables.py``, then format.

The log is the CDNOW data set (whitespace-separated: customer, YYYYMMDD, number of CDs, dollars), provided for
research by Bruce Hardie.  Only marginal distributions leave this script: no customer, no date, no order.
"""

from __future__ import annotations

import argparse
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

PRICE_SLICES = 60
ORDER_BINS = (*range(1, 21), 25, 30, 40, 60, 100, 218)
ITEM_BINS = (*range(1, 16), 20, 30, 50, 100)
GAP_GROUPS = (2, 3, 4, 6, 10, 20, 50)
GAP_STEPS = 20
SPEND_STEPS = 20

HEADER = '''"""Marginal distributions of a real shop's purchases, as small numeric tables.

Derived from the order log of the CDNOW data set (23,570 customers who first bought in the first quarter
of 1997, 69,659 orders until June 1998; provided for research by Bruce Hardie).  The log itself is not
part of this package.  ``bench/fit_population.py <log>`` prints this module again.
"""

from __future__ import annotations

from typing import Final'''


class Purchase(NamedTuple):
    """One row of the log."""

    day: date
    items: int
    cents: int


def read_log(path: Path) -> dict[str, list[Purchase]]:
    """Purchases by customer, in the log's (chronological) order; a header row is passed over."""
    customers: dict[str, list[Purchase]] = defaultdict(list)
    for row in path.read_text("latin-1").splitlines():
        fields = row.split()
        if len(fields) != 4 or not fields[1].isdigit():
            continue
        customer, day, items, dollars = fields
        customers[customer].append(Purchase(date.fromisoformat(day), int(items), int(Decimal(dollars) * 100)))
    return customers


def binned(values: Iterable[int], edges: Sequence[int]) -> list[tuple[int, int, int]]:
    """(lowest, highest, how many) of each bin; values inside a bin are drawn uniformly later."""
    groups: dict[int, list[int]] = defaultdict(list)
    for value in values:
        groups[bisect_right(edges, value)].append(value)
    return [(min(found), max(found), len(found)) for _, found in sorted(groups.items())]


def quantiles(values: Iterable[int], steps: int) -> list[int]:
    """The values at 0, 1/steps, ..., 1 of the sorted sample."""
    ordered = sorted(values)
    return [ordered[min(len(ordered) - 1, len(ordered) * step // steps)] for step in range(steps + 1)]


def gaps_by_group(customers: Iterable[Sequence[Purchase]]) -> Iterator[tuple[int, list[int]]]:
    """Days between neighbouring purchases, by the number of purchases of the customer."""
    found: dict[int, list[int]] = defaultdict(list)
    for purchases in customers:
        group = bisect_right(GAP_GROUPS, len(purchases)) - 1
        for earlier, later in pairwise(purchases):
            found[GAP_GROUPS[group]].append((later.day - earlier.day).days)
    yield from sorted(found.items())


def price_slices(orders: Iterable[Purchase]) -> list[int]:
    """Mean cents an item in each of PRICE_SLICES equal parts of all items, cheapest first.

    Means and not quantiles: a catalogue priced by them and drawn evenly keeps the log's mean spend.
    """
    weights: Counter[Decimal] = Counter()
    for order in orders:
        weights[Decimal(order.cents) / order.items] += order.items
    items = [price for price, count in sorted(weights.items()) for _ in range(count)]
    bounds = [len(items) * step // PRICE_SLICES for step in range(PRICE_SLICES + 1)]
    return [int(sum(items[low:high], Decimal(0)) / (high - low)) for low, high in pairwise(bounds)]


def table(name: str, kind: str, comment: str, rows: Iterable[object]) -> str:
    """One constant as source text."""
    return f"\n# {comment}\n{name}: Final[{kind}] = ({', '.join(map(str, rows))})"


def tables(customers: dict[str, list[Purchase]]) -> Iterator[str]:
    """The module's text, part by part."""
    orders = [order for purchases in customers.values() for order in purchases]
    gaps = list(gaps_by_group(customers.values()))
    every_gap = sorted(gap for _, group in gaps for gap in group)
    bins, flat = "tuple[tuple[int, int, int], ...]", "tuple[int, ...]"
    yield HEADER
    yield "\n# What the log as a whole says; tests hold a generated shop to it."
    yield f"MEAN_ORDERS: Final = {len(orders) / len(customers):.4f}"
    yield f"ONE_TIME_SHARE: Final = {sum(len(p) == 1 for p in customers.values()) / len(customers):.4f}"
    yield f"MEDIAN_GAP_DAYS: Final = {every_gap[len(every_gap) // 2]}"
    yield f"MEAN_ITEMS: Final = {sum(o.items for o in orders) / len(orders):.4f}"
    yield f"MEAN_SPEND_CENTS: Final = {sum(o.cents for o in orders) / len(orders):.1f}"
    spend = quantiles((o.cents for o in orders), SPEND_STEPS)
    yield table("SPEND_CENTS", flat, "Cents an order at every twentieth of all orders.", spend)
    counts = binned(map(len, customers.values()), ORDER_BINS)
    yield table("ORDERS_PER_CUSTOMER", bins, "(lowest, highest, customers).", counts)
    items = binned((o.items for o in orders), ITEM_BINS)
    yield table("ITEMS_PER_ORDER", bins, "(lowest, highest, orders).", items)
    yield table("ITEM_CENTS", flat, "Mean cents an item, in equal parts of all items.", price_slices(orders))
    rows = ((group, tuple(quantiles(found, GAP_STEPS))) for group, found in gaps)
    comment = "(customers with this many orders or more, days between orders at every twentieth)."
    yield table("GAP_DAYS", "tuple[tuple[int, tuple[int, ...]], ...]", comment, rows)


def main() -> None:
    """Print the module."""
    parser = argparse.ArgumentParser(description="Fit the population's tables to an order log.")
    parser.add_argument("log", type=Path, help="CDNOW_master.txt")
    print("\n".join(tables(read_log(parser.parse_args().log))))


if __name__ == "__main__":
    main()
