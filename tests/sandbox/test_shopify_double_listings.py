"""Paging and search of the Shopify double: what makes a careless sync lose people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest


def _numbers(nodes: list[dict[str, Any]]) -> list[int]:
    return [int(node["id"].rsplit("/", 1)[1]) for node in nodes]


def _pages(shop: Any, text: str, kind: str, **variables: Any) -> list[int]:
    after, seen = None, list[int]()
    while True:
        page = shop.data(text, after=after, **variables)[kind]
        seen += _numbers(page["nodes"])
        if not page["pageInfo"]["hasNextPage"]:
            return seen
        after = page["pageInfo"]["endCursor"]


def _listing(kind: str, sort: str, *, reverse: str = "false") -> str:
    return (
        "query L($first: Int!, $after: String, $query: String) {"
        f" {kind}(first: $first, after: $after, query: $query, sortKey: {sort}, reverse: {reverse})"
        " { pageInfo { hasNextPage endCursor } nodes { id } } }"
    )


def _found(shop: Any, kind: str, query: str) -> list[int]:
    return _pages(shop, _listing(kind, "ID"), kind, first=50, query=query)


@pytest.mark.parametrize("reverse", ["false", "true"])
@pytest.mark.parametrize("sort", ["ID", "UPDATED_AT", "CREATED_AT"])
def test_pages_lose_nobody_of_many_who_changed_in_one_second(shopify: Any, sort: str, reverse: str) -> None:
    for at in range(23):
        shopify.shop.register(f"p{at}@example.com")
        if at % 10 == 9:
            shopify.tick()
    seen = _pages(shopify, _listing("customers", sort, reverse=reverse), "customers", first=5)
    assert sorted(seen) == sorted(set(seen))
    assert len(seen) == 24
    assert seen == sorted(seen, reverse=reverse == "true")


def test_a_customer_changed_between_two_pages_comes_again_and_hides_nobody(shopify: Any) -> None:
    for at in range(5):
        shopify.shop.register(f"p{at}@example.com")
        shopify.tick()
    text = _listing("customers", "UPDATED_AT")
    first = shopify.data(text, first=3)["customers"]
    shopify.shop.edit_customer(1, note="moved")
    after = first["pageInfo"]["endCursor"]
    second = shopify.data(text, first=9, after=after)["customers"]
    assert len({*_numbers(first["nodes"]), *_numbers(second["nodes"])}) == 6
    assert _numbers(second["nodes"])[-1] == 1


def test_newest_first_goes_on_where_it_stood_when_the_cursors_own_row_moved(shopify: Any) -> None:
    for at in range(5):
        shopify.shop.register(f"p{at}@example.com")
        shopify.tick()
    text = _listing("customers", "UPDATED_AT", reverse="true")
    first = shopify.data(text, first=2)["customers"]
    shopify.shop.edit_customer(_numbers(first["nodes"])[-1], note="moved")
    second = shopify.data(text, first=9, after=first["pageInfo"]["endCursor"])["customers"]
    assert len({*_numbers(first["nodes"]), *_numbers(second["nodes"])}) == 6


def test_a_cursor_of_another_order_is_refused(shopify: Any) -> None:
    shopify.shop.register("bo@example.com")
    cursor = shopify.data(_listing("customers", "ID"), first=1)["customers"]["pageInfo"]["endCursor"]
    for after in (cursor, "nonsense", "e30="):
        answer = shopify(_listing("customers", "UPDATED_AT"), first=1, after=after)
        assert "Invalid cursor" in answer["errors"][0]["message"]


def test_orders_come_by_their_processing_time_unless_another_key_is_named(shopify: Any) -> None:
    now = shopify.clock.now
    late = shopify.shop.place_order(items=[(2, 1)])
    early = shopify.shop.place_order(items=[(2, 1)], processed=now - timedelta(days=9))
    nodes = shopify.data("{ orders(first: 9) { nodes { id } } }")["orders"]["nodes"]
    assert _numbers(nodes) == [early, late]
    assert _pages(shopify, _listing("orders", "CREATED_AT"), "orders", first=1) == [late, early]


def test_customers_updated_at_knows_whole_days_only(shopify: Any) -> None:
    shopify.clock.now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    number = shopify.shop.register("bo@example.com")
    assert number in _found(shopify, "customers", "updated_at:>'2026-11-24T14:00:00Z'")
    assert _found(shopify, "customers", "updated_at:'2026-11-24T14:00:00Z'") == [number]
    assert 1 not in _found(shopify, "customers", "updated_at:>='2026-11-24T00:00:00Z'")


@pytest.mark.parametrize("operator", ["<", "<="])
def test_an_upper_bound_of_now_loses_the_customers_of_today(shopify: Any, operator: str) -> None:
    shopify.clock.now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    shopify.shop.register("bo@example.com")
    assert _found(shopify, "customers", f"updated_at:{operator}'2026-11-24T20:00:00Z'") == [1]


def test_orders_updated_at_is_exact_to_the_second(shopify: Any) -> None:
    shopify.clock.now = datetime(2026, 11, 24, 9, 0, 0, 900_000, tzinfo=UTC)
    number = shopify.shop.place_order(items=[(2, 1)])
    assert _found(shopify, "orders", "updated_at:>='2026-11-24T09:00:00Z'") == [number]
    assert _found(shopify, "orders", "updated_at:>'2026-11-24T09:00:00Z'") == []
    assert _found(shopify, "orders", "created_at:<='2026-11-24T09:00:00Z' created_at:>2026-11-23") == [number]


def test_a_time_without_offset_is_the_shops_own(shopify: Any) -> None:
    shopify.clock.now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    number = shopify.shop.place_order(items=[(2, 1)])
    assert _found(shopify, "orders", "updated_at:>='2026-11-24T11:00:00'") == [number]
    assert _found(shopify, "orders", "updated_at:>='2026-11-24T11:00:01'") == []


def test_ranges_of_ids_cut_a_listing_into_slices(shopify: Any) -> None:
    orders = [shopify.shop.place_order(items=[(2, 1)]) for _ in range(6)]
    assert _found(shopify, "orders", f"id:>{orders[1]} id:<={orders[3]}") == orders[2:4]
    assert _found(shopify, "orders", f"id:>={orders[1]} AND -id:{orders[2]}") == [orders[1], *orders[3:]]


def test_an_unknown_filter_is_ignored_and_only_a_warning_tells(shopify: Any) -> None:
    shopify.shop.register("bo@example.com")
    answer = shopify("customer_ids_page", first=9, query="created_at:>2030-01-01")
    assert len(answer["data"]["customers"]["nodes"]) == 2
    warning = {"field": "created_at", "message": "Invalid search field for this query."}
    assert answer["extensions"]["search"] == [
        {"path": ["customers"], "query": "created_at:>2030-01-01", "warnings": [warning]}
    ]


def test_a_value_that_is_no_date_is_ignored_with_a_warning(shopify: Any) -> None:
    answer = shopify("order_ids_page", first=9, query="updated_at:>soon")
    assert answer["extensions"]["search"][0]["warnings"][0]["field"] == "updated_at"


@pytest.mark.parametrize("query", ["ann", "id:1 OR id:2", "(id:1)", "phone:+3805", "email:ann*"])
def test_a_search_of_unknown_behaviour_is_refused(shopify: Any, query: str) -> None:
    answer = shopify("customer_ids_page", first=9, query=query)
    assert answer["errors"][0]["extensions"]["code"] == "NOT_MODELLED"


def test_people_and_orders_are_found_by_email_tag_customer_and_code(shopify: Any) -> None:
    shopify.data("tags_add", id="gid://shopify/Customer/1", tags=["VIP"])
    order = shopify.shop.place_order(items=[(2, 1)], customer_id=1)
    guest = shopify.shop.place_order(items=[(2, 1)], email="ANNA@Example.com", test=True)
    assert _found(shopify, "customers", "email:ANN@example.com tag:vip") == [1]
    assert _found(shopify, "orders", "customer_id:1") == [order]
    assert _found(shopify, "orders", "email:anna@example.com") == [guest]
    assert _found(shopify, "orders", "test:false source_name:web") == [order]


def test_counts_take_a_query_and_say_at_least_beyond_their_limit(shopify: Any) -> None:
    for _ in range(3):
        shopify.shop.place_order(items=[(2, 1)])
    counts = shopify.data("counts", orders="id:>3")
    assert counts["ordersCount"] == {"count": 2, "precision": "EXACT"}
    assert counts["customersCount"]["count"] == counts["productsCount"]["count"] == 1
    limited = shopify.data("{ ordersCount(limit: 2) { count precision } }")
    assert limited["ordersCount"] == {"count": 2, "precision": "AT_LEAST"}


def test_without_read_all_orders_nothing_tells_of_orders_older_than_60_days(shopify: Any) -> None:
    shopify.shop.add_token("young", scopes=frozenset({"read_orders", "read_customers", "read_products"}))
    old = shopify.shop.place_order(items=[(2, 1)], customer_id=1)
    shopify.tick(60 * 86_400)
    assert len(shopify("orders_page", first=9, token="young")["data"]["orders"]["nodes"]) == 1
    shopify.tick(60)
    fresh = shopify.shop.place_order(items=[(2, 1)], customer_id=1)
    answer = shopify("orders_page", first=9, token="young")
    assert "errors" not in answer
    assert _numbers(answer["data"]["orders"]["nodes"]) == [fresh]
    assert shopify("counts", token="young")["data"]["ordersCount"]["count"] == 1
    assert shopify("customers_exist", ids=[f"gid://shopify/Order/{old}"], token="young")["data"] == {
        "nodes": [None]
    }
    person = shopify("customer_by_id", id="gid://shopify/Customer/1", ns="x", token="young")
    assert person["data"]["customer"]["numberOfOrders"] == "2"
    assert shopify("counts")["data"]["ordersCount"]["count"] == 2


def test_nodes_keeps_the_order_of_ids_and_is_null_for_the_gone(shopify: Any) -> None:
    other = shopify.shop.register("bo@example.com")
    shopify.shop.delete_customer(other)
    ids = [shopify.node("Customer", number) for number in (other, 1)]
    nodes = shopify.data("customers_exist", ids=ids)["nodes"]
    assert nodes[0] is None
    assert nodes[1]["id"] == ids[1]


def test_nodes_takes_250_ids_and_no_text_that_is_none(shopify: Any) -> None:
    ids = [shopify.node("Customer", number) for number in range(1, 252)]
    assert len(shopify.data("customers_exist", ids=ids[:250])["nodes"]) == 250
    over = shopify("customers_exist", ids=ids)
    assert over["errors"][0]["extensions"]["code"] == "MAX_INPUT_SIZE_EXCEEDED"
    assert "Invalid global id" in shopify("customers_exist", ids=["1"])["errors"][0]["message"]
