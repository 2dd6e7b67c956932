"""What shops deliver while everybody is resolved from scratch: taken in, or asked for again."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection

from identity_scene import account_row
from identity_world import Attributes
from regulars_store import insert_rows, mark_dirty, open_store, resolve_all, tables
from regulars_store._engine import LOCK_WAIT
from regulars_store._identity_rebuild import SHORT
from webhook_world import ToldWorld

_SLACK = 3.0
"""Seconds for everything but the waiting, on a machine that has other things to do."""


def delivered(told: ToldWorld, number: int) -> tuple[int, float]:
    """The answer, and after how many seconds it came."""
    began = time.monotonic()
    return told.receive(told.signed("customer.updated", {"id": number})), time.monotonic() - began


@contextmanager
def rebuilding(told: ToldWorld) -> Iterator[Callable[[], None]]:
    """Everybody is resolved anew, and not done before the function given is called."""
    writing, end = threading.Event(), threading.Event()

    def wait(_: Connection) -> None:
        writing.set()
        assert end.wait(60)

    with ThreadPoolExecutor(1) as beside:
        done = beside.submit(resolve_all, told.world.store, also=wait)
        try:
            assert writing.wait(60)
            yield end.set
        finally:
            end.set()
        assert done.result() > 0


def test_a_delivery_during_a_rebuild_waits_for_its_end_or_is_asked_for_again(quiet: ToldWorld) -> None:
    hurried = open_store(quiet.world.store.url, lock_wait=0.3)
    with rebuilding(quiet) as end:
        patient = quiet.world.workspace.store
        quiet.world.workspace.store = hurried
        answer, seconds = delivered(quiet, 1)
        assert (answer, quiet.waiting()) == (503, [])
        assert 0.3 <= seconds < _SLACK
        quiet.world.workspace.store = patient
        with ThreadPoolExecutor(1) as beside:
            waits = beside.submit(delivered, quiet, 2)
            assert not waits.done()
            end()
            assert waits.result(LOCK_WAIT + _SLACK)[0] == 200
    hurried.close()
    assert delivered(quiet, 1)[0] == 200
    assert quiet.waiting() == [("customer", "1"), ("customer", "2")]


@pytest.mark.slow
def test_every_delivery_during_a_rebuild_of_many_is_answered_in_time(quiet: ToldWorld) -> None:
    shop = quiet.world.shop.id
    rows = [
        account_row(f"{shop}:{number}", Attributes(f"person{number // 2}@example.com", "", "Anna", "Koval"))
        for number in range(10_000, 10_000 + SHORT)
    ]
    with quiet.world.store.write() as connection:
        insert_rows(connection, tables.account, rows)
        mark_dirty(connection, "identity", [row["id"] for row in rows])
    answers: list[tuple[int, float]] = []
    with ThreadPoolExecutor(1) as beside:
        done = beside.submit(resolve_all, quiet.world.store)
        while not done.done():
            answers.append(delivered(quiet, 1 + len(answers)))
        assert done.result() >= SHORT // 2
    assert {answer for answer, _ in answers} <= {200, 503}
    assert max(seconds for _, seconds in answers) < LOCK_WAIT + _SLACK
    assert delivered(quiet, 1_000)[0] == 200
    noted = {("customer", str(1 + at)) for at, (answer, _) in enumerate(answers) if answer == 200}
    assert set(quiet.waiting()) == noted | {("customer", "1000")}
