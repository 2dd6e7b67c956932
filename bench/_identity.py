"""``bench identity``: who is who among a million accounts, from scratch, and then one account more at a time.

``python -m bench._identity TASK URL ACCOUNTS`` does one part of it in a process of its own.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from itertools import islice
from statistics import quantiles
from typing import Any

from bench._crowd import crowd, settle
from bench._profiling import profiled
from bench._report import Row
from regulars_store import Store, insert_rows, open_store, resolve, resolve_all, tables

_MORE = 5_000


def add_options(parser: argparse.ArgumentParser) -> None:
    """Options of this benchmark."""
    parser.add_argument("--accounts", type=int, default=100_000, help="of the store (default 100000)")
    parser.add_argument("--store", help="URL of an empty database (default: a SQLite file)")


def run(given: argparse.Namespace) -> tuple[str, list[Row], list[str], object]:
    """Title, rows, notes and raw figures."""
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
        url = given.store or f"sqlite:///{folder}/store.sqlite3"
        figures: dict[str, float] = {}
        for task in _TASKS:
            figures |= _measured(task, url, given.accounts, profile=given.profile)
    title = f"identity: {given.accounts:,} accounts of three shops, {url.partition(':')[0]}"
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


def _measured(task: str, url: str, accounts: int, *, profile: bool) -> dict[str, float]:
    command = [sys.executable, "-m", "bench._identity", task, url, str(accounts)]
    done = subprocess.run(
        [*command, *(["--profile"] if profile else [])], stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"the task {task} failed; the lines above say why")
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def fill(store: Store, accounts: int) -> dict[str, float]:
    """The accounts, as landing leaves them."""
    store.upgrade()
    settle(store, accounts)
    return {"accounts": accounts}


def scratch(store: Store, _: int) -> dict[str, float]:
    """Everybody from scratch."""
    started, busy = time.perf_counter(), _busy()
    persons = resolve_all(store)
    return {
        "persons": persons,
        "scratch_seconds": time.perf_counter() - started,
        "scratch_busy": _busy() - busy,
        "scratch_peak_mb": _peak_mb(),
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
    return _spread("resolve", resolving) | _spread("whole", whole)


def _spread(name: str, seconds: list[float]) -> dict[str, float]:
    parts = quantiles(seconds, n=100)
    found = {"p50": parts[49], "p99": parts[98], "max": max(seconds)}
    return {f"{name}_{which}": 1_000 * value for which, value in found.items()}


def _busy() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _peak_mb() -> float:
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(resource.getrusage(each).ru_maxrss for each in who) / 1024


_TASKS: dict[str, Any] = {"fill": fill, "scratch": scratch, "again": again, "more": more}


def main(argv: list[str]) -> None:
    """Do one task."""
    parser = argparse.ArgumentParser(prog="python -m bench._identity")
    parser.add_argument("task", choices=list(_TASKS))
    parser.add_argument("url")
    parser.add_argument("accounts", type=int)
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args(argv)
    store = open_store(given.url)
    with profiled(on=given.profile):
        figures = _TASKS[given.task](store, given.accounts)
    store.close()
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1:])
