"""Figures as people read them: medians, a table, what the recorded peers did, and the machine."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was measured, the median figure, its unit, and a remark."""

    what: str
    figure: float
    unit: str
    remark: str = ""


def medians(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each figure over the runs."""
    return {name: median(run[name] for run in runs) for name in runs[0]}


def machine() -> dict[str, str | int]:
    """What it ran on."""
    model = next(
        (line.partition(":")[2].strip() for line in _cpu_lines() if line.startswith("model name")), ""
    )
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 0
    return {"python": platform.python_version(), "system": platform.system(), "cores": cores, "cpu": model}


def _cpu_lines() -> list[str]:
    info = Path("/proc/cpuinfo")
    return info.read_text().splitlines() if info.exists() else []


def as_table(title: str, rows: Sequence[Row], notes: Sequence[str]) -> str:
    """The rows under each other, figures to the right."""
    width = max(len(row.what) for row in rows)
    where = machine()
    place = f"{where['cores']} cores ({where['cpu'] or 'unknown'}), {where['system']}"
    return "\n".join(
        [
            title,
            f"  {place}, Python {where['python']}",
            *(_line(row, width) for row in rows),
            *(f"  {note}" for note in notes),
        ]
    )


def _line(row: Row, width: int) -> str:
    return f"  {row.what:<{width}}  {_shown(row.figure):>10} {row.unit:<10} {row.remark}".rstrip()


def _shown(figure: float) -> str:
    return f"{figure:,.0f}" if abs(figure) >= 100 else f"{figure:.2f}"


def as_data(rows: Sequence[Row], runs: object) -> dict[str, object]:
    """For JSON."""
    return {"machine": machine(), "rows": [asdict(row) for row in rows], "runs": runs}
