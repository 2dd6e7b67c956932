"""``bench memory``: whether a backfill of a large shop needs more memory than one of a small shop."""

import argparse

from bench._backfill import describe
from bench._measuring import measured
from bench._report import Row
from bench._serving import running_shop

SMALL, LARGE = 10_000, 60_000


def run(given: argparse.Namespace) -> tuple[str, list[Row], list[str], object]:
    """Title, rows, notes and raw figures. The shops stand in processes of their own."""
    figures: dict[str, dict[str, float]] = {}
    title = ""
    for orders in (SMALL, LARGE):
        with running_shop(orders, log=None) as shop:
            figures[f"{orders:,} orders"] = measured("lasting", shop, runs=given.runs, profile=given.profile)
        title = describe("memory", shop, given.runs)
    small, large = (each["peak_mb"] for each in figures.values())
    rows = [Row(f"peak of {what}", each["peak_mb"], "MB") for what, each in figures.items()]
    more = Row("  more for the larger", (large / small - 1) * 100, "%", "less than 10 is aimed at")
    return title, [*rows, more], [], figures
