"""Shopify tells later which visits led to an order, and no change time says so: it is asked again, seldom."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from agent_world import COFFEE
from regulars_agent import Duty, Workspace
from regulars_agent._incomplete import LOOKS, TOGETHER
from regulars_agent._webhooks_state import webhooks_state
from regulars_store import WHOLE, put_notices
from shopify_world import Boutique, a_boutique

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WEB = {"kind": "channel", "source": "web"}
LETTER = {"kind": "ad", "source": "newsletter"}


@pytest.fixture
def boutique(empty_workspace: Workspace) -> Iterator[Boutique]:
    """After the agent's first visit."""
    with a_boutique(empty_workspace) as made:
        assert [each.duty for each in made.tick()] == [Duty.EXCHANGE]
        yield made


def buy(boutique: Boutique, source: str = "newsletter") -> str:
    return str(boutique.shop.place_order(items=[(COFFEE, 1)], email="anna@example.com", source=source))


def test_where_an_order_came_from_is_known_once_shopify_has_attributed_it(boutique: Boutique) -> None:
    boutique.shop.attributed_after = timedelta(minutes=50)
    order = buy(boutique)
    boutique.sync()
    assert boutique.sources() == {order: WEB}
    ((waiting, due),) = boutique.waiting()
    assert (waiting, due > boutique.clock()) == (order, True)
    # Nobody is shown as waiting for the agent.
    assert webhooks_state(boutique.workspace, boutique.stored).waiting == 0
    boutique.pane.asked.clear()
    for _ in range(12):
        boutique.tick(minutes=10)
    assert boutique.sources() == {order: LETTER}
    # A quarter of an hour and an hour after the order.
    assert (boutique.pane.asked["OrdersById"], boutique.waiting()) == (2, [])


def test_an_order_that_is_never_attributed_is_given_up_after_a_day(boutique: Boutique) -> None:
    buy(boutique)
    boutique.sync()
    boutique.pane.asked.clear()
    for _ in range(27 * 2):
        boutique.tick(minutes=30)
    assert (boutique.pane.asked["OrdersById"], boutique.waiting()) == (len(LOOKS), [])


def test_orders_of_some_minutes_are_asked_for_together(boutique: Boutique) -> None:
    boutique.shop.attributed_after = timedelta(minutes=5)
    # From the beginning of one stretch of ten minutes on.
    boutique.clock.ahead += TOGETHER - (boutique.clock() - NOON) % TOGETHER
    orders = []
    for _ in range(20):
        orders.append(buy(boutique))
        boutique.clock.forward(seconds=25)
    boutique.sync()
    boutique.pane.asked.clear()
    boutique.tick(minutes=30)
    assert boutique.sources() == dict.fromkeys(orders, LETTER)
    assert (boutique.pane.asked["OrdersById"], boutique.waiting()) == (1, [])


def test_an_order_without_a_visit_stays_with_its_channel_and_is_not_asked_for_again(
    boutique: Boutique,
) -> None:
    order = buy(boutique)
    boutique.shop.attribute_order(int(order), source="", source_type="admin")
    boutique.sync()
    assert (boutique.sources(), boutique.waiting()) == ({order: WEB}, [])


def test_what_waits_already_keeps_its_time(boutique: Boutique) -> None:
    order = buy(boutique)
    now = boutique.clock()
    with boutique.workspace.store.write() as connection:
        put_notices(connection, boutique.stored.id, "order", [(order, now)], now=now)
    boutique.sync()
    assert boutique.waiting() == [(order, now)]
    # Read now, since a webhook named it, and then seldom.
    boutique.tick(seconds=6)
    assert [due > boutique.clock() for _, due in boutique.waiting()] == [True]


def test_where_all_orders_wait_none_is_noted_by_itself(boutique: Boutique) -> None:
    later = boutique.clock() + timedelta(days=1)
    with boutique.workspace.store.write() as connection:
        put_notices(connection, boutique.stored.id, "order", [(WHOLE, later)], now=boutique.clock())
    buy(boutique)
    boutique.sync()
    assert boutique.waiting() == [(WHOLE, later)]
