"""Pulling: pages that go on, parts past a page, changes, deletions; nothing cut off silently."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import responses

from regulars_connectors import HttpOptions, Page, RawRecord, Scan, Window
from regulars_mapping import Kind, Order, PermanentError, RetryError
from regulars_sandbox import Faults, ShopLine, ShopRefund
from regulars_shopify import ShopifyConnector
from shopify.conftest import (
    API,
    START,
    Opener,
    a_customer,
    a_product,
    a_shop,
    an_order,
    answer,
    gid,
    listing,
    minutes,
    refused,
)
from shopify.shopify_payloads import a_line
from shopify.shopify_payloads import a_refund as refund_payload
from shopify.shopify_payloads import an_order as order_payload

MORE = {"pageInfo": {"hasNextPage": True, "endCursor": "c1"}}


def pages(connector: ShopifyConnector, kind: Kind, scan: Scan = Scan.HISTORY, **given: Any) -> list[Page]:
    return list(connector.pages(kind, scan, **given))


def ids(found: list[Page], kind: Kind) -> list[str]:
    return [one.external_id for page in found for one in page.records if one.kind is kind]


def records(found: list[Page]) -> list[RawRecord]:
    return [one for page in found for one in page.records]


def changes(connector: ShopifyConnector, kind: Kind, since: datetime) -> tuple[list[str], Page]:
    found = pages(connector, kind, Scan.CHANGES, cursor=connector.changes_cursor(kind, since))
    return ids(found, kind), found[-1]


def test_orders_of_one_second_are_all_there_over_pages(opened: Opener) -> None:
    shop = a_shop(orders=tuple(an_order(number, START) for number in range(1, 24)))
    found = pages(opened(shop, page_size="5"), Kind.ORDER)
    assert sorted(map(int, ids(found, Kind.ORDER))) == list(range(1, 24))


def test_a_walk_goes_on_when_the_cursor_is_refused(opened: Opener) -> None:
    shop = a_shop(orders=tuple(an_order(number, START + minutes(number // 2)) for number in range(1, 21)))
    connector = opened(shop, page_size="6")
    first = connector.page(Kind.ORDER, Scan.HISTORY, cursor=None, window=None)
    assert first.cursor is not None
    stale = {**first.cursor, "after": "not-a-cursor"}
    rest = pages(connector, Kind.ORDER, cursor=stale)
    assert {*ids([first], Kind.ORDER), *ids(rest, Kind.ORDER)} == {str(number) for number in range(1, 21)}


def test_a_window_narrows_orders(opened: Opener) -> None:
    shop = a_shop(orders=tuple(an_order(number, START + minutes(number)) for number in range(1, 11)))
    connector = opened(shop)
    window = Window(START + minutes(3), START + minutes(6))
    assert ids(pages(connector, Kind.ORDER, window=window), Kind.ORDER) == ["5", "4", "3"]
    assert [total.count for total in connector.totals(window)] == [3]
    assert [list(batch) for batch in connector.list_ids(Kind.ORDER, window)] == [["3", "4", "5"]]


def test_refunds_come_with_their_orders_and_are_listed_by_way_of_them(opened: Opener) -> None:
    refunds = tuple(ShopRefund(1_000 + number, 100, START) for number in range(25))
    orders = (an_order(1, START, refunds=refunds), an_order(2, START))
    connector = opened(a_shop(orders=orders))
    found = pages(connector, Kind.ORDER)
    assert len(ids(found, Kind.REFUND)) == 25
    order = next(one for one in records(found) if one.external_id == "1")
    model = connector.translate(order)
    assert isinstance(model, Order)
    assert model.refund_ids is not None
    assert len(model.refund_ids) == 25
    listed = [number for batch in connector.list_ids(Kind.REFUND) for number in batch]
    assert sorted(listed) == sorted(ids(found, Kind.REFUND))


def test_a_refund_read_alone_is_the_one_that_came_with_its_order(opened: Opener) -> None:
    refunds = (ShopRefund(1_001, 250, START),)
    connector = opened(a_shop(orders=(an_order(1, START, refunds=refunds),)))
    (came,) = [one for one in records(pages(connector, Kind.ORDER)) if one.kind is Kind.REFUND]
    reading = connector.read(Kind.REFUND, ["1001", "77"])
    assert [one.digest for one in reading.records] == [came.digest]
    assert reading.gone == {"77"}


def test_lines_past_the_first_fifty_are_fetched(opened: Opener) -> None:
    lines = tuple(ShopLine(f"Tea {number}", 1, 100, 100) for number in range(120))
    connector = opened(a_shop(orders=(an_order(1, START, lines=lines),)))
    (order,) = records(pages(connector, Kind.ORDER))
    model = connector.translate(order)
    assert isinstance(model, Order)
    assert len(model.lines) == 120
    assert connector.read(Kind.ORDER, ["1"]).records[0].digest == order.digest


def test_lines_of_a_refund_past_the_first_fifty_are_fetched(
    opened: Opener, api: responses.RequestsMock
) -> None:
    refund = refund_payload()
    line = refund["refundLineItems"]["nodes"][0]
    refund["refundLineItems"] = {**MORE, "nodes": [line]}
    order = order_payload(refunds=[refund], lineItems={"pageInfo": {}, "nodes": [a_line()]})
    api.post(API, json=answer(listing(order)))
    rest = {"pageInfo": {"hasNextPage": False}, "nodes": [{**line, "id": gid("RefundLineItem", 12)}]}
    api.post(API, json=answer({"nodes": [{"id": refund["id"], "page": rest}]}))
    found = records(pages(opened.connector(), Kind.ORDER))
    assert [len(one.payload["refundLineItems"]["nodes"]) for one in found if one.kind is Kind.REFUND] == [2]


def test_an_order_without_its_lines_is_not_taken(opened: Opener, api: responses.RequestsMock) -> None:
    api.post(API, json=answer(listing(order_payload(lineItems=None, refunds=[]))))
    with pytest.raises(RetryError):
        pages(opened.connector(http=HttpOptions(tries=1)), Kind.ORDER)


def test_reading_names_only_those_gone_that_the_shop_says_null_for(opened: Opener) -> None:
    shop = a_shop(customers=tuple(a_customer(number) for number in (1, 2, 3)))
    connector = opened(shop)
    shop.delete_customer(2)
    reading = connector.read(Kind.CUSTOMER, ["1", "2", "3", "1"])
    assert ([one.external_id for one in reading.records], reading.gone) == (["1", "3"], {"2"})


@pytest.mark.parametrize("nodes", [[], [None], [{"id": gid("Customer", 2)}, None], None])
def test_an_answer_about_others_makes_nobody_gone(
    opened: Opener, api: responses.RequestsMock, nodes: Any
) -> None:
    api.post(API, json=answer({"nodes": nodes}))
    with pytest.raises(RetryError):
        opened.connector().read(Kind.CUSTOMER, ["1", "2"])


def test_reading_too_much_at_once_is_split(opened: Opener, api: responses.RequestsMock) -> None:
    customers = [{"id": gid("Customer", number)} for number in range(1, 4)]
    api.post(API, json=refused("MAX_COST_EXCEEDED"))
    api.post(API, json=answer({"nodes": customers[:1]}))
    api.post(API, json=answer({"nodes": [customers[1], None]}))
    reading = opened.connector().read(Kind.CUSTOMER, ["1", "2", "3"])
    assert ([one.external_id for one in reading.records], reading.gone) == (["1", "2"], {"3"})


def test_an_id_that_is_no_number_is_refused(opened: Opener) -> None:
    with pytest.raises(PermanentError):
        opened.connector().read(Kind.CUSTOMER, ["1) { shop { name } } #"])


@pytest.mark.parametrize("kind", [Kind.CUSTOMER, Kind.ORDER, Kind.PRODUCT])
def test_changes_of_one_second_over_pages_are_all_there(opened: Opener, kind: Kind) -> None:
    content: dict[str, Any] = {
        "customers": tuple(a_customer(number) for number in range(1, 14)),
        "orders": tuple(an_order(number, START) for number in range(101, 114)),
        "products": tuple(a_product(number) for number in range(501, 514)),
    }
    found, last = changes(opened(a_shop(**content), page_size="5"), kind, START)
    assert len(set(found)) == 13
    assert last.resume == {"since": "2026-03-01T12:00:00Z"}


def test_a_customer_changed_today_is_found_in_a_page(opened: Opener) -> None:
    now = START + timedelta(days=3)
    customers = tuple(a_customer(number, START + minutes(number * 20)) for number in range(1, 101))
    shop = a_shop(clock=lambda: now, customers=customers)
    server = opened.served(shop)
    connector = opened.connector(server.url)
    found, last = changes(connector, Kind.CUSTOMER, START + timedelta(days=2))
    assert found == []
    shop.edit_customer(7, first_name="Anna")
    before = server.requests_seen
    again = pages(connector, Kind.CUSTOMER, Scan.CHANGES, cursor=last.resume)
    assert ids(again, Kind.CUSTOMER) == ["7"]
    assert server.requests_seen - before == 1


def test_a_poll_with_nothing_new_is_one_request(opened: Opener) -> None:
    shop = a_shop(orders=tuple(an_order(number, START + minutes(number)) for number in range(1, 41)))
    server = opened.served(shop)
    connector = opened.connector(server.url)
    _, last = changes(connector, Kind.ORDER, START)
    before = server.requests_seen
    again = pages(connector, Kind.ORDER, Scan.CHANGES, cursor=last.resume)
    assert server.requests_seen - before == 1
    assert len(ids(again, Kind.ORDER)) <= 6


def test_what_changes_during_the_walk_is_found_by_the_next(opened: Opener) -> None:
    now = [START + timedelta(days=1)]
    customers = tuple(a_customer(number, START + minutes(number)) for number in range(1, 21))
    shop = a_shop(clock=lambda: now[0], customers=customers)
    connector = opened(shop, page_size="5")
    cursor = connector.changes_cursor(Kind.CUSTOMER, START)
    walk = connector.pages(Kind.CUSTOMER, Scan.CHANGES, cursor=cursor)
    first = next(walk)
    shop.edit_customer(3, first_name="Anna")
    found = [first, *walk]
    assert {*ids(found, Kind.CUSTOMER), "3"} == {str(number) for number in range(1, 21)}
    again = pages(connector, Kind.CUSTOMER, Scan.CHANGES, cursor=found[-1].resume)
    assert "3" in ids(again, Kind.CUSTOMER)


def test_an_order_that_was_edited_and_refunded_comes_again(opened: Opener) -> None:
    now = START + timedelta(hours=5)
    orders = tuple(an_order(number, START, paid=START) for number in range(1, 6))
    shop = a_shop(clock=lambda: now, orders=orders)
    connector = opened(shop)
    _, last = changes(connector, Kind.ORDER, START)
    refund = shop.refund_order(2, 300)
    again = pages(connector, Kind.ORDER, Scan.CHANGES, cursor=last.resume)
    assert "2" in ids(again, Kind.ORDER)
    assert ids(again, Kind.REFUND) == [str(refund)]


def test_the_shops_faults_are_outlived(opened: Opener) -> None:
    shop = a_shop(orders=tuple(an_order(number, START + minutes(number)) for number in range(1, 61)))
    server = opened.served(shop, faults=Faults(crash_every=3, throttle_every=4))
    found = pages(opened.connector(server.url, page_size="10"), Kind.ORDER)
    assert len(set(ids(found, Kind.ORDER))) == 60


def test_an_emptied_bucket_is_waited_for(opened: Opener) -> None:
    def clock() -> datetime:
        return START + timedelta(seconds=opened.waits.now)

    shop = a_shop(clock, orders=tuple(an_order(number, START) for number in range(1, 11)))
    server = opened.served(shop)
    connector = opened.connector(server.url)
    shop.drain_buckets()
    assert len(ids(pages(connector, Kind.ORDER), Kind.ORDER)) == 10
    assert 2 < sum(opened.waits) < 10


def test_a_count_that_is_not_exact_is_left_out(opened: Opener, api: responses.RequestsMock) -> None:
    exact, about = {"count": 5, "precision": "EXACT"}, {"count": 9, "precision": "AT_LEAST"}
    api.post(API, json=answer({"orders": about, "customers": exact, "products": exact}))
    totals = {total.kind: total.count for total in opened.connector().totals()}
    assert totals == {Kind.CUSTOMER: 5, Kind.PRODUCT: 5}


def test_a_listing_that_does_not_go_on_ends_with_an_error(
    opened: Opener, api: responses.RequestsMock
) -> None:
    api.post(API, json=answer(listing(after="c")))
    with pytest.raises(PermanentError, match="again and again"):
        list(opened.connector().list_ids(Kind.ORDER))


def test_ids_are_asked_for_above_the_last(opened: Opener, api: responses.RequestsMock) -> None:
    api.post(API, json=answer(listing({"id": gid("Product", 12)}, after="c")))
    api.post(API, json=answer(listing()))
    assert [list(batch) for batch in opened.connector().list_ids(Kind.PRODUCT)] == [["12"]]
    body = json.loads(api.calls[1].request.body or b"{}")
    assert body["variables"]["query"] == "id:>12"
