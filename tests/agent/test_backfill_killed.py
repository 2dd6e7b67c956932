"""A backfill killed with -9 every few requests, in any month, by one reader or two, goes on where it was."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from agent_world import ENVIRON
from backfill_world import Past, asked_for_orders, month, orders_at, past, spread
from regulars_agent import _months
from regulars_sandbox import Request
from regulars_store import tables

PROGRAM = """
import sys
from pathlib import Path
from regulars_agent import Settings, _months, backfill, open_workspace
from regulars_agent._settings import PullSettings

_months.MOST, _months.FEW = 150, 20
folder, readers = Path(sys.argv[1]), sys.argv[2]
plain = Settings(directory=folder)
batches = plain.batches.model_copy(update={"landing": 100})
settings = plain.model_copy(update={"pull": PullSettings(readers=readers), "batches": batches})
with open_workspace(settings, environ={"REGULARS_MASTER_KEY": sys.argv[3]}) as workspace:
    sys.exit(0 if backfill(workspace, "tea").complete else 3)
"""
ORDERS = orders_at(
    time for at in range(8, 13) for time in spread(230, month(2025, at), month(2025, at).replace(day=28))
)


def run(shop: Past, readers: int, *, killed_after: int) -> int:
    """A backfill by a process that is killed at so many requests for orders; its exit code."""
    asked: list[int] = []

    def kill(request: Request) -> None:
        if asked_for_orders(request) is not None:
            asked.append(1)
            if len(asked) == killed_after:
                process.kill()
                process.wait()

    command = [sys.executable, "-c", PROGRAM, str(shop.workspace.settings.directory), str(readers)]
    process = subprocess.Popen([*command, ENVIRON["REGULARS_MASTER_KEY"]])
    shop.front.before = kill
    return process.wait()


@pytest.mark.slow
@pytest.mark.parametrize("readers", [1, 2])
@pytest.mark.parametrize("after", [9, 13])
def test_killed_every_few_requests_it_ends_with_every_order_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, readers: int, after: int
) -> None:
    monkeypatch.setattr(_months, "MOST", 150)
    monkeypatch.setattr(_months, "FEW", 20)
    with past(tmp_path / "base", ORDERS, readers=readers) as shop:
        codes: list[int] = []
        open_months: set[str] = set()
        # What was begun by an earlier run is closed by a list of its ids, which takes four requests here; the
        # first needs some to choose its months before anything lands.
        while not codes or codes[-1] == -9:
            codes.append(run(shop, readers, killed_after=after + (8 if not codes else 0)))
            open_months |= {name for name, one in shop.stretches().items() if not one.done}
            assert len(codes) < 20, "every run has to bring it on"
        assert codes[-1] == 0
        assert codes.count(-9) >= 2
        assert len(open_months) >= 3
        assert shop.landed() == {order.id for order in ORDERS}
        assert all(one.done for one in shop.stretches().values())
        with shop.workspace.store.read() as connection:
            observed = connection.scalar(select(func.count()).select_from(tables.observation))
        # What was read twice was not landed twice; the product is one more.
        assert observed == len(ORDERS) + 1
