"""``bench backfill``: a shop's orders from prepared pages into SQLite."""

import argparse
from pathlib import Path

from bench._measuring import measured
from bench._report import Row
from bench._serving import ServedShop, running_shop

# Recorded on a machine like this one (two cores, Python 3.11), 20,000 orders of 3.3 KB from such a server.
PEER_EXTRACT = ("airbyte-source-woocommerce 0.4.12, extract only", 3_300)
PEER_LOAD = ("dlt, rest_api to SQLite", 1_180)
PEERS_NOTE = "peers: recorded on a like machine with 20,000 orders of 3 lines, not run beside this one"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Options of the benchmarks that read a shop."""
    parser.add_argument("--orders", type=int, default=20_000, help="of a generated shop (default 20000)")
    parser.add_argument(
        "--slow-orders",
        type=int,
        default=10_000,
        help="of the slow shop, 40 s a reading (default 10000)",
    )
    parser.add_argument("--log", type=Path, help="dress this order log (CDNOW's format) instead")
    parser.add_argument("--runs", type=int, default=3, help="figures are medians of so many (default 3)")
    parser.add_argument("--profile", action="store_true", help="one run more, and where its time went")


def run(given: argparse.Namespace) -> tuple[str, list[Row], list[str], object]:
    """Title, rows, notes and raw figures."""
    with running_shop(given.orders, log=given.log) as shop:
        figures = {
            task: measured(task, shop, runs=given.runs, profile=given.profile)
            for task in ("extract", "translate", "backfill")
        }
    return describe("backfill", shop, given.runs), _rows(figures), [PEERS_NOTE], figures


def describe(name: str, shop: ServedShop, runs: int) -> str:
    """What was read."""
    return (
        f"{name}: {shop.orders:,} orders of {shop.lines / shop.orders:.1f} lines and "
        f"{shop.bytes_an_order / 1000:.1f} KB, {shop.customers:,} customers, {shop.refunds:,} refunds; "
        f"local HTTPS; medians of {runs}"
    )


def _rows(figures: dict[str, dict[str, float]]) -> list[Row]:
    extract, translate, whole = (figures[task] for task in ("extract", "translate", "backfill"))
    return [
        *_speed("extract only", extract, PEER_EXTRACT),
        *_speed("extract and translate", translate, None),
        *_speed("whole backfill into SQLite", whole, PEER_LOAD),
        Row("  against extracting alone", whole["rate"] / PEER_EXTRACT[1], "times", PEER_EXTRACT[0]),
        Row("  peak memory", whole["peak_mb"], "MB"),
        Row("again, nothing changed", whole["again"], "orders/s", "fetching included"),
        Row("  work of our own", whole["again_local"], "orders/s", "heads read and compared"),
        Row("sync, nothing changed", whole["sync_seconds"], "s"),
    ]


def _speed(what: str, figures: dict[str, float], peer: tuple[str, int] | None) -> list[Row]:
    """By the wall, against a peer, and by processor time, which others on the machine hardly touch."""
    against = _against(figures["rate"], peer) if peer else ""
    return [
        Row(what, figures["rate"], "orders/s", against),
        Row("  of processor time", figures["rate_of_processor"], "orders/s"),
    ]


def _against(rate: float, peer: tuple[str, int]) -> str:
    name, theirs = peer
    return f"{rate / theirs:.2f} x {name} ({theirs:,})"
