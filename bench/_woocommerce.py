"""``bench woocommerce``: a shop as slow as a real one, read by bare ``requests`` and by a backfill."""

import argparse
from collections.abc import Mapping, Sequence
from statistics import median

from bench._backfill import describe
from bench._measuring import in_turns, middle
from bench._report import Row
from bench._serving import running_shop
from bench._slow_shop import A_REQUEST, AN_OBJECT, AT_ONCE

_NOTE = (
    f"the shop works on {AT_ONCE} requests at a time and takes {A_REQUEST} s for each and "
    f"{AN_OBJECT * 1000:.2f} ms for each object, as a real one does; both read whole orders and their "
    "refunds; ratios are medians of those of each round"
)

_Rounds = Sequence[Mapping[str, Mapping[str, float]]]


def run(given: argparse.Namespace) -> tuple[str, list[Row], list[str], object]:
    """Title, rows, notes and raw figures."""
    with running_shop(given.slow_orders, log=given.log, slow=True) as shop:
        rounds = in_turns(("bare", "slow", "slow-auto"), shop, runs=given.runs)
    return describe("slow shop", shop, given.runs), _rows(rounds), [_NOTE], rounds


def _rows(rounds: _Rounds) -> list[Row]:
    bare = middle(rounds, "bare")
    return [
        Row("bare requests, two readers", bare["seconds"], "s", f"{bare['rate']:.0f} orders/s"),
        *_against(rounds, "slow", "pages to store, two readers"),
        *_against(rounds, "slow-auto", "pages to store, readers by measure"),
    ]


def _against(rounds: _Rounds, task: str, what: str) -> list[Row]:
    ours = middle(rounds, task)
    ratio = median(each[task]["seconds"] / each["bare"]["seconds"] for each in rounds)
    return [
        Row(what, ours["seconds"], "s", f"{ours['rate']:.0f} orders/s, each month closed"),
        Row("  times bare requests", ratio, "times", "at most 1.05 is aimed at"),
        Row("  peak memory", ours["peak_mb"], "MB"),
    ]
