"""Sync and verify: what is told of a run, and which differences the books show."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from agent_world import COFFEE, World
from regulars_agent import SyncReport, backfill, retry_dead_letters, sync, verify
from regulars_mapping import Kind, MisconfiguredError, RetryError
from regulars_sandbox import Faults, Request, Response
from regulars_store import dead_letters, drop_dead_letters, last_run, tables


def line_of(report: SyncReport, kind: Kind) -> tuple[int, int, int, int, int]:
    (line,) = [each for each in report.balances if each.kind is kind]
    return line.shop_count, line.store_count, line.missing, line.vanished, line.unlisted


def spoiled(_: Request, response: Response) -> Response:
    return replace(response, body=response.body.replace(b'"total":"100.00"', b'"total":"nothing"'))


def test_the_books_have_a_line_for_every_kind_and_for_refunds(world: World) -> None:
    report = verify(world.workspace, "tea")
    assert [line.kind for line in report.balances] == [
        Kind.CUSTOMER,
        Kind.PRODUCT,
        Kind.ORDER,
        Kind.REVIEW,
        Kind.REFUND,
    ]
    assert report.complete


def test_a_refund_that_was_deleted_is_found_by_its_order_and_stays_settled(world: World) -> None:
    refund = world.double.refund_order(10_003, 50_000)
    sync(world.workspace, "tea")
    world.double.delete_refund(refund)
    verify(world.workspace, "tea")
    assert (str(refund), True) in world.rows("refund", "external_id", "gone")
    assert line_of(verify(world.workspace, "tea"), Kind.REFUND) == (0, 0, 0, 0, 0)


def test_a_profile_edited_without_a_trace_is_found_by_a_verify(world: World) -> None:
    world.double.edit_customer(2, first_name="Iryna")
    sync(world.workspace, "tea")
    verify(world.workspace, "tea")
    names = dict(world.rows("account", "external_id", "given_name"))
    assert names["2"] == "Iryna"


def test_a_dead_letter_makes_every_run_incomplete_until_it_is_read_or_dropped(world: World) -> None:
    world.double.place_order(items=[(COFFEE, 1)], customer_id=1)
    world.front.after = spoiled
    assert not sync(world.workspace, "tea").complete
    report = verify(world.workspace, "tea")
    assert not report.complete
    assert report.unreadable == 1
    with world.store.write() as connection:
        (letter,) = dead_letters(connection)
        assert letter.path == "line_items.total"
        drop_dead_letters(connection, [letter.id], why="a test order", now=world.clock())
    assert verify(world.workspace, "tea").complete
    assert sync(world.workspace, "tea").complete


def test_dead_letters_are_read_again_on_demand(world: World) -> None:
    number = world.double.place_order(items=[(COFFEE, 1)], customer_id=1)
    world.front.after = spoiled
    sync(world.workspace, "tea")
    assert retry_dead_letters(world.workspace, "tea").unreadable == 1
    world.front.after = lambda _, response: response
    assert retry_dead_letters(world.workspace, "tea").complete
    with world.store.read() as connection:
        order = tables.order.c
        assert connection.scalar(select(order.status).where(order.external_id == str(number)))


def test_a_window_says_nothing_of_what_lies_before_it(world: World) -> None:
    since = world.clock()
    number = world.double.place_order(items=[(COFFEE, 1)], customer_id=1)
    report = backfill(world.workspace, "tea", since=since.replace(microsecond=0))
    assert report.complete
    assert line_of(report, Kind.ORDER)[:2] == (1, 1)
    assert str(number) in dict(world.rows("order", "external_id", "id"))


def test_a_run_that_failed_is_kept_with_its_reason(world: World) -> None:
    world.server.faults = Faults(maintenance=True)
    with pytest.raises(RetryError):
        sync(world.workspace, "tea")
    with world.store.read() as connection:
        run = last_run(connection, world.shop.id)
    assert run is not None
    assert run["complete"] is False
    assert "closed for maintenance" in run["problem"]
    assert run["ended_at"] is not None


def test_a_shop_nobody_added_is_refused(world: World) -> None:
    with pytest.raises(MisconfiguredError, match="coffee"):
        sync(world.workspace, "coffee")
