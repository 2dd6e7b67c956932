"""The order log of a real shop, dressed as a shop of today: for tests and benchmarks.

The log (CDNOW, 1997-98, provided for research by Bruce Hardie; see ``data/CDNOW.md``) tells customer, day,
number of items and dollars.  Everything else is invented by ``regulars_sandbox.population``: people,
contacts, addresses, lines, accounts, returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from regulars_sandbox._history import ShopHistory
from regulars_sandbox.population import Population, Purchase, dress, make_people, moment, stream

SAMPLE: Final = Path(__file__).parent / "data" / "CDNOW_sample.txt"


class LogEntry(NamedTuple):
    """One order of the log; ``cents`` are US cents."""

    customer: str
    day: date
    items: int
    cents: int


def read_log(path: Path) -> tuple[LogEntry, ...]:
    """The orders in the log's own order; reads both the master (four columns) and the sample (five)."""
    return tuple(_entries(path.read_text("latin-1").splitlines()))


def _entries(rows: Iterable[str]) -> Iterator[LogEntry]:
    for row in rows:
        fields = row.split()
        if not fields or not fields[0].isdigit():
            continue
        customer, day, items, dollars = fields[0], *fields[-3:]
        yield LogEntry(customer, date.fromisoformat(day), int(items), int(Decimal(dollars) * 100))


def dressed_population(
    path: Path,
    *,
    now: datetime,
    limit: int | None = None,
    currency: str = "USD",
    zone: str = "Europe/Kyiv",
    seed: int = 1997,
) -> Population:
    """The log's first ``limit`` customers (None: all) as a shop whose last order was yesterday.

    Every customer of the log is one true person, every order one sale of exactly the logged amount, counted
    as minor units of ``currency``.  Returns are invented, and so is who registered and who stayed a guest.
    """
    entries = read_log(path)
    names = tuple(islice(dict.fromkeys(entry.customer for entry in entries), limit))
    people = make_people(stream(seed, "people"), len(names))
    purchases = _purchases(entries, names, now=now, zone=ZoneInfo(zone), seed=seed)
    return dress(people, purchases, seed=seed, now=now, currency=currency, zone=zone)


def dressed(
    path: Path, *, now: datetime, limit: int | None = None, currency: str = "USD", zone: str = "Europe/Kyiv"
) -> ShopHistory:
    """What the shop of :func:`dressed_population` shows."""
    return dressed_population(path, now=now, limit=limit, currency=currency, zone=zone).history


def _purchases(
    entries: Sequence[LogEntry], names: Sequence[str], *, now: datetime, zone: ZoneInfo, seed: int
) -> list[Purchase]:
    numbers = {name: number for number, name in enumerate(names)}
    yesterday = now.astimezone(zone).date() - timedelta(days=1)
    shift = yesterday - max(entry.day for entry in entries if entry.customer in numbers)
    chance = stream(seed, "moments")
    return [
        Purchase(numbers[entry.customer], moment(chance, entry.day + shift, zone), entry.items, entry.cents)
        for entry in entries
        if entry.customer in numbers
    ]
