"""``bench suggest``: how long the batch of suggestions takes over 100,000 accounts, and its memory.

In a process of its own. The people are drawn; every twelfth has a second account at the same address, with
another e-mail and phone and perhaps a shortened name.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, product

from bench._report import Row
from regulars_agent._suggest_fields import Described

_ACCOUNTS = 100_000
_GIVEN = [
    "".join(parts) for parts in product(("ol", "iv", "mar", "dm", "kat", "ser"), "eiaoy", ("na", "ko", "r"))
]
_FAMILY = [
    "".join(parts)
    for parts in product(
        ("Koval", "Shev", "Bond", "Tka", "Kra", "Mel", "Pol", "Mor", "Sav", "Lys", "Hnat", "Petr"),
        ("e", "i", "o", "yu", "a", "ch", "en", "ar"),
        ("nko", "k", "chuk", "vych", "ets", "enko", "sky", "iv", "ov", "lia", "ha", "sha", "dna", "tur"),
    )
]
_TOWNS = [*["Kyiv"] * 40, *["Lviv"] * 10, *["Odesa"] * 10, *(f"Town {number}" for number in range(300))]
_EVERY = 12


def run(given: argparse.Namespace) -> tuple[str, list[Row], list[str], object]:
    """Title, rows, notes and raw figures."""
    del given
    done = subprocess.run([sys.executable, "-m", "bench._suggest"], stdout=subprocess.PIPE, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    rows = [
        Row("the batch", figures["seconds"], "s", f"{_ACCOUNTS:,} accounts on one thread"),
        Row("  of the processor", figures["processor"], "s"),
        Row("  peak memory", figures["peak_mb"], "MB", "its limit for DuckDB is 512"),
        Row("  pairs compared", figures["compared"], "pairs"),
        Row(
            "second accounts found", 100 * figures["found"], "%", f"precision {100 * figures['right']:.2f} %"
        ),
    ]
    return f"suggest: {_ACCOUNTS:,} accounts", rows, [], figures


def _measured() -> dict[str, float]:
    from regulars_agent._suggest_engine import Limits, score

    started, used = time.perf_counter(), time.process_time()
    found = score(_people(_ACCOUNTS), limits=Limits(longest=_ACCOUNTS))
    seconds, processor = time.perf_counter() - started, time.process_time() - used
    right = sum(pair.a[2:] == pair.b[2:] for pair in found.pairs)
    second = sum(one.id.startswith("2:") for one in _people(_ACCOUNTS))
    return {
        "seconds": seconds,
        "processor": processor,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "compared": found.compared,
        "found": right / second,
        "right": right / max(len(found.pairs), 1),
    }


def _people(accounts: int) -> Iterator[Described]:
    draw = random.Random(3)
    made = 0
    for number in count():
        one = _person(number, draw)
        both = [one, _again(one, draw)] if number % _EVERY == 0 else [one]
        yield from both[: accounts - made]
        made += len(both)
        if made >= accounts:
            return


def _person(number: int, draw: random.Random) -> Described:
    given, family = draw.choice(_GIVEN), draw.choice(_FAMILY)
    return Described(
        id=f"1:{number}",
        person=f"p{number}",
        given_name=given,
        family_name=family,
        email=f"{given}.{family}{draw.randrange(1_000)}@example.com".lower(),
        phone=f"+38067{draw.randrange(10**7):07d}",
        line1=f"{draw.choice(_FAMILY)} street {draw.randrange(1, 150)}",
        line2=str(draw.randrange(1, 100)),
        city=draw.choice(_TOWNS),
        postcode=f"{draw.randrange(1_000, 99_999):05d}",
    )


def _again(one: Described, draw: random.Random) -> Described:
    return replace(
        one,
        id=one.id.replace("1:", "2:", 1),
        person=f"{one.person}b",
        given_name=one.given_name if draw.random() < 0.7 else one.given_name[:-1],
        email=f"{draw.randrange(10**9)}@example.org",
        phone=f"+38050{draw.randrange(10**7):07d}",
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_measured()))
