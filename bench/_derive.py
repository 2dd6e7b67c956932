"""``bench derive``: persons, facts and offers of a shop that was just read."""

import argparse

from bench._backfill import describe
from bench._measuring import measured
from bench._report import Row
from bench._serving import running_shop


def run(given: argparse.Namespace) -> tuple[str, list[Row], list[str], object]:
    """Title, rows, notes and raw figures."""
    with running_shop(given.orders, log=given.log) as shop:
        figures = measured("derive", shop, runs=given.runs, profile=given.profile)
    rows = [
        Row(
            "accounts resolved",
            figures["accounts_a_second"],
            "accounts/s",
            f"{figures['accounts']:,.0f} of them",
        ),
        Row(
            "persons computed", figures["persons_a_second"], "persons/s", f"{figures['persons']:,.0f} of them"
        ),
        Row("both", figures["seconds"], "s"),
        Row("  peak memory", figures["peak_mb"], "MB", "the backfill before it included"),
    ]
    return describe("derive", shop, given.runs), rows, [], figures
