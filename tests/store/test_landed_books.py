"""What stands here of a shop, as the books count it."""

from regulars_mapping import Kind, OrderStatus
from regulars_store import dead_count, landed_ids
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
