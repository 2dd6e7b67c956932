"""A kind that the key may not read is a hole with a name; all else goes on, and it comes back by itself."""

import json
import logging

import pytest
from sqlalchemy import func, select

from agent_world import COFFEE, KEY, SPENT, World, a_history, credentials, served
from regulars_agent import (
    Outcome,
    Workspace,
    backfill,
    barred_kinds,
    check_shop,
    connect_shop,
    sync,
    tick,
    verify,
)
from regulars_mapping import Kind, MisconfiguredError
from regulars_sandbox import Request, Response
from regulars_store import tables

REFUSED = {"code": "woocommerce_rest_cannot_view", "message": "Sorry.", "data": {"status": 403}}
NO = Response(403, (("Content-Type", "application/json"),), json.dumps(REFUSED).encode())


def shut(world: World, *, there: bool = True) -> None:
    """The key's user loses the right to reviews, or gets it back."""
    world.front.before = lambda request: NO if there and "/products/reviews" in request.target else None


def reviewed(world: World) -> int:
    return world.double.write_review(COFFEE, email="person4@example.com", rating=5)


def reviews(world: World) -> int:
    return len(world.rows("review", "id"))


def holes(world: World) -> list[str]:
    with world.store.read() as connection:
        return [each.kind.value for each in barred_kinds(connection, world.shop)]


def test_a_sync_brings_all_else_and_names_the_hole(world: World) -> None:
    shut(world)
    number = world.double.place_order(items=[(COFFEE, 3)], customer_id=2)
    reviewed(world)
    report = sync(world.workspace, "tea")
    assert [each.kind for each in report.barred] == [Kind.REVIEW]
    assert (report.complete, report.sound) == (False, True)
    assert (f"{world.shop.id}:{number}",) in world.rows("order", "id")
    assert holes(world) == ["review"]
    assert "moderate comments" in report.barred[0].reason


def test_it_comes_back_by_itself_with_what_was_written_meanwhile(world: World) -> None:
    reviewed(world)
    sync(world.workspace, "tea")
    shut(world)
    sync(world.workspace, "tea")
    reviewed(world)
    assert (reviews(world), holes(world)) == (1, ["review"])
    shut(world, there=False)
    assert sync(world.workspace, "tea").complete
    assert (reviews(world), holes(world)) == (2, [])


def test_a_first_backfill_without_them_goes_to_its_end_and_later_syncs_bring_them(
    empty_workspace: Workspace,
) -> None:
    with served(a_history(SPENT)) as (front, server):
        assert server.certificate is not None
        bundle = empty_workspace.settings.directory / "shop.pem"
        bundle.write_bytes(server.certificate.read_bytes())
        front.shop.write_review(COFFEE, email="person4@example.com", rating=5)
        front.before = lambda request: NO if "/products/reviews" in request.target else None
        given = {"platform": "woocommerce", "name": "tea", "url": server.url}
        options = {"certificates": bundle.name}
        connect_shop(empty_workspace, **given, options=options, credentials=credentials())  # type: ignore[arg-type]
        report = backfill(empty_workspace, "tea")
        assert ([each.kind for each in report.barred], report.sound) == ([Kind.REVIEW], True)
        assert {line.kind: line.balanced for line in report.balances}[Kind.ORDER]
        assert not sync(empty_workspace, "tea").complete
        front.before = lambda _: None
        assert sync(empty_workspace, "tea").complete
        assert verify(empty_workspace, "tea").complete
        with empty_workspace.store.read() as connection:
            assert connection.scalar(select(func.count()).select_from(tables.review)) == 1


def test_verify_names_it_keeps_what_is_there_and_balances_the_rest(world: World) -> None:
    reviewed(world)
    sync(world.workspace, "tea")
    shut(world)
    report = verify(world.workspace, "tea")
    assert (report.complete, report.sound) == (False, True)
    assert Kind.REVIEW not in {line.kind for line in report.balances}
    assert reviews(world) == 1
    shut(world, there=False)
    assert verify(world.workspace, "tea").complete
    assert holes(world) == []


def test_since_when_it_is_so_stays_and_only_the_first_run_is_told_anew(world: World) -> None:
    shut(world)
    first = sync(world.workspace, "tea").barred[0]
    world.clock.forward(hours=5)
    second = sync(world.workspace, "tea").barred[0]
    assert (first.fresh, second.fresh, first.since) == (True, False, second.since)


def test_while_it_lasts_a_sync_asks_for_it_once_and_looks_at_one_other(world: World) -> None:
    shut(world)
    sync(world.workspace, "tea")
    world.front.seen.clear()
    sync(world.workspace, "tea")
    asked = [path for _, path in world.front.seen]
    assert asked.count("products/reviews") == 1
    assert asked.count("orders") <= 3


def test_a_revoked_key_stops_everything_and_is_no_hole(world: World) -> None:
    world.double.revoke_key(KEY.consumer_key)
    with pytest.raises(MisconfiguredError, match="does not know the key"):
        sync(world.workspace, "tea")
    assert holes(world) == []


def test_a_key_that_is_revoked_while_reviews_are_shut_stops_everything(world: World) -> None:
    shut(world)
    sync(world.workspace, "tea")
    world.double.revoke_key(KEY.consumer_key)
    with pytest.raises(MisconfiguredError, match="does not know the key"):
        sync(world.workspace, "tea")


def test_the_agent_goes_on_with_sync_and_tells_it_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    shut(world)
    caplog.set_level(logging.INFO)
    done = tick(world.workspace, world.clock())
    assert {each.outcome for each in done} == {Outcome.DONE}
    assert "moderate comments" in caplog.text
    caplog.clear()
    world.clock.forward(hours=2)
    (again,) = [each for each in tick(world.workspace, world.clock()) if each.counts.get("read")]
    assert again.counts["read"] == "sync"
    assert "moderate comments" not in caplog.text


def test_dead_letters_of_a_shut_kind_hold_up_nothing(world: World) -> None:
    number = reviewed(world)

    def spoilt(request: Request, answer: Response) -> Response:
        if "/products/reviews" not in request.target:
            return answer
        return Response(answer.status, answer.headers, answer.body.replace(b'"product_id":', b'"other":'))

    world.front.after = spoilt
    sync(world.workspace, "tea")
    assert world.rows("dead_letter", "external_id") == [(str(number),)]
    shut(world)
    report = verify(world.workspace, "tea")
    assert [each.kind for each in report.barred] == [Kind.REVIEW]


def test_check_names_it_within_eight_requests(world: World) -> None:
    shut(world)
    world.front.seen.clear()
    report = check_shop(world.workspace, "tea")
    assert report.usable
    assert "reviews" in {each.subject for each in report.findings}
    assert len(world.front.seen) <= 8
