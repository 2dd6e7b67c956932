"""What stands here in a shop's trash, and the refunds of what lies there."""

from regulars_mapping import Kind, OrderStatus
from regulars_store import Store, landed_ids, trashed_ids
from shop_objects import day, open_counter, order, product, refund


def test_only_trashed_orders_and_products_that_are_not_gone_are_in_the_trash(store: Store) -> None:
    counter = open_counter(store)
    trashed = {"status": OrderStatus.TRASHED, "shop_status": "trash"}
    counter.land(order("1"), order("2", **trashed), order("3", **trashed))
    counter.land(product("50"), product("51", status="trash"))
    counter.bury(Kind.ORDER, "3", now=day(1))
    with store.read() as connection:
        found = {kind: trashed_ids(connection, counter.shop.id, kind) for kind in Kind}
    assert found == {**{kind: [] for kind in Kind}, Kind.ORDER: ["2"], Kind.PRODUCT: ["51"]}


def test_a_refund_of_a_trashed_order_is_counted_where_the_shop_lists_it(store: Store) -> None:
    counter = open_counter(store)
    counter.land(order("1", status=OrderStatus.TRASHED, shop_status="trash", refund_ids=("90",)))
    counter.land(refund("90"))
    with store.read() as connection:
        assert landed_ids(connection, counter.shop.id, Kind.REFUND) == set()
        assert landed_ids(connection, counter.shop.id, Kind.REFUND, of_trashed=True) == {"90"}
