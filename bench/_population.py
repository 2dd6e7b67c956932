"""The past of the shop that benchmarks read: generated, or an order log dressed as a shop of today."""

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from types import ModuleType

from regulars_sandbox import ShopHistory, ShopLine, ShopOrder
from regulars_sandbox.population import generate

NOW = datetime(2026, 11, 1, tzinfo=UTC)
LINES = 3
# People a generated shop has for each order: about three orders a buyer.
_PEOPLE_AN_ORDER = 0.3
_DRESSER = Path(__file__).parent.parent / "tests" / "cdnow.py"


def generated(orders: int, *, seed: int = 1) -> ShopHistory:
    """A generated shop with exactly so many orders of three lines each."""
    people = max(1, round(orders * _PEOPLE_AN_ORDER))
    history = generate(seed=seed, customers=people, orders=orders, now=NOW).history
    return replace(history, orders=tuple(map(_of_three_lines, history.orders)))


def guests_only(history: ShopHistory) -> ShopHistory:
    """The same orders without registered customers, so that orders are what is read."""
    orders = tuple(replace(order, customer_id=None) for order in history.orders)
    return replace(history, customers=(), orders=orders)


def logged(path: Path) -> ShopHistory:
    """The order log at ``path`` as the tests dress it; its orders keep the number of lines they get there."""
    dressed: Callable[..., ShopHistory] = _dresser().dressed
    return dressed(path, now=NOW)


def _dresser() -> ModuleType:
    # The tests are no package; theirs is the only dresser of that log.
    spec = importlib.util.spec_from_file_location("bench_cdnow", _DRESSER)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(_DRESSER)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _of_three_lines(order: ShopOrder) -> ShopOrder:
    """The same money in three lines, so that every order costs what the peers' orders cost them."""
    subtotals = _parts(sum(line.subtotal for line in order.lines))
    totals = _parts(sum(line.total for line in order.lines))
    goods = islice(cycle(order.lines), LINES)
    return replace(order, lines=tuple(map(_line, goods, subtotals, totals)))


def _line(line: ShopLine, subtotal: int, total: int) -> ShopLine:
    return replace(line, quantity=1, subtotal=subtotal, total=total)


def _parts(amount: int) -> list[int]:
    part = amount // LINES
    return [amount - part * (LINES - 1), *[part] * (LINES - 1)]
