"""``bench identity``: who is who among a million accounts, from scratch, and then one account more at a time.

``python -m bench._identity TASK URL ACCOUNTS`` does one part of it in a process of its own.
"""

import argparse
import sys
import time
from itertools import islice

from bench._crowd import crowd, settle
from bench._report import Row
from bench._tasks import Tasks, busy, do_task, figures_of, peak_mb, spread
from regulars_store import Store, insert_rows, resolve, resolve_all, tables

_MORE = 5_000


def add_options(parser: argparse.ArgumentParser) -> None:
    """Options of this benchmark."""
    parser.add_argument("--accounts", type=int, default=100_000, help="of the store (default 100000)")
    parser.add_argument("--store", help="URL of an empty database (default: a SQLite file)")


def run(given: argparse.Namespace) -> tuple[str, list[Row], list[str], object]:
    """Title, rows, notes and raw figures."""
    kind, figures = figures_of("bench._identity", _TASKS, given.store, given.accounts, profile=given.profile)
    title = f"identity: {given.accounts:,} accounts of three shops, {kind}"
    return title, _rows(figures), ["processor time is of all processes"], figures


def _rows(figures: dict[str, float]) -> list[Row]:
    return [
        Row("from scratch, written", figures["scratch_seconds"], "s", f"{figures['persons']:,.0f} persons"),
        Row("  of processor time", figures["scratch_busy"], "s"),
        Row("  peak memory", figures["scratch_peak_mb"], "MB"),
        Row("again, nothing changed", figures["again_seconds"], "s"),
        Row("one more account, resolved: p50", figures["resolve_p50"], "ms"),
        Row("  p99", figures["resolve_p99"], "ms"),
        Row("  longest", figures["resolve_max"], "ms", f"of {_MORE:,}"),
        Row("landed, resolved, committed: p50", figures["whole_p50"], "ms"),
        Row("  p99", figures["whole_p99"], "ms"),
        Row("  longest", figures["whole_max"], "ms"),
    ]


def fill(store: Store, accounts: int) -> dict[str, float]:
    """The accounts, as landing leaves them."""
    store.upgrade()
    settle(store, accounts)
    return {"accounts": accounts}


def scratch(store: Store, _: int) -> dict[str, float]:
    """Everybody from scratch."""
    started, before = time.perf_counter(), busy()
    persons = resolve_all(store)
    return {
        "persons": persons,
        "scratch_seconds": time.perf_counter() - started,
        "scratch_busy": busy() - before,
        "scratch_peak_mb": peak_mb(),
    }


def again(store: Store, _: int) -> dict[str, float]:
    """Everybody once more, when nothing has changed."""
    started = time.perf_counter()
    resolve_all(store)
    return {"again_seconds": time.perf_counter() - started}


def more(store: Store, accounts: int) -> dict[str, float]:
    """One account more at a time, each in a transaction of its own: half strangers, half known people."""
    strangers = islice(crowd(2), _MORE // 2)
    known = islice(crowd(1), 0, accounts, max(1, accounts // (_MORE // 2)))
    rows = [row for pair in zip(strangers, known, strict=False) for row in pair]
    resolving, whole = [], []
    for number, row in enumerate(rows):
        found = row | {"id": f"1:guest-more{number}", "external_id": f"guest-more{number}", "gone": False}
        first = time.perf_counter()
        with store.write() as connection:
            insert_rows(connection, tables.account, [found])
            begun = time.perf_counter()
            resolve(connection, [found["id"]])
            resolving.append(time.perf_counter() - begun)
        whole.append(time.perf_counter() - first)
    return spread("resolve", resolving) | spread("whole", whole)


_TASKS: Tasks = {"fill": fill, "scratch": scratch, "again": again, "more": more}


if __name__ == "__main__":
    do_task("bench._identity", _TASKS, sys.argv[1:])
