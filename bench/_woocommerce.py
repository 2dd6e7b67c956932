"""``bench woocommerce``: a shop as slow as a real one, read by bare ``requests`` and by a backfill."""

import argparse

from bench._backfill import describe
from bench._measuring import measured
from bench._report import Row
from bench._serving import running_shop
from bench._slow_shop import A_REQUEST, AN_OBJECT, AT_ONCE

MOST_ORDERS, MOST_RUNS = 10_000, 1
"""A run takes as long as the shop lets it: some 30 seconds."""
_NOTE = (
    f"the shop works on {AT_ONCE} requests at a time and takes {A_REQUEST} s for each and "
    f"{AN_OBJECT * 1000:.2f} ms for each object, as a real one does; both read whole orders and their refunds"
)


def run(given: argparse.Namespace) -> tuple[str, list[Row], list[str], object]:
    """Title, rows, notes and raw figures."""
    orders, runs = min(given.orders, MOST_ORDERS), min(given.runs, MOST_RUNS)
    with running_shop(orders, log=given.log, slow=True) as shop:
        figures = {
            task: measured(task, shop, runs=runs, profile=given.profile)
            for task in ("bare", "slow", "slow-auto")
        }
    return describe("slow shop", shop, runs), _rows(figures), [_NOTE], figures


def _rows(figures: dict[str, dict[str, float]]) -> list[Row]:
    bare, two, by_measure = (figures[task] for task in ("bare", "slow", "slow-auto"))
    return [
        Row("bare requests, two readers", bare["seconds"], "s", f"{bare['rate']:.0f} orders/s"),
        *_against("pages to store, two readers", two, bare, "at most 1.05 is aimed at"),
        Row("  peak memory", two["peak_mb"], "MB"),
        *_against("pages to store, readers by measure", by_measure, bare, "it begins with one"),
    ]


def _against(what: str, ours: dict[str, float], bare: dict[str, float], remark: str) -> list[Row]:
    return [
        Row(what, ours["seconds"], "s", f"{ours['rate']:.0f} orders/s, each month closed"),
        Row("  times bare requests", ours["seconds"] / bare["seconds"], "times", remark),
    ]
