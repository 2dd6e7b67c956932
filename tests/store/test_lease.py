"""Leases: one holder at a time, and a holder that was only asleep has no effect."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from regulars_mapping import LeaseLostError, RetryError
from regulars_store import Lease, Store, tables, take_lease
from shop_objects import day, open_counter

TTL = timedelta(minutes=5)

_WORKER = """
import os, signal, sys
from datetime import timedelta
sys.path.insert(0, sys.argv[2])
from regulars_mapping import LeaseLostError
from regulars_store import open_store, land, shop_named, take_lease
from shop_objects import DAY_0, order
store = open_store(sys.argv[1])
with store.write() as connection:
    shop = shop_named(connection, "main")
    lease = take_lease(connection, "pull:1", owner="frozen", now=DAY_0, ttl=timedelta(seconds=1))
print("holding", flush=True)
os.kill(os.getpid(), signal.SIGSTOP)
try:
    with store.write() as connection:
        land(connection, shop, [order()], via="history", now=DAY_0, lease=lease, checkpoint=None)
except LeaseLostError:
    print("lost", flush=True)
"""


def _take(store: Store, owner: str, *, on: float = 0, dead: bool = False) -> Lease:
    with store.write() as connection:
        return take_lease(
            connection, "pull:1", owner=owner, now=day(on), ttl=TTL, holder_is_dead=lambda _: dead
        )


def _expire(store: Store) -> None:
    with store.write() as connection:
        connection.execute(update(tables.lease).values(expires_at=day(-1)))


def test_a_held_lease_names_its_holder_and_expiry(store: Store) -> None:
    _take(store, "host:1:1")
    with pytest.raises(RetryError, match=r"pull:1 is being worked on by host:1:1 until 20\d\d-") as caught:
        _take(store, "host:2:2")
    assert caught.value.retry_after == pytest.approx(TTL.total_seconds(), abs=30)


def test_two_threads_of_one_owner_exclude_each_other(store: Store) -> None:
    _take(store, "a")
    with pytest.raises(RetryError):
        _take(store, "a")


def test_an_expired_lease_is_taken_over_and_its_holder_is_fenced(store: Store) -> None:
    old = _take(store, "a")
    _expire(store)
    new = _take(store, "b")
    assert new.epoch == old.epoch + 1
    with pytest.raises(LeaseLostError), store.write() as connection:
        old.renew(connection, now=day(0))
    with store.write() as connection:
        new.renew(connection, now=day(0))


def test_the_lease_of_a_dead_process_is_taken_over_at_once(store: Store) -> None:
    old = _take(store, "a")
    assert _take(store, "b", dead=True).epoch > old.epoch


def test_a_released_lease_is_free_and_its_epoch_still_grows(store: Store) -> None:
    first = _take(store, "a")
    with store.write() as connection:
        first.release(connection)
    second = _take(store, "a")
    assert second.epoch > first.epoch
    with store.write() as connection:
        first.release(connection)
    with pytest.raises(RetryError):
        _take(store, "b")


def test_renewing_prolongs(store: Store) -> None:
    lease = _take(store, "a")
    _expire(store)
    with store.write() as connection:
        lease.renew(connection, now=day(0))
    with pytest.raises(RetryError):
        _take(store, "b")


def test_a_transaction_of_a_stale_holder_has_no_effect(store: Store) -> None:
    old = _take(store, "a")
    _expire(store)
    _take(store, "b")
    with pytest.raises(LeaseLostError), store.write() as connection:
        connection.execute(tables.dirty.insert().values(stage="facts", key="p", stamp=1))
        old.renew(connection, now=day(0))
    assert open_counter(store).marks("facts") == set()


def test_two_resources_do_not_concern_each_other(store: Store) -> None:
    first = _take(store, "a")
    with store.write() as connection:
        second = take_lease(connection, "push:1", owner="b", now=day(0), ttl=TTL)
        first.renew(connection, now=day(0))
        second.renew(connection, now=day(0))
    assert (first.owner, second.owner) == ("a", "b")
    assert first.resource != second.resource


def test_a_worker_that_was_frozen_over_its_expiry_lands_nothing(store: Store) -> None:
    counter = open_counter(store)
    words = [sys.executable, "-c", _WORKER, store.url, str(Path(__file__).parents[1])]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "holding\n"
        os.waitid(os.P_PID, worker.pid, os.WSTOPPED | os.WNOWAIT)
        _expire(store)
        _take(store, "awake")
        os.kill(worker.pid, signal.SIGCONT)
        assert worker.stdout.readline() == "lost\n"
    assert counter.rows(tables.observation) == []
