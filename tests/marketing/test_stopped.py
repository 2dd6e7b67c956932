"""Who is on the stop-list has no offer; the clock that is given decides whether an entry is over."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from purchases import NOW, World
from regulars_marketing import compute_all
from regulars_store import StopState, digest_parts, restate_stop, stop_entries, tables

Buyer = Callable[..., str]
DAY = timedelta(days=1)


def stop(world: World, account: str, *, state: str = "confirmed", until: datetime | None = None) -> None:
    row: dict[str, Any] = {"account_id": account, "state": state, "until": until, "at": NOW, "who": "owner"}
    with world.store.write() as connection:
        connection.execute(insert(tables.stop_list_entry).values(**row, reason="rude", evidence={}, why=""))


def restate(world: World, state: StopState) -> None:
    """A newer word about every entry."""
    with world.store.write() as connection:
        for row in stop_entries(connection):
            restate_stop(connection, row, state, until=None, who="owner", why="", now=NOW)


def test_only_a_confirmed_entry_takes_offers_away(world: World, buyer: Buyer) -> None:
    world.programme()
    for state in StopState:
        stop(world, buyer(state.value, 6_000_00), state=state.value)
    world.compute(*StopState)
    assert {row.person_id for row in world.offers().values()} == {"suggested", "refused", "lifted"}


def test_an_entry_on_one_account_takes_those_of_all_of_the_person(world: World, buyer: Buyer) -> None:
    world.programme()
    world.shop(2, "market")
    buyer("ann", 6_000_00)
    stop(world, buyer("ann", shop=2))
    buyer("zoe", 6_000_00)
    world.compute("ann", "zoe")
    assert {row.person_id for row in world.offers().values()} == {"zoe"}


def test_offers_that_stood_are_withdrawn_and_their_shop_hears_of_it(world: World, buyer: Buyer) -> None:
    world.programme()
    account = buyer("ann", 6_000_00)
    world.compute("ann")
    world.clean()
    stop(world, account)
    assert world.compute("ann").offers_changed == 1
    assert world.offer("ann") is None
    assert world.dirty() == {"ann"}


def test_the_newest_word_of_an_entry_counts(world: World, buyer: Buyer) -> None:
    world.programme()
    stop(world, buyer("ann", 6_000_00))
    world.compute("ann")
    assert world.offer("ann") is None
    restate(world, StopState.LIFTED)
    world.compute("ann")
    assert world.percent("ann") == 500
    restate(world, StopState.CONFIRMED)
    compute_all(world.store, now=NOW)
    assert world.offer("ann") is None


def test_an_entry_holds_before_its_end_and_no_longer(world: World, buyer: Buyer) -> None:
    world.programme()
    stop(world, buyer("ann", 6_000_00), until=NOW + DAY)
    for moment, held in ((NOW, True), (NOW + DAY - DAY / 1_000, True), (NOW + DAY, False), (NOW, True)):
        world.compute("ann", now=moment)
        assert (world.offer("ann") is None) is held


def test_the_entries_are_inputs_and_counted_in_the_digest(world: World, buyer: Buyer) -> None:
    account = buyer("ann", 6_000_00)

    def part() -> str:
        with world.store.read() as connection:
            return digest_parts(connection)["stop_list_entry"]

    before = part()
    stop(world, account)
    confirmed = part()
    restate(world, StopState.LIFTED)
    assert len({before, confirmed, part()}) == 3
