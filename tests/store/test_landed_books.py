"""What stands here of a shop, as the books count it."""

from regulars_mapping import Kind, OrderStatus
from regulars_store import dead_count, landed_ids, landed_orders_between
from shop_objects import Counter, day, order, unmappable


def test_landed_are_the_objects_that_are_neither_gone_nor_trashed(counter: Counter) -> None:
    counter.land(
        order("1"), order("2", status=OrderStatus.TRASHED), order("3"), unmappable(Kind.ORDER, "4", 1)
    )
    counter.bury(Kind.ORDER, "3", now=day(9))
    with counter.store.read() as connection:
        assert landed_ids(connection, counter.shop.id, Kind.ORDER) == {"1", "4"}
        assert landed_ids(connection, counter.shop.id, Kind.ORDER, placed_since=day(1)) == {"4"}
        assert dead_count(connection, counter.shop.id) == 1


def test_orders_of_a_period_are_those_of_known_age_in_it(counter: Counter) -> None:
    counter.land(
        order("1", placed_at=day(1)),
        order("2", placed_at=day(2)),
        order("3", placed_at=day(3)),
        order("4", placed_at=day(2), status=OrderStatus.TRASHED),
        order("5", placed_at=day(2)),
        unmappable(Kind.ORDER, "6", 2),
    )
    counter.bury(Kind.ORDER, "5", now=day(9))
    with counter.store.read() as connection:
        assert landed_orders_between(connection, counter.shop.id, day(2), day(3)) == {"2"}
        assert landed_orders_between(connection, counter.shop.id, day(2), None) == {"2", "3"}
        assert landed_orders_between(connection, counter.shop.id, None, day(2)) == {"1"}
