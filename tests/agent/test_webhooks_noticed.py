"""What webhooks have named is read first, once, soon; and a shop without them is asked as ever."""

import pytest

from agent_world import COFFEE, World
from regulars_agent import Duty, Outcome, due
from regulars_agent._agenda import BETWEEN_NOTICES
from regulars_mapping import Failure, Kind
from regulars_sandbox import Request, Response
from regulars_store import UNKNOWN, WHOLE, put_notices
from webhook_world import ToldWorld

BROKEN = Response(500, (("Content-Type", "text/html"),), b"<html>There has been a critical error</html>")


def duties(told: ToldWorld) -> list[Duty]:
    workspace = told.world.workspace
    return [each.duty for each in due(workspace, workspace.clock())]


def read(told: ToldWorld) -> list[str]:
    """The paths that were read since the last look."""
    found = [path for method, path in told.world.front.seen if method == "GET"]
    told.world.front.seen.clear()
    return found


def test_a_profile_that_no_filter_shows_is_here_after_the_next_tick(quiet: ToldWorld) -> None:
    quiet.world.staff("PUT", "customers/2", {"first_name": "Ірина"})
    quiet.deliver()
    (visited,) = quiet.tick(seconds=1)
    assert (visited.duty, visited.outcome, visited.counts["noticed"]) == (Duty.NOTICES, Outcome.DONE, 1)
    assert quiet.given_name(2) == "Ірина"
    assert quiet.waiting() == []


def test_what_is_named_is_read_in_one_request_and_nothing_else_is_asked(quiet: ToldWorld) -> None:
    for number in range(1, 7):
        quiet.world.staff("PUT", f"customers/{number}", {"last_name": "Коваль"})
    quiet.deliver()
    quiet.world.front.seen.clear()
    quiet.tick(seconds=1)
    assert read(quiet) == ["customers"]


def test_an_order_told_of_moves_the_tier_at_once(quiet: ToldWorld) -> None:
    quiet.world.double.place_order(items=[(COFFEE, 60)], customer_id=1)
    quiet.deliver()
    (visited,) = quiet.tick(seconds=1)
    assert (visited.duty, visited.counts["confirmed"]) == (Duty.NOTICES, 2)
    coupon = quiet.world.coupon_of(1).document
    assert coupon is not None and coupon["amount"] == "5.00"
    quiet.world.assert_settled()


def test_who_was_deleted_is_gone_because_a_read_says_so(quiet: ToldWorld) -> None:
    quiet.world.staff("DELETE", "customers/2?force=true&reassign=0")
    assert "customer.deleted 2" in quiet.deliver()
    quiet.tick(seconds=1)
    assert (quiet.given_name(2), quiet.given_name(3)) == (None, "Olena")
    assert quiet.waiting() == []


def test_a_word_of_a_deletion_that_is_not_true_deletes_nobody(quiet: ToldWorld) -> None:
    quiet.receive(quiet.signed("customer.deleted", {"id": 2}))
    quiet.tick(seconds=1)
    assert quiet.given_name(2) == "Olena"
    assert quiet.waiting() == []


def test_a_word_of_what_never_was_ends_with_one_read(quiet: ToldWorld) -> None:
    quiet.receive(quiet.signed("order.created", {"id": 123_456_789}))
    (visited,) = quiet.tick(seconds=1)
    assert (visited.outcome, quiet.waiting()) == (Outcome.DONE, [])


def test_the_echo_of_the_agent_s_own_labels_ends_in_quiet(telling: ToldWorld) -> None:
    plans, written = telling.world.rows("plan", "id"), telling.world.front.writes()
    assert telling.deliver()
    assert telling.tick(seconds=30) == []
    visited = [each for _ in range(4) for each in telling.tick(minutes=6)]
    assert [each.counts["noticed"] for each in visited if each.duty is Duty.NOTICES] == [5]
    assert telling.waiting() == []
    assert telling.deliver() == []
    assert telling.world.rows("plan", "id") == plans
    assert telling.world.front.writes() == written
    telling.world.assert_settled()


def test_a_change_within_the_echo_is_late_and_not_lost(telling: ToldWorld) -> None:
    telling.deliver()
    telling.world.staff("PUT", "customers/2", {"first_name": "Ірина"})
    telling.deliver()
    telling.tick(minutes=11)
    assert telling.given_name(2) == "Ірина"


def test_what_changes_while_it_is_read_is_read_again(quiet: ToldWorld) -> None:
    quiet.world.staff("PUT", "customers/2", {"first_name": "Ірина"})
    quiet.deliver()

    def changed_meanwhile(request: Request, response: Response) -> Response:
        if request.method == "GET" and "/customers?" in request.target:
            quiet.world.front.after = lambda _, response: response
            quiet.world.staff("PUT", "customers/2", {"first_name": "Олена"})
            quiet.deliver()
        return response

    quiet.world.front.after = changed_meanwhile
    quiet.tick(seconds=1)
    assert (quiet.given_name(2), quiet.waiting()) == ("Ірина", [("customer", "2")])
    quiet.tick(seconds=6)
    assert (quiet.given_name(2), quiet.waiting()) == ("Олена", [])


def test_a_shop_is_not_visited_more_often_than_each_few_seconds(quiet: ToldWorld) -> None:
    quiet.receive(quiet.signed("customer.updated", {"id": 1}))
    assert Duty.NOTICES in duties(quiet)
    quiet.tick()
    quiet.receive(quiet.signed("customer.updated", {"id": 1}))
    assert Duty.NOTICES not in duties(quiet)
    quiet.world.clock.forward(seconds=BETWEEN_NOTICES.total_seconds() + 1)
    assert duties(quiet) == [Duty.NOTICES]


def test_one_object_that_cannot_be_read_holds_up_no_other(quiet: ToldWorld) -> None:
    for number in (2, 3, 4):
        quiet.world.staff("PUT", f"customers/{number}", {"first_name": "Ірина"})
    quiet.deliver()
    quiet.world.front.before = lambda request: BROKEN if names_three(request) else None
    (visited,) = quiet.tick(seconds=1)
    assert (visited.outcome, visited.failure) == (Outcome.FAILED, Failure.RETRY)
    quiet.tick(seconds=90)
    assert [quiet.given_name(number) for number in (2, 3, 4)] == ["Ірина", "Olena", "Ірина"]
    assert quiet.waiting() == [("customer", "3")]
    quiet.world.double.place_order(items=[(COFFEE, 60)], customer_id=1)
    visits = quiet.tick(hours=1.1)
    assert Outcome.DONE in {each.outcome for each in visits if each.duty is Duty.EXCHANGE}
    quiet.world.front.before = lambda _: None
    quiet.tick(hours=1.1)
    assert (quiet.given_name(3), quiet.waiting()) == ("Ірина", [])


def names_three(request: Request) -> bool:
    """Whether customer 3 is asked for by name."""
    _, found, ids = request.target.partition("include=")
    wanted = ids.partition("&")[0].replace("%2C", ",").split(",")
    return (
        bool(found) and "customers" in request.target and "3" in wanted
    ) or "/customers/3" in request.target


def test_a_shop_that_is_down_is_asked_ever_more_rarely_however_much_it_tells(quiet: ToldWorld) -> None:
    quiet.world.front.before = lambda _: BROKEN
    visits = 0
    for number in range(60):
        quiet.receive(quiet.signed("customer.updated", {"id": 1_000 + number}))
        visits += len([each for each in quiet.tick(seconds=10) if each.duty is Duty.NOTICES])
    assert 1 <= visits <= 6
    quiet.world.front.before = lambda _: None
    for _ in range(4):
        quiet.tick(hours=1)
    assert quiet.waiting() == []


def test_what_nobody_could_name_is_looked_for_by_a_count_and_then_by_the_lists(quiet: ToldWorld) -> None:
    error = {"code": "woocommerce_rest_shop_order_invalid_id", "data": {"status": 404}}
    quiet.receive(quiet.signed("order.created", error))
    quiet.tick(minutes=11)
    counted = read(quiet)
    assert quiet.waiting() == []
    number = quiet.world.rows("order", "external_id")[0][0]
    quiet.world.double.delete_order(int(number))
    quiet.receive(quiet.signed("order.created", error))
    quiet.tick(minutes=11)
    assert len(read(quiet)) > len(counted)
    assert quiet.waiting() == []
    gone = {external_id for external_id, gone in quiet.world.rows("order", "external_id", "gone") if gone}
    assert gone == {number}


def test_too_much_to_name_is_read_as_a_whole(quiet: ToldWorld) -> None:
    quiet.world.staff("PUT", "customers/5", {"first_name": "Ірина"})
    quiet.world.double.deliver_webhooks(lambda _: 200)
    with quiet.world.store.write() as connection:
        shop, now = quiet.world.shop.id, quiet.world.clock()
        put_notices(connection, shop, Kind.CUSTOMER, [("1", now), ("2", now)], now=now, most=1)
    assert quiet.waiting() == [("customer", WHOLE)]
    quiet.tick(seconds=1)
    assert (quiet.given_name(5), quiet.waiting()) == ("Ірина", [])


def test_a_shop_without_webhooks_is_asked_as_ever(world: World) -> None:
    assert {each.duty for each in due(world.workspace, world.clock())} == {Duty.EXCHANGE}


@pytest.mark.parametrize("number", [UNKNOWN, "2"])
def test_nothing_that_was_told_is_due_before_all_of_a_shop_was_read(world: World, number: str) -> None:
    with world.store.write() as connection:
        put_notices(connection, world.shop.id, Kind.CUSTOMER, [(number, world.clock())], now=world.clock())
    found = {each.duty for each in due(world.workspace, world.clock())}
    assert found == {Duty.EXCHANGE}
