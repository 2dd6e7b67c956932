"""A benchmark's tasks on one store, each in a process of its own: ``python -m bench._NAME TASK URL SIZE``."""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from statistics import quantiles

from bench._profiling import profiled
from regulars_store import Store, open_store

Tasks = Mapping[str, Callable[[Store, int], dict[str, float]]]


def figures_of(
    module: str, tasks: Tasks, store: str | None, size: int, *, profile: bool
) -> tuple[str, dict[str, float]]:
    """The kind of database, and the figures of all tasks, one after the other, on one store.

    ``store`` is the URL of an empty database; None: a SQLite file for the time being.
    """
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
        url = store or f"sqlite:///{folder}/store.sqlite3"
        figures: dict[str, float] = {}
        for task in tasks:
            figures |= _measured(module, task, url, size, profile=profile)
    return url.partition(":")[0], figures


def _measured(module: str, task: str, url: str, size: int, *, profile: bool) -> dict[str, float]:
    command = [sys.executable, "-m", module, task, url, str(size), *(["--profile"] if profile else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the task {task} failed; the lines above say why")
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def do_task(module: str, tasks: Tasks, argv: list[str]) -> None:
    """Do one task, as the command line says, and print its figures."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}")
    parser.add_argument("task", choices=list(tasks))
    parser.add_argument("url")
    parser.add_argument("size", type=int)
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args(argv)
    store = open_store(given.url)
    with profiled(on=given.profile):
        figures = tasks[given.task](store, given.size)
    store.close()
    print(json.dumps(figures))


def busy() -> float:
    """Seconds of processor time of this process and of those that it has ended."""
    return sum(one.ru_utime + one.ru_stime for one in _used())


def peak_mb() -> float:
    """The peaks of this process and of the largest that it has ended, together."""
    return sum(one.ru_maxrss for one in _used()) / 1024


def _used() -> list[resource.struct_rusage]:
    return [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]


def spread(name: str, seconds: list[float]) -> dict[str, float]:
    """The middle, the 99th of a hundred and the longest, in milliseconds."""
    parts = quantiles(seconds, n=100)
    found = {"p50": parts[49], "p99": parts[98], "max": max(seconds)}
    return {f"{name}_{which}": 1_000 * value for which, value in found.items()}
