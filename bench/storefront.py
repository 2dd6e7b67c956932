"""``python -m bench.storefront``: the storefront's answer, in milliseconds, over a large customer base.

Through the whole of Django and django-ninja but for the socket, in one thread; each answer is another
shopper's. ``REGULARS_STORE_URL`` names another store than an SQLite file; it must be empty.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

from bench._report import Row, as_table


def main() -> None:
    """Fill a store, ask, and print percentiles."""
    parser = argparse.ArgumentParser(prog="python -m bench.storefront", description=__doc__)
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--answers", type=int, default=5_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
        rows = _measure(Path(folder) / "workspace", given.persons, given.answers)
    print(
        as_table(f"storefront: {given.persons:,} persons, {given.answers:,} answers of each kind", rows, [])
    )


def _measure(directory: Path, persons: int, answers: int) -> list[Row]:
    from bench._storefront_site import configure, fill

    configure(directory)
    from regulars_agent import storefront_key
    from wagtail_regulars import mint_token
    from wagtail_regulars._workspace import close_workspace, workspace

    fill(workspace().store, persons)
    key, now = storefront_key(workspace(), "tea"), datetime.now(UTC)
    chosen = random.Random(1)

    def known() -> str:
        return f"Bearer {mint_token('tea', str(chosen.randint(1, persons)), key=key, now=now)}"

    def unknown() -> str:
        return f"Bearer {mint_token('tea', str(chosen.randint(persons + 1, 2 * persons)), key=key, now=now)}"

    kinds: dict[str, Callable[[], str]] = {
        "known account": known,
        "unknown account": unknown,
        "guest": str,
        "bad token": lambda: "Bearer x.y.z",
    }
    rows = [row for name, header in kinds.items() for row in _rows(name, header, answers)]
    close_workspace()
    return rows


def _rows(name: str, header: Callable[[], str], answers: int) -> list[Row]:
    from django.test import Client

    client = Client()
    spent = []
    for number in range(answers + 100):
        headers = {"Authorization": given} if (given := header()) else {}
        start = time.perf_counter()
        answer = client.get("/api/offer", headers=headers)
        if number >= 100:
            spent.append((time.perf_counter() - start) * 1000)
        assert answer.status_code == (401 if name == "bad token" else 200)
    cuts = quantiles(spent, n=100)
    return [
        Row(name, cuts[49], "ms", "p50"),
        Row("", cuts[98], "ms", "p99"),
        Row("", max(spent), "ms", "longest"),
    ]


if __name__ == "__main__":
    main()
