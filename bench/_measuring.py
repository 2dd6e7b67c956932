"""Running a task several times, each in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from bench._report import medians
from bench._serving import ServedShop


def measured(task: str, shop: ServedShop, *, runs: int, profile: bool) -> dict[str, float]:
    """The medians of a task's figures. A profiled run is one of its own, after those that count."""
    figures = medians([_once(task, shop, profile=False) for _ in range(runs)])
    if profile:
        sys.stderr.write(f"\n{task}, profiled\n")
        _once(task, shop, profile=True)
    return figures


def in_turns(tasks: Sequence[str], shop: ServedShop, *, runs: int) -> list[dict[str, dict[str, float]]]:
    """The figures of tasks that are compared, each round one run of every task: whatever else keeps the
    machine busy for a while, does so to all of them."""
    return [{task: _once(task, shop, profile=False) for task in tasks} for _ in range(runs)]


def middle(rounds: Sequence[Mapping[str, Mapping[str, float]]], task: str) -> dict[str, float]:
    """The medians of a task's figures over the rounds."""
    return medians([each[task] for each in rounds])


def _once(task: str, shop: ServedShop, *, profile: bool) -> dict[str, float]:
    command = [sys.executable, "-m", "bench._work", task, *(["--profile"] if profile else [])]
    done = subprocess.run(
        command, input=json.dumps(asdict(shop)), stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"the task {task} failed; the lines above say why")
    figures: dict[str, float] = json.loads(done.stdout)
    return figures
