"""Pulling pages: what is counted, and what a shop that leads in a circle does to the checkpoint."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import update

from agent_world import COFFEE, World
from regulars_agent import sync, verify
from regulars_agent._fetching import REPEATS
from regulars_agent._leases import visit
from regulars_agent._pull import Pulled, pull
from regulars_connectors import Scan
from regulars_mapping import Kind, PermanentError
from regulars_sandbox import Request, Response
from regulars_store import checkpoint_of, tables


def pulled_anew(world: World, kind: Kind) -> Pulled:
    pulled = Pulled()
    with visit(world.workspace, world.shop, resource="pull") as at:
        pull(at, kind, Scan.HISTORY, anew=True, pulled=pulled)
    return pulled


def checkpoints(world: World) -> Iterator[object]:
    with world.store.read() as connection:
        for kind in (Kind.CUSTOMER, Kind.ORDER):
            yield checkpoint_of(connection, world.shop.id, kind, Scan.HISTORY.value)


def test_a_refund_counts_as_a_refund_though_it_comes_with_its_order(world: World) -> None:
    world.double.refund_order(10_003, 50_000)
    counts = sync(world.workspace, "tea").pulled.as_dict()
    assert (counts["order"]["new"], counts["order"]["changed"]) == (0, 1)
    assert (counts["refund"]["seen"], counts["refund"]["new"]) == (1, 1)


def test_what_is_unreadable_and_read_twice_in_a_run_is_counted_once(world: World) -> None:
    world.double.place_order(items=[(COFFEE, 1)], customer_id=1)
    world.front.after = lambda request, response: replace(
        response, body=response.body.replace(b'"total":"100.00"', b'"total":"nothing"')
    )
    report = verify(world.workspace, "tea")
    assert report.pulled.as_dict()["order"]["seen"] > 1, "once as a change, once as a dead letter"
    assert report.pulled.total("dead") == report.unreadable == 1


def test_what_became_readable_within_a_run_is_not_counted_as_unreadable(world: World) -> None:
    world.double.place_order(items=[(COFFEE, 1)], customer_id=1)
    spoiled = [b'"total":"nothing"']

    def once(_: Request, response: Response) -> Response:
        if b'"total":"100.00"' not in response.body or not spoiled:
            return response
        return replace(response, body=response.body.replace(b'"total":"100.00"', spoiled.pop()))

    world.front.after = once
    report = verify(world.workspace, "tea")
    assert not spoiled
    assert report.complete
    assert report.pulled.total("dead") == report.unreadable == 0


def test_going_through_a_resource_anew_leaves_its_checkpoint_alone(world: World) -> None:
    before = list(checkpoints(world))
    counts = pulled_anew(world, Kind.CUSTOMER).as_dict()["customer"]
    assert counts["seen"] == counts["unchanged"] == 6
    assert list(checkpoints(world)) == before


def test_the_same_page_for_ever_is_given_up_and_names_shop_and_remedy(world: World) -> None:
    asked: list[Request] = []

    def repeating(request: Request, response: Response) -> Response:
        if request.method != "GET" or "/customers?" not in request.target:
            return response
        asked.append(request)
        pages.append(response.body)
        headers = tuple((name, "100000" if name == "X-WP-Total" else text) for name, text in response.headers)
        return replace(response, headers=headers, body=pages[0])

    pages: list[bytes] = []
    world.front.after = repeating
    with pytest.raises(PermanentError, match=r"tea answers the same page of customers again.*Check"):
        pulled_anew(world, Kind.CUSTOMER)
    assert len(asked) <= REPEATS + 3


def test_what_was_unreadable_and_reads_the_same_is_tried_again_by_the_translation_of_today(
    world: World,
) -> None:
    world.double.place_order(items=[(COFFEE, 1)], customer_id=1)
    world.front.after = lambda request, response: replace(
        response, body=response.body.replace(b'"total":"100.00"', b'"total":"nothing"')
    )
    assert sync(world.workspace, "tea").unreadable == 1
    assert not sync(world.workspace, "tea").complete, "it still lies there"
    world.front.after = lambda _, response: response
    report = verify(world.workspace, "tea")
    assert report.complete
    assert report.unreadable == 0


def test_it_is_said_where_the_shops_list_moved_too_much_to_be_sure_of_all(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """The walk is in a second whose last order it has begun to look for ten times, and does not find now."""
    lost = {"after": "2020-01-01T00:00:00", "offset": 1, "edge": 999_999, "anew": 10}
    which = (tables.checkpoint.c.kind == "order", tables.checkpoint.c.scan == Scan.CHANGES.value)
    with world.store.write() as connection:
        connection.execute(update(tables.checkpoint).where(*which).values(cursor=lost))
    assert sync(world.workspace, "tea").pulled.as_dict()["order"]["unsure"] == 1
    assert "some may be missing until they are compared next: regulars verify tea" in caplog.text
    assert sync(world.workspace, "tea").pulled.total("unsure") == 0
