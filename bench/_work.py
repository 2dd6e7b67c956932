"""One measured piece of work in a process of its own: ``python -m bench._work TASK``.

Reads the shop's place as JSON from standard input, answers its figures as JSON on standard output.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeAlias

from pydantic import SecretStr

from bench._bare import read_barely
from bench._profiling import profiled
from bench._serving import KEY, SECRET, ServedShop
from regulars_agent import (
    Settings,
    Workspace,
    backfill,
    connect_shop,
    derive,
    enable_programme,
    open_workspace,
    sync,
)
from regulars_agent._history import read_history
from regulars_agent._leases import visit
from regulars_agent._pull import Pulled, land_records
from regulars_connectors import ConnectorConfig, HttpOptions, Page, RawRecord, Scan
from regulars_mapping import Kind, Order
from regulars_store import dirty_count, landed_ids, shop_named
from regulars_woocommerce import WooCommerceConnector

NAME = "bench"
BATCH = 500
_ENVIRON = {"REGULARS_SECRET_BENCH_CONSUMER_KEY": KEY, "REGULARS_SECRET_BENCH_CONSUMER_SECRET": SECRET}
_PROGRAMME = {
    "kind": "tier",
    "key": "regulars",
    "title": "Our regulars",
    "currency": "UAH",
    "tiers": [
        {"threshold": "2000.00", "percent": "3", "level": "Bronze"},
        {"threshold": "5000.00", "percent": "5", "level": "Silver"},
        {"threshold": "12000.00", "percent": "7", "level": "Gold"},
    ],
}

Figures: TypeAlias = dict[str, float]


class _Start:
    """A moment, by the wall and by the work of this process and of those that it started and that have ended;
    on a shared machine only the work is its own."""

    def __init__(self) -> None:
        self._wall, self._busy = time.perf_counter(), _busy()

    def passed(self) -> tuple[float, float]:
        """Seconds since then, and seconds of processor time used since then."""
        return time.perf_counter() - self._wall, _busy() - self._busy


def _busy() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _order_pages(shop: ServedShop) -> Iterator[Page]:
    config = ConnectorConfig(
        url=shop.url,
        credentials={"consumer_key": SecretStr(KEY), "consumer_secret": SecretStr(SECRET)},
        http=HttpOptions(verify=shop.certificate),
    )
    with WooCommerceConnector.open(config) as connector:
        yield from connector.pages(Kind.ORDER, Scan.HISTORY)


def extract(shop: ServedShop, *, profile: bool) -> Figures:
    """The connector's pages of orders and their refunds, consumed and dropped."""
    seen: set[str] = set()
    started = _Start()
    with profiled(on=profile):
        for page in _order_pages(shop):
            seen.update(record.external_id for record in page.records if record.kind is Kind.ORDER)
    return _checked(shop, len(seen), started)


def translate(shop: ServedShop, *, profile: bool) -> Figures:
    """The same, and each record as a canonical model."""
    config = ConnectorConfig(
        url=shop.url,
        credentials={"consumer_key": SecretStr(KEY), "consumer_secret": SecretStr(SECRET)},
        http=HttpOptions(),
    )
    seen: set[str] = set()
    started = _Start()
    with profiled(on=profile), WooCommerceConnector.open(config) as connector:
        for page in _order_pages(shop):
            for record in page.records:
                if isinstance(connector.translate(record), Order):
                    seen.add(record.external_id)
    return _checked(shop, len(seen), started)


def whole(shop: ServedShop, *, profile: bool) -> Figures:
    """An empty store, the backfill with its books, then what does not change seen twice more."""
    with _workspace(shop) as workspace:
        started = _Start()
        with profiled(on=profile):
            report = backfill(workspace, NAME)
        if not report.complete:
            raise SystemExit(f"the backfill was not complete: {report}")
        landed = next(balance.store_count for balance in report.balances if balance.kind is Kind.ORDER)
        figures = _checked(shop, landed, started)
        figures["peak_mb"] = _peak_mb()
        return figures | _again(workspace, shop)


def lasting(shop: ServedShop, *, profile: bool) -> Figures:
    """The backfill and its books, by two readers; what matters is its peak of memory."""
    with _workspace(shop, readers=2) as workspace:
        started = _Start()
        with profiled(on=profile):
            report = backfill(workspace, NAME)
        landed = next(balance.store_count for balance in report.balances if balance.kind is Kind.ORDER)
        return _checked(shop, landed, started)


def bare(shop: ServedShop, *, profile: bool) -> Figures:
    """What is read of a slow shop, by two threads that do nothing but ask and decode."""
    started = _Start()
    with profiled(on=profile):
        seen = read_barely(shop, readers=2)
    return _checked(shop, seen, started)


def slow(shop: ServedShop, *, profile: bool, readers: object = 2) -> Figures:
    """A slow shop's orders from its pages into an empty store, closed month by month."""
    with _workspace(shop, readers=readers) as workspace:
        with workspace.store.read() as connection:
            row = shop_named(connection, NAME)
        started = _Start()
        with visit(workspace, row, resource="pull") as at:
            with profiled(on=profile):
                holes = read_history(at, Kind.ORDER, None, pulled=Pulled())
            with workspace.store.read() as connection:
                landed = len(landed_ids(connection, row.id, Kind.ORDER))
        if holes:
            raise SystemExit(f"not every month could be closed: {holes}")
        return _checked(shop, landed, started)


def slow_by_measure(shop: ServedShop, *, profile: bool) -> Figures:
    """The same, with as many readers as the measured latency asks for."""
    return slow(shop, profile=profile, readers="auto")


def _again(workspace: Workspace, shop: ServedShop) -> Figures:
    """A full second pass over orders that have not changed; ``local`` leaves the fetching out."""
    with workspace.store.read() as connection:
        row = shop_named(connection, NAME)
    local, started = 0.0, time.perf_counter()
    pulled = Pulled()
    with visit(workspace, row, resource="pull") as at:
        for records in _batches(at.connector.pages(Kind.ORDER, Scan.HISTORY), BATCH):
            before = time.perf_counter()
            land_records(at, records, via=Scan.HISTORY, pulled=pulled)
            local += time.perf_counter() - before
    passed = time.perf_counter() - started
    if pulled.total("unchanged") != pulled.total("seen"):
        raise SystemExit(f"the second pass found changes: {pulled}")
    started = time.perf_counter()
    sync(workspace, NAME)
    return {
        "again": shop.orders / passed,
        "again_local": shop.orders / local,
        "sync_seconds": time.perf_counter() - started,
    }


def _batches(pages: Iterator[Page], size: int) -> Iterator[list[RawRecord]]:
    """The records as a fast shop's are landed: several pages at a time."""
    batch: list[RawRecord] = []
    for page in pages:
        batch += page.records
        if len(batch) >= size or page.cursor is None:
            yield batch
            batch = []


def persons(shop: ServedShop, *, profile: bool) -> Figures:
    """Resolving and computing everything that a backfill left dirty."""
    with _workspace(shop) as workspace:
        # Before there is anybody: enabling computes what is there.
        enable_programme(workspace, _PROGRAMME, who="bench")
        backfill(workspace, NAME)
        resolving, started = _Stage(workspace), _Start()
        with profiled(on=profile):
            derived = derive(workspace, progress=resolving.look)
        seconds, _ = started.passed()
    return {
        "accounts": derived.accounts,
        "persons": derived.persons,
        "accounts_a_second": derived.accounts / resolving.seconds,
        "persons_a_second": derived.persons / (seconds - resolving.seconds),
        "seconds": seconds,
        "peak_mb": _peak_mb(),
    }


class _Stage:
    """How long resolving takes: until a look at the marks finds no account left."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace, self._started = workspace, time.perf_counter()
        self.seconds = 0.0

    def look(self, _: int) -> None:
        """After each chunk."""
        if not self.seconds:
            with self._workspace.store.read() as connection:
                if not dirty_count(connection, "identity"):
                    self.seconds = time.perf_counter() - self._started


@contextmanager
def _workspace(shop: ServedShop, **pull: object) -> Iterator[Workspace]:
    with (
        tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder,
        open_workspace(
            Settings.model_validate({"directory": Path(folder), "pull": pull}), environ=_ENVIRON
        ) as workspace,
    ):
        workspace.store.upgrade()
        options = {"certificates": shop.certificate}
        report = connect_shop(
            workspace, platform="woocommerce", name=NAME, url=shop.url, options=options, credentials={}
        )
        if report is None or not report.usable:
            raise SystemExit(f"the prepared shop failed its check: {report}")
        yield workspace


def _checked(shop: ServedShop, orders: int, started: _Start) -> Figures:
    seconds, busy = started.passed()
    if orders != shop.orders:
        raise SystemExit(f"{shop.orders} orders were served and {orders} came")
    return {
        "orders": orders,
        "seconds": seconds,
        "rate": orders / seconds,
        "rate_of_processor": orders / busy,
        "peak_mb": _peak_mb(),
    }


class _Task(Protocol):
    def __call__(self, shop: ServedShop, *, profile: bool) -> Figures: ...


TASKS: dict[str, _Task] = {
    "extract": extract,
    "translate": translate,
    "backfill": whole,
    "lasting": lasting,
    "bare": bare,
    "slow": slow,
    "slow-auto": slow_by_measure,
    "derive": persons,
}


def main(argv: Sequence[str]) -> None:
    """Do one task."""
    parser = argparse.ArgumentParser(prog="python -m bench._work")
    parser.add_argument("task", choices=sorted(TASKS))
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args(argv)
    shop = ServedShop(**json.loads(sys.stdin.readline()))
    print(json.dumps(TASKS[given.task](shop, profile=given.profile)))


if __name__ == "__main__":
    main(sys.argv[1:])
