"""``python -m bench [NAME] [options]``: run one benchmark, or all, and print a table."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence

from bench import (
    _backfill,
    _derive,
    _everybody,
    _febrl,
    _identity,
    _marketing,
    _memory,
    _quality,
    _suggest,
    _woocommerce,
)
from bench._report import Row, as_data, as_table

_Run = Callable[[argparse.Namespace], tuple[str, list[Row], list[str], object]]
_BENCHMARKS: dict[str, _Run] = {
    "backfill": _backfill.run,
    "derive": _derive.run,
    "everybody": _everybody.run,
    "identity": _identity.run,
    "marketing": _marketing.run,
    "memory": _memory.run,
    "woocommerce": _woocommerce.run,
    "suggest": _suggest.run,
    "febrl": _febrl.run,
    "quality": _quality.run,
}


def main(argv: Sequence[str]) -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=sorted(_BENCHMARKS), help="default: all")
    parser.add_argument("--json", action="store_true", help="figures as JSON instead of tables")
    _backfill.add_options(parser)
    _identity.add_options(parser)
    _marketing.add_options(parser)
    _quality.add_options(parser)
    given = parser.parse_args(argv)
    found: dict[str, object] = {}
    for name in [given.name] if given.name else list(_BENCHMARKS):
        title, rows, notes, runs = _BENCHMARKS[name](given)
        found[name] = {"title": title, **as_data(rows, runs)}
        if not given.json:
            print(as_table(title, rows, notes), end="\n\n", flush=True)
    if given.json:
        print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
