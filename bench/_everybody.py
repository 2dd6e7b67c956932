"""``bench everybody``: facts, profiles, ratings, segments and offers of all, read, decided and written.

``python -m bench._everybody TASK URL PERSONS`` does one part of it in a process of its own.
"""

import argparse
import random
import sys
import threading
import time
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from bench._marketing import NOW, fill
from bench._marketing import _order as drawn_order
from bench._report import Row
from bench._tasks import Tasks, busy, do_task, figures_of, peak_mb, spread
from regulars_marketing import (
    ProfileRules,
    RatingSettings,
    compute,
    compute_all,
    parse_programme,
    ready_segments,
    save_programme,
)
from regulars_marketing._money import MoneyRules
from regulars_marketing._segments import add_segment
from regulars_store import Store, insert_rows, mark_dirty, open_store, tables

_RULES = ProfileRules(MoneyRules("UAH"))
_ONE_BY_ONE = 300
_TIERS = (("5000.00", "5", "Bronze"), ("10000.00", "7", "Silver"), ("20000.00", "10", "Gold"))
_PROGRAMMES: tuple[dict[str, Any], ...] = (
    {
        "kind": "tier",
        "key": "regulars",
        "title": "For our regulars",
        "currency": "UAH",
        "tiers": [{"threshold": sum_, "percent": part, "level": name} for sum_, part, name in _TIERS],
    },
    {"kind": "welcome", "key": "welcome", "title": "For the new", "percent": "5"},
    {"kind": "birthday", "key": "birthday", "title": "Birthdays", "percent": "12"},
    {"kind": "winback", "key": "winback", "title": "We miss you", "percent": "8"},
)


def run(given: argparse.Namespace) -> tuple[str, list[Row], list[str], object]:
    """Title, rows, notes and raw figures."""
    kind, figures = figures_of("bench._everybody", _TASKS, given.store, given.persons, profile=given.profile)
    title = f"everybody: {given.persons:,} persons, {figures['orders']:,.0f} orders, {kind}"
    return title, _rows(figures), [], figures


def _rows(figures: dict[str, float]) -> list[Row]:
    times = (
        ("first", "all of it, from scratch"),
        ("again", "again, nothing changed"),
        ("aged", "the day after"),
    )
    return [
        *(
            Row(name, figures[f"{task}{end}"], unit)
            for task, what in times
            for name, end, unit in (
                (what, "_seconds", "s"),
                ("  of processor time, of both processes", "_busy", "s"),
                ("  peak memory of both processes", "_peak_mb", "MB"),
                ("  the longest that a writer waited", "_waited_ms", "ms"),
            )
        ),
        Row("one person that changed: p50", figures["one_p50"], "ms"),
        Row("  p99", figures["one_p99"], "ms"),
    ]


def prepare(store: Store, persons: int) -> dict[str, float]:
    """A shop that checks e-mails, its people and orders, four programmes and the ready-made segments."""
    figures = fill(store, persons)
    with store.write() as connection:
        options = {"checks_emails": "yes"}
        connection.execute(update(tables.shop).values(currency="UAH", zone="Europe/Kyiv", options=options))
        for definition in _PROGRAMMES:
            save_programme(connection, parse_programme(definition), who="bench", now=NOW)
        for each in ready_segments():
            if "{top}" not in each.expression:
                add_segment(connection, each.key, each.expression, title="", who="bench", now=NOW)
    return figures


class _Writer(threading.Thread):
    """Somebody else who writes a row now and then, and how long that waited at most."""

    def __init__(self, store: Store) -> None:
        super().__init__(daemon=True)
        self._store = store
        self._over = threading.Event()
        self.waited = 0.0

    def run(self) -> None:
        while not self._over.wait(0.05):
            started = time.perf_counter()
            with self._store.write(interactive=True) as connection:
                self.waited = max(self.waited, time.perf_counter() - started)
                mark_dirty(connection, "bench", ["writer"])

    def stop(self) -> float:
        """Milliseconds."""
        self._over.set()
        self.join()
        return 1_000 * self.waited


def _all(name: str, store: Store, *, days: int = 0) -> dict[str, float]:
    other = open_store(store.url)
    writer = _Writer(other)
    writer.start()
    started, before = time.perf_counter(), busy()
    compute_all(store, now=NOW + timedelta(days=days), profiles=_RULES, rating=RatingSettings())
    seconds, spent = time.perf_counter() - started, busy() - before
    waited = writer.stop()
    other.close()
    return {
        f"{name}_seconds": seconds,
        f"{name}_busy": spent,
        f"{name}_peak_mb": peak_mb(),
        f"{name}_waited_ms": waited,
    }


def first(store: Store, _: int) -> dict[str, float]:
    """Everybody, of whom nothing is known yet."""
    return _all("first", store)


def again(store: Store, _: int) -> dict[str, float]:
    """Everybody, when nothing has changed."""
    return _all("again", store)


def aged(store: Store, _: int) -> dict[str, float]:
    """Everybody, a day later."""
    return _all("aged", store, days=1)


def one(store: Store, persons: int) -> dict[str, float]:
    """One person at a time, after an order more."""
    draw, seconds = random.Random(2), []
    for number in range(_ONE_BY_ONE):
        at = draw.randrange(persons)
        with store.write() as connection:
            insert_rows(connection, tables.order, [drawn_order(draw, f"1:{at}", f"1:more-{number}")])
            started = time.perf_counter()
            compute(connection, [f"p{at * 7_919 % 10_000_019:08d}"], now=NOW, profiles=_RULES)
            seconds.append(time.perf_counter() - started)
    return spread("one", seconds)


_TASKS: Tasks = {"prepare": prepare, "first": first, "again": again, "aged": aged, "one": one}


if __name__ == "__main__":
    do_task("bench._everybody", _TASKS, sys.argv[1:])
